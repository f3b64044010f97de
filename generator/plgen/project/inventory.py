"""The modules of one kind in a project: its register, and the files of its folder."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from plgen import disk, template
from plgen.errors import PlgenError
from plgen.naming import names
from plgen.naming.kinds import KINDS, Kind
from plgen.project import register, source
from plgen.project.register import Register
from plgen.project.source import Class, Source


@dataclass(frozen=True)
class Module:
    """A module in the folder of its kind, which need not have a file."""

    root: Path
    kind: Kind
    name: str

    @property
    def file(self) -> str:
        """Return the file's path in the project."""
        return self.kind.file(self.name)

    @property
    def class_name(self) -> str:
        """Return the class that the file has, or the one that a command would write."""
        try:
            return self.class_by_name.name if self.class_by_name else names.class_name(self.name)
        except PlgenError:
            return names.class_name(self.name)

    @property
    def exists(self) -> bool:
        """Return whether there is such a file, or a link to one."""
        return os.path.isfile(self.root / self.file)  # noqa: PTH113 - no error for any name

    @property
    def is_plumbing(self) -> bool:
        """Return whether the template wrote the file for every project, such as an interface."""
        return self.name in template.plumbing(self.kind.folder)

    @cached_property
    def source(self) -> Source:
        """Return the parsed file; raise PlgenError where it cannot be read or parsed."""
        return source.parse(disk.read_inside(self.root, self.file), self.file)

    @property
    def classes_of_name(self) -> tuple[Class, ...]:
        """Return the classes of the file whose names match the file's by the naming rule."""
        key = names.clash_key(self.name)
        return tuple(each for each in self.source.classes if names.clash_key(each.name) == key)

    @cached_property
    def class_by_name(self) -> Class | None:
        """Return the class that the naming rule requires, if the file defines exactly one."""
        spellings = {each.name: each for each in self.classes_of_name}
        return next(iter(spellings.values())) if len(spellings) == 1 else None

    @property
    def class_by_name_and_kind(self) -> Class | None:
        """Return the class of the file's kind that has the file's name."""
        return next((each for each in self.classes_of_name if self._is_of_kind(each)), None)

    @property
    def is_recognised(self) -> bool:
        """Return whether the file can be read and has a class of its name and kind."""
        try:
            return self.class_by_name_and_kind is not None
        except PlgenError:
            return False

    @property
    def is_loadable(self) -> bool:
        """Return whether the file has the class, also in a block or by another name."""
        if self.classes_of_name:
            return self.class_by_name is not None
        return bool(self._bound - self.source.imported)

    @property
    def single_class_of_kind(self) -> Class | None:
        """Return the class of the file's kind, if it is the only one and nothing has its name."""
        found = [each for each in self.source.classes if self._is_of_kind(each)]
        return found[0] if len(found) == 1 and not self._bound else None

    @property
    def _bound(self) -> set[str]:
        """Return the names like the class's that anything has, such as an import."""
        # `plgen add-model` reads no names.
        from plgen.project.bindings import Names

        key, bound = names.clash_key(self.name), Names(self.source.tree).binders
        return {each for each in bound if names.clash_key(each) == key and not each.islower()}

    def _is_of_kind(self, each: Class) -> bool:
        # `plgen add-model` reads no class.
        from plgen.project.base_classes import is_of_kind

        return is_of_kind(self.root, self.kind, self.source, each)


