"""Tell by the syntax tree whether a class is a net, a dataset or a metric."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from plgen import disk
from plgen.errors import PlgenError
from plgen.naming.kinds import Kind
from plgen.reading import source
from plgen.reading.bindings import full_name, imported
from plgen.reading.source import Class, Parameter, Source

# The classes of libraries that take no hyperparameters.
PLAIN = frozenset(["object", "ABC", "Dataset", "Generic", "IterableDataset", "Module", "Protocol"])


def is_of_kind(root: Path, kind: Kind, module: Source, held: Class) -> bool:
    """Return whether a class descends, also by others of the project, from a library's of its kind.

    A class whose lines of descent lead out of what can be read is none.
    """
    libraries = tuple(f"{package}." for package in kind.libraries)
    return any(
        base.endswith(kind.bases) or base.startswith(libraries)
        for base, each in _line(root, module, held)
        if each is None
    )


def hyperparameters(
    root: Path, module: Source, held: Class
) -> tuple[tuple[Parameter, ...], str | None]:
    """Return the parameters of a class's constructor, and what of them cannot be read."""
    fields: dict[str, Parameter] | None = None
    for full, each in _line(root, module, held):
        if each is None:
            if full.rpartition(".")[2] not in PLAIN:
                return tuple((fields or {}).values()), f"the constructor of {full}"
        elif each.fields:
            # As a dataclass does it: its bases' fields first, and none of another constructor.
            inherited = {field.name: field for field in each.parameters}
            fields = inherited | (fields or {})
        elif each.constructor and fields is None:
            return each.parameters, each.rest
    return tuple((fields or {}).values()), None


def _line(root: Path, module: Source, held: Class) -> Iterator[tuple[str, Class | None]]:
    """Yield the class and those that it descends from, by full name; None for those elsewhere."""
    known: set[tuple[str, str]] = set()
    following: list[tuple[str, tuple[Source, Class] | None]] = [(held.name, (module, held))]
    while following:
        full, found = following.pop(0)
        if found is None:
            yield full, None
        elif (found[0].path, found[1].name) not in known:
            file, each = found
            known.add((file.path, each.name))
            yield full, each
            parents = [(base, _class(root, file, base)) for base in _bases(file, each)]
            following = [*parents, *following]


def _bases(module: Source, held: Class) -> list[str]:
    """Return the full names of the classes that a class is derived from."""
    names = dict(imported(module.path, module.tree.body))
    return [full_name(re.split(r"[\[( ]", base, maxsplit=1)[0], names) for base in held.bases]


def _class(root: Path, module: Source, full: str) -> tuple[Source, Class] | None:
    """Return a class of the project by its full name, also where a module only passes it on."""
    known: set[str] = set()
    while full not in known:
        known.add(full)
        *parts, name = full.split(".")
        file = _module(root, "/".join(parts)) if parts else module
        if file is None:
            return None
        held = file.held(name)
        if held:
            return file, held
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
