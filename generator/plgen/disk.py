"""Read, write and remove files, and explain the errors of the operating system."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from plgen.errors import PlgenError

# The start of the names of temporary files; a command leaves one only when it is killed.
TEMPORARY_PREFIX = ".plgen-"
LARGEST = 20_000_000


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
    sample = folder / f"{TEMPORARY_PREFIX}mode"
    sample.touch()
    mode = stat.S_IMODE(sample.stat().st_mode)
    sample.unlink()
    for path in folder.rglob("*"):
        if path.is_file():
            set_mode(path, mode)


def set_mode(path: Path, mode: int) -> None:
    """Set the mode of a file, unless it has it: some shared disks refuse any change."""
    if stat.S_IMODE(path.stat().st_mode) != mode:
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


def read_inside(root: Path, file: str) -> bytes:
    """Return the content of a file of the project; raise PlgenError where it cannot be read."""
    try:
        if is_inside(root, file):
            return read_regular(root / file)
    except (OSError, ValueError) as error:
        # Unlike Path's, it raises no error where the folder is not readable.
        if not os.path.islink(root / file):  # noqa: PTH114
            reason = getattr(error, "strerror", None) or error
            raise PlgenError(
                f"{file} cannot be read: {reason}", f"check that {file} is a readable file"
            ) from error
    raise linked(root, file)


def linked(root: Path, path: str) -> PlgenError:
    """Return the error for a path that is, or goes through, a link out of the project."""
    folders = (each for each in reversed(Path(path).parents) if not is_inside(root, each))
    link = next((folder.as_posix() for folder in folders), path)
    what = "file" if link == path else "folder"
    return PlgenError(
        f"{link} is a link, which may lead out of the project",
        f"put a {what} in place of the link {link}",
    )


def is_inside(root: Path, path: str | Path) -> bool:
    """Return whether a path lies in a project once its links are resolved; `root` has none."""
    # Unlike Path.resolve, realpath raises no error for a link to itself.
    real = os.path.realpath(os.path.join(root, path))  # noqa: PTH118 - called for every file
    return real == str(root) or real.startswith(os.path.join(root, ""))  # noqa: PTH118


def explained(error: OSError, what: str) -> PlgenError:
    """Turn an OSError into an error for the user, after `what` failed."""
    cure = "check the folder and the disk, then run the command again"
    return PlgenError(f"{what}: {error.strerror or error}", cure)
