"""Remove a net, a dataset or a metric, unless that would break the project or lose work."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from plgen import git
from plgen.changes import lock
from plgen.changes.plan import Operation, Plan
from plgen.errors import PlgenError, first_of
from plgen.git import Kept
from plgen.naming.names import Name
from plgen.naming.renaming import Renaming
from plgen.reading import inventory, references, register, target
from plgen.reading.inventory import Module
from plgen.reading.mentions import Mention
from plgen.reading.project import Project


@dataclass(frozen=True)
class Removed:
    """What was removed, how to get it back, where it is still named, and what was not searched."""

    module: Module
    plan: Plan
    kept: Kept
    # Whether `plgen check --fix` registers the file once it is back.
    recognised: bool
    left: tuple[Mention, ...]
    notes: tuple[str, ...]
    dry_run: bool

    @property
    def back(self) -> str:
        """Return how to get the file back."""
        if self.kept.commit is None:
            return f"it cannot be brought back: {self.kept.reason}"
        root = shlex.quote(str(self.module.root))
        command = f"git -C {root} checkout {self.kept.commit} -- {shlex.quote(self.module.file)}"
        if self.recognised:
            return f"to get it back: {command} && plgen check --fix"
        kind, name = self.module.kind, self.module.name
        return f"to get it back: {command}, then add {name!r} to {kind.register} in {kind.package}"


def remove(
    name: str,
    *,
    kind: str | None = None,
    force: bool = False,
    start: Path | None = None,
    dry_run: bool = False,
) -> Removed:
    """Remove the file and the register's line of a name.

    Raise PlgenError, unless `force`, while something refers to it, and where git could not bring
    the file back.
    """
    root = Project.find(start).root
    with lock.planning(root, dry_run=dry_run) as carry_out:
        kinds = target.kinds_of(kind, "plgen remove")
        # A guess is not to be forced.
        command = target.repeated("plgen remove", kind, dry_run=dry_run)
        module = target.find(root, name, kinds, command)
        found = _references(module)
        acting = [place for place in found.all if not place.prose]
        kept = git.kept(root, module.file) if module.exists else Kept(None, "there is no file")
        if not force:
            _refuse(module, acting, kept, dry_run=dry_run)
        plan, recognised = _plan(module), _recognised(module)
        carry_out(plan)
    return Removed(module, plan, kept, recognised, found.all, found.note, dry_run)


def _recognised(module: Module) -> bool:
    """Return whether the file shows what it is."""
    try:
        return module.exists and module.meant is not None
    except PlgenError:
        return False


def _references(module: Module) -> references.References:
    """Return what refers to a module."""
    same = Name(module.name, module.class_name)
    return references.find(module.root, Renaming(module.kind, same, same))


def _refuse(module: Module, acting: list[Mention], kept: Kept, *, dry_run: bool) -> None:
    """Raise PlgenError if something would break or be lost."""
    command = target.repeated("plgen remove", module.kind.noun, dry_run=dry_run)
    command = f"{command} {shlex.quote(module.name)} --force"
    if acting:
        places = [f"{place.file}:{place.line}" for place in acting]
        raise PlgenError(
            f"{module.name!r} is in use: {first_of(places)}",
            f"change what is there, or {command}",
        )
    if module.exists and kept.commit is None:
        raise PlgenError(
            f"git could not bring {module.file} back: {kept.reason}", f"{kept.cure}, or {command}"
        )


def _plan(module: Module) -> Plan:
    """Return the plan: the register's line first, then the file."""
    operations: list[Operation] = []
    found = inventory.of(module.root, module.kind)
    if found.refusal:
        raise found.refusal
    if module.name in found.listed:
        after = register.removed(found.data, module.kind, module.name)
        operations.append(Operation(module.kind.package, found.data, after))
    if module.exists:
        content = inventory.read(module.root, module.file)
        operations.append(Operation(module.file, content, None))
    return Plan(tuple(operations))
