"""Find the references to a module anywhere in the project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from plgen.project.python_references import Edits
from plgen.project.reexports import Reexports
from plgen.project.source import Text

YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class Change:
    """The content of a file before and after a renaming."""

    before: bytes
    after: bytes


@dataclass(frozen=True)
class References:
    """The changes that follow a renaming, and the lines that may mean the module.

    `all` are these mentions and, in other files than the module's own, the lines that change.
    `unsearched` are files, each with the reason.
    """

    changes: Mapping[str, Change]
    mentions: tuple[Mention, ...]
    all: tuple[Mention, ...]
    unsearched: Mapping[str, str]

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
        search.changes,
        _one_a_line(search.mentions),
        _one_a_line([*search.references, *search.mentions]),
        search.unsearched,
    )


class _Search:
    """The search for one module in the files of a project."""

    def __init__(self, root: Path, renaming: Renaming) -> None:
        self.root, self.renaming = root, renaming
        self.names = tuple(old for old, _ in renaming.pairs)
        self.files = tuple(text_files.files(root))
        python = [file.removesuffix(".py") for file in self.files if file.endswith(".py")]
        parts = (part for file in python for part in file.split("/"))
        # A package may also be named by dots, or by the project's folder.
        self.own = frozenset(["", root.name, *parts])
        read = partial(text_files.read, root)
        self.options = config_references.main_options(read)
        self.reexports = Reexports(root.name, self.files, read, renaming)
        self.changes: dict[str, Change] = {}
        self.references: list[Mention] = []
        self.mentions: list[Mention] = []
        self.unsearched: dict[str, str] = {}

    def file(self, file: str, data: bytes) -> None:
        """Search one file that has the name in it."""
        renaming = self.renaming
        # A link leads to another file, perhaps of another project.
        sure = not ((self.root / file).is_symlink() or self.reexports.is_shadowed(file))
        class_name = renaming.old.class_name
        own = file == renaming.kind.file(renaming.old.module)
        module = None
        if file.endswith(".py"):
            try:
                module = source.parse(data, file)
            except PlgenError:
                if own:
                    raise
        text = module or Text(file, text_files.decoded(data), "utf-8")
        if module:
            exports = self.reexports.is_source(file)
            found = python_references.find(
                module,
                renaming,
                exports=exports,
                package_keeps=self.reexports.package_keeps,
                own=self.own,
            )
            if self.reexports.has_another(module):
                class_name = None
        else:
            found = Edits(self._options(text, data), set[int]())
        edits = found.edits if sure else set[source.Edit]()
        possible = found.possible if sure else found.possible | {start for start, *_ in found.edits}
        if edits and (after := text.edited(edits)) != data:
            if module:
                source.parse(after, file)
            self.changes[file] = Change(data, after)
        starts = {start for start, _, _ in edits}
        if not own:
            self.references += (mention(text, start) for start in starts)
        registered = _register_lines(file, data, renaming)
        found_mentions = mentions.find(text, renaming, starts, possible, class_name)
        self.mentions += (each for each in found_mentions if each.line not in registered)

    def _options(self, text: Text, data: bytes) -> set[source.Edit]:
        """Return the edits of a config file; none if it cannot be written back unchanged."""
        if not text.path.endswith(YAML) or text.text.encode() != data:
            return set()
        return config_references.find(text.text, self.renaming, self.options)


def _register_lines(file: str, data: bytes, renaming: Renaming) -> set[int]:
    """Return the lines in which a register has the old name, also that of another kind."""
    lines = set[int]()
    for kind in (kind for kind in KINDS if kind.package == file):
        with suppress(PlgenError):
            entries = register.read(data, kind).entries
            lines |= {each.line for each in entries if each.name == renaming.old.module}
    return lines


def _one_a_line(places: Iterable[Mention]) -> tuple[Mention, ...]:
    """Return one mention a line, in the order of the files; prose comes last."""
    lines: dict[tuple[str, int], Mention] = {}
    for place in sorted(places, key=lambda place: (place.file, place.line, place.prose)):
        lines.setdefault((place.file, place.line), place)
    return tuple(lines.values())
