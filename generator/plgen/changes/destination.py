"""Find the folder of a new project, or refuse it; put the finished project there in one step."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from plgen.errors import PlgenError, UsageError
from plgen.project.project import read_answers

ANOTHER = "plgen new another_folder"


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
    if not path or "\0" in path:
        raise UsageError(f"{path!r} cannot be a folder", ANOTHER)
    target = _absolute(path)
    anchor = next(folder for folder in (target, *target.parents) if os.path.lexists(folder))
    missing = target.relative_to(anchor).parts
    # A repository without files counts as empty.
    if not anchor.is_dir() or (not missing and {each.name for each in anchor.iterdir()} - {".git"}):
        raise PlgenError(f"{str(anchor)!r} already exists and is not an empty folder", ANOTHER)
    anchor = anchor.resolve()
    for folder in (anchor, *anchor.parents):
        if read_answers(folder) is not None:
            beside = folder.parent / target.name
            if os.path.lexists(beside):
                beside = folder.parent / "another_folder"
            raise PlgenError(
                f"{str(folder)!r} is a project; another one inside it would mix up their imports",
                f"plgen new {shlex.quote(str(beside))}",
            )
    return Destination(path, target, anchor, missing)


def _absolute(path: str) -> Path:
    """Return the path without links in its parents; a link at its end is not followed."""
    folder = Path.cwd() / path
    # `..` has no name of its own to keep; realpath takes a link to itself as it is.
    if folder.name in {"", ".."}:
        return Path(os.path.realpath(folder))
    return Path(os.path.realpath(folder.parent)) / folder.name
