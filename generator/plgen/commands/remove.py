"""Remove a module, unless that would break the project or lose work."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from plgen import disk, git
from plgen.changes import lock
from plgen.changes.plan import Operation, Plan
from plgen.errors import PlgenError, first_of
from plgen.naming.kinds import KINDS
from plgen.naming.names import Name, Renaming
from plgen.project import inventory, lookup, references
from plgen.project.inventory import Inventory, Module
from plgen.project.mentions import Mention
from plgen.project.project import find_root


@dataclass(frozen=True)
class Removed:
    """The removed module, how to restore it, other mentions, and notes."""

    module: Module
    plan: Plan
    # The commit that has the file as it was.
    commit: str | None
    left: tuple[Mention, ...]
    notes: tuple[str, ...]
    dry_run: bool

    @property
    def back(self) -> str:
        """Return how to restore the file."""
        if self.commit is None:
            return "git cannot restore it as it was"
        command = git.restoring(self.module.root, self.module.file, self.commit)
        entry = f"add {self.module.name!r} to {self.module.kind.register}"
        return f"to restore it: {command}, then {entry} (or plgen check --fix)"


def remove(
    name: str,
    *,
    force: bool = False,
    start: Path | None = None,
    dry_run: bool = False,
) -> Removed:
    """Remove the file of a module and its name in the register.

    Unless `force`, raise PlgenError if something refers to it, or if git cannot restore the file.
    """
    root = find_root(start)
    with lock.planning(root, dry_run=dry_run) as carry_out:
        command = "plgen remove --dry-run" if dry_run else "plgen remove"
        # The hint for a misspelt name does not repeat --force.
        module = lookup.find(root, name, KINDS, command)
        same = Name(module.name, module.class_name)
        found = references.find(root, Renaming(module.kind, same, same))
        uses = [each for each in found.all if each in found.certain or each.may_be_used]
        commit = git.backup(root, module.file)
        if not force:
            _refuse(module, uses, commit, f"{command} {shlex.quote(name)} --force")
        plan = _plan(module, inventory.load(root, module.kind))
        carry_out(plan)
    return Removed(module, plan, commit, found.all, found.note, dry_run)


def _refuse(module: Module, uses: list[Mention], commit: str | None, command: str) -> None:
    """Raise PlgenError if something would break, or work would be lost, unless by `command`."""
    if uses:
        places = [f"{place.file}:{place.line}" for place in uses]
        raise PlgenError(
            f"{module.name!r} is in use: {first_of(places)}",
            f"change those lines, or {command}",
        )
    if module.exists and commit is None:
        message = f"git cannot restore {module.file} as it is"
        raise PlgenError(message, f"commit it, or {command}")


def _plan(module: Module, stock: Inventory) -> Plan:
    """Return the plan: the register's line first, then the file."""
    operations: list[Operation] = []
    if stock.refusal:
        raise stock.refusal
    if stock.register and module.name in stock.registered:
        after = stock.register.written(stock.registered - {module.name})
        operations.append(Operation(module.kind.package, stock.data, after))
    if module.exists:
        content = disk.read_inside(module.root, module.file)
        operations.append(Operation(module.file, content, None))
    return Plan(tuple(operations))
