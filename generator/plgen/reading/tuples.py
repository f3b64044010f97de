"""Edit the text of a tuple of strings in whatever form it is written, and keep that form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from plgen.reading.splice import Splice

# As long as the formatter lets a line of a project be.
LONGEST_LINE = 120
INDENT = "    "


@dataclass(frozen=True)
class Layout:
    """Where a tuple and its items, none of them empty, stand in a text; it is in parentheses."""

    text: str
    start: int
    end: int
    items: tuple[tuple[int, int], ...]
    newline: str

    def inserted(self, place: int, name: str, comment: str = "") -> list[Splice]:
        """Return the splices that put a name before the item at `place`, or at the end."""
        literal = self._quote(name)
        if not self.items:
            return self._first(literal)
        if not re.search(r"[\r\n]", self.text[self.start : self.end]):
            return self._in_one_line(place, literal)
        if place == len(self.items):
            return self._at_the_end(literal, comment)
        start = self.items[place][0]
        opens_line = self._indent(start) is not None
        before = self._comma(self.items[place - 1][1]) if place else self.start
        if not opens_line or before is None:
            return [(start, start, f"{literal}, ")]
        # A comment above an item stays with that item.
        line = self._next_line(before)
        return [(line, line, f"{self._indent(start)}{literal},{comment}{self.newline}")]

    def renamed(self, names: Sequence[str], goal: Sequence[str], place: int) -> list[Splice]:
        """Return the splices that put the names in the order of `goal`; the new one was at `place`.

        An item that has lines of its own takes its comments along. So the way back gives the same
        text again.
        """
        spans = self._blocks if self.in_lines else self.items
        texts = {name: self.text[slice(*span)] for name, span in zip(names, spans, strict=True)}
        (begin, end), (start, stop) = spans[place], self.items[place]
        quote = self.text[start] if self.text[start] in "'\"" else '"'
        (new,) = {*goal} - {*names}
        before, behind = self.text[begin:start], self.text[stop:end]
        texts[new] = f"{before}{quote}{new}{quote}{behind}"
        return [
            (*span, texts[name])
            for span, name in zip(spans, goal, strict=True)
            if texts[name] != self.text[slice(*span)]
        ]

    def dropped(self, place: int) -> list[Splice]:
        """Return the splices that take an item out, with the comment behind it."""
        start = self.items[place][0]
        left = [self.text[begin:stop] for begin, stop in self.items if begin != start]
        if len(left) <= 1 and "#" not in self.text[self.start : self.end]:
            # The formatter writes one item in one line.
            return [(self.start, self.end, f"({left[0]},)" if left else "()")]
        behind = self._behind(place)
        if self._alone(place):
            splices = [(self._line(start), self._next_line(behind), "")]
        elif place + 1 < len(self.items) and self._indent(self.items[place + 1][0]) is None:
            splices = [(start, self.items[place + 1][0], "")]
        else:
            splices = [(self._cut(place), behind, "")]
        last = self.items[-1][1]
        if len(left) == 1 and place == 0 and self._comma(last) is None:
            splices.append((last, last, ","))
        return splices

    @cached_property
    def in_lines(self) -> bool:
        """Return whether each item, and there are some, has a line of its own and a comma."""
        places = range(len(self.items))
        comma = self.items and self._comma(self.items[-1][1]) is not None
        return bool(comma) and all(self._alone(place) for place in places)

    def rewritten(self, rows: Sequence[tuple[str, str]], left: Mapping[str, int]) -> list[Splice]:
        """Return the splices that leave just these names, each with the comment behind it.

        The items have lines of their own; those at the places of the names in `left` stay there.
        """
        if len(rows) <= 1 and "#" not in self.text[self.start : self.end]:
            return [(self.start, self.end, f"({self._quote(rows[0][0])},)" if rows else "()")]
        stays = {*left.values()}
        splices = [
            (self._line(start), self._next_line(self._behind(place)), "")
            for place, (start, _) in enumerate(self.items)
            if place not in stays
        ]
        indent = self._indent(self.items[0][0])
        lines: dict[int, str] = {}
        behind = len(self.items)
        for name, comment in reversed(rows):
            if name in left:
                behind = left[name]
                continue
            # A comment above an item stays with that item.
            start = self._next_line(self._behind(behind - 1) if behind else self.start)
            line = f"{indent}{self._quote(name)},{comment}{self.newline}"
            lines[start] = line + lines.get(start, "")
        return [*splices, *((start, start, text) for start, text in lines.items())]

    def comment(self, place: int) -> str:
        """Return the comment behind an item that has a line of its own, with its distance."""
        behind = self._behind(place)
        return self.text[behind : self._line_end(behind)].rstrip() if self._alone(place) else ""

    @property
    def _blocks(self) -> tuple[tuple[int, int], ...]:
        """Return where the lines of each item stand, with the comments above it."""
        ends = [self._next_line(self._behind(place)) for place in range(len(self.items))]
        return tuple(pairwise([self._next_line(self.start), *ends]))

    def _behind(self, place: int) -> int:
        """Return where an item ends, with its comma if there is one."""
        end = self.items[place][1]
        comma = self._comma(end)
        return end if comma is None else comma + 1

    def _alone(self, place: int) -> bool:
        """Return whether an item has a line of its own."""
        opens_line = self._indent(self.items[place][0]) is not None
        return opens_line and self._ends_line(self._behind(place))

    def _first(self, literal: str) -> list[Splice]:
        """Return the splices that make a name the only item."""
        inner = self.text[self.start + 1 : self.end - 1]
        if not inner.strip():
            return [(self.start, self.end, f"({literal},)")]
        indents = re.findall(r"[\r\n]([ \t]*)#", inner)
        line = self._line(self.end - 1)
        return [(line, line, f"{indents[-1] if indents else INDENT}{literal},{self.newline}")]

    def _in_one_line(self, place: int, literal: str) -> list[Splice]:
        """Return the splices for a tuple in one line, which becomes many lines when it is full."""
        last = self.items[-1][1]
        comma = self._comma(last)
        # The formatter breaks a line at a comma behind the last item, which one item has to have.
        lone = len(self.items) == 1 and comma is not None
        texts = [self.text[start:end] for start, end in self.items]
        texts.insert(place, literal)
        line = self._line_end(self.end) - self._line(self.start)
        if line <= LONGEST_LINE < line + len(literal) + len(", "):
            nl = self.newline
            return [(self.start, self.end, f"({nl}{''.join(f'{INDENT}{t},{nl}' for t in texts)})")]
        if place < len(self.items):
            start = self.items[place][0]
            splices: list[Splice] = [(start, start, f"{literal}, ")]
            return [*splices, (last, comma + 1, "")] if lone and comma is not None else splices
        if lone and comma is not None:
            return [(last, comma + 1, f", {literal}")]
        end = last if comma is None else comma + 1
        return [(end, end, f", {literal}" if comma is None else f" {literal},")]

    def _at_the_end(self, literal: str, comment: str) -> list[Splice]:
        """Return the splices that put a name behind the last item of several lines."""
        start, end = self.items[-1]
        comma, indent = self._comma(end), self._indent(start)
        behind, trailing = (end, "") if comma is None else (comma + 1, ",")
        if indent is None:
            return [(behind, behind, f" {literal}," if trailing else f", {literal}")]
        if not self._ends_line(behind):
            comma_too = "" if trailing else ","
            return [(behind, behind, f"{comma_too}{self.newline}{indent}{literal}{trailing}")]
        splices: list[Splice] = [] if trailing else [(end, end, ",")]
        line = self._next_line(behind)
        return [*splices, (line, line, f"{indent}{literal}{trailing}{comment}{self.newline}")]

    def _cut(self, place: int) -> int:
        """Return where to cut an item off that something follows in its line."""
        start, end = self.items[place]
        comma = self._comma(self.items[place - 1][1]) if place else None
        if comma is None or self.text[comma + 1 : start].strip():
            return start
        # A comma behind the last item stays, or stays away; one item has to have it.
        keeps = self._comma(end) is not None or place == 1
        return comma + 1 if keeps else comma

    def _quote(self, name: str) -> str:
        """Return the name in the quotes of the first item."""
        sign = self.text[self.items[0][0]] if self.items else '"'
        return f"'{name}'" if sign == "'" else f'"{name}"'

    def _comma(self, end: int) -> int | None:
        """Return where the comma behind an item is, if there is one."""
        found = re.compile(r"(?:[\s\\]|#[^\r\n]*+)*+,").match(self.text, end, self.end)
        return found.end() - 1 if found else None

    def _line(self, place: int) -> int:
        """Return where the line of a place begins."""
        return max(self.text.rfind(sign, 0, place) for sign in "\r\n") + 1

    def _line_end(self, place: int) -> int:
        """Return where the line of a place ends, before the sign that ends it."""
        found = re.compile(r"[\r\n]").search(self.text, place)
        return found.start() if found else len(self.text)

    def _next_line(self, place: int) -> int:
        """Return where the line after that of a place begins."""
        found = re.compile(r"\r\n|\r|\n").search(self.text, place)
        return found.end() if found else len(self.text)

    def _indent(self, place: int) -> str | None:
        """Return what stands before a place in its line if that is blank, else None."""
        before = self.text[self._line(place) : place]
        return None if before.strip() else before

    def _ends_line(self, place: int) -> bool:
        """Return whether only a comment follows in the line."""
        return self.text[place : self._line_end(place)].strip()[:1] in {"", "#"}
