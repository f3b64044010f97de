"""Render the part of a new module: the project's own, or the one that plgen brings."""

from __future__ import annotations

import ast
import os
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plgen import template
from plgen.errors import PlgenError
from plgen.naming import names
from plgen.naming.kinds import Kind
from plgen.naming.names import Name
from plgen.reading import inventory, source
from plgen.reading.source import Source

if TYPE_CHECKING:
    from plgen.making.params import Param
    from plgen.reading.inventory import Module

OVERRIDES = ".plgen/parts"


def render(root: Path, kind: Kind, name: Name, typed: Sequence[str] = ()) -> bytes:
    """Return the file of a new module; raise PlgenError for an override that gives none.

    `typed` are parameters as in `--param`: one that the part has already gets the default.
    """
    return _asked(root, kind, name, typed)[0].text.encode()


def lacking(module: Module, typed: Sequence[str]) -> str | None:
    """Return the first parameter, typed as in `--param`, that a module's constructor has not."""
    root, kind, name = module.root, module.kind, Name(module.name, module.class_name)
    asked, wanted = _asked(root, kind, name, typed)
    there = module.source
    for text, param in zip(typed, wanted, strict=True):
        takes, has = (_takes(each, name.class_name).get(param.name) for each in (asked, there))
        # The signature does not tell one list from another.
        made = param.kept != f"{param.name} = {param.name}" and param.kept in asked.text
        if takes != has or (made and param.kept not in there.text):
            return text
    return None


def _takes(module: Source, class_name: str) -> dict[str, tuple[str | None, str | None]]:
    """Return what a constructor takes, each with its type and default."""
    held = module.held(class_name)
    parameters = held.parameters if held else ()
    return {each.name: (each.annotation, each.default) for each in parameters}


def _asked(
    root: Path, kind: Kind, name: Name, typed: Sequence[str]
) -> tuple[Source, tuple[Param, ...]]:
    """Return the module with the parameters that were typed, and these as it takes them."""
    base = _module(root, kind, name, ())
    if not typed:
        return base, ()
    from plgen.making import params

    written = _defaults(base, name.class_name)
    takes = _takes(base, name.class_name)
    own = {parameter: takes[parameter][0] or "" for parameter in written if parameter in takes}
    command = f"plgen {kind.command} {name.module}"
    wanted = params.parse(typed, _taken(base), own, command, kind)
    fresh = tuple(param for param in wanted if param.name not in own)
    module = _module(root, kind, name, fresh)
    spans = _defaults(module, name.class_name)
    edits = {(*spans[param.name], param.default) for param in wanted if param.name in own}
    return source.parse(module.edited(edits), module.path), wanted


def _defaults(module: Source, class_name: str) -> dict[str, tuple[int, int]]:
    """Return where the default of each parameter of a constructor stands."""
    found: dict[str, tuple[int, int]] = {}
    for node in _constructors(module.tree, class_name):
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        pairs = [
            *zip(reversed(positional), reversed(arguments.defaults), strict=False),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        found |= {argument.arg: module.span(value) for argument, value in pairs if value}
    return found


def _constructors(tree: ast.AST, class_name: str | None = None) -> Iterator[ast.FunctionDef]:
    """Yield the constructors in a file, or those of one class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and class_name in {None, node.name}:
            yield from (
                each
                for each in node.body
                if isinstance(each, ast.FunctionDef) and each.name == "__init__"
            )


def _module(root: Path, kind: Kind, name: Name, wanted: tuple[Param, ...]) -> Source:
    """Return the rendered module, which holds its class."""
    override = root / OVERRIDES / kind.part
    shown = f"{OVERRIDES}/{kind.part}"
    own = os.path.lexists(override)
    text = _render(root, kind, name, wanted, shown if own else None)
    try:
        module = source.parse(text.encode(), kind.file(name.module))
    except PlgenError as error:
        if not own:
            raise
        raise PlgenError(
            f"what {shown} gives is no Python: {error.message}", f"correct {shown}"
        ) from error
    if module.held(name.class_name) is None:
        raise PlgenError(
            f"{shown} gives no class {name.class_name}",
            f"write `class {{{{ class_name }}}}` in {shown}",
        )
    for param in wanted:
        if param.name not in _takes(module, name.class_name):
            raise PlgenError(
                f"{shown} gives {name.class_name} a constructor without {param.name}",
                f"write `params` into `__init__` in {shown}",
            )
    imported = _bound(module)
    if name.class_name in imported:
        names.refuse_taken(
            name.module,
            name.module,
            kind,
            lambda each: (
                f"its class {names.class_name(each)} would hide what {shown} imports"
                if names.class_name(each) in imported or each == name.module
                else inventory.of(root, kind).taken(each)
            ),
        )
    return module


def _render(
    root: Path, kind: Kind, name: Name, wanted: tuple[Param, ...], shown: str | None
) -> str:
    """Return the rendered text; `shown` is the override's path, if there is one."""
    # Jinja takes a while to import, and no refusal needs it.
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def own_part(part: str) -> tuple[str, str, None] | None:
        file = f"{OVERRIDES}/{part}"
        if ".." in part.split("/") or not os.path.lexists(root / file):
            return None
        return inventory.read(root, file).decode(), file, None

    brought = jinja2.FileSystemLoader(template.root() / "template" / "parts")
    # A project may be somebody else's: its part is text to fill in, not a program to run.
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.ChoiceLoader([jinja2.FunctionLoader(own_part), brought]),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    try:
        part = environment.get_template(kind.part)
        return part.render(module_name=name.module, class_name=name.class_name, params=wanted)
    except Exception as error:  # whatever an expression in the user's part may raise
        if shown is None:
            raise
        if isinstance(error, PlgenError) and error.message.startswith(f"{shown} "):
            raise
        line = getattr(error, "lineno", None) or _line(error, kind.part)
        place = f"{shown}:{line}" if line else shown
        missing = isinstance(error, jinja2.TemplateNotFound)
        reason = f"{error} not found" if missing else error
        raise PlgenError(f"{place}: {reason}", f"correct {place}") from error


def _line(error: Exception, part: str) -> int | None:
    """Return the line of the part that an error comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((each.lineno for each in reversed(frames) if each.filename.endswith(part)), None)


def _bound(module: Source) -> set[str]:
    """Return the names that a file imports."""
    aliases = (node for node in ast.walk(module.tree) if isinstance(node, ast.alias))
    return {(each.asname or each.name).split(".")[0] for each in aliases}


def _taken(module: Source) -> frozenset[str]:
    """Return the names that the file of a part has in use: a parameter would get in their way."""
    found = _bound(module)
    everywhere = (ast.ClassDef, ast.FunctionDef, ast.Attribute)
    nodes = [node for node in ast.walk(module.tree) if isinstance(node, everywhere)]
    inner = [each for node in _constructors(module.tree) for each in ast.walk(node)]
    for node in [*nodes, *inner]:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found.add(node.name)
        if isinstance(node, ast.arg):
            found.add(node.arg)
        if isinstance(node, ast.Name):
            found.add(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.update({node.attr} if node.value.id == "self" else ())
    return frozenset(found)
