"""Find the references to a module anywhere in the project."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from plgen.errors import PlgenError
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
from plgen.project.source import Edit, Source, Text

YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class Change:
    """The content of a file before and after a renaming."""

    before: bytes
    after: bytes


@dataclass
class References:
    """The changes that follow a renaming, and the lines that name the module.

    `certain` are the lines that change in other files than the module's own; `mentions` are lines
    that may mean the module. `unsearched` are files, each with the reason.
    """

    changes: dict[str, Change] = field(default_factory=dict[str, Change])
    certain: set[Mention] = field(default_factory=set[Mention])
    mentions: list[Mention] = field(default_factory=list[Mention])
    unsearched: dict[str, str] = field(default_factory=dict[str, str])

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
    read = partial(text_files.read, root)
    files = tuple(file for file in text_files.files(root) if _is_searched(root, file))
    reexports = Reexports(files, read, renaming)
    words = [old.encode() for old, _ in renaming.pairs]
    found = References()
    for file in files:
        # Unlike Path's, isdir raises no error where the folder is not readable.
        if os.path.isdir(root / file):  # noqa: PTH112
            found.unsearched[file] = "a repository of its own"
            continue
        try:
            data = read(file)
        except OSError as error:
            found.unsearched[file] = str(error.strerror or error)
            continue
        if file == renaming.file:
            if renaming.old != renaming.new:
                _search(source.parse(data, file), data, reexports, found)
        elif any(word in data for word in words):
            _search(_text(file, data), data, reexports, found)
    return found


def _is_searched(root: Path, file: str) -> bool:
    """Return whether a file may refer to a module: not the engine, which is plgen's own.

    A link leads to another file, perhaps of another project.
    """
    # Unlike Path's, islink raises no error where the folder is not readable.
    return not (file.startswith("engine/") or os.path.islink(root / file))  # noqa: PTH114


def _text(file: str, data: bytes) -> Text:
    """Return a file as a module of Python, or as a text if it is not one."""
    if file.endswith(".py"):
        with suppress(PlgenError):
            return source.parse(data, file)
    return Text(file, text_files.decoded(data), "utf-8")


def _search(text: Text, data: bytes, reexports: Reexports, found: References) -> None:
    """Search one file that has the name in it."""
    renaming = reexports.renaming
    edits = _edits(text, data, reexports)
    if edits and (after := text.edited(edits)) != data:
        if isinstance(text, Source):
            source.parse(after, text.path)
        found.changes[text.path] = Change(data, after)
    starts = {start for start, _, _ in edits}
    if text.path != renaming.file:
        found.certain |= {mention(text, text.row(start)) for start in starts}
    is_broken = text.path.endswith(".py") and not isinstance(text, Source)
    registered = _register_lines(text.path, data, renaming)
    lines = [each for each in mentions.find(text, renaming, starts) if each.line not in registered]
    found.mentions += lines
    if is_broken:
        found.certain.update(lines)


def _register_lines(file: str, data: bytes, renaming: Renaming) -> set[int]:
    """Return the lines in which a register has the old name, which the command edits itself."""
    if file != renaming.kind.package:
        return set()
    with suppress(PlgenError):
        entries = register.read(data, renaming.kind).entries
        return {each.line for each in entries if each.name == renaming.old.module}
    return set()


def _edits(text: Text, data: bytes, reexports: Reexports) -> set[Edit]:
    """Return the edits of a file; none if it may mean another module of this name."""
    if reexports.is_shadowed(text.path):
        return set()
    if isinstance(text, Source):
        return python_references.find(
            text,
            reexports.renaming,
            exports=reexports.is_source(text.path),
            package_keeps=reexports.package_keeps,
        )
    # Elsewhere, a config file has to stay unchanged.
    if text.path.endswith(YAML) and text.text.encode() == data:
        return config_references.find(text.text, reexports.renaming)
    return set()
