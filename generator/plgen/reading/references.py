"""Find what refers to a net, a dataset or a metric anywhere in the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS, Kind
from plgen.naming.renaming import Renaming
from plgen.reading import config_references, mentions, python_references, register, source, texts
from plgen.reading.config_references import Known
from plgen.reading.mentions import Mention, Text
from plgen.reading.owners import Owners
from plgen.reading.splice import Splice, spliced

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
    places: tuple[Mention, ...]
    mentions: tuple[Mention, ...]
    # The files that were not searched, each with the reason.
    unsearched: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[Mention, ...]:
        """Return every place, one a line."""
        return _unique([*self.places, *self.mentions])

    @property
    def note(self) -> tuple[str, ...]:
        """Return the line that says what was not searched, if there is something."""
        return (f"not searched: {', '.join(self.unsearched)}",) if self.unsearched else ()


@dataclass(frozen=True)
class _Followed:
    """A file's text, its splices, and its bytes after them.

    The attributes at `possible` may mean the module; with `own_class`, the class's name does not.
    """

    text: Text
    splices: set[Splice] = field(default_factory=set[Splice])
    after: bytes = b""
    possible: AbstractSet[int] = frozenset()
    own_class: bool = False


def find(root: Path, renaming: Renaming, read: Callable[[str], bytes] | None = None) -> References:
    """Look through the project; its register and the module's own file do not count as places.

    Raise PlgenError where the module's own file cannot follow the renaming.
    """
    read = read or (lambda file: texts.read(root, file))
    changes: dict[str, Change] = {}
    places: list[Mention] = []
    possible: list[Mention] = []
    unsearched: list[str] = []
    own = renaming.kind.file(renaming.old.module)
    olds = tuple(old for old, _ in renaming.pairs)
    known = _known(read)
    files = tuple(texts.files(root))
    owners = Owners(files, read, renaming)
    for file in files:
        try:
            data = read(file)
        except OSError as error:
            unsearched.append(f"{file} ({error.strerror or error})")
            continue
        if file == own and renaming.old == renaming.new:
            continue
        if file != own and not texts.holds(data, olds):
            continue
        # What a link leads to is another file, perhaps of another project.
        sure = not ((root / file).is_symlink() or owners.nearer(file))
        found = _follow(file, data, owners, known, sure=sure)
        edited = {start for start, _, _ in found.splices}
        if edited:
            changes[file] = Change(data, found.after)
        if file != own:
            places += (found.text.mention(start) for start in edited)
        registered = _register_lines(file, data, renaming)
        name = None if found.own_class else renaming.old.class_name
        listed = mentions.find(found.text, renaming, edited, found.possible, name)
        possible += (place for place in listed if place.line not in registered)
    return References(changes, _unique(places), _unique(possible), tuple(unsearched))


def _known(read: Callable[[str], bytes]) -> Known:
    """Return what main.py takes in a file of options, as far as it can be read."""
    main, registered = "", dict[Kind, tuple[str, ...]]()
    with suppress(OSError):
        main = texts.decoded(read("main.py"))
    for kind in KINDS:
        with suppress(OSError, PlgenError):
            registered[kind] = register.read(read(kind.package), kind).names
    return config_references.known(main, registered)


def _follow(file: str, data: bytes, owners: Owners, known: Known, *, sure: bool) -> _Followed:
    """Return how a file follows the renaming, which may be not at all."""
    if file.endswith(".py"):
        return _follow_code(file, data, owners, sure=sure)
    text = texts.decoded(data)
    splices = set[Splice]()
    # What is no UTF-8 would not be written back as it was.
    if file.endswith(YAML) and sure and text.encode() == data:
        splices = config_references.find(text, owners.renaming, known)
    return _Followed(Text(file, text), splices, spliced(text, splices).encode())


def _follow_code(file: str, data: bytes, owners: Owners, *, sure: bool) -> _Followed:
    """Return how a Python file follows the renaming."""
    renaming = owners.renaming
    try:
        module = source.parse(data, file)
    except PlgenError:
        if file == renaming.kind.file(renaming.old.module):
            raise
        return _Followed(Text(file, texts.decoded(data)))
    splices, possible = python_references.find(module, renaming, exports=owners.exports(file))
    if not sure:
        splices, possible = set[Splice](), possible | {start for start, _, _ in splices}
    after = module.replaced(splices)
    source.parse(after, file)
    return _Followed(Text(file, module.text), splices, after, possible, owners.own(module))


def _register_lines(file: str, data: bytes, renaming: Renaming) -> set[int]:
    """Return the lines in which a register lists the old name, also that of another kind."""
    kind = next((kind for kind in KINDS if kind.package == file), None)
    try:
        entries = register.read(data, kind).entries if kind else ()
    except PlgenError:
        return set()
    return {entry.line for entry in entries if entry.name == renaming.old.module}


def _unique(places: list[Mention]) -> tuple[Mention, ...]:
    """Return one place a line, in the order of the files; what is acted on goes before prose."""
    lines: dict[tuple[str, int], Mention] = {}
    for place in sorted(places, key=lambda place: (place.file, place.line, place.prose)):
        lines.setdefault((place.file, place.line), place)
    return tuple(lines.values())
