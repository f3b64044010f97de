"""Copy a module of the project under another name, with its class renamed by the syntax tree."""

from __future__ import annotations

from pathlib import Path

from plgen.errors import PlgenError
from plgen.naming.kinds import Kind
from plgen.naming.names import Name
from plgen.naming.renaming import Renaming
from plgen.reading import python_references, target


def copied(root: Path, kind: Kind, other: str, name: Name) -> bytes:
    """Return the file of another module of the project as the file of this name."""
    module = target.find(root, other, (kind,), f"plgen {kind.command} {name.module} --like")
    if module.held is None:
        raise PlgenError(
            f"{module.file} holds no class {module.class_name}",
            f"call its class {module.class_name}",
        )
    old = Name(module.name, module.class_name)
    found = python_references.find(module.source, Renaming(kind, old, name))
    return module.source.replaced(found.splices)
