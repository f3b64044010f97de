"""Tell by the syntax tree whether a class is a net, a dataset or a metric."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from plgen import source
from plgen.errors import PlgenError
from plgen.kinds import Kind
from plgen.source import Class, Source


def is_of_kind(root: Path, kind: Kind, module: Source, held: Class) -> bool:
    """Tell whether a class descends from a library's class of its kind, or from one in the folder.

    A class whose lines of descent lead out of what can be read is none.
    """
    libraries = tuple(f"{package}." for package in kind.libraries)
    return any(
        base.endswith(kind.bases) or base.startswith(libraries)
        for file, each in _line(root, kind, module, held)
        for base in _bases(file, each)
    )


def constructor(root: Path, kind: Kind, module: Source, held: Class) -> Class:
    """Return the class whose constructor makes an object of this class, as far as can be read."""
    line = _line(root, kind, module, held)
    return next((each for _, each in line if each.constructor), held)


def _line(root: Path, kind: Kind, module: Source, held: Class) -> list[tuple[Source, Class]]:
    """Return the class and those that it descends from, within the project."""
    line: list[tuple[Source, Class]] = []
    following = [(module, held)]
    while following:
        file, each = following.pop(0)
        if all((file.path, each.name) != (known.path, kin.name) for known, kin in line):
            line.append((file, each))
            parents = (_class(root, kind, file, full) for full in _bases(file, each))
            following = [*(parent for parent in parents if parent), *following]
    return line


def _bases(module: Source, held: Class) -> list[str]:
    """Return the full names of the classes that a class is derived from."""
    imported = _imported(module)
    full: list[str] = []
    for base in held.bases:
        first, dot, rest = re.split(r"[\[( ]", base, maxsplit=1)[0].partition(".")
        full.append(imported.get(first, first) + dot + rest)
    return full


def _class(root: Path, kind: Kind, module: Source, full: str) -> tuple[Source, Class] | None:
    """Return a class by its full name, if it stands in the same file or in the same folder."""
    *folders, name = full.split(".")
    if folders:
        if len(folders) != len((kind.folder, "module")) or folders[0] != kind.folder:
            return None
        other = _read(root / kind.folder / f"{folders[1]}.py", kind.file(folders[1]))
        if other is None:
            return None
        module = other
    held = module.held(name)
    return (module, held) if held else None


def _read(file: Path, path: str) -> Source | None:
    try:
        return source.parse(file.read_bytes(), path)
    except (OSError, PlgenError):
        return None


def _imported(module: Source) -> dict[str, str]:
    """Return the full name of each name that a module imports at its top."""
    package = module.path.split("/")[0]
    full: dict[str, str] = {}
    for node in module.tree.body:
        if isinstance(node, ast.ImportFrom):
            origin = ".".join(filter(None, [package if node.level else "", node.module]))
            full |= {alias.asname or alias.name: f"{origin}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            full |= {alias.asname: alias.name for alias in node.names if alias.asname}
    return full
