"""What a project holds of one kind: its register, and the files of its folder."""

from __future__ import annotations

import ast
import errno
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from plgen import disk, template
from plgen.errors import PlgenError
from plgen.naming import names
from plgen.naming.kinds import KINDS, Kind
from plgen.reading import register, source
from plgen.reading.lineage import is_of_kind
from plgen.reading.register import Register
from plgen.reading.source import Class, Source

# What Python, of whichever version, finds a module in: its source, or what a compiler made.
IMPORTABLE = re.compile(r"([^.]+)(\.py|(\..+)?\.(so|pyd))", re.IGNORECASE)


@dataclass(frozen=True)
class Module:
    """A module in the folder of its kind: what its file holds, or why that cannot be told."""

    root: Path
    kind: Kind
    name: str

    @property
    def file(self) -> str:
        """Return the file's path in the project."""
        return self.kind.file(self.name)

    @property
    def class_name(self) -> str:
        """Return the class that the file holds, or the one that a command would write."""
        try:
            return self.held.name if self.held else names.class_name(self.name)
        except PlgenError:
            return names.class_name(self.name)

    @property
    def exists(self) -> bool:
        """Return whether there is such a file, or a link to one."""
        return os.path.isfile(self.root / self.file)  # noqa: PTH113 - no error for any name

    @property
    def owned(self) -> bool:
        """Return whether the file is plumbing that the template wrote, such as an interface."""
        return self.name in template.plumbing(self.kind.folder, self.kind.register)

    @cached_property
    def source(self) -> Source:
        """Return the parsed file; raise PlgenError where it cannot be read or parsed."""
        return source.parse(read(self.root, self.file), self.file)

    @property
    def namesakes(self) -> tuple[Class, ...]:
        """Return the classes that the file defines under its own name, in whatever spelling."""
        key = names.clash_key(self.name)
        return tuple(each for each in self.source.classes if names.clash_key(each.name) == key)

    @cached_property
    def held(self) -> Class | None:
        """Return the class that the rule asks for, if the file defines exactly one."""
        spellings = {each.name: each for each in self.namesakes}
        return next(iter(spellings.values())) if len(spellings) == 1 else None

    @property
    def loads(self) -> bool:
        """Return whether main.py finds the class, which a file without one may pass on."""
        if self.namesakes:
            return self.held is not None
        key = names.clash_key(self.name)
        passed_on = {name for node in self.source.tree.body for name in _renamed(node)}
        return len([name for name in passed_on if names.clash_key(name) == key]) == 1

    @cached_property
    def candidates(self) -> tuple[Class, ...]:
        """Return the classes of the file that are of the folder's kind by descent."""
        root, kind, module = self.root, self.kind, self.source
        return tuple(each for each in module.classes if is_of_kind(root, kind, module, each))

    @property
    def meant(self) -> Class | None:
        """Return the class of the kind that is named like the file, in whatever spelling."""
        root, kind, module = self.root, self.kind, self.source
        of_kind = (each for each in self.namesakes if is_of_kind(root, kind, module, each))
        return next(of_kind, None)


