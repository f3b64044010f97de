"""Find what refers to a net, a dataset or a metric anywhere in the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from plgen import config_references, mentions, python_references, register, source
from plgen.bindings import Names
from plgen.errors import PlgenError
from plgen.kinds import KINDS
from plgen.mentions import Place
from plgen.renaming import Edit, Renaming

YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class Change:
    """What a file holds before and after it follows a renaming."""

    before: bytes
    after: bytes


@dataclass(frozen=True)
class References:
    """What certainly means a module, with the changes that follow its renaming; and what may."""

    changes: Mapping[str, Change]
    places: tuple[Place, ...]
    mentions: tuple[Place, ...]


@dataclass(frozen=True)
class _Followed:
    """A file's text, its edits, its bytes after them, and whether it binds the class's name."""

    text: str
    edits: set[Edit] = field(default_factory=set[Edit])
    after: bytes = b""
    own_class: bool = False


def find(root: Path, renaming: Renaming, read: Callable[[str], bytes] | None = None) -> References:
    """Look through the project; its register and the module's own file do not count as places.

    Raise PlgenError where the module's own file cannot follow the renaming.
    """
    read = read or (lambda file: mentions.read(root / file))
    changes: dict[str, Change] = {}
    places: list[Place] = []
    possible: list[Place] = []
    own = renaming.kind.file(renaming.old.module)
    olds = [old.encode() for old, _ in renaming.pairs]
    for file in mentions.files(root):
        data = read(file)
        if file == own and renaming.old == renaming.new:
            continue
        if file != own and not any(old in data for old in olds):
            continue
        found = _follow(file, data, renaming)
        edited = {start for start, _, _ in found.edits}
        if edited:
            changes[file] = Change(data, found.after)
        if file != own:
            places += (mentions.place(file, found.text, start) for start in edited)
        registered = _register_lines(file, data, renaming)
        possible += (
            place
            for start, place in mentions.find(file, found.text, renaming, own_class=found.own_class)
            if start not in edited and place.line not in registered
        )
    return References(changes, _unique(places), _unique(possible))


def _follow(file: str, data: bytes, renaming: Renaming) -> _Followed:
    """Return how a file follows the renaming, which may be not at all."""
    if file.endswith(".py"):
        try:
            module = source.parse(data, file)
        except PlgenError:
            if file == renaming.kind.file(renaming.old.module):
                raise
            return _Followed(data.decode("utf-8", "replace"))
        edits = python_references.find(module, renaming)
        after = module.replaced(edits)
        source.parse(after, file)
        binders = Names(module.tree).binders
        return _Followed(module.text, edits, after, renaming.old.class_name in binders)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _Followed("")
    edits = config_references.find(text, renaming) if file.endswith(YAML) else set[Edit]()
    after = text
    for start, end, new in sorted(edits, reverse=True):
        after = after[:start] + new + after[end:]
    return _Followed(text, edits, after.encode())


def _register_lines(file: str, data: bytes, renaming: Renaming) -> set[int]:
    """Return the lines in which a register lists the old name, also that of another kind."""
    kind = next((kind for kind in KINDS if kind.package == file), None)
    try:
        entries = register.read(data, kind).entries if kind else ()
    except PlgenError:
        return set()
    return {entry.line for entry in entries if entry.name == renaming.old.module}


def _unique(places: list[Place]) -> tuple[Place, ...]:
    """Return one place a line, in the order of the files; what is acted on goes before prose."""
    lines: dict[tuple[str, int], Place] = {}
    for place in sorted(places):
        lines.setdefault((place.file, place.line), place)
    return tuple(lines.values())
