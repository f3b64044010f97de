"""Read the questions of copier.yml, which are also the flags of `plgen new`, and check answers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from plgen import template
from plgen.errors import UsageError
from plgen.naming import names

Answer = str | bool | int | float
TYPES: dict[str, type[Answer]] = {"str": str, "bool": bool, "int": int, "float": float}
# The questions whose answers are guessed, and from what.
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
        """Return the flag of `plgen new` that answers the question."""
        return "--" + self.key.replace("_", "-")

    @property
    def guessed_from(self) -> str:
        """Return what the answer is guessed from, or an empty string."""
        return GUESSED_FROM.get(self.key, "")


@cache
def questions() -> tuple[Question, ...]:
    """Return the questions that are asked, in order."""
    return tuple(
        Question(
            key=key,
            type=TYPES[details["type"]],
            help=details["help"],
            default=details["default"],
            choices=tuple(details.get("choices", ())),
        )
        for key, details in template.configuration().items()
        if not key.startswith("_") and details.get("when") is not False
    )


def check(answers: Mapping[str, Answer]) -> None:
    """Raise UsageError for an answer to an unknown question, or one that its question refuses."""
    known = {question.key: question for question in questions()}
    for key, answer in answers.items():
        reason = _problem(known[key], answer) if key in known else _unknown(key, known)
        if reason:
            raise UsageError(reason, "plgen new --help")


def _unknown(key: str, known: Iterable[str]) -> str:
    """Return the error for an unknown question, with the one that was probably meant."""
    near = names.nearest(key, known)
    return f"there is no question {key!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _problem(question: Question, answer: Answer) -> str | None:
    """Return what is wrong with an answer, or None."""
    wrong = f"{answer!r} cannot answer {question.flag}"
    if type(answer) is not question.type:
        return f"{wrong}: it is not a {question.type.__name__}"
    if question.choices and answer not in question.choices:
        return f"{wrong}: it is not one of {', '.join(question.choices)}"
    # A line break would end a string in TOML, and UTF-8 cannot encode surrogates.
    if isinstance(answer, str) and any(unicodedata.category(c) in {"Cc", "Cs"} for c in answer):
        return f"{wrong}: it holds a control character"
    return None
