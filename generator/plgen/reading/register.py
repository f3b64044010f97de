"""The register of a package: a plain tuple of names, edited where it stands and nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Sequence
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

    def __init__(self, message: str, hint: str, names: Sequence[str]) -> None:
        super().__init__(message, hint)
        self.names = names


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
    node = _find(source.parse(data, kind.package), kind, new)
    entries = (Entry(value, item.lineno) for item, value in _strings(node, kind, new))
    return Register(tuple(entries), node.lineno)


def added(data: bytes, kind: Kind, name: str) -> bytes:
    """Return the file with a name added in its sorted place."""
    names = read(data, kind, name).names
    if name in names:
        return data
    place = _place(names, name)
    splices = _layout(data, kind).inserted(place, name)
    return _edited(data, kind, splices, (*names[:place], name, *names[place:]))


def removed(data: bytes, kind: Kind, name: str) -> bytes:
    """Return the file without a name, however often it stands there."""
    names = read(data, kind).names
    while name in names:
        place = names.index(name)
        names = (*names[:place], *names[place + 1 :])
        data = _edited(data, kind, _layout(data, kind).dropped(place), names)
    return data


def renamed(data: bytes, kind: Kind, old: str, new: str) -> bytes:
    """Return the file with a name replaced, and moved if its sorted place is another."""
    names = read(data, kind).names
    if old not in names or new in names:
        return removed(data, kind, old)
    place = names.index(old)
    layout = _layout(data, kind)
    others = (*names[:place], *names[place + 1 :])
    if list(names) != sorted(names) or _place(others, new) == place:
        start, end = layout.items[place]
        quote = layout.text[start]
        splices = [(start, end, f"{quote}{new}{quote}" if quote in "'\"" else f'"{new}"')]
        return _edited(data, kind, splices, (*names[:place], new, *names[place + 1 :]))
    comment = layout.comment(place)
    data = _edited(data, kind, layout.dropped(place), others)
    place = _place(others, new)
    splices = _layout(data, kind).inserted(place, new, comment)
    return _edited(data, kind, splices, (*others[:place], new, *others[place:]))


def ordered(data: bytes, kind: Kind) -> bytes:
    """Return the file with its names sorted, each once and with the comment behind it."""
    done = 0
    names = read(data, kind).names
    while done < len(names):
        name, before, after = names[done], names[:done], names[done + 1 :]
        place = _place(before, name)
        if name in before or place < done:
            layout = _layout(data, kind)
            comment = layout.comment(done)
            data = _edited(data, kind, layout.dropped(done), (*before, *after))
            names = (*before, *after)
            if name not in before:
                splices = _layout(data, kind).inserted(place, name, comment)
                names = (*before[:place], name, *before[place:], *after)
                data = _edited(data, kind, splices, names)
                done += 1
        else:
            done += 1
    return data


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


def _layout(data: bytes, kind: Kind) -> Layout:
    """Return where the register and its names stand in the text of the file."""
    module = source.parse(data, kind.package)
    node = _find(module, kind)
    items = tuple(module.span(item) for item, _ in _strings(node, kind))
    return Layout(module.text, *module.span(node), items, module.newline)


def _edited(data: bytes, kind: Kind, splices: Sequence[Splice], names: tuple[str, ...]) -> bytes:
    """Return the file after splices, read again and found to hold exactly the names."""
    before = source.parse(data, kind.package)
    after = before.replaced(splices)
    try:
        good = read(after, kind).names == names and _rest(before, kind) == _rest(
            source.parse(after, kind.package), kind
        )
    except PlgenError:
        good = False
    if not good:
        line = _find(before, kind).lineno
        raise _refusal(kind, line, "is written in a way that plgen cannot edit", names)
    return after


def _rest(module: Source, kind: Kind) -> tuple[str, str]:
    """Return the text before and after the register."""
    start, end = module.span(_find(module, kind))
    return module.text[:start], module.text[end:]


def _refusal(
    kind: Kind, line: int | None, reason: str, names: Sequence[str], new: str | None = None
) -> NotPlain:
    """Build the refusal with the line to type by hand."""
    place = kind.package if line is None else f"{kind.package}:{line}"
    items = [f'"{name}"' for name in sorted({*names, new or ""} - {""})]
    if not names:
        items = ["...", *items]
    message = f"{place}: the register {kind.register} {reason}"
    return NotPlain(message, _hint(kind, items), names)


def hint(kind: Kind, names: Sequence[str]) -> str:
    """Return what to type for a register that is to hold these names."""
    items = [f'"{name}"' for name in sorted(names)]
    return _hint(kind, [*items[:SHOWN], "..."] if len(items) > SHOWN else items)


def _hint(kind: Kind, items: Sequence[str]) -> str:
    comma = "," if len(items) == 1 else ""
    return f"write {kind.register} = ({', '.join(items)}{comma}) there"
