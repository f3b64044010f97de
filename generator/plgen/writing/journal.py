"""The journal of a command's renames: whatever ends the command, it can be undone by it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from plgen import disk
from plgen.writing.state import State

TOKEN = re.compile(r"[0-9a-f]{8}-[0-9]+")


@dataclass(frozen=True)
class Swap:
    """The renames that change one file: `new` becomes `path`, and what was there is `old`.

    A file that is to be reswapd becomes `old` by a rename. One that is to be edited is copied
    there, as it has to stand in its place at every moment. Both lie beside `path`, and `mark`
    makes their names: a journal can lead to no other files, whoever wrote it.
    """

    path: str
    mark: str
    creates: bool
    replaces: bool
    digest: str

    @property
    def new(self) -> str | None:
        """Return the file that holds what will be there, if anything will."""
        return self._beside("new") if self.creates else None

    @property
    def old(self) -> str | None:
        """Return the file that holds what was there, if anything was."""
        return self._beside("old") if self.replaces else None

    def _beside(self, which: str) -> str:
        return (Path(self.path).parent / f"{disk.MARK}{self.mark}.{which}").as_posix()

    def is_within(self, root: Path) -> bool:
        """Tell whether it is about a file of the project, by no link."""
        folder = (root / self.path).parent.resolve()
        return bool(TOKEN.fullmatch(self.mark)) and folder.is_relative_to(root.resolve())


def digest(content: bytes | None) -> str:
    """Return what tells one content from another."""
    return "" if content is None else hashlib.sha256(content).hexdigest()


def write(files: State, swaps: Sequence[Swap]) -> None:
    """Write the journal, whole or not at all."""
    files.draft.unlink(missing_ok=True)
    try:
        disk.write(files.draft, json.dumps([asdict(swap) for swap in swaps]).encode())
        files.draft.replace(files.journal)
    except BaseException:
        disk.discard([files.draft])
        raise


def recover(root: Path, files: State) -> None:
    """Undo what a killed command did by halves, or clean up behind one that was done."""
    try:
        for journal, finish in ((files.done, clean), (files.journal, undo)):
            swaps = _read(root, journal)
            if swaps is not None:
                finish(root, swaps, files)
    except OSError as error:
        raise disk.explained(error, root) from error


def begun(root: Path, files: State) -> tuple[str, ...]:
    """Return the files that a killed command was about to change, or had changed already."""
    try:
        return tuple(swap.path for swap in _read(root, files.journal) or ())
    except OSError as error:
        raise disk.explained(error, root) from error


def _read(root: Path, journal: Path) -> list[Swap] | None:
    """Return the renames that a journal names; None where there is no journal."""
    try:
        swaps = [Swap(**swap) for swap in json.loads(journal.read_bytes())]
        ours = all(swap.is_within(root) for swap in swaps)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, RecursionError):
        ours, swaps = False, []
    # Not of this plgen, which renames a journal into place: it may have come with the project.
    return swaps if ours else []


def undo(root: Path, swaps: Sequence[Swap], files: State, renamed: Sequence[Swap] = ()) -> None:
    """Bring back what was there before, however far the renames got; some are known to be done."""
    for swap in reversed(swaps):
        target = root / swap.path
        new = root / swap.new if swap.new else None
        old = root / swap.old if swap.old else None
        if new is not None and os.path.lexists(new):
            disk.discard([new, old])
        elif new is not None and swap not in renamed and digest(disk.read(target)) != swap.digest:
            # Never renamed, or the user's own work since: not ours to touch.
            disk.discard([old])
        elif new is not None and old is None:
            disk.discard([target])
        elif old is not None and os.path.lexists(old) and (new or not os.path.lexists(target)):
            old.replace(target)
    files.journal.unlink(missing_ok=True)


def clean(root: Path, swaps: Sequence[Swap], files: State) -> None:
    """Reswap what is left beside the targets of a command that is done."""
    # What cannot be reswapd now the next command reswaps.
    with suppress(OSError):
        disk.discard(root / swap.old for swap in swaps if swap.old)
        files.done.unlink(missing_ok=True)
