"""Change several files or none, whatever fails and whenever the program is killed.

Everything is written beside its target first, then renamed. A journal names the files, so that the
next command undoes what a killed one left behind.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from plgen import state
from plgen.errors import PlgenError
from plgen.signals import Signals
from plgen.state import State

CURES = {
    errno.ENOSPC: "free some space, then type it again",
    errno.EDQUOT: "free some space, then type it again",
    errno.EACCES: "make the folder writable, then type it again",
    errno.EPERM: "make the folder writable, then type it again",
    errno.EROFS: "make the folder writable, then type it again",
}
AGAIN = "look at what the system says of it, then type it again"


@dataclass(frozen=True)
class Step:
    """One file, before and after; None where there is none. A new file has the mode of `like`."""

    path: str
    before: bytes | None
    after: bytes | None
    like: str | None = None


@dataclass(frozen=True)
class Move:
    """The renames of a step as the journal keeps them: `new` becomes `path`, which becomes `old`.

    An edited file is copied to `old`, as it is to stand in its place at every moment.
    """

    path: str
    new: str | None
    old: str | None
    digest: str


def run(root: Path, steps: Sequence[Step]) -> None:
    """Carry out all steps in their order, or none; raise PlgenError for what cannot be done."""
    files = state.of(root)
    token = secrets.token_hex(4)
    moves = [_move(step, f"{token}-{number}") for number, step in enumerate(steps)]
    # Signals outermost: the undoing must not be interrupted.
    with Signals() as signals:
        try:
            check(root, steps)
            _write_journal(files, moves)
            try:
                for step, move in zip(steps, moves, strict=True):
                    with signals.let_through():
                        _prepare(root, step, move)
                for step, move in zip(steps, moves, strict=True):
                    with signals.let_through():
                        pass
                    check(root, [step])
                    _rename(root, move)
                with signals.let_through():
                    _verify(root, steps)
                # The moment from which on the command is done.
                files.journal.replace(files.done)
            except BaseException as error:
                _take_back(root, moves, files, error)
                raise
        except OSError as error:
            raise _explained(error, root) from error
        _clean(root, moves, files)


def check(root: Path, steps: Iterable[Step]) -> None:
    """Raise PlgenError unless every file is as its step takes it to be, and in the project."""
    inside = root.resolve()
    for step in steps:
        target = root / step.path
        if not target.parent.resolve().is_relative_to(inside) or target.is_symlink():
            raise PlgenError(
                f"{step.path} is or goes through a link, which may lead out of the project",
                f"put a file in place of the link {step.path}",
            )
        if step.before is None and os.path.lexists(target):
            raise PlgenError(f"{step.path} is there already", f"move {step.path} away")
        if step.before is not None and _read(target) != step.before:
            raise PlgenError(f"{step.path} changed in the meantime", "type it again")


def recover(root: Path, files: State) -> None:
    """Undo what a killed command did by halves, or clean up behind one that was done."""
    for journal, finish in ((files.done, _clean), (files.journal, _undo)):
        try:
            moves = [Move(**move) for move in json.loads(journal.read_bytes())]
        except FileNotFoundError:
            continue
        except (ValueError, TypeError):
            # Not of this plgen, which renames a journal into place.
            moves = []
        try:
            finish(root, moves, files)
        except OSError as error:
            raise _explained(error, root) from error


def _move(step: Step, mark: str) -> Move:
    """Return the renames of a step, with names of their own beside its target."""
    beside = Path(step.path).parent / f".plgen-{mark}"
    return Move(
        path=step.path,
        new=None if step.after is None else f"{beside.as_posix()}.new",
        old=None if step.before is None else f"{beside.as_posix()}.old",
        digest=_digest(step.after or b""),
    )


def _prepare(root: Path, step: Step, move: Move) -> None:
    """Write what a step needs beside its target."""
    target = root / step.path
    model = target if step.like is None else root / step.like
    like = model.stat() if step.before is not None or step.like is not None else None
    if move.new is not None and step.after is not None:
        _write(root / move.new, step.after)
        if like is not None:
            (root / move.new).chmod(stat.S_IMODE(like.st_mode))
    if move.new is not None and move.old is not None and step.before is not None:
        _write(root / move.old, step.before)
        if like is not None:
            (root / move.old).chmod(stat.S_IMODE(like.st_mode))
            os.utime(root / move.old, ns=(like.st_atime_ns, like.st_mtime_ns))


def _rename(root: Path, move: Move) -> None:
    """Put a step into effect, in one rename."""
    if move.new is not None:
        (root / move.new).replace(root / move.path)
    elif move.old is not None:
        (root / move.path).replace(root / move.old)


def _verify(root: Path, steps: Iterable[Step]) -> None:
    """Raise PlgenError unless every file can be read as it was to become."""
    for step in steps:
        if _read(root / step.path) != step.after:
            raise PlgenError(f"{step.path} is not what was written into it", AGAIN)


def _take_back(root: Path, moves: Sequence[Move], files: State, why: BaseException) -> None:
    """Undo the renames after an error; if that fails too, the journal stays for the next command."""
    try:
        _undo(root, moves, files)
    except OSError as error:
        raise PlgenError(
            f"half done, as {why} stopped it and {error} its undoing",
            "remove the cause; the next plgen command that changes the project undoes the rest",
        ) from error


def _undo(root: Path, moves: Sequence[Move], files: State) -> None:
    """Bring back what was there before, however far the renames got."""
    for move in reversed(moves):
        target = root / move.path
        new = root / move.new if move.new else None
        old = root / move.old if move.old else None
        if new is not None and os.path.lexists(new):
            _discard([new, old])
        elif new is not None and _digest(_read(target)) != move.digest:
            # Never renamed, or the user's own work since: not ours to touch.
            _discard([old])
        elif new is not None and old is None:
            _discard([target])
        elif old is not None and os.path.lexists(old) and (new or not os.path.lexists(target)):
            old.replace(target)
    files.journal.unlink(missing_ok=True)


def _clean(root: Path, moves: Sequence[Move], files: State) -> None:
    """Remove what is left beside the targets of a command that is done."""
    # What cannot be removed now the next command removes.
    with suppress(OSError):
        _discard(root / move.old for move in moves if move.old)
        files.done.unlink(missing_ok=True)


def _discard(paths: Iterable[Path | None]) -> None:
    """Remove the files that are there."""
    for path in paths:
        if path is not None:
            path.unlink(missing_ok=True)


def _write_journal(files: State, moves: Sequence[Move]) -> None:
    """Write the journal, whole or not at all."""
    draft = files.journal.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    try:
        _write(draft, json.dumps([asdict(move) for move in moves]).encode())
        draft.replace(files.journal)
    except BaseException:
        _discard([draft])
        raise


def _write(path: Path, content: bytes) -> None:
    """Write a new file, as far as the disk itself."""
    with open(path, "xb") as file:  # noqa: PTH123 - the same, and it can be made to fail by a test
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> bytes | None:
    """Return what a file holds; None where there is no file."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return None


def _digest(content: bytes | None) -> str:
    """Return what tells one content from another."""
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _explained(error: OSError, root: Path) -> PlgenError:
    """Turn what the operating system refuses into an error fit for a user."""
    path = Path(str(error.filename or root))
    folder = path.parent if path.name.startswith(".plgen-") else path
    shown = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else str(folder)
    cure = CURES.get(error.errno or 0, AGAIN)
    return PlgenError(f"nothing was changed: {shown}: {error.strerror or error}", cure)
