"""Walk the project's own text files, and list where a name stands in them as a word."""

from __future__ import annotations

import contextlib
import io
import os
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plgen.renaming import Renaming, word

TEXTS = frozenset(
    """
    .bat .cfg .ini .ipynb .json .md .ps1 .py .pyi .rst .sh .tex .toml .txt .yaml .yml
    """.split()
)
# What people read; a script, a notebook or a configuration is acted on.
PROSE = frozenset([".md", ".rst", ".tex", ".txt"])
# Results, and what tools leave behind; folders that are hidden are left out as well.
FOREIGN = frozenset(["Logs", "__pycache__", "mlruns", "node_modules", "wandb"])
LARGEST = 1_000_000
SHOWN = 80
TEXT_TOKENS = frozenset(["COMMENT", "STRING", "FSTRING_MIDDLE"])


@dataclass(frozen=True, order=True)
class Place:
    """A line of the project; `prose` if nothing runs what it says."""

    file: str
    line: int
    text: str
    prose: bool = False

    def __str__(self) -> str:
        """Return the place as an editor opens it, and what stands there."""
        return f"{self.file}:{self.line}: {self.text}"


def files(root: Path) -> Iterator[str]:
    """Give the text files of the project, by their paths within it."""
    for parent, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if _own(Path(parent, name)))
        for name in sorted(names):
            file = Path(parent, name)
            if file.suffix in TEXTS and not name.startswith(".") and not file.is_symlink():
                yield file.relative_to(root).as_posix()


def _own(folder: Path) -> bool:
    """Tell whether the folder may hold what the user wrote."""
    foreign = folder.name.startswith(".") or folder.name in FOREIGN
    return not foreign and not (folder / "pyvenv.cfg").is_file()


def read(file: Path) -> bytes:
    """Return what a text file holds; nothing if it is too large for one, or cannot be read."""
    try:
        return b"" if file.stat().st_size > LARGEST else file.read_bytes()
    except OSError:
        return b""


def place(file: str, text: str, position: int, *, prose: bool = False) -> Place:
    """Return the line in which a position of the text lies."""
    before = re.split(r"\r\n|\r|\n", text[:position])
    line = before[-1] + re.split(r"[\r\n]", text[position:], maxsplit=1)[0]
    shown = line.strip("\ufeff \t")
    shown = shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 3]}..."
    return Place(file, len(before), shown, prose)


def find(
    file: str, text: str, renaming: Renaming, *, own_class: bool = False
) -> Iterator[tuple[int, Place]]:
    """Give each position where a file holds the old name or its class, with the line there.

    A file that binds the class's name itself means its own by it.
    """
    either = re.compile("|".join(word(old) for old, _ in renaming.pairs))
    manual = Path(file).suffix in PROSE
    spans = [
        (*found.span(), manual or _commented(text, found.start()))
        for found in either.finditer(text)
    ]
    if spans and Path(file).suffix == ".py":
        with contextlib.suppress(tokenize.TokenError, SyntaxError):
            spans = list(_in_python(text, either, renaming, own_class=own_class))
    for start, _, prose in spans:
        yield start, place(file, text, start, prose=prose)


def _commented(text: str, position: int) -> bool:
    """Tell whether a comment, as shells and YAML know it, begins before a position in its line."""
    line = re.split(r"[\r\n]", text[:position])[-1]
    return re.search(r"(^|\s)#", line) is not None


def _in_python(
    text: str, either: re.Pattern[str], renaming: Renaming, *, own_class: bool
) -> Iterator[tuple[int, int, bool]]:
    """Give where a string, a comment or a use of the class holds the name."""
    module, held = re.escape(renaming.old.module), renaming.old.class_name
    # What a program may act on: the bare name, a dotted path to it, a metric's key.
    acted_on = re.compile(rf"\w*[\"']+[\w./]*(?<!\w)({module}|{re.escape(held)})[.:]?\w*[\"']+")
    starts = [0, *(end.end() for end in re.finditer(r"\r\n|\r|\n", text))]
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        kind = tokenize.tok_name[token.type]
        name = kind == "NAME" and token.string == held and not own_class
        if not name and kind not in TEXT_TOKENS:
            continue
        prose = not name and not acted_on.fullmatch(token.string)
        position = starts[token.start[0] - 1] + token.start[1]
        for found in either.finditer(token.string):
            yield position + found.start(), position + found.end(), prose
