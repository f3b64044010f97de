"""Copy a module of the project under another name, with its class renamed by the syntax tree."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from plgen import inventory, names, python_references, source
from plgen.errors import UsageError
from plgen.kinds import Kind
from plgen.names import Name
from plgen.renaming import Renaming


def copied(root: Path, kind: Kind, other: str, name: Name, registered: Sequence[str]) -> bytes:
    """Return the file of a registered module as the file of another name."""
    bare = other.removeprefix(f"{kind.folder}/").removesuffix(".py")
    if bare not in registered:
        near = difflib.get_close_matches(bare, registered, n=1, cutoff=0.5)
        known = ", ".join(registered) or "none"
        raise UsageError(
            f"no {kind.noun} is called {other!r}; registered: {known}",
            f"--like {near[0]}" if near else f"plgen {kind.command} {name.module}",
        )
    file = kind.file(bare)
    module = source.parse(inventory.read(root, file), file)
    old = Name(bare, names.class_name(bare))
    if module.held(old.class_name) is None:
        raise UsageError(
            f"{file} holds no class {old.class_name}", f"call its class {old.class_name}"
        )
    return module.replaced(python_references.find(module, Renaming(kind, old, name)))