@dataclass(frozen=True)
class Inventory:
    """The register of one kind, or why it cannot be read, and what is in the folder beside it."""

    root: Path
    kind: Kind
    data: bytes
    register: Register | None
    refusal: PlgenError | None
    files: Mapping[str, Module]
    # Each file and folder that Python could import, with the name that it goes by.
    entries: tuple[tuple[str, str], ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the registered names in the register's order."""
        return self.register.names if self.register else ()

    @cached_property
    def listed(self) -> frozenset[str]:
        """Return the registered names for a quick look."""
        return frozenset(self.names)

    @cached_property
    def rivals(self) -> Mapping[str, str]:
        """Return the names that main.py calls the options of another kind's modules after."""
        kinds = [kind for kind in KINDS if kind.grouped and self.kind.grouped]
        others = [of(self.root, kind) for kind in kinds if kind is not self.kind]
        return {name: each.kind.file(name) for each in others for name in each.names}

    def taken(self, name: str, own: str | None = None) -> str | None:
        """Say why a name is not free, or None; the file and the line of the module `own` may go."""
        key, file = names.clash_key(name), self.kind.file(own or "")
        lines = [(each, f"{each} in {self.kind.register}") for each in self.names if each != own]
        entries = [entry for entry in self.entries if entry != (own, file)]
        near = {each: what for each, what in (*lines, *entries) if names.clash_key(each) == key}
        if name in near:
            return f"{near[name]} is there already"
        if near:
            return f"{next(iter(near.values()))} would be mixed up with it"
        if name in self.rivals:
            return f"main.py calls the options of {self.rivals[name]} --{name}.* already"
        return None

    def module(self, name: str) -> Module:
        """Return the module of a name, which need not have a file."""
        return self.files.get(name) or Module(self.root, self.kind, name)


def _renamed(node: ast.stmt) -> list[str]:
    """Return the names that a statement gives to what has a name already."""
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Attribute)):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def is_missing(root: Path, file: str) -> bool:
    """Return whether there is certainly no such file in the project."""
    try:
        return not (root / file).is_file()
    except OSError:
        return False


def read(root: Path, file: str) -> bytes:
    """Return the bytes of a file of the project; raise PlgenError where it cannot be read."""
    try:
        return disk.read_inside(root, file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        # Unlike Path's, it is no error where the folder lets nobody look.
        if os.path.islink(root / file):  # noqa: PTH114
            raise PlgenError(
                f"{file} is a link that cannot be read: {reason}",
                f"put a file in place of the link {file}",
            ) from error
        unfit = getattr(error, "errno", errno.EINVAL) == errno.EINVAL
        cure = f"put a file in place of {file}" if unfit else f"look at {file}"
        raise PlgenError(f"{file} cannot be read: {reason}", cure) from error


def of(root: Path, kind: Kind, new: str | None = None, package: bytes | None = None) -> Inventory:
    """Return what a project holds of one kind; what is broken is said in it, not raised.

    What is said of a broken register shows where a `new` name would stand. The register's file
    counts as what it is to become, if that is given as `package`.
    """
    data, found, refusal = b"", None, None
    listed: list[os.DirEntry[str]] = []
    try:
        listed = folder(root, kind)
        data = read(root, kind.package) if package is None else package
        found = register.read(data, kind, new)
    except PlgenError as error:
        refusal = error
    stems = [entry.name.removesuffix(".py") for entry in listed if entry.name.endswith(".py")]
    return Inventory(
        root=root,
        kind=kind,
        data=data,
        register=found,
        refusal=refusal,
        files={stem: Module(root, kind, stem) for stem in stems},
        entries=tuple(entry for each in listed for entry in _imported(each, kind)),
    )


def folder(root: Path, kind: Kind) -> list[os.DirEntry[str]]:
    """Return what is in a folder, if that is there; raise PlgenError where it cannot be read."""
    if not disk.is_inside(root, kind.folder):
        reason = f"{kind.folder} is a link, which may lead out of the project"
        raise PlgenError(reason, f"put a folder in place of the link {kind.folder}")
    try:
        found = sorted(os.scandir(root / kind.folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise PlgenError(
            f"{kind.folder}/ cannot be read: {error.strerror or error}", f"look at {kind.folder}"
        ) from error
    return [entry for entry in found if not entry.name.startswith((".", "__"))]


def _imported(entry: os.DirEntry[str], kind: Kind) -> Iterator[tuple[str, str]]:
    """Yield the name that Python imports an entry of a folder by, with its path, if it can."""
    path = f"{kind.folder}/{entry.name}"
    named = IMPORTABLE.fullmatch(entry.name)
    # A link may lead in a circle, or where nobody may look: a DirEntry raises an error for that.
    if os.path.isdir(entry) if entry.is_symlink() else entry.is_dir():  # noqa: PTH112
        yield named[1] if named else entry.name, f"{path}/"
    elif named:
        yield named[1], path


def everything(root: Path) -> tuple[Inventory, ...]:
    """Return what a project holds, kind by kind."""
    return tuple(of(root, kind) for kind in KINDS)
