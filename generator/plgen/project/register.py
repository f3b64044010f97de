"""The register of a package: a tuple of names, read in any spelling and written in one form."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from plgen.errors import PlgenError
from plgen.naming.kinds import Kind
from plgen.project import source
from plgen.project.source import NEWLINE, Source, assigned

COMMENT = re.compile(r"#[^\r\n]*")


class NotPlain(PlgenError):  # noqa: N818 - it says what the register is
    """Refuse a register that is not a plain tuple of names."""

    def __init__(self, kind: Kind, line: int | None, reason: str) -> None:
        example = f'("a_{kind.suffix}", "b_{kind.suffix}")'
        hint = f"write {kind.register} = {example} in {kind.package}"
        super().__init__(f"the register {kind.register} {reason}", hint, kind.package, line)


@dataclass(frozen=True)
class Entry:
    """A registered name, its line, and the comments above it and behind it."""

    name: str
    line: int
    above: tuple[str, ...]
    behind: str


@dataclass(frozen=True)
class Register:
    """The entries of a register, where its tuple stands, and the comments that no entry has."""

    source: Source
    entries: tuple[Entry, ...]
    line: int
    span: tuple[int, int]
    first_comment: str
    last_comments: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the registered names in their order."""
        return tuple(entry.name for entry in self.entries)

    def written(self, names: Collection[str]) -> bytes:
        """Return the file with just these names: sorted, one a line, with their comments."""
        entries: dict[str, Entry] = {}
        above: tuple[str, ...] = ()
        for entry in self.entries:
            above += entry.above
            # A comment above a name that goes stays, for it may be about several names.
            if entry.name in names and entry.name not in entries:
                entries[entry.name] = replace(entry, above=above)
                above = ()
        lines: list[str] = []
        for name in sorted({*names}):
            entry = entries.get(name) or Entry(name, 0, (), "")
            lines += [*entry.above, f"{_literal(name)},{_trailing(entry.behind)}"]
        lines += [*above, *self.last_comments]
        newline = self.source.newline
        if self.first_comment or len(lines) > 1 or "#" in "".join(lines):
            inner = "".join(f"    {line}{newline}" for line in lines)
            text = f"({_trailing(self.first_comment)}{newline}{inner})"
        else:
            # The formatter writes one name in one line.
            text = f"({''.join(lines)})"
        return self.source.edited([(*self.span, text)])


def read(data: bytes, kind: Kind) -> Register:
    """Return the register in a package's file; raise PlgenError where it is not a plain tuple."""
    module = source.parse(data, kind.package)
    node = _find(module, kind)
    start, end = module.span(node)
    entries: list[Entry] = []
    after_last, above, first_comment = start + 1, (), ""
    # None is the closing parenthesis.
    for item in [*node.elts, None]:
        item_start, item_end = module.span(item) if item else (end - 1, end)
        behind, above = _comments(module.text[after_last:item_start])
        if entries:
            entries[-1] = replace(entries[-1], behind=behind)
        else:
            first_comment = behind
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            entries.append(Entry(item.value, item.lineno, above, ""))
        elif item:
            raise NotPlain(kind, item.lineno, "contains more than plain names")
        after_last = item_end
    return Register(module, tuple(entries), node.lineno, (start, end), first_comment, above)


def renamed(data: bytes, kind: Kind, old: str, new: str) -> bytes:
    """Return the file with the new name: in place of the old one and its comments, or added."""
    register = read(data, kind)
    entries = (replace(each, name=new) if each.name == old else each for each in register.entries)
    register = replace(register, entries=tuple(entries))
    return register.written({*register.names, new})


def _comments(between: str) -> tuple[str, tuple[str, ...]]:
    """Return the comment in the first line between two names, and those in the other lines."""
    first, *others = NEWLINE.split(between)
    comments = [COMMENT.search(line) for line in (first, *others)]
    behind, *above = [found[0].rstrip() if found else "" for found in comments]
    return behind, tuple(filter(None, above))


def _trailing(comment: str) -> str:
    """Return a comment at the distance that the formatter gives it."""
    return f"  {comment}" if comment else ""


def _literal(name: str) -> str:
    """Return a name as a string of Python."""
    return f'"{name}"' if re.fullmatch(r"\w+", name, re.ASCII) else ascii(name)


def _find(module: Source, kind: Kind) -> ast.Tuple:
    """Return the tuple that is assigned to the register's name at the top of the module."""
    found = [node for node in module.tree.body if kind.register in assigned(node)]
    if not found:
        raise NotPlain(kind, None, "is missing")
    if len(found) > 1:
        raise NotPlain(kind, found[1].lineno, "is defined twice")
    value = getattr(found[0], "value", None)
    plain = isinstance(found[0], (ast.Assign, ast.AnnAssign)) and len(assigned(found[0])) == 1
    if not (plain and isinstance(value, ast.Tuple) and module.text[module.span(value)[0]] == "("):
        raise NotPlain(kind, found[0].lineno, "is not a plain tuple in parentheses")
    return value
