"""Find the references to a module anywhere in the project."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS
from plgen.naming.names import Renaming
from plgen.project import (
    config_references,
    mentions,
    python_references,
    register,
    source,
    text_files,
)
from plgen.project.mentions import Mention, mention
from plgen.project.reexports import Reexports
from plgen.project.source import Source, Text

YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class Change:
    """The content of a file before and after a renaming."""

    before: bytes
    after: bytes


@dataclass(frozen=True)
class References:
    """The changes that follow a renaming, and the lines that name the module.

    `certain` are the lines that change in other files than the module's own; `mentions` are lines
    that may mean the module. `unsearched` are files, each with the reason.
    """

    changes: Mapping[str, Change]
    certain: frozenset[Mention]
    mentions: tuple[Mention, ...]
    unsearched: Mapping[str, str]

    @property
    def all(self) -> tuple[Mention, ...]:
        """Return all lines that name the module, in the order of the files."""
        return tuple(sorted({*self.certain, *self.mentions}))

    @property
    def note(self) -> tuple[str, ...]:
        """Return the line that says which files were not searched, if there are any."""
        shown = ", ".join(f"{file} ({reason})" for file, reason in self.unsearched.items())
        return (f"not searched: {shown}",) if shown else ()


def find(root: Path, renaming: Renaming) -> References:
    """Search the project for a module; its register and its own file are not references.

    Raise PlgenError where the module's own file cannot follow the renaming.
    """
    search = _Search(root, renaming)
    for file in search.files:
        try:
            data = text_files.read(root, file)
        except OSError as error:
            search.unsearched[file] = str(error.strerror or error)
            continue
        own = file == renaming.kind.file(renaming.old.module)
        if renaming.old != renaming.new if own else text_files.contains_any(data, search.names):
            search.file(file, data)
    return References(
        search.changes, frozenset(search.certain), tuple(search.mentions), search.unsearched
    )


class _Search:
    """The search for one module in the files of a project."""

    def __init__(self, root: Path, renaming: Renaming) -> None:
        self.root, self.renaming = root, renaming
        self.names = tuple(old for old, _ in renaming.pairs)
        # The engine is plgen's own, and knows no module by name.
        files = (file for file in text_files.files(root) if not file.startswith("engine/"))
        self.files = tuple(files)
        read = partial(text_files.read, root)
        self.reexports = Reexports(self.files, read, renaming)
        self.changes: dict[str, Change] = {}
        self.certain: set[Mention] = set()
        self.mentions: list[Mention] = []
        self.unsearched: dict[str, str] = {}

    def file(self, file: str, data: bytes) -> None:
        """Search one file that has the name in it."""
        own = file == self.renaming.kind.file(self.renaming.old.module)
        module = None
        if file.endswith(".py"):
            try:
                module = source.parse(data, file)
            except PlgenError:
                if own:
                    raise
        text = module or Text(file, text_files.decoded(data), "utf-8")
        edits = self._edits(text, data)
        if edits and (after := text.edited(edits)) != data:
            if module:
                source.parse(after, file)
            self.changes[file] = Change(data, after)
        starts = {start for start, _, _ in edits}
        if not own:
            self.certain |= {mention(text, text.row(start)) for start in starts}
        registered = _register_lines(file, data, self.renaming)
        found = mentions.find(text, self.renaming, starts)
        self.mentions += (each for each in found if each.line not in registered)

    def _edits(self, text: Text, data: bytes) -> set[source.Edit]:
        """Return the edits of a file; none of one that may mean another module of this name."""
        # A link leads to another file, perhaps of another project.
        if (self.root / text.path).is_symlink() or self.reexports.is_shadowed(text.path):
            return set()
        if isinstance(text, Source):
            return python_references.find(
                text,
                self.renaming,
                exports=self.reexports.is_source(text.path),
                package_keeps=self.reexports.package_keeps,
            )
        # A config file has to be written back unchanged elsewhere.
        if text.path.endswith(YAML) and text.text.encode() == data:
            return config_references.find(text.text, self.renaming)
        return set()


def _register_lines(file: str, data: bytes, renaming: Renaming) -> set[int]:
    """Return the lines in which a register has the old name, also that of another kind."""
    lines = set[int]()
    for kind in (kind for kind in KINDS if kind.package == file):
        with suppress(PlgenError):
            entries = register.read(data, kind).entries
            lines |= {each.line for each in entries if each.name == renaming.old.module}
    return lines
