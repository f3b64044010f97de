"""What `plgen check` can find: the one table of its codes, and a finding with place and cure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from plgen.errors import PlgenError
from plgen.writing.draft import Draft

CODES = {
    "PLG101": "a file that every project has is missing",
    "PLG201": "a register is missing, or is no plain tuple of names",
    "PLG202": "a register is not sorted",
    "PLG203": "a name is registered twice",
    "PLG204": "a registered name has no file",
    "PLG205": "a file that obeys the rule is not registered",
    "PLG301": "a file cannot be read, or is no Python",
    "PLG302": "a file does not hold the class that its name asks for",
    "PLG303": "a name breaks the naming rule",
    "PLG304": "two names clash: of one folder, or a dataset's and a metric's",
}
Fix = Callable[[Draft], None]


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong: its place, its code, what to do about it, and what `--fix` does."""

    file: str
    line: int
    code: str
    message: str
    cure: str
    fix: Fix | None = field(default=None, compare=False)

    def __str__(self) -> str:
        """Return the finding as an editor opens it, with its cure."""
        return f"{self.file}:{self.line}: {self.code} {self.message}\n    help: {self.cure}"

    @property
    def json(self) -> dict[str, Any]:
        """Return the finding for a program."""
        return {
            "code": self.code,
            "file": self.file,
            "line": self.line,
            "message": self.message,
            "cure": self.cure,
            "fixable": self.fix is not None,
        }


def located(error: PlgenError, file: str, code: str) -> Finding:
    """Return the finding that an error about a file amounts to, at the place that it names."""
    place = re.compile(rf"{re.escape(file)}(?::(\d+))?: ").match(error.message)
    message = error.message[place.end() :] if place else error.message
    return Finding(file, int(place[1]) if place and place[1] else 1, code, message, error.hint)
