"""Complete names in the shell of modules that are there; silent wherever that cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plgen.naming.kinds import KINDS, Kind


def names_of(*kinds: Kind) -> Callable[[Any, str], list[str]]:
    """Return what completes the name of a module of these kinds, or of the one in `--kind`."""

    def complete(ctx: Any, incomplete: str) -> list[str]:
        # Only a shell that completes needs these, and every command imports this module.
        from plgen.reading import inventory, target
        from plgen.reading.project import Project

        noun = ctx.params.get("kind")
        try:
            root = Project.find().root
            stock = [inventory.of(root, kind) for kind in kinds if noun in {None, kind.noun}]
            # Without its register, no command finds or changes a module.
            whole = [each for each in stock if each.refusal is None]
            found = {name for each in whole for name in target.names_of(each)}
        except Exception:  # noqa: BLE001 - a shell that completes has no place for an error
            return []
        # Some shells evaluate what they are offered.
        sound = (name for name in found if name.isidentifier())
        return sorted(name for name in sound if name.startswith(incomplete))

    return complete


def nouns(incomplete: str) -> list[str]:
    """Complete the kind of a module."""
    return [kind.noun for kind in KINDS if kind.noun.startswith(incomplete)]