@dataclass(frozen=True)
class Inventory:
    """The register of one kind, or why it cannot be read, and the contents of its folder."""

    root: Path
    kind: Kind
    data: bytes
    register: Register | None
    refusal: PlgenError | None
    # The names of the Python files, without `.py`.
    files: tuple[str, ...]
    # Each file and folder that Python could import, with its name in an import.
    entries: tuple[tuple[str, str], ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the registered names in the register's order."""
        return self.register.names if self.register else ()

    @cached_property
    def registered(self) -> frozenset[str]:
        """Return the registered names as a set."""
        return frozenset(self.names)

    @cached_property
    def elsewhere(self) -> Mapping[str, str]:
        """Return the names that other registers of the folder list, each with its register."""
        found: dict[str, str] = {}
        for kind in KINDS:
            if kind.package == self.kind.package and kind is not self.kind:
                with suppress(PlgenError):
                    names = register.read(self.data, kind).names
                    found |= dict.fromkeys(names, kind.register)
        return found

    @cached_property
    def near(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return the entries by the key of their names, which clashing names share."""
        return _by_key(self.entries)

    @cached_property
    def _lines(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return each registered name with its register, by the key of the name."""
        lines = [(each, f"{each} in {self.kind.register}") for each in self.names]
        lines += [(each, f"{each} in {where}") for each, where in self.elsewhere.items()]
        return _by_key(lines)

    def conflict(self, name: str, own: str | None = None, *, planned: bool = True) -> str | None:
        """Return why a name cannot be used, or None; the module `own` does not count.

        A name that is registered without a file counts only if `planned`.
        """
        key = names.clash_key(name)
        lines = self._lines.get(key, ()) if planned else ()
        without = (self.kind.file(own), f"{own} in {self.kind.register}") if own else ()
        near = {
            each: what
            for each, what in (*lines, *self.near.get(key, ()))
            # A private helper may have the name of the module that it helps.
            if what not in without and not each.startswith("_")
        }
        if name in near:
            return f"{near[name]} already exists"
        if near:
            return f"{next(iter(near.values()))} is too similar"
        for stock in self.sharing_options:
            if name in stock.registered and (planned or name in stock.files):
                return f"main.py already uses --{name}.* for {stock.kind.file(name)}"
        return None

    @cached_property
    def sharing_options(self) -> tuple[Inventory, ...]:
        """Return the other kinds whose options main.py groups by name, if it does for this kind."""
        kinds = [kind for kind in KINDS if kind.grouped and self.kind.grouped]
        return tuple(load(self.root, kind) for kind in kinds if kind is not self.kind)

    def module(self, name: str) -> Module:
        """Return the module of a name, which need not have a file."""
        # Not kept: a thousand syntax trees need not be in memory at once.
        return Module(self.root, self.kind, name)


def _by_key(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return pairs of a name and what has it, by the key of the name."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, what in pairs:
        found[names.clash_key(name)].append((name, what))
    return found


def is_missing(root: Path, file: str) -> bool:
    """Return whether there is certainly no such file in the project."""
    try:
        return not (root / file).is_file()
    except OSError:
        return False


def load(root: Path, kind: Kind) -> Inventory:
    """Return the modules of one kind; a broken register is noted in it, not raised."""
    data, found, refusal = b"", None, None
    listed: list[os.DirEntry[str]] = []
    try:
        listed = _listed(root, kind)
        data = disk.read_inside(root, kind.package)
        found = register.read(data, kind)
    except PlgenError as error:
        refusal = error
    files = [entry.name.removesuffix(".py") for entry in listed if entry.name.endswith(".py")]
    return Inventory(
        root=root,
        kind=kind,
        data=data,
        register=found,
        refusal=refusal,
        files=tuple(files),
        entries=tuple(entry for each in listed for entry in _import_name(each, kind)),
    )


def _listed(root: Path, kind: Kind) -> list[os.DirEntry[str]]:
    """Return the entries of a kind's folder, if it exists; raise PlgenError if it is unreadable."""
    if not disk.is_inside(root, kind.folder):
        raise disk.linked(root, kind.package)
    try:
        found = sorted(os.scandir(root / kind.folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise PlgenError(
            f"{kind.folder}/ cannot be read: {error.strerror or error}",
            f"check that {kind.folder} is a readable folder",
        ) from error
    return [entry for entry in found if not entry.name.startswith((".", "__"))]


def _import_name(entry: os.DirEntry[str], kind: Kind) -> Iterator[tuple[str, str]]:
    """Yield the name by which Python imports an entry, and its path, if it can be imported."""
    path, name = f"{kind.folder}/{entry.name}", entry.name.removesuffix(".py")
    # A DirEntry raises an error for a link in a circle or to an unreadable place.
    if os.path.isdir(entry) if entry.is_symlink() else entry.is_dir():  # noqa: PTH112
        yield name, f"{path}/"
    elif name != entry.name:
        yield name, path
