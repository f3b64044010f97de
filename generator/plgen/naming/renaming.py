"""The old and the new name of a module, and how they appear in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from plgen.naming.kinds import METRIC, Kind
from plgen.naming.names import Name

# The values of a metric are logged as val_NAME and the like.
BEFORE_A_METRIC = r"(?:(?<!\w)|(?<=\btrain_)|(?<=\bval_)|(?<=\btest_))"


@dataclass(frozen=True)
class Renaming:
    """A module of one kind under its old and its new name."""

    kind: Kind
    old: Name
    new: Name

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the old names that change, each with the new one.

        Where nothing is renamed, only searched for, these are the module's and the class's names.
        """
        modules = (self.old.module, self.new.module)
        both = (modules, (self.old.class_name, self.new.class_name))
        return tuple(pair for pair in both if pair[0] != pair[1]) or both

    @property
    def packages(self) -> tuple[str, str]:
        """Return where the class is imported from: its module, or the package that exports it."""
        return (f"{self.kind.folder}.{self.old.module}", self.kind.folder)

    def mention(self, name: str) -> str:
        """Return the pattern of an old name where a text may mean this kind of module."""
        before = BEFORE_A_METRIC if self.kind is METRIC else r"(?<!\w)"
        return rf"{before}{re.escape(name)}(?!\w)"


def is_distinctive(name: str) -> bool:
    """Return whether a name is not a common word: `example_net`, but not `attention`."""
    return "_" in name or sum(map(str.isupper, name)) > 1


def word(name: str) -> str:
    """Return the pattern of a name as a whole word."""
    return rf"(?<!\w){re.escape(name)}(?!\w)"
