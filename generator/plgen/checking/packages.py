"""Find the modules that imports mean, as Python would, without importing any."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from pathlib import Path, PurePosixPath

from plgen.errors import PlgenError
from plgen.project import source, statements
from plgen.project.statements import NO_BINDINGS, Bindings

SUFFIXES = (*SOURCE_SUFFIXES, ".so", ".pyd")
INSTALLABLE = frozenset(["pyproject.toml", "setup.cfg", "setup.py"])


@dataclass(frozen=True)
class Location:
    """Where a module is: its file, if any, and its folder, if it is a package."""

    file: str = ""
    folder: str | None = None


# A module that exists, but whose contents are not known.
UNKNOWN = Location()


class Packages:
    """The modules of a project; the files in `unclear` cannot be read."""

    def __init__(
        self,
        root: Path,
        files: Collection[str],
        read: Callable[[str], bytes],
        *,
        unclear: Collection[str],
        paths: Sequence[str],
    ) -> None:
        self.root, self.read, self.unclear = root, read, frozenset(unclear)
        self.files = [file for file in files if file.endswith(".py")]
        installable = [
            str(path.parent) for path in map(PurePosixPath, files) if path.name in INSTALLABLE
        ]
        bases = ["", *installable, *paths]
        self.bases = [_joined(base, *more) for base in bases for more in ((), ("src",))]
        self._finders: dict[str, FileFinder] = {}
        self._bindings: dict[str, Bindings | None] = {}

    def bases_of(self, file: str) -> list[str]:
        """Return the folders in which a file's absolute imports may begin."""
        above = [_joined(str(folder)) for folder in PurePosixPath(file).parents]
        packages = [folder for folder in above if self._has_init(folder)]
        # A script or a test has its own folder on Python's path, a package the one around it.
        own = above[above.index(packages[-1]) + 1 :] if packages else above
        return list(dict.fromkeys([*own, *self.bases]))

    def find(self, base: str, name: str) -> Location | None:
        """Return the module of a name in a folder, if there is one."""
        if base not in self._finders:
            source_files = (SourceFileLoader, SOURCE_SUFFIXES)
            self._finders[base] = FileFinder(str(self.root / base), source_files)
        path = _joined(base, name)
        module, init = f"{path}.py", f"{path}/__init__.py"
        spec = self._finders[base].find_spec(name)
        if not self.unclear.isdisjoint([module, init]):
            return UNKNOWN
        if spec is None:
            # A pipe, or a module that is compiled for another version of Python.
            there = any(found.suffix in SUFFIXES for found in self._glob(base, f"{name}.*"))
            return UNKNOWN if there else None
        if spec.submodule_search_locations is None:
            return Location(module)
        return Location(init if spec.origin else "", path)

    def follow(self, place: Location, names: Sequence[str]) -> tuple[Location, int]:
        """Return the last module that dotted names lead to, and how many of them exist."""
        for number, name in enumerate(names):
            found = None if place.folder is None else self.find(place.folder, name)
            if found is None:
                known = self.bindings(place)
                return (place, number) if known else (UNKNOWN, len(names))
            place = found
        return place, len(names)

    def has(self, place: Location, name: str, *, typing: bool = False) -> bool:
        """Return whether a name can be imported from a module, also if that is not known."""
        if place.folder is not None and self.find(place.folder, name):
            return True
        bindings, known = self.bindings(place), self.names(place, frozenset())
        if bindings is None or known is None or name in known:
            return True
        return typing and name in bindings.typing

    def names(self, place: Location, seen: frozenset[str]) -> frozenset[str] | None:
        """Return the names that a module binds; None if they are not known."""
        bindings = self.bindings(place)
        if bindings is None or place.file in seen:
            return None
        names = set(bindings.names)
        for node in bindings.stars:
            more = self._starred(place.file, node, seen | {place.file})
            if more is None:
                return None
            names |= more
        return frozenset(names)

    def _starred(
        self, file: str, node: ast.ImportFrom, seen: frozenset[str]
    ) -> frozenset[str] | None:
        """Return the names that `from ... import *` binds; None if they are not known."""
        for place in self.starts(file, node):
            found, number = self.follow(place, parts_of(node))
            if number == len(parts_of(node)):
                bindings = self.bindings(found)
                if bindings and bindings.exported is not None:
                    return bindings.exported
                names = self.names(found, seen)
                return names and frozenset(name for name in names if not name.startswith("_"))
        return None

    def starts(self, file: str, node: ast.ImportFrom) -> list[Location]:
        """Return where the names of a `from` start: its own package, or each folder of the path.

        There is none for a relative import that leads out of the project.
        """
        if not node.level:
            return [Location(folder=base) for base in self.bases_of(file)]
        above = [_joined(str(folder)) for folder in PurePosixPath(file).parents]
        # The project may itself be a package.
        within = above if self._has_init("") else above[:-1]
        return [self._package(folder) for folder in within[node.level - 1 : node.level]]

    def _package(self, folder: str) -> Location:
        """Return a folder as a package."""
        init = _joined(folder, "__init__.py")
        if init in self.unclear:
            return UNKNOWN
        return Location(init if self._has_init(folder) else "", folder)

    def bindings(self, place: Location) -> Bindings | None:
        """Return the names that a module binds; None if they are not known."""
        if not place.file:
            return None if place == UNKNOWN else NO_BINDINGS
        if place.file not in self._bindings:
            try:
                module = source.parse(self.read(place.file), place.file)
                found = statements.bindings(module)
            except (OSError, PlgenError):
                found = None
            self._bindings[place.file] = found
        return self._bindings[place.file]

    def modules_in(self, place: Location) -> list[str]:
        """Return the names of the modules of a package."""
        found = () if place.folder is None else self._glob(place.folder, "*")
        return [
            path.name.partition(".")[0]
            for path in found
            if path.suffix in SUFFIXES or path.is_dir()
        ]

    def _has_init(self, folder: str) -> bool:
        return os.path.isfile(self.root / folder / "__init__.py")  # noqa: PTH113 - raises nothing

    def _glob(self, folder: str, pattern: str) -> list[Path]:
        return sorted((self.root / folder).glob(pattern))


def parts_of(node: ast.ImportFrom) -> list[str]:
    """Return the dotted names after `from`."""
    return node.module.split(".") if node.module else []


def _joined(*parts: str) -> str:
    """Return a path in the project; that of the project itself is empty."""
    return "/".join(part for part in parts if part not in {"", "."})
