"""Where plgen keeps the lock and the journal of a project: out of the user's sight."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from plgen import git
from plgen.errors import PlgenError


@dataclass(frozen=True)
class State:
    """The files that commands in one project share."""

    lock: Path
    journal: Path

    @property
    def done(self) -> Path:
        """Return the journal of a command that only had to clean up."""
        return self.journal.with_suffix(".done")


def of(root: Path) -> State:
    """Return the state of a project, in its repository or the system's folder for such things."""
    root = root.resolve()
    # Several projects may lie in one repository.
    key = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    folder = _folder(root)
    return State(folder / f"{key}.lock", folder / f"{key}.journal")


def _folder(root: Path) -> Path:
    """Return a folder that can be written to, which git never shows."""
    try:
        repository = _repository(root)
        if repository is not None and os.access(repository, os.W_OK | os.X_OK):
            folder = repository / "plgen"
            folder.mkdir(exist_ok=True)
            return folder
        import getpass
        import tempfile

        # Nobody else may put a link where the lock is to be.
        folder = Path(tempfile.gettempdir()) / f"plgen-{getpass.getuser()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or (hasattr(os, "getuid") and folder.stat().st_uid != os.getuid()):
            raise PlgenError(f"{str(folder)!r} belongs to somebody else", "set TMPDIR to a folder")
    except OSError as error:
        raise PlgenError(
            f"there is no place for a lock: {error.strerror or error}", "set TMPDIR to a folder"
        ) from error
    return folder


def _repository(root: Path) -> Path | None:
    """Return the folder of the repository that the project lies in."""
    around = git.enclosing(root)
    if around is None:
        return None
    entry = around / ".git"
    if entry.is_dir():
        return entry
    # The work tree of `git worktree`, or a submodule.
    folder = around / entry.read_text("utf-8", "replace").strip().removeprefix("gitdir: ")
    return folder if (folder / "HEAD").is_file() else None
