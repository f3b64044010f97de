"""Changes of several files that build on one another, until they become one plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from plgen.naming.kinds import Kind
from plgen.reading import inventory, texts
from plgen.writing.plan import Edit, Plan


class Draft:
    """The project as it will be; nothing is written before the plan is carried out."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._before: dict[str, bytes] = {}
        self._after: dict[str, bytes] = {}

    def read(self, file: str) -> bytes:
        """Return what a file will hold; raise PlgenError where it cannot be read."""
        if file not in self._after:
            self._before[file] = self._after[file] = inventory.read(self.root, file)
        return self._after[file]

    def look(self, file: str) -> bytes:
        """Return what a text file will hold; nothing if it is none, or OSError is raised."""
        return self._after.get(file) or texts.read(self.root / file)

    def write(self, file: str, content: bytes) -> None:
        """Let a file hold something else."""
        self.read(file)
        self._after[file] = content

    def register(self, kind: Kind, change: Callable[..., bytes], *names: str) -> None:
        """Change the register of a kind by a function of plgen.register."""
        self.write(kind.package, change(self.read(kind.package), kind, *names))

    def plan(self) -> Plan:
        """Return the edits that lead there."""
        return Plan(
            tuple(
                Edit(file, self._before[file], after)
                for file, after in sorted(self._after.items())
                if after != self._before[file]
            )
        )
