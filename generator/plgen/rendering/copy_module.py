"""Copy a module of the project under another name, with its class renamed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from plgen.errors import PlgenError
from plgen.naming.kinds import Kind
from plgen.naming.names import Name, Renaming
from plgen.project import lookup, python_references, source
from plgen.rendering import constructor


def copy_module(
    root: Path, kind: Kind, other: str, name: Name, options: Sequence[str] = ()
) -> bytes:
    """Return the file of the module `other` under a new name.

    `options` are parameters as in `--param`: one that the constructor has already gets the default.
    """
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
    copy = source.parse(content, kind.file(name.module))
    if options:
        copy = constructor.with_params(root, kind, copy, name.class_name, options)
    return copy.data
