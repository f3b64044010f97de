"""Complete names in the shell from the registers; silent wherever that cannot be done."""

from __future__ import annotations

from collections.abc import Callable

from plgen.kinds import KINDS, Kind


def names_of(*kinds: Kind) -> Callable[[str], list[str]]:
    """Return what completes the name of a module of these kinds."""

    def complete(incomplete: str) -> list[str]:
        # Only a shell that completes needs these, and every command imports this module.
        from plgen import inventory
        from plgen.project import Project

        try:
            root = Project.find().root
            stock = [inventory.of(root, kind) for kind in kinds]
        except Exception:  # noqa: BLE001 - a shell that completes has no place for an error
            return []
        found = {name for each in stock for name in each.names}
        return sorted(name for name in found if name.startswith(incomplete))

    return complete


def nouns(incomplete: str) -> list[str]:
    """Complete the kind of a module."""
    return [kind.noun for kind in KINDS if kind.noun.startswith(incomplete)]
