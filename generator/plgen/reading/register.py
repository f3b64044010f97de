"""The register of a package: a plain tuple of names, edited where it stands and nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from plgen.errors import PlgenError
from plgen.naming.kinds import Kind
from plgen.reading import source
from plgen.reading.source import Source
from plgen.reading.splice import Splice
from plgen.reading.tuples import Layout

# As many as are read in a hint.
SHOWN = 10


class NotPlain(PlgenError):  # noqa: N818 - it says what the register is
    """Refuse a register that is no plain tuple; `names` are those that it shows all the same."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A registered name and the line that it stands in."""

    name: str
    line: int


@dataclass(frozen=True)
class Register:
    """What a package registers, and the line that the register begins in."""

    entries: tuple[Entry, ...]
    line: int

    @property
    def names(self) -> tuple[str, ...]:
        """Return the registered names in their order."""
        return tuple(entry.name for entry in self.entries)


def read(data: bytes, kind: Kind, new: str | None = None) -> Register:
    """Return the register in a package's file; raise PlgenError where it is no plain tuple.

    The error's hint is the line to type by hand, with the `new` name in it.
    """
    return _read(source.parse(data, kind.package), kind, new)


def added(data: bytes, kind: Kind, name: str) -> bytes:
    """Return the file with a name added in its sorted place."""
    module = source.parse(data, kind.package)
    names = _read(module, kind, name).names
    return data if name in names else _inserted(module, kind, names, name).data


def removed(data: bytes, kind: Kind, name: str) -> bytes:
    """Return the file without a name, however often it stands there."""
    module = source.parse(data, kind.package)
    names = _read(module, kind).names
    while name in names:
        module, names = _dropped(module, kind, names, names.index(name))
    return module.data


def renamed(data: bytes, kind: Kind, old: str, new: str) -> bytes:
    """Return the file with a name replaced, and moved if its sorted place is another."""
    module = source.parse(data, kind.package)
    names = _read(module, kind).names
    if old not in names or new in names:
        return removed(data, kind, old)
    place = names.index(old)
    goal = (*names[:place], new, *names[place + 1 :])
    if list(names) == sorted(names):
        goal = tuple(sorted(goal))
    return _edited(module, kind, _layout(module, kind).renamed(names, goal, place), goal).data


def rewritten(data: bytes, kind: Kind, wanted: Iterable[str]) -> bytes:
    """Return the file with just these names, sorted, each with the comment behind it."""
    module = source.parse(data, kind.package)
    names = _read(module, kind).names
    goal = tuple(sorted({*wanted}))
    comments: dict[str, str] = {}
    # One name at a time, as long as names share a line; a long register has one name a line.
    while names != goal:
        layout = _layout(module, kind)
        kept = _kept(names, {*goal})
        comments = {name: layout.comment(place) for place, name in enumerate(names)} | comments
        if layout.in_lines:
            rows = [(name, comments.get(name, "")) for name in goal]
            left = {names[place]: place for place in kept}
            module = _edited(module, kind, layout.rewritten(rows, left), goal)
            names = goal
        elif len(kept) < len(names):
            gone = next(place for place in range(len(names)) if place not in kept)
            module, names = _dropped(module, kind, names, gone)
        else:
            name = next(name for name in goal if name not in names)
            module = _inserted(module, kind, names, name, comments.get(name, ""))
            names = tuple(sorted((*names, name)))
    return module.data


def _kept(names: Sequence[str], goal: Container[str]) -> set[int]:
    """Return the places of the names that can stay where they are, in a sorted register."""
    kept: set[int] = set()
    last = ""
    for place, name in enumerate(names):
        if name in goal and name > last:
            kept.add(place)
            last = name
    return kept


def _inserted(
    module: Source, kind: Kind, names: tuple[str, ...], name: str, comment: str = ""
) -> Source:
    """Return the file with one name more, in its sorted place."""
    place = _place(names, name)
    splices = _layout(module, kind).inserted(place, name, comment)
    return _edited(module, kind, splices, (*names[:place], name, *names[place:]))


def _dropped(
    module: Source, kind: Kind, names: tuple[str, ...], place: int
) -> tuple[Source, tuple[str, ...]]:
    """Return the file without one of its names, and the others."""
    others = (*names[:place], *names[place + 1 :])
    return _edited(module, kind, _layout(module, kind).dropped(place), others), others


