"""Find the modules that a project's imports mean, as Python would, without importing any."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from plgen.errors import PlgenError
from plgen.reading import imports
from plgen.reading.imports import Bindings, Code

COMPILED = (".so", ".pyd")
INSTALLABLE = frozenset(["pyproject.toml", "setup.cfg", "setup.py"])


@dataclass(frozen=True)
class Place:
    """Where a module is: its file, or none; its folder, if it is a package.

    Of one that is `opaque` nothing is known but that it is there.
    """

    file: str = ""
    folder: str | None = None
    opaque: bool = False


class Packages:
    """The modules of a project. What stands in the files `unclear` is not looked at."""

    def __init__(
        self,
        root: Path,
        files: Collection[str],
        read: Callable[[str], bytes],
        *,
        unclear: Collection[str] = (),
        paths: Sequence[str] = (),
    ) -> None:
        self.root, self.read, self.unclear = root, read, frozenset(unclear)
        self.files = [file for file in files if file.endswith(".py")]
        installable = [
            str(path.parent) for path in map(PurePosixPath, files) if path.name in INSTALLABLE
        ]
        bases = ["", *installable, *paths]
        self.bases = [_joined(base, *more) for base in bases for more in ((), ("src",))]
        self._entries: dict[str, dict[str, str]] = {}
        self._bindings: dict[str, Bindings | None] = {}
        self._bases: dict[str, list[str]] = {}

    def bases_of(self, file: str) -> list[str]:
        """Return the folders in which a file's absolute imports may begin."""
        folder = _joined(str(PurePosixPath(file).parent))
        if folder not in self._bases:
            above = [folder, *_above(folder)]
            packages = [each for each in above if "__init__.py" in self._listed(each)]
            # A script or a test has its own folder on Python's path, a package the one around it.
            own = above[above.index(packages[-1]) + 1 :] if packages else above
            self._bases[folder] = list(dict.fromkeys([*own, *self.bases]))
        return self._bases[folder]

    def find(self, base: str, name: str) -> Place | None:
        """Return a module that lies in a folder."""
        listed = self._listed(base)
        path = _joined(base, name)
        inner = self._listed(path) if listed.get(name) == "folder" else {}
        kind = listed.get(f"{name}.py")
        if "unclear" in {kind, inner.get(""), listed.get("")} or not self.unclear.isdisjoint(
            [f"{path}.py", f"{path}/__init__.py"]
        ):
            return Place(opaque=True)
        if "__init__.py" in inner:
            return Place(f"{path}/__init__.py", path)
        if listed.get(name) == "compiled":
            return Place(opaque=True)
        if kind == "file":
            return Place(f"{path}.py")
        if any(each.endswith(".py") or kind != "file" for each, kind in inner.items()):
            return Place(folder=path)
        return None

    def follow(self, place: Place, names: Sequence[str]) -> tuple[Place, int]:
        """Return the module that dotted names lead to, and how many of them lead somewhere."""
        for number, name in enumerate(names):
            if place.opaque:
                return place, len(names)
            found = None if place.folder is None else self.find(place.folder, name)
            if found is None:
                if self._is_unclear(place):
                    return Place(opaque=True), len(names)
                return place, number
            place = found
        return place, len(names)

    def holds(self, place: Place, name: str, *, typing: bool = False) -> bool:
        """Return whether a name can be imported from a module, or whether that is unknown."""
        if place.opaque or (place.folder is not None and self.find(place.folder, name)):
            return True
        known = self.names(place, frozenset())
        if known is None or name in known:
            return True
        bindings = self.bindings(place)
        return typing and bindings is not None and name in bindings.typing

    def names(self, place: Place, seen: frozenset[str]) -> frozenset[str] | None:
        """Return the names that a module binds; None where they are not known."""
        bindings = self.bindings(place)
        if self._is_unclear(place) or place.file in seen:
            return None
        if bindings is None:
            return frozenset()
        names = set(bindings.names)
        for node in bindings.stars:
            more = self._starred(place.file, node, seen | {place.file})
            if more is None:
                return None
            names |= more
        return frozenset(names)

    def _is_unclear(self, place: Place) -> bool:
        """Return whether a module may hold more than can be read."""
        bindings = self.bindings(place)
        return place.opaque or (bindings.dynamic if bindings else bool(place.file))

    def _starred(
        self, file: str, node: ast.ImportFrom, seen: frozenset[str]
    ) -> frozenset[str] | None:
        """Return what `from ... import *` binds in a file; None where that is not known."""
        for place in self.starts(file, node):
            found, number = self.follow(place, parts_of(node))
            if number == len(parts_of(node)):
                bindings = self.bindings(found)
                if bindings and bindings.exported is not None:
                    return bindings.exported
                names = self.names(found, seen)
                return names and frozenset(name for name in names if not name.startswith("_"))
        return None

    def starts(self, file: str, node: ast.ImportFrom) -> list[Place]:
        """Return where the names of a `from` begin: its own package, or each folder of the path."""
        if not node.level:
            return [Place(folder=base) for base in self.bases_of(file)]
        folder = self.package(file, node.level)
        return [] if folder is None else [self.as_package(folder)]

    def as_package(self, folder: str) -> Place:
        """Return a folder as the package that it is."""
        init = _joined(folder, "__init__.py")
        if init in self.unclear:
            return Place(opaque=True)
        return Place(init if "__init__.py" in self._listed(folder) else "", folder)

    def package(self, file: str, level: int) -> str | None:
        """Return the folder that the dots of a relative import mean; None above the project."""
        parts = PurePosixPath(file).parent.parts
        if level - 1 >= len(parts):
            return "" if "__init__.py" in self._listed("") and level - 1 == len(parts) else None
        return "/".join(parts[: len(parts) - level + 1])

    def bindings(self, place: Place) -> Bindings | None:
        """Return what a module binds; None where it has no file, or one that cannot be read."""
        if place.opaque or not place.file:
            return None
        if place.file not in self._bindings:
            code = self.code(place.file)
            self._bindings[place.file] = code.bindings if code else None
        return self._bindings[place.file]

    def code(self, file: str) -> Code | None:
        """Return what a file of the project states, if it can be read."""
        try:
            inside = (self.root / file).resolve().is_relative_to(self._resolved)
            return imports.code(self.read(file), file) if inside else None
        except (OSError, RuntimeError, PlgenError):
            return None

    def modules_in(self, place: Place) -> list[str]:
        """Return the names of the modules of a package."""
        listed = self._listed(place.folder) if place.folder is not None else {}
        return [
            name.removesuffix(".py")
            for name, kind in listed.items()
            if name.endswith(".py") or kind in {"folder", "compiled"}
        ]

    @cached_property
    def _resolved(self) -> Path:
        return self.root.resolve()

    def _listed(self, folder: str) -> dict[str, str]:
        """Return what is in a folder: files, folders, compiled modules, and what is neither."""
        if folder not in self._entries:
            found: dict[str, str] = {}
            try:
                entries = list(os.scandir(self.root / folder))
            except (FileNotFoundError, NotADirectoryError):
                entries = []
            except OSError:
                entries, found = [], {"": "unclear"}
            for entry in entries:
                kind = _kind(entry)
                compiled = kind == "file" and entry.name.endswith(COMPILED)
                found[entry.name.partition(".")[0] if compiled else entry.name] = (
                    "compiled" if compiled else kind
                )
            self._entries[folder] = found
        return self._entries[folder]


def parts_of(node: ast.ImportFrom) -> list[str]:
    """Return the dotted names after `from`."""
    return node.module.split(".") if node.module else []


def _kind(entry: os.DirEntry[str]) -> str:
    try:
        return "folder" if entry.is_dir() else "file" if entry.is_file() else "unclear"
    except OSError:
        return "unclear"


def _joined(*parts: str) -> str:
    """Return a path in the project; that of the project itself is empty."""
    return "/".join(part for part in parts if part not in {"", "."})


def _above(folder: str) -> list[str]:
    return [_joined(str(path)) for path in PurePosixPath(folder).parents] if folder else []
