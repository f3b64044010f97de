"""Read the questions of copier.yml, which are also the flags of `plgen new`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from plgen import template

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
