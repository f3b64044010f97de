"""Copy a module of the project under another name, with its class renamed."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from plgen.errors import PlgenError
from plgen.naming.kinds import Kind
from plgen.naming.names import Name
from plgen.naming.renaming import Renaming
from plgen.project import lookup, mentions, python_references, source
from plgen.project.mentions import Mention, Text


class Copy(NamedTuple):
    """The content of a copied file, and the mentions of the old name in it."""

    content: bytes
    left: tuple[Mention, ...]


def copy_module(root: Path, kind: Kind, other: str, name: Name) -> Copy:
    """Return the file of the module `other` as a file of this name."""
    module = lookup.find(root, other, (kind,), f"plgen {kind.command} {name.module} --like")
    if module.own_class is None:
        raise PlgenError(
            f"{module.file} has no class {module.class_name}",
            f"call its class {module.class_name}",
        )
    renaming = Renaming(kind, Name(module.name, module.class_name), name)
    content = module.source.edited(python_references.find(module.source, renaming).edits)
    file = kind.file(name.module)
    text = Text(file, source.parse(content, file).text)
    return Copy(content, tuple(mentions.find(text, renaming)))
