"""Read the questions of copier.yml, which are the flags of `plgen new`, and check their answers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from plgen import template
from plgen.errors import UsageError
from plgen.naming import names

Answer = str | bool | int | float
TYPES: dict[str, type[Answer]] = {"str": str, "bool": bool, "int": int, "float": float}
# The questions that the surroundings answer, and what in them.
GUESSED_FROM = {"name": "the folder", "author": "git's user.name"}


@dataclass(frozen=True)
class Question:
    """One question: its key, the type and the choices of its answer, and its default."""

    key: str
    type: type[Answer]
    help: str
    default: Answer
    choices: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """Return the flag that answers it."""
        return "--" + self.key.replace("_", "-")

    @property
    def guessed_from(self) -> str:
        """Return what the answer is guessed from, or nothing."""
        return GUESSED_FROM.get(self.key, "")


@cache
def _document() -> dict[str, Any]:
    """Return copier.yml as it is."""
    # The loader in C is five times as fast, and not everywhere.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((template.root() / "copier.yml").read_bytes(), loader)  # noqa: S506 - both are safe


@cache
def questions() -> tuple[Question, ...]:
    """Return the questions that are asked, in their order."""
    return tuple(
        Question(
            key=key,
            type=TYPES[details["type"]],
            help=details["help"],
            default=details["default"],
            choices=tuple(details.get("choices", ())),
        )
        for key, details in _document().items()
        if not key.startswith("_") and details.get("when") is not False
    )


def version() -> str:
    """Return the version of plgen and of its template."""
    return _document()["plgen_version"]["default"]


def check(answers: Mapping[str, Answer]) -> None:
    """Raise UsageError for an answer that no question asks for or accepts."""
    known = {question.key: question for question in questions()}
    for key, answer in answers.items():
        reason = _unfit(known[key], answer) if key in known else _unknown(key, known)
        if reason:
            raise UsageError(reason, "plgen new --help")


def _unknown(key: str, known: Iterable[str]) -> str:
    """Say which question was probably meant."""
    near = names.nearest(key, known)
    return f"there is no question {key!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _unfit(question: Question, answer: Answer) -> str | None:
    """Say why the answer is not of the question's type or among its choices; None if it is."""
    wrong = f"{answer!r} cannot answer {question.flag}"
    if type(answer) is not question.type:
        return f"{wrong}: it is no {question.type.__name__}"
    if question.choices and answer not in question.choices:
        return f"{wrong}: it is not one of {', '.join(question.choices)}"
    # A line break ends a string of TOML, and no file in UTF-8 can hold undecodable bytes.
    if isinstance(answer, str) and any(unicodedata.category(c) in {"Cc", "Cs"} for c in answer):
        return f"{wrong}: it holds a control character"
    return None
