"""Let one command at a time change a project, after undoing the changes of an interrupted one.

The lock and the journal lie in the user's own state folder, so that no project can bring its own.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from plgen import disk
from plgen.changes import transaction
from plgen.changes.plan import Plan
from plgen.errors import PlgenError

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


LONGEST_WAIT = 60.0
PAUSE = 0.05
# Errors of a lock that another command has, or whose file it has just removed.
BUSY = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.ENOENT, errno.ESTALE}


@contextmanager
def planning(root: Path, *, dry_run: bool) -> Generator[Callable[[Plan], None]]:
    """Hold the lock of a project, and yield the function that carries out a plan.

    A dry run only checks the plan. Raise PlgenError if another command keeps the lock too long.
    """
    with _locked(root, required=not dry_run) as journal:
        if not dry_run and journal is not None:
            transaction.recover(root, journal)
            yield lambda plan: transaction.run(root, plan.steps, journal)
        else:
            if journal is not None:
                transaction.refuse_interrupted(root, journal)
            yield lambda plan: transaction.check(root, plan.steps)


@contextmanager
def _locked(root: Path, *, required: bool) -> Generator[Path | None]:
    """Hold the lock of a project, and yield the path of its journal.

    If no folder can hold the lock, raise PlgenError if it is required, else yield None.
    """
    root = root.resolve()
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:32]
    refusal = ""
    for folder in _folders():
        file = folder / f"{name}.lock"
        try:
            _make_private(folder, root)
            descriptor = _wait_for(file, root)
        except OSError as error:
            refusal = refusal or f"{str(folder)!r} cannot hold a lock: {error.strerror or error}"
            continue
        try:
            yield file.with_suffix(".journal")
        finally:
            # Before the release: a lock whose file is gone is ignored.
            with suppress(OSError):
                file.unlink()
            os.close(descriptor)
        return
    if required:
        hint = "set XDG_STATE_HOME to a folder that you can write to"
        raise PlgenError(f"nothing was changed: {refusal}", hint)
    yield None


def _folders() -> Iterator[Path]:
    """Yield the user's own state folder, then one in the system's folder for temporary files."""
    import platformdirs

    yield platformdirs.user_state_path("plgen", appauthor=False)
    user = os.getuid() if hasattr(os, "getuid") else "user"
    with suppress(FileNotFoundError):
        yield Path(tempfile.gettempdir()) / f"plgen-{user}"


def _make_private(folder: Path, root: Path) -> None:
    """Make a folder that only the user can write to; raise OSError if that is impossible."""
    if disk.is_inside(root, folder):
        raise PermissionError(errno.EPERM, "it lies in the project")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    foreign = hasattr(os, "getuid") and status.st_uid != os.getuid()
    if foreign or folder.is_symlink() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(errno.EPERM, "it is a link, or others can write to it")


def _wait_for(file: Path, root: Path) -> int:
    """Lock a file as soon as it is free; return its descriptor. Raise OSError without locks."""
    end = time.monotonic() + LONGEST_WAIT
    while time.monotonic() <= end:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            _lock(descriptor)
            # The previous command may have removed the file just now.
            if os.path.samestat(os.fstat(descriptor), file.stat()):
                return descriptor
        except OSError as error:
            if error.errno not in BUSY:
                os.close(descriptor)
                raise
        os.close(descriptor)
        time.sleep(PAUSE)
    raise PlgenError(
        f"another plgen command has been busy in {str(root)!r} for {LONGEST_WAIT:.0f} seconds",
        "wait for it to end, then run the command again",
    )
