"""Render a new module from its part: the project's own, or the built-in one."""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence
from pathlib import Path

from plgen import disk, signals, template
from plgen.errors import NameRefused, PlgenError
from plgen.naming.kinds import Kind
from plgen.naming.names import Name
from plgen.project import source
from plgen.project.source import Source

# In seconds; other commands wait meanwhile.
LONGEST_RENDERING = 10


def render(root: Path, kind: Kind, name: Name, options: Sequence[str] = ()) -> bytes:
    """Return the file of a new module; raise PlgenError for a part that does not render to one.

    `options` are parameters as in `--param`: one that the part has already gets the default.
    """
    module = _module(root, kind, name)
    if options:
        # Most modules are added without.
        from plgen.rendering import constructor

        module = constructor.with_params(root, kind, module, name.class_name, options)
    return module.data


def _module(root: Path, kind: Kind, name: Name) -> Source:
    """Return the rendered module."""
    part = f".plgen/parts/{kind.part}"
    if os.path.lexists(root / part):
        data = disk.read_inside(root, part)
    else:
        part = f"template/parts/{kind.part}"
        data = (template.root() / part).read_bytes()
    text = _render(data, part, name)
    try:
        module = source.parse(text.encode(), kind.file(name.module))
    except PlgenError as error:
        raise PlgenError(
            f"{part} renders to invalid Python: {error.message}", f"correct {part}"
        ) from error
    if module.find_class(name.class_name) is None:
        raise PlgenError(
            f"{part} defines no class {name.class_name}",
            f"write `class {{{{ class_name }}}}` in {part}",
        )
    if name.class_name in module.imported:
        raise NameRefused(
            f"{name.module!r} cannot name a {kind.noun}: its class would hide what {part} imports",
            f"plgen {kind.command} {name.module}_{kind.suffix}",
        )
    return module


def _render(data: bytes, part: str, name: Name) -> str:
    """Return the rendered text of a part; its path is for errors."""
    # Jinja takes long to import, and an invalid name is refused without it.
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # A project may be somebody else's: its part is text to fill in, never a program to run.
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    try:
        with signals.at_most(LONGEST_RENDERING):
            text = environment.from_string(data.decode())
            return text.render(module_name=name.module, class_name=name.class_name)
    except Exception as error:  # an expression in the user's part may raise anything
        line = getattr(error, "lineno", None) or _line(error)
        place = f"{part}:{line}" if line else part
        reason = str(error) or type(error).__name__
        raise PlgenError(f"{place}: {reason}", f"correct {place}") from error


def _line(error: Exception) -> int | None:
    """Return the line of the part that an error comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((each.lineno for each in reversed(frames) if each.filename == "<template>"), None)
