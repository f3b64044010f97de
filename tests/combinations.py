"""Every combination of answers to the questions of copier.yml, and the projects of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from conftest import once
from plgen.commands.new import new
from plgen.template import Answer, questions

# A plain answer, a nasty one, and none, to all the questions that take text. The names are no words
# of the template: where they stand, they came from the answer.
TEXTS: dict[str, dict[str, Answer]] = {
    "plain": {"name": "plain-digits", "description": "Digits", "author": "Ada"},
    "nasty": {
        "name": "9.Sample_Project-x",
        "description": "Größe \"quoted\" 'twice' \\ {{ braces }} {% block %} # no comment: [x]",
        "author": 'Jürgen "J." O\'Neil \\ <j@example.org>, 100 %',
    },
    "empty": {"name": "nothing-said", "description": "", "author": ""},
}


def combinations() -> Iterator[tuple[str, dict[str, Answer]]]:
    """Yield each combination of answers with a name for it; the kinds of text take turns."""
    asked = [question for question in questions() if question.key not in TEXTS["plain"]]
    values = [list(enumerate(question.choices or (True, False))) for question in asked]
    for chosen in itertools.product(*values):
        answers = {question.key: value for question, (_, value) in zip(asked, chosen, strict=True)}
        # So that each answer meets each kind.
        kind = list(TEXTS)[sum(number for number, _ in chosen) % len(TEXTS)]
        words = [f"{key}={value}" for key, value in answers.items()]
        yield "-".join([*words, kind]), {**answers, **TEXTS[kind]}


COMBINATIONS = dict(combinations())


def rendered(factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a project for each combination, under its name; all tests share it."""

    def make(folder: Path) -> None:
        for name, answers in COMBINATIONS.items():
            new(str(folder / name), answers, git=False)

    return once(factory, "rendered", make)


@cache
def texts(project: Path) -> dict[str, str]:
    """Return the text of every file that is not data, under its path."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes().decode("utf-8")
        for path in sorted(project.rglob("*"))
        if path.is_file() and path.parent.name != "raw"
    }


def sources(project: Path) -> dict[str, str]:
    """Return the text of every Python file."""
    return {path: text for path, text in texts(project).items() if path.endswith(".py")}
