"""Make the file of a new module: render a part, or copy another module (`--like`)."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from plgen import disk, template
from plgen.errors import NameRefused, PlgenError
from plgen.naming.kinds import Kind
from plgen.naming.names import Name, Renaming
from plgen.project import source
from plgen.project.source import Source

NAME = re.compile(rb"\{\{ *(class_name|module_name) *\}\}")
# What begins an expression, a statement or a comment in Jinja.
JINJA = re.compile(rb"\{[{%#]")


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


def copy(root: Path, kind: Kind, other: str, name: Name, options: Sequence[str] = ()) -> bytes:
    """Return the file of the module `other` under a new name, with its class renamed.

    `options` are parameters as in `--param`: one that the constructor has already gets the default.
    """
    from plgen.project import lookup, python_references
    from plgen.rendering import constructor

    command = f"plgen {kind.command} {name.argument} --like"
    rest = shlex.join(word for option in options for word in ("--param", option))
    module = lookup.find(root, other, (kind,), command, rest)
    if module.class_by_name is None:
        raise PlgenError(
            f"{module.file} has no class {module.class_name}",
            f"rename its class to {module.class_name}",
        )
    renaming = Renaming(kind, Name(module.name, module.class_name), name)
    content = module.source.edited(python_references.find(module.source, renaming))
    copied = source.parse(content, kind.file(name.module))
    if options:
        copied = constructor.with_params(root, kind, copied, name.class_name, options)
    return copied.data


def _module(root: Path, kind: Kind, name: Name) -> Source:
    """Return the module that a part becomes."""
    part = f".plgen/parts/{kind.part}"
    if os.path.lexists(root / part):
        data = disk.read_inside(root, part)
    else:
        part = f"template/parts/{kind.part}"
        data = (template.root() / part).read_bytes()
    filled = _fill_in(data, part, name)
    try:
        module = source.parse(filled, kind.file(name.module))
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


def _fill_in(data: bytes, part: str, name: Name) -> bytes:
    """Return a part with the module's names filled in; its path is for errors.

    A project may be somebody else's: its part is text, and nothing in it is evaluated.
    """
    names = {b"class_name": name.class_name, b"module_name": name.module}
    filled = NAME.sub(lambda found: names[found[1]].encode(), data)
    if other := JINJA.search(filled):
        line = filled[: other.start()].count(b"\n") + 1
        only = "{{ class_name }} and {{ module_name }} are filled in, and nothing else"
        raise PlgenError(only, f"remove `{other[0].decode()}` from the part", part, line)
    return filled
