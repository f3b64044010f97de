"""The plan of a command: the dry run prints it, the real run carries it out, `--json` shows it."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plgen.writing import transaction
from plgen.writing.transaction import Step


@dataclass(frozen=True)
class Create:
    """Make one file; `path` is relative to the project."""

    path: str
    content: bytes

    def __str__(self) -> str:
        """Return the operation as a line of the dry run."""
        return f"create {self.path}"

    @property
    def json(self) -> dict[str, Any]:
        """Return the operation for a program."""
        return {"operation": "create", "path": self.path, "bytes": len(self.content)}

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return what is there before and after."""
        return (Step(self.path, None, self.content),)


@dataclass(frozen=True)
class Edit:
    """Change one file."""

    path: str
    before: bytes
    after: bytes

    def __str__(self) -> str:
        """Return the operation as lines of the dry run, with the lines that change."""
        return "\n".join([f"edit {self.path}", *_shown(self.before, self.after)])

    @property
    def json(self) -> dict[str, Any]:
        """Return the operation for a program."""
        return {
            "operation": "edit",
            "path": self.path,
            "changes": changes(self.before, self.after),
        }

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return what is there before and after."""
        return (Step(self.path, self.before, self.after),)


@dataclass(frozen=True)
class Move:
    """Give one file another name, and perhaps other content."""

    path: str
    to: str
    before: bytes
    after: bytes

    def __str__(self) -> str:
        """Return the operation as lines of the dry run, with the lines that change."""
        return "\n".join([f"move {self.path} -> {self.to}", *_shown(self.before, self.after)])

    @property
    def json(self) -> dict[str, Any]:
        """Return the operation for a program."""
        return {
            "operation": "move",
            "path": self.path,
            "to": self.to,
            "changes": changes(self.before, self.after),
        }

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return what is there before and after."""
        return (
            Step(self.to, None, self.after, like=self.path),
            Step(self.path, self.before, None),
        )


@dataclass(frozen=True)
class Delete:
    """Remove one file."""

    path: str
    before: bytes

    def __str__(self) -> str:
        """Return the operation as a line of the dry run."""
        return f"delete {self.path}"

    @property
    def json(self) -> dict[str, Any]:
        """Return the operation for a program."""
        return {"operation": "delete", "path": self.path, "bytes": len(self.before)}

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return what is there before and after."""
        return (Step(self.path, self.before, None),)


Operation = Create | Edit | Move | Delete


@dataclass(frozen=True)
class Plan:
    """What a command does, operation by operation; nothing, if the project is so already."""

    operations: tuple[Operation, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Return the paths of the files that are made."""
        return tuple(each.path for each in self.operations if isinstance(each, Create))

    @property
    def size(self) -> int:
        """Return the bytes of the files that are made."""
        return sum(len(each.content) for each in self.operations if isinstance(each, Create))

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the lines of the dry run."""
        return tuple(line for each in self.operations for line in str(each).splitlines())

    @property
    def json(self) -> list[dict[str, Any]]:
        """Return the operations for a program."""
        return [operation.json for operation in self.operations]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the steps in an order in which no register ever names a file that is not there."""
        steps = [step for operation in self.operations for step in operation.steps]
        return tuple(sorted(steps, key=lambda step: (step.before is not None, step.after is None)))

    def check(self, root: Path) -> None:
        """Raise PlgenError unless the project is as the plan takes it to be."""
        transaction.check(root, self.steps)

    def carry_out(self, root: Path) -> None:
        """Do all of it or nothing; raise PlgenError for what cannot be done.

        The caller holds the project's lock, and has made the plan in it.
        """
        if self.operations:
            transaction.run(root, self.steps)


def changes(before: bytes, after: bytes) -> list[dict[str, Any]]:
    """Return the lines that go and the lines that come, each with its number in its own version."""
    old, new = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
    found: list[dict[str, Any]] = []
    for _, old_start, old_end, new_start, new_end in (
        code
        for code in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if code[0] != "equal"
    ):
        for sign, lines, start, end in (
            ("-", old, old_start, old_end),
            ("+", new, new_start, new_end),
        ):
            found += [
                {"line": number + 1, "sign": sign, "text": lines[number]}
                for number in range(start, end)
            ]
    return found


def _shown(before: bytes, after: bytes) -> list[str]:
    """Return the changed lines as a reader likes to see them."""
    return [f"    {each['sign']}{each['line']}: {each['text']}" for each in changes(before, after)]


def survey(folder: Path) -> Plan:
    """Return the plan that makes a project of the files rendered into `folder`."""
    files = (Path(parent, name) for parent, _, names in os.walk(folder) for name in names)
    return Plan(
        tuple(
            Create(file.relative_to(folder).as_posix(), file.read_bytes()) for file in sorted(files)
        )
    )
