"""Read, write and remove files, and explain the errors of the operating system."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from plgen.errors import PlgenError

WRITABLE = "make the folder writable, then run the command again"
SPACE = "free some space, then run the command again"
CURES = {
    errno.ENOSPC: SPACE,
    errno.EDQUOT: SPACE,
    errno.EACCES: WRITABLE,
    errno.EPERM: WRITABLE,
    errno.EROFS: WRITABLE,
}
AGAIN = "fix the cause, then run the command again"
# The start of the names of temporary files; a command leaves one only when it is killed.
MARK = ".plgen-"
LARGEST = 20_000_000
OUTSIDE = "it leads out of the project"


def write(path: Path, content: bytes) -> None:
    """Write a new file and flush it to the disk."""
    with open(path, "xb") as file:  # noqa: PTH123 - a test makes it fail
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> bytes | None:
    """Return the content of a file; None if there is no file."""
    try:
        return read_regular(path)
    except (FileNotFoundError, IsADirectoryError):
        return None


def use_default_modes(folder: Path) -> None:
    """Set the mode of the files in a folder to that of a new file, not the template's."""
    sample = folder / f"{MARK}mode"
    sample.touch()
    mode = stat.S_IMODE(sample.stat().st_mode)
    sample.unlink()
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(mode)


def read_regular(path: Path, largest: int = LARGEST) -> bytes:
    """Return the content of a file; raise OSError for a device, a pipe or a very large file."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    # Reading a pipe would wait for its writer, and a device may never end.
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    if status.st_size > largest:
        raise OSError(errno.EFBIG, f"larger than {largest / 1e6:g} MB", str(path))
    return path.read_bytes()


def read_inside(root: Path, file: str | Path) -> bytes:
    """Return the content of a file; raise OSError also if it lies outside the project."""
    if not is_inside(root, file):
        raise OSError(errno.EXDEV, OUTSIDE, str(root / file))
    return read_regular(root / file)


def is_inside(root: Path, path: str | Path) -> bool:
    """Return whether a path lies in the project once its links are resolved."""
    # Unlike Path.resolve, realpath raises no error for a link to itself.
    return Path(os.path.realpath(root / path)).is_relative_to(os.path.realpath(root))


def discard(paths: Iterable[Path]) -> None:
    """Remove the files that exist."""
    for path in paths:
        path.unlink(missing_ok=True)


def explained(error: OSError, root: Path) -> PlgenError:
    """Turn an OSError into an error for the user."""
    path = Path(str(error.filename or root))
    folder = path.parent if path.name.startswith(MARK) else path
    shown = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else str(folder)
    cure = CURES.get(error.errno or 0, AGAIN)
    return PlgenError(f"nothing was changed: {shown}: {error.strerror or error}", cure)
