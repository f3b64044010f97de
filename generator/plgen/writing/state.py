"""Where plgen keeps the lock and the journal of a project: out of the user's sight."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from plgen import disk, git
from plgen.errors import PlgenError

# Within the project, where no repository can be written to: every machine and every user that
# works in the project finds it there.
WITHIN = ".plgen/state"
IGNORED = b"*\n"


@dataclass(frozen=True)
class State:
    """The files that commands in one project share; in the project itself only while they work."""

    root: Path
    lock: Path
    journal: Path

    @property
    def done(self) -> Path:
        """Return the journal of a command that only had to clean up."""
        return self.journal.with_suffix(".done")

    @property
    def draft(self) -> Path:
        """Return the journal that is being written."""
        return self.journal.with_suffix(".draft")

    @property
    def ignore(self) -> Path | None:
        """Return the file that hides the others from git, if they lie where it looks."""
        within = self.lock.parent == self.root / WITHIN
        return self.lock.with_name(".gitignore") if within else None

    def make(self) -> None:
        """Make the folder of these files; raise FileNotFoundError if it was removed meanwhile."""
        folder = self.lock.parent
        if self.ignore is None:
            folder.mkdir(exist_ok=True)
            return
        if not folder.resolve().is_relative_to(self.root):
            raise PlgenError(
                f"{WITHIN} goes through a link, which may lead out of the project",
                f"put a folder in place of the link, or make {str(self.root)!r} a git repository",
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            # Of a folder this is said when the command before removed it at this moment.
            if folder.is_symlink() or folder.is_file():
                raise
            raise FileNotFoundError(error.errno, error.strerror, str(folder)) from error
        # Whoever makes the project a repository later does not find what a killed command left.
        if disk.read(self.ignore) != IGNORED:
            try:
                self.ignore.write_bytes(IGNORED)
            except OSError:
                disk.discard([self.ignore])
                raise

    def empty(self) -> None:
        """Remove the files from the project; whoever calls this holds the lock."""
        if self.ignore and not self.journal.exists() and not self.done.exists():
            disk.discard([self.draft, self.lock, self.ignore])

    def remove(self) -> None:
        """Remove the folders from the project, unless somebody needs them."""
        if self.ignore:
            with suppress(OSError):
                self.lock.parent.rmdir()
                self.lock.parent.parent.rmdir()


def every(root: Path) -> tuple[State, ...]:
    """Return where commands in a project may be at work, or were killed; the first is for new ones.

    Nothing is made.
    """
    root = root.resolve()
    folder = root / WITHIN
    within = State(root, folder / "lock", folder / "journal")
    repository = _repository(root)
    if repository is None or not os.access(repository, os.W_OK | os.X_OK):
        return (within,)
    # Several projects may lie in one repository.
    key = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    kept = repository / "plgen"
    ours = State(root, kept / f"{key}.lock", kept / f"{key}.journal")
    # The project may have become a repository since.
    return (ours, within) if folder.exists() else (ours,)


def of(root: Path) -> State:
    """Return the state that a new command in a project uses."""
    return every(root)[0]


def _repository(root: Path) -> Path | None:
    """Return the folder of the repository that the project lies in."""
    around = git.enclosing(root)
    if around is None:
        return None
    entry = around / ".git"
    if entry.is_dir():
        return entry
    # The work tree of `git worktree`, or a submodule.
    try:
        folder = around / entry.read_text("utf-8", "replace").strip().removeprefix("gitdir: ")
    except OSError:
        return None
    return folder if (folder / "HEAD").is_file() else None
