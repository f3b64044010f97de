"""Render a new module from its part: the project's own, or the one that plgen brings."""

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
from plgen.project import inventory, source
from plgen.project.source import Source

if TYPE_CHECKING:
    from plgen.project.inventory import Module
    from plgen.rendering.params import Param

OVERRIDES = ".plgen/parts"


def render(root: Path, kind: Kind, name: Name, options: Sequence[str] = ()) -> bytes:
    """Return the file of a new module; raise PlgenError for a part that does not render to one.

    `options` are parameters as in `--param`: one that the part has already gets the default.
    """
    return _with_params(root, kind, name, options)[0].text.encode()


def missing_param(module: Module, options: Sequence[str]) -> str | None:
    """Return the first parameter, typed as in `--param`, that a module's constructor lacks."""
    name = Name(module.name, module.class_name)
    rendered, params = _with_params(module.root, module.kind, name, options)
    actual = module.source
    for text, param in zip(options, params, strict=True):
        wanted, found = (
            _takes(each, name.class_name).get(param.name) for each in (rendered, actual)
        )
        # The signature does not tell one list from another.
        by_line = param.kept != f"{param.name} = {param.name}" and param.kept in rendered.text
        if wanted != found or (by_line and param.kept not in actual.text):
            return text
    return None


def _with_params(
    root: Path, kind: Kind, name: Name, options: Sequence[str]
) -> tuple[Source, tuple[Param, ...]]:
    """Return the module with the parameters that were typed, and these as it takes them."""
    base = _module(root, kind, name, ())
    if not options:
        return base, ()
    from plgen.rendering import params

    takes = _takes(base, name.class_name)
    with_default = _default_spans(base, name.class_name)
    own = {each: takes[each][0] or "" for each in with_default if each in takes}
    command = f"plgen {kind.command} {name.module}"
    wanted = params.parse(options, _used_names(base), own, command, kind)
    module = _module(root, kind, name, tuple(each for each in wanted if each.name not in own))
    spans = _default_spans(module, name.class_name)
    edits = {(*spans[each.name], each.default) for each in wanted if each.name in own}
    return source.parse(module.edited(edits), module.path), wanted


def _takes(module: Source, class_name: str) -> dict[str, tuple[str | None, str | None]]:
    """Return the parameters of a class, each with its type and default."""
    found = module.find_class(class_name)
    parameters = found.parameters if found else ()
    return {each.name: (each.annotation, each.default) for each in parameters}


def _default_spans(module: Source, class_name: str) -> dict[str, tuple[int, int]]:
    """Return where the default of each parameter of a class stands in the text."""
    spans: dict[str, tuple[int, int]] = {}
    for node in _constructors(module.tree, class_name):
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        pairs = [
            *zip(reversed(positional), reversed(arguments.defaults), strict=False),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        spans |= {argument.arg: module.span(value) for argument, value in pairs if value}
    return spans


def _constructors(tree: ast.AST, class_name: str | None = None) -> Iterator[ast.FunctionDef]:
    """Yield the constructors in a file, or those of one class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and class_name in {None, node.name}:
            for each in node.body:
                if isinstance(each, ast.FunctionDef) and each.name == "__init__":
                    yield each


def _used_names(module: Source) -> frozenset[str]:
    """Return the names in the file of a part that a parameter would conflict with."""
    names = _imported(module)
    for node in ast.walk(module.tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                names.add(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                names.add(name)
            case _:
                pass
    for constructor in _constructors(module.tree):
        for node in ast.walk(constructor):
            if isinstance(node, ast.arg):
                names.add(node.arg)
            elif isinstance(node, ast.Name):
                names.add(node.id)
    return frozenset(names)


def _imported(module: Source) -> set[str]:
    """Return the names that a file imports."""
    aliases = (node for node in ast.walk(module.tree) if isinstance(node, ast.alias))
    return {(each.asname or each.name).split(".")[0] for each in aliases}


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
            f"{shown} renders to invalid Python: {error.message}", f"correct {shown}"
        ) from error
    if module.find_class(name.class_name) is None:
        raise PlgenError(
            f"{shown} defines no class {name.class_name}",
            f"write `class {{{{ class_name }}}}` in {shown}",
        )
    for param in wanted:
        if param.name not in _takes(module, name.class_name):
            raise PlgenError(
                f"{shown} defines {name.class_name} without the parameter {param.name}",
                f"write `params` into `__init__` in {shown}",
            )
    imported = _imported(module)
    if name.class_name in imported:
        names.refuse_conflict(
            name.module,
            name.module,
            kind,
            lambda each: (
                f"its class {names.class_name(each)} would hide what {shown} imports"
                if names.class_name(each) in imported or each == name.module
                else inventory.load(root, kind).conflict(each)
            ),
        )
    return module


def _render(
    root: Path, kind: Kind, name: Name, wanted: tuple[Param, ...], shown: str | None
) -> str:
    """Return the rendered text; `shown` is the override's path, if there is one."""
    # Jinja takes long to import, and an invalid name is refused without it.
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def own_part(part: str) -> tuple[str, str, None] | None:
        file = f"{OVERRIDES}/{part}"
        if ".." in part.split("/") or not os.path.lexists(root / file):
            return None
        return inventory.read(root, file).decode(), file, None

    brought = jinja2.FileSystemLoader(template.root() / "template" / "parts")
    # A project may be somebody else's: its part is text to fill in, never a program to run.
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
