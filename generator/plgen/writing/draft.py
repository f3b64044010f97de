"""Changes of several files that build on one another, until they become one plan."""

from __future__ import annotations

from pathlib import Path

from plgen.reading import inventory, texts
from plgen.writing.plan import Operation, Plan


class Draft:
    """The project as it will be; nothing is written before the plan is carried out."""

    def __init__(self, root: Path, like: Draft | None = None) -> None:
        self.root = root
        self.changed: dict[str, bytes] = dict(like.changed) if like else {}

    def read(self, file: str) -> bytes:
        """Return what a file will hold; raise PlgenError where it cannot be read."""
        return self.changed[file] if file in self.changed else inventory.read(self.root, file)

    def look(self, file: str) -> bytes:
        """Return what a text file will hold; nothing if it is none, or OSError is raised."""
        return self.changed[file] if file in self.changed else texts.read(self.root, file)

    def plan(self) -> Plan:
        """Return the edits that lead there."""
        before = {file: inventory.read(self.root, file) for file in sorted(self.changed)}
        return Plan(
            tuple(
                Operation(file, content, self.changed[file])
                for file, content in before.items()
                if content != self.changed[file]
            )
        )
