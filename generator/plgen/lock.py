"""Let one command at a time change a project, and undo first what a killed one left behind."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from plgen import journal, state
from plgen.errors import PlgenError

SECONDS = 60.0


@contextmanager
def held(root: Path, timeout: float = SECONDS) -> Generator[None]:
    """Hold the lock of a project: plans are made in it, so that no command misses another's work.

    Raise PlgenError when another command does not end in time.
    """
    # filelock is slow to import, and no refusal before this needs it.
    import filelock

    files = state.of(root)
    try:
        lock = filelock.FileLock(files.lock, timeout=timeout)
        lock.acquire()
    except filelock.Timeout as error:
        raise PlgenError(
            f"another plgen command has been busy in {str(root)!r} for {timeout:.0f} seconds",
            "wait for it to end, then type it again",
        ) from error
    except OSError as error:
        raise PlgenError(
            f"{files.lock} cannot be locked: {error.strerror or error}",
            "set TMPDIR to a folder on a local disk",
        ) from error
    try:
        journal.recover(root, files)
        yield
    finally:
        lock.release()
