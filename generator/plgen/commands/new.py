"""Create a project: rendered and committed beside its destination, then moved there in one step."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plgen import disk, questions, signals
from plgen import git as git_commands
from plgen.changes import destination
from plgen.changes.destination import Destination
from plgen.git import Outcome
from plgen.naming import names
from plgen.project.project import read_answers
from plgen.questions import Answer


@dataclass(frozen=True)
class NewProject:
    """The project that `plgen new` created, or would create."""

    path: Path
    answers: Mapping[str, Answer]
    guesses: tuple[str, ...]
    # Each with its size in bytes.
    files: Mapping[str, int]
    git: Outcome
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
        where = destination.find(path)
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
            files = {path.relative_to(built).as_posix(): path.stat().st_size for path in paths}
            outcome = _repository(built, where, wanted=git, dry_run=dry_run)
            pending.stop_if_any()
            if not dry_run:
                where.move_in(staging)
                signals.ignore()
    except OSError as error:
        raise disk.explained(error, f"{path!r} cannot be created") from error
    return NewProject(
        path=where.target,
        answers=given,
        guesses=tuple(
            f"{asked.key}: {guesses[asked.key]}, from {asked.guessed_from} ({asked.flag})"
            for asked in questions.questions()
            if asked.key in guesses and guesses[asked.key] == given.get(asked.key)
        ),
        files=files,
        git=outcome,
        next=_next_commands(where),
        dry_run=dry_run,
    )


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


def _repository(built: Path, where: Destination, *, wanted: bool, dry_run: bool) -> Outcome:
    """Create the repository, unless it is unwanted or the project lies in another one."""
    around = git_commands.enclosing(where.anchor)
    if not wanted:
        return Outcome("no repository (--no-git)")
    if around is not None:
        return Outcome(f"no repository of its own: the project lies in that of {around}")
    if not dry_run:
        return git_commands.start(built, "Start the project with plgen")
    there = git_commands.executable() is not None
    note = git_commands.COMMITTED if there else "no repository: git was not found"
    return Outcome(note, repository=there, commit=there)


def _next_commands(where: Destination) -> tuple[str, ...]:
    """Return the commands to type next."""
    if where.target == Path.cwd():
        return ("python main.py",)
    folder = where.path if not where.path.startswith("-") else f"./{where.path}"
    return (f"cd {shlex.quote(folder)}", "python main.py")
