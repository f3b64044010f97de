"""Remove a net, a dataset or a metric, unless that would break the project or lose work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from plgen import git, inventory, lock, references, register, target
from plgen.errors import PlgenError
from plgen.git import Kept
from plgen.inventory import Module
from plgen.mentions import Place
from plgen.names import Name
from plgen.plan import Delete, Edit, Operation, Plan
from plgen.project import Project
from plgen.renaming import Renaming

SHOWN = 5


@dataclass(frozen=True)
class Removed:
    """What was removed, how to get it back, where it is still named, and what was not searched."""

    module: Module
    plan: Plan
    kept: Kept
    left: tuple[Place, ...]
    notes: tuple[str, ...]
    dry_run: bool

    @property
    def back(self) -> str:
        """Return how to get the file back."""
        if self.kept.commit is None:
            return f"it cannot be brought back: {self.kept.reason}"
        command = f"git checkout {self.kept.commit} -- {self.module.file}"
        return f"to get it back: {command} && plgen check --fix"


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
    with lock.planning(root, dry_run=dry_run):
        module = target.find(root, name, kind, "plgen remove")
        found = _references(module)
        acting = [place for place in found.all if not place.prose]
        kept = git.kept(root, module.file) if module.exists else Kept(None, "there is no file")
        if not force:
            _refuse(module, acting, kept)
        plan = _plan(module)
        if dry_run:
            plan.check(root)
        else:
            plan.carry_out(root)
    return Removed(module, plan, kept, found.all, found.note, dry_run)


def _references(module: Module) -> references.References:
    """Return what refers to a module."""
    same = Name(module.name, module.class_name)
    shared = target.others_of(module.root, module.kind, module.name)
    return references.find(module.root, Renaming(module.kind, same, same, shared=shared))


def _refuse(module: Module, acting: list[Place], kept: Kept) -> None:
    """Raise PlgenError if something would break or be lost."""
    command = f"plgen remove {module.name} --kind {module.kind.noun} --force"
    if acting:
        shown = ", ".join(f"{place.file}:{place.line}" for place in acting[:SHOWN])
        more = f" and {len(acting) - SHOWN} more" if len(acting) > SHOWN else ""
        raise PlgenError(
            f"{module.name!r} is in use: {shown}{more}",
            f"change what is there, or {command}",
        )
    if module.exists and kept.commit is None:
        raise PlgenError(
            f"git could not bring {module.file} back: {kept.reason}", f"commit it, or {command}"
        )


def _plan(module: Module) -> Plan:
    """Return the plan: the register's line first, then the file."""
    operations: list[Operation] = []
    found = inventory.of(module.root, module.kind)
    if found.refusal:
        raise found.refusal
    if module.name in found.listed:
        after = register.removed(found.data, module.kind, module.name)
        operations.append(Edit(module.kind.package, found.data, after))
    if module.exists:
        operations.append(Delete(module.file, inventory.read(module.root, module.file)))
    return Plan(tuple(operations))
