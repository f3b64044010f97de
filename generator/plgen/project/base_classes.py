"""Follow the base classes of a class through the project, without importing any."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from plgen import disk
from plgen.errors import PlgenError
from plgen.naming.kinds import Kind
from plgen.project import source
from plgen.project.bindings import full_name, imported
from plgen.project.source import Class, Parameter, Source

# The classes of libraries that take no hyperparameters.
PLAIN = frozenset(["object", "ABC", "Dataset", "Generic", "IterableDataset", "Module", "Protocol"])


def is_of_kind(root: Path, kind: Kind, module: Source, class_: Class) -> bool:
    """Return whether a class is derived from a library's class of a kind, also through others."""
    libraries = tuple(f"{package}." for package in kind.libraries)
    return any(
        full.endswith(kind.bases) or full.startswith(libraries)
        for full, each in _with_bases(root, module, class_)
        if each is None
    )


def hyperparameters(
    root: Path, module: Source, class_: Class
) -> tuple[tuple[Parameter, ...], str | None]:
    """Return the parameters of a class's constructor, and what of them cannot be read."""
    fields: dict[str, Parameter] | None = None
    for full, each in _with_bases(root, module, class_):
        if each is None:
            if full.rpartition(".")[2] not in PLAIN:
                return tuple((fields or {}).values()), f"the constructor of {full}"
        elif each.fields:
            # As in a dataclass: fields of base classes first, none of another constructor.
            inherited = {field.name: field for field in each.parameters}
            fields = inherited | (fields or {})
        elif each.constructor and fields is None:
            return each.parameters, each.rest
    return tuple((fields or {}).values()), None


def _with_bases(root: Path, module: Source, class_: Class) -> Iterator[tuple[str, Class | None]]:
    """Yield the class and its base classes with their full names; None for those of libraries."""
    known: set[tuple[str, str]] = set()
    following: list[tuple[str, tuple[Source, Class] | None]] = [(class_.name, (module, class_))]
    while following:
        full, found = following.pop(0)
        if found is None:
            yield full, None
        elif (found[0].path, found[1].name) not in known:
            file, each = found
            known.add((file.path, each.name))
            yield full, each
            names = dict(imported(file.path, file.tree.body))
            bases = [
                full_name(re.split(r"[\[( ]", base, maxsplit=1)[0], names) for base in each.bases
            ]
            following = [*((base, _find(root, file, base)) for base in bases), *following]


def _find(root: Path, module: Source, full: str) -> tuple[Source, Class] | None:
    """Return a class of the project by its full name, also where a module re-exports it."""
    known: set[str] = set()
    while full not in known:
        known.add(full)
        *parts, name = full.split(".")
        file = _module(root, "/".join(parts)) if parts else module
        if file is None:
            return None
        found = file.find_class(name)
        if found:
            return file, found
        full = dict(imported(file.path, file.tree.body)).get(name, full)
    return None


def _module(root: Path, path: str) -> Source | None:
    """Return a module or a package of the project, if it can be read."""
    for file in (f"{path}/__init__.py", f"{path}.py"):
        try:
            return source.parse(disk.read_inside(root, file), file)
        except (OSError, ValueError, PlgenError):
            continue
    return None
