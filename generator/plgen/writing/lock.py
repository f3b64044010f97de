"""Let one command at a time change a project, and undo first what a killed one left behind."""

from __future__ import annotations

import errno
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from plgen import disk
from plgen.errors import PlgenError, first_of
from plgen.writing import journal, state
from plgen.writing.signals import Signals
from plgen.writing.state import State

if TYPE_CHECKING:
    from filelock import BaseFileLock

SECONDS = 60.0
PAUSE = 0.05
# What a disk says that cannot lock files, for anybody.
UNLOCKABLE = {errno.ENOLCK, errno.ENOTSUP}


@contextmanager
def planning(root: Path, *, dry_run: bool) -> Generator[None]:
    """Hold the lock of a project, or only look at it for a dry run, which changes nothing.

    Raise PlgenError where a dry run could not tell what the command will do.
    """
    if dry_run:
        refuse_halves(root)
        yield
    else:
        with held(root):
            yield


@contextmanager
def held(root: Path) -> Generator[None]:
    """Hold the lock of a project: plans are made in it, so that no command misses another's work.

    Raise PlgenError when another command does not end in time.
    """
    # Signals outermost: nothing is to be left in the project.
    with Signals() as signals, ExitStack() as locks:
        for files in state.every(root):
            locks.enter_context(_locked(files, signals))
            journal.recover(root, files)
        with signals.let_through():
            yield


def refuse_halves(root: Path) -> None:
    """Raise PlgenError if a killed command left the project half changed."""
    for files in state.every(root):
        if not files.journal.exists():
            continue
        # It may be at work: then this waits for its end.
        with Signals() as signals, _locked(files, signals):
            begun = journal.begun(root, files)
        if begun:
            raise PlgenError(
                f"a plgen command was cut short while it changed {first_of(begun)}; "
                "the next one that changes the project undoes that first",
                "plgen check --fix",
            )


@contextmanager
def _locked(files: State, signals: Signals) -> Generator[None]:
    """Hold one lock; wait for it where another command has it."""
    # filelock is slow to import, and no refusal before this needs it.
    import filelock

    lock = filelock.FileLock(files.lock)
    end = time.monotonic() + SECONDS
    while not _taken(lock, files):
        if time.monotonic() > end:
            raise PlgenError(
                f"another plgen command has been busy in {str(files.root)!r} for "
                f"{SECONDS:.0f} seconds",
                "wait for it to end, then type it again",
            )
        with signals.let_through():
            time.sleep(PAUSE)
    try:
        yield
    finally:
        # What cannot be removed now the next command removes.
        with suppress(OSError):
            files.empty()
        lock.release()
        files.remove()


def _taken(lock: BaseFileLock, files: State) -> bool:
    """Try to take a lock once; raise PlgenError where there can be none."""
    try:
        files.make()
        lock.acquire(timeout=0)
        if files.lock.exists():
            # It may have been emptied by the command before, just now.
            files.make()
            return True
        lock.release()
    except (FileNotFoundError, TimeoutError):
        # Removed by the command that had it, or in its hands.
        return False
    except OSError as error:
        if error.errno in UNLOCKABLE:
            files.empty()
        files.remove()
        where = files.root if files.ignore else files.lock.parent
        raise PlgenError(
            f"nothing was changed: {str(where)!r} cannot be locked: {error.strerror or error}",
            disk.CURES.get(error.errno or 0, "put the project on a disk that can lock files"),
        ) from error
    return False
