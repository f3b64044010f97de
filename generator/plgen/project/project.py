"""Recognise a project that plgen made, and find the one that a command is typed in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import yaml

from plgen import disk, git, template
from plgen.errors import PlgenError

ANSWERS = ".copier-answers.yml"
VERSION = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})[a-z0-9.+-]{0,20}")
# Copier writes a kilobyte of answers, which are not nested.
LARGEST_ANSWERS = 100_000
DEEPEST = 10


def find_root(start: Path | None = None) -> Path:
    """Return the folder of the project that `start`, or the current folder, is or lies in.

    Raise PlgenError where there is none, or for a record that cannot be read.
    """
    try:
        start = (start or Path.cwd()).resolve()
    except FileNotFoundError as error:
        raise PlgenError("the current folder is gone", "cd into a project") from error
    for folder in (start, *start.parents):
        answers = read_answers(folder)
        if answers is not None:
            _check_version(folder, str(answers.get("_commit")))
            return folder
    raise PlgenError(
        f"{str(start)!r} is not in a plgen project: neither it nor a folder above it "
        f"has a {ANSWERS} that plgen wrote",
        "plgen new myproject, or go into a project",
    )


def read_answers(folder: Path) -> dict[str, Any] | None:
    """Return the answers that plgen recorded in the folder; None if it did not."""
    file = folder / ANSWERS
    try:
        found = _loaded(disk.read_regular(file, LARGEST_ANSWERS).decode())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "problem", None) or error
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else str(file)
        raise PlgenError(f"{place} cannot be read: {reason}", _cure(folder)) from error
    if not isinstance(found, dict):
        raise PlgenError(f"{file} has no answers", _cure(folder))
    # Other templates of Copier write a file of that name too.
    answers = cast("dict[str, Any]", found)
    if answers.get("_src_path") != "plgen":
        return None
    if file.is_symlink():
        raise PlgenError(f"{file} is a link", f"put a copy of the file in place of the link {file}")
    return answers


def _cure(folder: Path) -> str:
    """Return what to do about unusable answers."""
    return f"restore it: {git.restoring(folder, ANSWERS)}"


def _loaded(text: str) -> Any:
    """Return what a short YAML file holds; raise ValueError for one that would unfold to much."""
    depth = 0
    for event in cast("Any", yaml).parse(text, template.YAML_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > DEEPEST:
            raise ValueError("it does not have the form that Copier writes")
    return yaml.load(text, template.YAML_LOADER)  # noqa: S506 - it is safe


def _check_version(folder: Path, recorded: str) -> None:
    """Raise PlgenError unless this plgen is as new as the template of the project."""
    theirs, ours = VERSION.fullmatch(recorded), VERSION.fullmatch(template.version())
    if theirs is None or ours is None:
        raise PlgenError(
            f"{folder / ANSWERS} records no version of the template (_commit: {recorded[:40]})",
            _cure(folder),
        )
    if tuple(map(int, theirs.groups())) > tuple(map(int, ours.groups())):
        raise PlgenError(
            f"{str(folder)!r} was created by plgen {recorded}, and this is {template.version()}",
            f"pip install --upgrade 'plgen>={recorded}'",
        )
