"""Find the folder of a new project, or refuse it; put the finished project there in one step."""

from __future__ import annotations

import itertools
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from plgen.errors import PlgenError, UsageError
from plgen.project.project import read_answers


@dataclass(frozen=True)
class Destination:
    """The folder of a new project: `path` as typed, and `target`, which is absolute.

    The folders in `missing` are to be created below `anchor`, which exists.
    """

    path: str
    target: Path
    anchor: Path
    missing: tuple[str, ...]

    def staged(self, staging: Path) -> Path:
        """Return the project's folder while it is built within `staging`."""
        return staging.joinpath(*self.missing or [self.target.name])

    def move_in(self, staging: Path) -> None:
        """Move what was built within `staging` to the destination."""
        if self.missing:
            (staging / self.missing[0]).rename(self.anchor / self.missing[0])
            return
        # The folder must stay the same for the shell that is in it, so its entries move one by one.
        moved: list[Path] = []
        try:
            for entry in sorted(self.staged(staging).iterdir()):
                entry.rename(self.target / entry.name)
                moved.append(entry)
        except OSError:
            for entry in moved:
                (self.target / entry.name).rename(entry)
            raise


def find(path: str) -> Destination:
    """Return the destination that was typed; raise PlgenError if something already exists."""
    try:
        Path.cwd()
    except FileNotFoundError as error:
        cure = "cd ~, then run the command again"
        raise PlgenError("the current folder is gone", cure) from error
    if not path or "\0" in path:
        raise UsageError(f"{path!r} cannot be a folder", _beside(Path.cwd() / "myproject"))
    target = _absolute(path)
    _refuse_existing(target, path)
    anchor = next(folder for folder in (target, *target.parents) if os.path.lexists(folder))
    missing = target.relative_to(anchor).parts
    if not anchor.is_dir():
        raise PlgenError(f"{str(anchor)!r} is not a folder", _beside(anchor))
    anchor = anchor.resolve()
    for folder in (anchor, *anchor.parents):
        if read_answers(folder) is not None:
            raise PlgenError(
                f"{str(folder)!r} is a project; another one inside it would mix up their imports",
                _beside(folder.parent / target.name),
            )
    if not os.access(anchor, os.W_OK | os.X_OK):
        raise PlgenError(
            f"{str(anchor)!r} cannot be written to",
            f"plgen new ~/{shlex.quote(_free(Path.home() / target.name).name)}",
        )
    return Destination(path, target, anchor, missing)


def _absolute(path: str) -> Path:
    """Return the path without links in its parents; a link at its end is not followed."""
    folder = Path(path)
    # `.` and `..` have no name of their own to keep; realpath takes a link to itself as it is.
    if folder.name in {"", ".."}:
        return Path(os.path.realpath(folder))
    return Path(os.path.realpath(folder.parent)) / folder.name


def _refuse_existing(target: Path, path: str) -> None:
    """Refuse whatever exists, except an empty folder or a repository without files."""
    if target.is_symlink() and not target.exists():
        raise PlgenError(f"{path!r} is a link that leads nowhere", _beside(target))
    if not target.exists():
        return
    if not target.is_dir():
        raise PlgenError(f"{path!r} is a file", _beside(target))
    if read_answers(target) is not None:
        raise PlgenError(f"{path!r} is already a project", _beside(target))
    if {entry.name for entry in target.iterdir()} - {".git"}:
        raise PlgenError(f"{path!r} is a folder that is not empty", _beside(target))


def _beside(target: Path) -> str:
    """Return the command that makes the project under a free name nearby."""
    if Path.cwd().is_relative_to(target):
        target = Path.cwd() / "myproject"
    free = _free(target)
    path = min(os.path.relpath(free), str(free), key=len)
    return f"plgen new {shlex.quote(f'./{path}' if path.startswith('-') else path)}"


def _free(target: Path) -> Path:
    """Return the path, with a number appended if something is there."""
    numbered = (target.with_name(f"{target.name}-{number}") for number in itertools.count(2))
    return next(path for path in itertools.chain([target], numbered) if not os.path.lexists(path))
