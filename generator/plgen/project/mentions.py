"""List the lines of a text that mention a name, and which of them are only prose."""

from __future__ import annotations

import ast
import contextlib
import re
import tokenize
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from plgen.naming.kinds import KINDS
from plgen.naming.names import Renaming, is_distinctive
from plgen.project.source import Source, Text

# Documents, tables of results and lists of ignored files; a program may read any other file.
PROSE = frozenset(
    """
    .dockerignore .gitattributes .gitignore CODEOWNERS
    .adoc .bib .csv .htm .html .log .md .org .out .rst .svg .tex .tsv .txt
    """.split()
)
LONGEST_LINE = 100
# How much of a long line is shown before the name.
BEFORE = 30
# A string, or the start of a comment in a shell script, YAML and the like; not `#SBATCH`.
QUOTED_OR_COMMENT = re.compile(
    r"\"[^\"]*\"?|(?<!\w)'[^']*'?|(?:^|(?<=\s))#(?!SBATCH\b|PBS\b|BSUB\b|!|\$)"
)
TEXT_TOKENS = frozenset(["COMMENT", "STRING", "FSTRING_MIDDLE", "TSTRING_MIDDLE"])
# Strings that are a command line of main.py, or a part of one.
COMMAND = re.compile(
    rf"main\.py|\b({'|'.join(option for kind in KINDS for option in kind.options)})\b"
)


@dataclass(frozen=True)
class Mention:
    """A line of the project that mentions a module; `prose` if no program uses it."""

    file: str
    line: int
    text: str
    prose: bool = False

    def __str__(self) -> str:
        """Return the place in the form that editors open, and the line."""
        return f"{self.file}:{self.line}: {self.text}"


def mention(text: Text, position: int, *, prose: bool = False) -> Mention:
    """Return the line of a position, shortened to what can be shown."""
    row = text.row(position)
    line = text.line(row).rstrip()
    shown = line.lstrip("\ufeff \t")
    if len(shown) > LONGEST_LINE:
        shown = _cut(shown, position - text.starts[row] - len(line) + len(shown))
    return Mention(text.path, row + 1, shown, prose)


def _cut(line: str, position: int) -> str:
    """Return the part of a long line that has a position in it."""
    room = LONGEST_LINE - len("...") * 2
    begin = max(0, min(position - BEFORE, len(line) - room))
    end = begin + room
    return f"{'...' if begin else ''}{line[begin:end]}{'...' if end < len(line) else ''}"


def find(
    text: Text,
    renaming: Renaming,
    edited: Container[int] = (),
    possible: Container[int] = (),
    class_name: str | None = None,
) -> Iterator[Mention]:
    """Yield the lines of a file that mention the old name or its class, except what is edited.

    Of Python's identifiers, only those at `possible` positions and `class_name` are mentions.
    """
    # Python writes the class before a private attribute of it.
    private = rf"(?<!\w)_{re.escape(renaming.old.class_name)}__(?=\w)"
    either = re.compile("|".join([*(renaming.pattern(old) for old, _ in renaming.pairs), private]))
    spans = _in_text(text, either)
    if isinstance(text, Source) and either.search(text.text):
        with contextlib.suppress(tokenize.TokenError, SyntaxError):
            spans = iter([*_in_python(text, either, class_name, possible)])
    # A line counts as prose only if all of its mentions are prose.
    rows: dict[int, tuple[bool, int]] = {}
    for start, prose in spans:
        if start not in edited:
            row = text.row(start)
            rows[row] = min(rows.get(row, (prose, start)), (prose, start))
    for prose, start in rows.values():
        yield mention(text, start, prose=prose)


def is_document(file: str) -> bool:
    """Return whether a file is a document, in which all mentions are prose."""
    path = Path(file)
    return not PROSE.isdisjoint([path.name, path.suffix.lower()])


def _in_text(text: Text, either: re.Pattern[str]) -> Iterator[tuple[int, bool]]:
    """Yield the positions of a name, and whether each is in a document or a comment."""
    document = is_document(text.path)
    comments: dict[int, int] = {}
    for found in either.finditer(text.text):
        row = text.row(found.start())
        if row not in comments:
            comments[row] = text.starts[row] + _comment(text.line(row))
        yield found.start(), document or found.start() > comments[row]


def _comment(line: str) -> int:
    """Return where the comment of a line starts, outside of strings; its end if there is none."""
    for found in QUOTED_OR_COMMENT.finditer(line):
        if found[0] == "#":
            return found.start()
    return len(line)


def _in_python(
    text: Source, either: re.Pattern[str], class_name: str | None, possible: Container[int]
) -> Iterator[tuple[int, bool]]:
    """Yield the positions of a name in strings, comments and uses, and whether each is prose."""
    # A statement that is only a string is documentation.
    documentation = {
        text.span(node)[0]
        for node in ast.walk(text.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for token, position, _ in text.tokens():
        name = tokenize.tok_name[token.type]
        used = name == "NAME" and (token.string == class_name or position in possible)
        if not used and name not in TEXT_TOKENS:
            continue
        read = name == "COMMENT" or position in documentation
        for found in either.finditer(token.string):
            prose = not used and (read or not _is_used(token.string, found[0]))
            yield position + found.start(), prose


def _is_used(string: str, name: str) -> bool:
    """Return whether a program may use the name in a string, which may be a common word."""
    # The name alone, a dotted path, a path of a file, or the key of a metric.
    literal = rf"\w*[\"']+[\w./]*{re.escape(name)}[.:]?\w*[\"']+"
    return is_distinctive(name) or bool(re.fullmatch(literal, string) or COMMAND.search(string))