def _place(names: Sequence[str], name: str) -> int:
    """Return the sorted place of a name among others."""
    return next((i for i, other in enumerate(names) if other > name), len(names))


def _find(module: Source, kind: Kind, new: str | None = None) -> ast.Tuple:
    """Return the tuple that is assigned to the register's name at the top of the module."""
    found = [node for node in module.tree.body if kind.register in _assigned(node)]
    if not found:
        raise _refusal(kind, None, "is missing", (), new)
    if len(found) > 1:
        raise _refusal(kind, found[1].lineno, "is written twice", (), new)
    value = getattr(found[0], "value", None)
    plain = isinstance(found[0], (ast.Assign, ast.AnnAssign)) and len(_assigned(found[0])) == 1
    if not (plain and isinstance(value, ast.Tuple) and module.text[module.span(value)[0]] == "("):
        reason = "is no plain tuple in parentheses"
        raise _refusal(kind, found[0].lineno, reason, _literals(value), new)
    return value


def _assigned(node: ast.stmt) -> list[str]:
    """Return the names that a statement assigns to."""
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return []
    return [each.id for each in targets if isinstance(each, ast.Name)]


def _strings(node: ast.Tuple, kind: Kind, new: str | None = None) -> list[tuple[ast.Constant, str]]:
    """Return the items with their values, which are strings; raise PlgenError for another one."""
    found: list[tuple[ast.Constant, str]] = []
    for item in node.elts:
        if not isinstance(item, ast.Constant) or not isinstance(item.value, str):
            raise _refusal(kind, item.lineno, "holds what is no plain name", (), new)
        found.append((item, item.value))
    return found


def _literals(value: ast.expr | None) -> tuple[str, ...]:
    """Return the names that a list, or one string, was meant to register."""
    items = getattr(value, "elts", [value])
    found = [item.value for item in items if isinstance(item, ast.Constant)]
    return tuple(item for item in found if isinstance(item, str))


def _read(module: Source, kind: Kind, new: str | None = None) -> Register:
    """Return the register in a module."""
    node = _find(module, kind, new)
    entries = (Entry(value, item.lineno) for item, value in _strings(node, kind, new))
    return Register(tuple(entries), node.lineno)


def _layout(module: Source, kind: Kind) -> Layout:
    """Return where the register and its names stand in the text of the module."""
    node = _find(module, kind)
    items = tuple(module.span(item) for item, _ in _strings(node, kind))
    return Layout(module.text, *module.span(node), items, module.newline)


def _edited(
    module: Source, kind: Kind, splices: Sequence[Splice], names: tuple[str, ...]
) -> Source:
    """Return the module after splices, read again and found to hold exactly the names."""
    try:
        after = source.parse(module.replaced(splices), kind.package)
        if _read(after, kind).names == names and _rest(after, kind) == _rest(module, kind):
            return after
    except PlgenError:
        pass
    reason = "is written in a way that plgen cannot edit"
    raise _refusal(kind, _find(module, kind).lineno, reason, names)


def _rest(module: Source, kind: Kind) -> tuple[str, str]:
    """Return the text before and after the register."""
    start, end = module.span(_find(module, kind))
    return module.text[:start], module.text[end:]


def _refusal(
    kind: Kind, line: int | None, reason: str, names: Sequence[str], new: str | None = None
) -> NotPlain:
    """Build the refusal with the line to type by hand."""
    items = [f'"{name}"' for name in sorted({*names, new or ""} - {""})]
    if not names:
        items = ["...", *items]
    refusal = NotPlain(
        f"the register {kind.register} {reason}", _hint(kind, items), kind.package, line
    )
    refusal.names = tuple(names)
    return refusal


def hint(kind: Kind, names: Sequence[str]) -> str:
    """Return what to type for a register that is to hold these names."""
    items = [f'"{name}"' for name in sorted(names)]
    return _hint(kind, [*items[:SHOWN], "..."] if len(items) > SHOWN else items)


def _hint(kind: Kind, items: Sequence[str]) -> str:
    comma = "," if len(items) == 1 else ""
    return f"write {kind.register} = ({', '.join(items)}{comma}) there"
