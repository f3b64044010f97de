"""Render a new module from its part: the project's own, or the built-in one."""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plgen import disk, signals, template
from plgen.errors import PlgenError
from plgen.naming import names
from plgen.naming.kinds import Kind
from plgen.naming.names import Name
from plgen.project import inventory, source
from plgen.project.source import Class, Source

if TYPE_CHECKING:
    from plgen.project.inventory import Module
    from plgen.rendering.params import Param

OVERRIDES = ".plgen/parts"
# In seconds; other commands wait meanwhile.
LONGEST_RENDERING = 10


def render(root: Path, kind: Kind, name: Name, options: Sequence[str] = ()) -> bytes:
    """Return the file of a new module; raise PlgenError for a part that does not render to one.

    `options` are parameters as in `--param`: one that the part has already gets the default.
    """
    return _with_params(root, kind, name, options)[0].data


def missing_param(module: Module, options: Sequence[str]) -> str | None:
    """Return the first parameter, typed as in `--param`, that a module's constructor lacks."""
    name = Name(module.name, module.class_name)
    rendered, params = _with_params(module.root, module.kind, name, options)
    actual = module.source
    wanted, found = (_parameters(each, name.class_name) for each in (rendered, actual))
    for text, param in zip(options, params, strict=True):
        differs = wanted.get(param.name) != found.get(param.name)
        # The signature does not tell one list from another.
        by_line = param.has_mutable_default and param.kept in rendered.text
        if differs or (by_line and param.kept not in actual.text):
            return text
    return None


def _with_params(
    root: Path, kind: Kind, name: Name, options: Sequence[str]
) -> tuple[Source, tuple[Param, ...]]:
    """Return the module with the parameters of `--param`, and these as parsed."""
    base, class_ = _module(root, kind, name, ())
    if not options:
        return base, ()
    from plgen.rendering import constructor, params

    before = params.existing(root, kind, base, class_)
    wanted = params.parse(options, f"plgen {kind.command} {name.argument}", before)
    # A part of the project may write the parameters itself.
    new = tuple(each for each in wanted if each.name not in before.own)
    module, _ = _module(root, kind, name, new)
    return constructor.with_params(module, name.class_name, wanted), wanted


def _parameters(module: Source, class_name: str) -> dict[str, tuple[str | None, str | None]]:
    """Return the parameters of a class, each with its type and default."""
    found = module.find_class(class_name)
    parameters = found.parameters if found else ()
    return {each.name: (each.annotation, each.default) for each in parameters}


def _module(root: Path, kind: Kind, name: Name, wanted: tuple[Param, ...]) -> tuple[Source, Class]:
    """Return the rendered module and its class."""
    override = f"{OVERRIDES}/{kind.part}"
    shown = override if os.path.lexists(root / override) else f"template/parts/{kind.part}"
    text = _render(root, kind, name, wanted, shown)
    try:
        module = source.parse(text.encode(), kind.file(name.module))
    except PlgenError as error:
        raise PlgenError(
            f"{shown} renders to invalid Python: {error.message}", f"correct {shown}"
        ) from error
    class_ = module.find_class(name.class_name)
    if class_ is None:
        raise PlgenError(
            f"{shown} defines no class {name.class_name}",
            f"write `class {{{{ class_name }}}}` in {shown}",
        )
    defaults = {each.name: each.default for each in class_.parameters}
    for param in wanted if not class_.constructor else ():
        default = defaults.get(param.name)
        if default is None or (default != param.default and not param.has_mutable_default):
            raise PlgenError(
                f"{shown} gives {name.class_name} no parameter {param.name} = {param.default}",
                f"write `params` into `__init__` in {shown}",
            )
    imported = module.imported
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
    return module, class_


def _render(root: Path, kind: Kind, name: Name, wanted: tuple[Param, ...], shown: str) -> str:
    """Return the rendered text; `shown` is the path of the part in an error."""
    # Jinja takes long to import, and an invalid name is refused without it.
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def own_part(part: str) -> tuple[str, str, None] | None:
        file = f"{OVERRIDES}/{part}"
        if ".." in part.split("/") or not os.path.lexists(root / file):
            return None
        return disk.read_inside(root, file).decode(), file, None

    brought = jinja2.FileSystemLoader(template.root() / "template" / "parts")
    # A project may be somebody else's: its part is text to fill in, never a program to run.
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.ChoiceLoader([jinja2.FunctionLoader(own_part), brought]),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    try:
        with signals.at_most(LONGEST_RENDERING):
            part = environment.get_template(kind.part)
            return part.render(module_name=name.module, class_name=name.class_name, params=wanted)
    except Exception as error:  # an expression in the user's part may raise anything
        if isinstance(error, PlgenError) and error.message.startswith(f"{shown} "):
            raise
        line = getattr(error, "lineno", None) or _line(error, kind.part)
        place = f"{shown}:{line}" if line else shown
        missing = isinstance(error, jinja2.TemplateNotFound)
        reason = f"{error} not found" if missing else str(error) or type(error).__name__
        raise PlgenError(f"{place}: {reason}", f"correct {place}") from error


def _line(error: Exception, part: str) -> int | None:
    """Return the line of the part that an error comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((each.lineno for each in reversed(frames) if each.filename.endswith(part)), None)
