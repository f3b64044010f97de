"""Find the modules that imports mean, as Python would, without importing any."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from plgen.checking import statements
from plgen.checking.statements import Bindings, Code
from plgen.errors import PlgenError

COMPILED = (".so", ".pyd")
INSTALLABLE = frozenset(["pyproject.toml", "setup.cfg", "setup.py"])


@dataclass(frozen=True)
class Location:
    """Where a module is: its file, if any, and its folder, if it is a package.

    A module that is `opaque` exists, but its contents are not known.
    """

    file: str = ""
    folder: str | None = None
    opaque: bool = False


class Packages:
    """The modules of a project; the files in `unclear` cannot be read."""

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

    def find(self, base: str, name: str) -> Location | None:
        """Return the module of a name in a folder, if there is one."""
        listed = self._listed(base)
        path = _joined(base, name)
        inner = self._listed(path) if listed.get(name) == "folder" else {}
        kind = listed.get(f"{name}.py")
        if "unclear" in {kind, inner.get(""), listed.get("")} or not self.unclear.isdisjoint(
            [f"{path}.py", f"{path}/__init__.py"]
        ):
            return Location(opaque=True)
        if "__init__.py" in inner:
            return Location(f"{path}/__init__.py", path)
        if listed.get(name) == "compiled":
            return Location(opaque=True)
        if kind == "file":
            return Location(f"{path}.py")
        if any(each.endswith(".py") or kind != "file" for each, kind in inner.items()):
            return Location(folder=path)
        return None

    def follow(self, place: Location, names: Sequence[str]) -> tuple[Location, int]:
        """Return the last module that dotted names lead to, and how many of them exist."""
        for number, name in enumerate(names):
            if place.opaque:
                return place, len(names)
            found = None if place.folder is None else self.find(place.folder, name)
            if found is None:
                if self._is_unclear(place):
                    return Location(opaque=True), len(names)
                return place, number
            place = found
        return place, len(names)

    def has(self, place: Location, name: str, *, typing: bool = False) -> bool:
        """Return whether a name can be imported from a module, also if that is not known."""
        if place.opaque or (place.folder is not None and self.find(place.folder, name)):
            return True
        known = self.names(place, frozenset())
        if known is None or name in known:
            return True
        bindings = self.bindings(place)
        return typing and bindings is not None and name in bindings.typing

    def names(self, place: Location, seen: frozenset[str]) -> frozenset[str] | None:
        """Return the names that a module binds; None if they are not known."""
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

    def _is_unclear(self, place: Location) -> bool:
        """Return whether a module may have names that cannot be read."""
        bindings = self.bindings(place)
        return place.opaque or (bindings.dynamic if bindings else bool(place.file))

    def _starred(
        self, file: str, node: ast.ImportFrom, seen: frozenset[str]
    ) -> frozenset[str] | None:
        """Return what `from ... import *` binds in a file; None if that is not known."""
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
        """Return where the names of a `from` start: its own package, or each folder of the path."""
        if not node.level:
            return [Location(folder=base) for base in self.bases_of(file)]
        folder = self.package(file, node.level)
        return [] if folder is None else [self.as_package(folder)]

    def as_package(self, folder: str) -> Location:
        """Return a folder as a package."""
        init = _joined(folder, "__init__.py")
        if init in self.unclear:
            return Location(opaque=True)
        return Location(init if "__init__.py" in self._listed(folder) else "", folder)

    def package(self, file: str, level: int) -> str | None:
        """Return the folder that the dots of a relative import mean; None outside the project."""
        parts = PurePosixPath(file).parent.parts
        if level - 1 >= len(parts):
            return "" if "__init__.py" in self._listed("") and level - 1 == len(parts) else None
        return "/".join(parts[: len(parts) - level + 1])

    def bindings(self, place: Location) -> Bindings | None:
        """Return what a module binds; None if it has no readable file."""
        if place.opaque or not place.file:
            return None
        if place.file not in self._bindings:
            code = self.code(place.file)
            self._bindings[place.file] = code.bindings if code else None
        return self._bindings[place.file]

    def code(self, file: str) -> Code | None:
        """Return the statements of a file of the project, if it can be read."""
        try:
            inside = (self.root / file).resolve().is_relative_to(self._resolved)
            return statements.code(self.read(file), file) if inside else None
        except (OSError, RuntimeError, PlgenError):
            return None

    def modules_in(self, place: Location) -> list[str]:
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
        """Return the entries of a folder, each a file, a folder, compiled, or unclear."""
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
