"""The plan of a command: the dry run prints it, the real run carries it out, `--json` shows it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Create:
    """Make one file; `path` is relative to the project, `size` in bytes."""

    path: str
    size: int

    def __str__(self) -> str:
        """Return the operation as a line of the dry run."""
        return f"create {self.path}"


@dataclass(frozen=True)
class Plan:
    """What a command does, operation by operation."""

    operations: tuple[Create, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Return the paths of the files that are made."""
        return tuple(operation.path for operation in self.operations)

    @property
    def size(self) -> int:
        """Return the bytes that are written."""
        return sum(operation.size for operation in self.operations)


def survey(folder: Path) -> Plan:
    """Return the plan that makes a project of the files rendered into `folder`."""
    files = (Path(parent, name) for parent, _, names in os.walk(folder) for name in names)
    return Plan(
        tuple(
            Create(file.relative_to(folder).as_posix(), file.stat().st_size)
            for file in sorted(files)
        )
    )
