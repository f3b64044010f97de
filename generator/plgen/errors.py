"""The errors that a user can cause; every other exception is a bug and keeps its traceback."""

from __future__ import annotations

from collections.abc import Sequence

# How many items of a list are shown in one line.
ITEMS_SHOWN = 5


class PlgenError(Exception):
    """An error of the user: its reason, a command to type instead, and the exit code.

    A message about a file starts with its path and line.
    """

    exit_code = 1

    def __init__(
        self, reason: str, hint: str = "", file: str = "", line: int | None = None
    ) -> None:
        self.reason = reason
        self.hint = hint
        self.file = file
        self.line = line
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """Return the reason, after the path and line."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.reason}" if place else self.reason


class UsageError(PlgenError):
    """A command was typed wrongly."""

    exit_code = 2


class NameRefused(UsageError):  # noqa: N818 - the rule refuses, nothing failed
    """A name breaks the naming rule or is in use."""


def first_of(items: Sequence[str]) -> str:
    """Return the first items of a list in one line, and the number of the others."""
    more = f" and {len(items) - ITEMS_SHOWN} more" if len(items) > ITEMS_SHOWN else ""
    return f"{', '.join(items[:ITEMS_SHOWN])}{more}"
