"""Find the references to a module anywhere in the project."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

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

    Raise PlgenError where a file cannot follow the renaming.
    """
    found = References()
    files = tuple(file for file in text_files.files(root) if _is_searched(root, file))
    shadowed = set(_shadowed(files, renaming))
    modules: dict[str, Source] = {}
    for data, text in _texts(root, files, renaming, found):
        may_follow = text.path not in shadowed
        if may_follow and isinstance(text, Source):
            modules[text.path] = text
        # A config file that would be written in another encoding stays unchanged.
        elif may_follow and text.path.endswith(YAML) and text.text.encode() == data:
            _note(text, data, renaming, config_references.find(text.text, renaming), found)
        else:
            _note(text, data, renaming, set(), found)
    for path, edits in python_references.find(modules, renaming).items():
        _note(modules[path], modules[path].data, renaming, edits, found)
    found.mentions.sort()
    return found


def _is_searched(root: Path, file: str) -> bool:
    """Return whether a file may refer to a module: not the engine, which is plgen's own.

    A link leads to another file, perhaps of another project.
    """
    # Unlike Path's, islink raises no error where the folder is not readable.
    return not (file.startswith("engine/") or os.path.islink(root / file))  # noqa: PTH114


def _texts(
    root: Path, files: Iterable[str], renaming: Renaming, found: References
) -> Iterator[tuple[bytes, Text]]:
    """Yield the files that may be concerned, as bytes and as text; note those not searched."""
    # A file that passes on everything does not name the class.
    words = [b"import *", *(old.encode() for old, _ in renaming.pairs)]
    for file in files:
        # Unlike Path's, isdir raises no error where the folder is not readable.
        if os.path.isdir(root / file):  # noqa: PTH112
            found.unsearched[file] = "a repository of its own"
            continue
        try:
            data = text_files.read(root, file)
        except OSError as error:
            found.unsearched[file] = str(error.strerror or error)
            continue
        if file == renaming.file:
            if renaming.old != renaming.new:
                yield data, source.parse(data, file)
        elif any(word in data for word in words):
            yield data, _text(file, data)


def _text(file: str, data: bytes) -> Text:
    """Return a file as a module of Python, or as a text if it is not one."""
    if file.endswith(".py"):
        with suppress(PlgenError):
            return source.parse(data, file)
    return Text(file, text_files.decoded(data), "utf-8")


def _shadowed(files: Iterable[str], renaming: Renaming) -> Iterator[str]:
    """Yield the files that may find another module of this name in a folder around them."""
    folder, module = renaming.kind.folder, renaming.old.module
    ends = (f"/{folder}.py", f"/{folder}/__init__.py", f"/{folder}/{module}.py")
    paths = [f"/{file}" for file in files]
    others = {path.removesuffix(end) for path in paths for end in ends if path.endswith(end)}
    # The project's own packages are imported from its top, whatever they contain.
    others -= {"", *(f"/{kind.folder}" for kind in KINDS)}
    for file in files:
        if not others.isdisjoint(f"/{parent}" for parent in PurePosixPath(file).parents):
            yield file


def _note(text: Text, data: bytes, renaming: Renaming, edits: set[Edit], found: References) -> None:
    """Note the edits of one file, and its lines that mention the module."""
    if edits and (after := text.edited(edits)) != data:
        found.changes[text.path] = Change(data, after)
    starts = {start for start, _, _ in edits}
    if text.path != renaming.file:
        found.certain |= {mention(text, text.row(start)) for start in starts}
    registered = _register_lines(text.path, data, renaming)
    lines = [each for each in mentions.find(text, renaming, starts) if each.line not in registered]
    found.mentions += lines
    if text.path.endswith(".py") and not isinstance(text, Source):
        found.certain.update(lines)


def _register_lines(file: str, data: bytes, renaming: Renaming) -> set[int]:
    """Return the lines in which a register has the old name, which the command edits itself."""
    if file != renaming.kind.package:
        return set()
    with suppress(PlgenError):
        entries = register.read(data, renaming.kind).entries
        return {each.line for each in entries if each.name == renaming.old.module}
    return set()
