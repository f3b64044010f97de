"""The findings of `plgen check`: each with a code, a place, a cure, and perhaps a fix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from plgen.errors import PlgenError
from plgen.naming.kinds import Kind


@dataclass(frozen=True)
class Fix:
    """A fix of `--fix`: sort a register, add a name to it and drop one."""

    kind: Kind
    added: str = ""
    dropped: str = ""


@dataclass(frozen=True, order=True)
class Finding:
    """A place where the project is wrong: its code, message and cure, and perhaps a fix."""

    file: str
    line: int
    code: str
    message: str
    cure: str
    fix: Fix | None = field(default=None, compare=False)

    def __str__(self) -> str:
        """Return the finding in the form that editors open, with its cure."""
        return f"{self.file}:{self.line}: {self.code} {self.message}\n    help: {self.help}"

    @property
    def help(self) -> str:
        """Return the cure, and whether `--fix` applies it."""
        return f"{self.cure} (plgen check --fix)" if self.fix else self.cure

    @property
    def json(self) -> dict[str, Any]:
        """Return the finding for a program."""
        return {
            "code": self.code,
            "file": self.file,
            "line": self.line,
            "message": self.message,
            "cure": self.help,
            "fixable": self.fix is not None,
        }


def located(error: PlgenError, file: str, code: str) -> Finding:
    """Return the finding for an error about a file, at the place that the error names."""
    return Finding(error.file or file, error.line or 1, code, error.reason, error.hint)
