"""The journal of a command's renames: whatever ends the command, it can be undone by it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from plgen import disk
from plgen.writing.state import State


@dataclass(frozen=True)
class Move:
    """The renames that change one file: `new` becomes `path`, and what was there is `old`.

    A file that is to be removed becomes `old` by a rename. One that is to be edited is copied
    there, as it has to stand in its place at every moment.
    """

    path: str
    new: str | None
    old: str | None
    digest: str


def digest(content: bytes | None) -> str:
    """Return what tells one content from another."""
    return "" if content is None else hashlib.sha256(content).hexdigest()


def write(files: State, moves: Sequence[Move]) -> None:
    """Write the journal, whole or not at all."""
    files.draft.unlink(missing_ok=True)
    try:
        disk.write(files.draft, json.dumps([asdict(move) for move in moves]).encode())
        files.draft.replace(files.journal)
    except BaseException:
        disk.discard([files.draft])
        raise


def recover(root: Path, files: State) -> None:
    """Undo what a killed command did by halves, or clean up behind one that was done."""
    try:
        for journal, finish in ((files.done, clean), (files.journal, undo)):
            moves = _read(journal)
            if moves is not None:
                finish(root, moves, files)
    except OSError as error:
        raise disk.explained(error, root) from error


def begun(root: Path, files: State) -> tuple[str, ...]:
    """Return the files that a killed command was about to change, or had changed already."""
    try:
        return tuple(move.path for move in _read(files.journal) or ())
    except OSError as error:
        raise disk.explained(error, root) from error


def _read(journal: Path) -> list[Move] | None:
    """Return the renames that a journal names; None where there is no journal."""
    try:
        return [Move(**move) for move in json.loads(journal.read_bytes())]
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        # Not of this plgen, which renames a journal into place.
        return []


def undo(root: Path, moves: Sequence[Move], files: State, renamed: Sequence[Move] = ()) -> None:
    """Bring back what was there before, however far the renames got; some are known to be done."""
    for move in reversed(moves):
        target = root / move.path
        new = root / move.new if move.new else None
        old = root / move.old if move.old else None
        if new is not None and os.path.lexists(new):
            disk.discard([new, old])
        elif new is not None and move not in renamed and digest(disk.read(target)) != move.digest:
            # Never renamed, or the user's own work since: not ours to touch.
            disk.discard([old])
        elif new is not None and old is None:
            disk.discard([target])
        elif old is not None and os.path.lexists(old) and (new or not os.path.lexists(target)):
            old.replace(target)
    files.journal.unlink(missing_ok=True)


def clean(root: Path, moves: Sequence[Move], files: State) -> None:
    """Remove what is left beside the targets of a command that is done."""
    # What cannot be removed now the next command removes.
    with suppress(OSError):
        disk.discard(root / move.old for move in moves if move.old)
        files.done.unlink(missing_ok=True)
