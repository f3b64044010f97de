"""List the lines of a text that mention a module by its name or its class."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from plgen.naming.names import Renaming
from plgen.project.source import Text

# Documents, tables of results and lists of ignored files; a program may read any other file.
DOCUMENTS = frozenset(
    """
    .dockerignore .gitattributes .gitignore CODEOWNERS
    .adoc .bib .csv .htm .html .log .md .org .out .rst .svg .tex .tsv .txt
    """.split()
)
# How much of a line is kept, and how much of that is shown.
LONGEST_LINE = 200
SHOWN = 100


@dataclass(frozen=True, order=True)
class Mention:
    """A line of the project that mentions a module."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        """Return the place in the form that editors open, and the line."""
        return f"{self.file}:{self.line}: {self.text[:SHOWN]}"

    @property
    def may_be_used(self) -> bool:
        """Return whether a program may use the name: not in a document, nor in Python.

        Python's references are found by the syntax tree.
        """
        return not (self.file.endswith(".py") or _is_document(self.file))


def mention(text: Text, row: int) -> Mention:
    """Return a line of a file, without its indentation."""
    line = text.line(row).lstrip("\ufeff \t").rstrip()
    return Mention(text.path, row + 1, line[:LONGEST_LINE])


def find(text: Text, renaming: Renaming, edited: Container[int] = ()) -> Iterator[Mention]:
    """Yield the lines of a file that mention the old name or its class, except what is edited."""
    names = "|".join(renaming.pattern(old) for old, _ in renaming.pairs)
    starts = (found.start() for found in re.finditer(names, text.text))
    rows = {text.row(start) for start in starts if start not in edited}
    yield from (mention(text, row) for row in sorted(rows))


def _is_document(file: str) -> bool:
    """Return whether no program reads a file."""
    path = Path(file)
    return not DOCUMENTS.isdisjoint([path.name, path.suffix.lower()])
