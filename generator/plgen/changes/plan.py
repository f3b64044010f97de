"""The plan of a command: the dry run prints it, the real run carries it out, `--json` shows it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

# Comparing a longer file could take minutes.
MOST_LINES = 5_000


@dataclass(frozen=True)
class Operation:
    """One file before and after, None where it does not exist; with `to`, it moves to that path.

    A new file gets the mode of the file `mode_of`, if that is given.
    """

    path: str
    before: bytes | None
    after: bytes | None
    to: str | None = None
    mode_of: str | None = None

    @property
    def verb(self) -> str:
        """Return what happens to the file."""
        if self.before is None:
            return "create"
        if self.after is None:
            return "delete"
        return "move" if self.to else "edit"

    def __str__(self) -> str:
        """Return the operation as text, with the lines that change."""
        head = f"{self.verb} {self.path} -> {self.to}" if self.to else f"{self.verb} {self.path}"
        if self.before is None or self.after is None:
            return head
        shown = changes(self.before, self.after)
        lines = (f"    {each['sign']}{each['line']}: {each['text']}" for each in shown)
        return "\n".join([head, *lines])

    @property
    def json(self) -> dict[str, Any]:
        """Return the operation for a program."""
        shown: dict[str, Any] = {"operation": self.verb, "path": self.path}
        if self.to:
            shown["to"] = self.to
        if self.before is None or self.after is None:
            return shown | {"bytes": len(self.before or self.after or b"")}
        return shown | {"changes": changes(self.before, self.after)}

    @property
    def steps(self) -> tuple[Operation, ...]:
        """Return the operation itself, or the two that a move consists of."""
        if self.to is None:
            return (self,)
        new = Operation(self.to, None, self.after, mode_of=self.path)
        return (new, Operation(self.path, self.before, None))


@dataclass(frozen=True)
class Plan:
    """The operations of a command; none if nothing has to change."""

    operations: tuple[Operation, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the lines of the dry run."""
        return tuple(line for each in self.operations for line in str(each).splitlines())

    @property
    def json(self) -> list[dict[str, Any]]:
        """Return the operations for a program."""
        return [operation.json for operation in self.operations]

    @property
    def steps(self) -> tuple[Operation, ...]:
        """Return the steps in an order in which a register never names a missing file."""
        steps = [step for operation in self.operations for step in operation.steps]
        return tuple(sorted(steps, key=lambda step: (step.before is not None, step.after is None)))


def changes(before: bytes, after: bytes) -> list[dict[str, Any]]:
    """Return the removed and the added lines, each with its number; none for a very long file."""
    old, new = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
    if len(old) > MOST_LINES:
        return []
    found: list[dict[str, Any]] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            removed = enumerate(old[old_start:old_end], old_start + 1)
            added = enumerate(new[new_start:new_end], new_start + 1)
            found += [{"line": n, "sign": "-", "text": line} for n, line in removed]
            found += [{"line": n, "sign": "+", "text": line} for n, line in added]
    return found
