"""Create a project: rendered and committed beside its destination, then moved there."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plgen import disk, signals
from plgen import git as git_commands
from plgen.errors import PlgenError, UsageError
from plgen.naming import names
from plgen.project.project import read_answers
from plgen.template import Answer

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


@dataclass(frozen=True)
class NewProject:
    """The project that `plgen new` created, or would create."""

    path: Path
    answers: Mapping[str, Answer]
    files: tuple[str, ...]
    # Whether there is a repository with a commit, in words.
    git: str
    next: tuple[str, ...]
    dry_run: bool


def new(
    path: str,
    answers: Mapping[str, Answer],
    *,
    interactive: bool = False,
    git: bool = True,
    dry_run: bool = False,
) -> NewProject:
    """Create a project at `path`, whole or not at all; raise PlgenError where that is impossible.

    `answers` are those to questions of copier.yml; the others are guessed, or asked if
    `interactive`. A dry run renders too, into the system's folder for temporary files.
    """
    try:
        where = _find_destination(path)
        guesses = _guess(where, answers, interactive=interactive)
        # Outermost: removing the staging folder must not be interrupted.
        with (
            signals.postponed() as pending,
            tempfile.TemporaryDirectory(
                prefix=disk.TEMPORARY_PREFIX,
                dir=None if dry_run else where.anchor,
                ignore_cleanup_errors=True,
            ) as folder,
        ):
            staging = Path(folder)
            built = where.staged(staging)
            pending.asking = interactive
            given = _render(built, where, answers, guesses, interactive=interactive)
            pending.asking = False
            pending.stop_if_any()
            paths = sorted(path for path in built.rglob("*") if not path.is_dir())
            files = tuple(path.relative_to(built).as_posix() for path in paths)
            note = _repository(built, where, wanted=git, dry_run=dry_run)
            pending.stop_if_any()
            if not dry_run:
                where.move_in(staging)
                signals.ignore()
    except OSError as error:
        raise disk.explained(error, f"{path!r} cannot be created") from error
    return NewProject(
        path=where.target,
        answers=given,
        files=files,
        git=note,
        next=_next_commands(where),
        dry_run=dry_run,
    )


def _find_destination(path: str) -> Destination:
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


def _guess(
    where: Destination, answers: Mapping[str, Answer], *, interactive: bool
) -> dict[str, Answer]:
    """Return the guessed answers: the name from the folder, the author from git."""
    guesses: dict[str, Answer] = {}
    if "name" in answers:
        names.check_project(str(answers["name"]), where.path)
    else:
        guesses["name"] = names.guess_project_name(where.target.name)
        if not interactive:
            names.check_project(str(guesses["name"]) or where.target.name, where.path)
    author = "" if "author" in answers else git_commands.setting(where.anchor, "user.name")
    if author:
        guesses["author"] = " ".join(author.split())
    return guesses


def _render(
    built: Path,
    where: Destination,
    answers: Mapping[str, Answer],
    guesses: Mapping[str, Answer],
    *,
    interactive: bool,
) -> dict[str, Answer]:
    """Render the project and return the answers as it records them."""
    # Copier takes a third of a second to import, and refusals do not need it.
    from plgen.rendering.new_project import render

    render(built, answers, guesses, interactive=interactive)
    disk.use_default_modes(built)
    record = read_answers(built) or {}
    given = {key: value for key, value in record.items() if not key.startswith("_")}
    names.check_project(given["name"], where.path)
    return given


def _repository(built: Path, where: Destination, *, wanted: bool, dry_run: bool) -> str:
    """Create the repository, unless it is unwanted or the project lies in another one."""
    around = git_commands.enclosing(where.anchor)
    if not wanted:
        return "no repository (--no-git)"
    if around is not None:
        return f"no repository of its own: the project lies in that of {around}"
    if not dry_run:
        return git_commands.start(built, "Start the project with plgen")
    there = git_commands.executable() is not None
    return git_commands.COMMITTED if there else "no repository: git was not found"


def _next_commands(where: Destination) -> tuple[str, ...]:
    """Return the commands to type next."""
    if where.target == Path.cwd():
        return ("python main.py",)
    folder = where.path if not where.path.startswith("-") else f"./{where.path}"
    return (f"cd {shlex.quote(folder)}", "python main.py")
