"""Rename a net, a dataset or a metric: its file, its class, and what the project calls it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from plgen import inventory, lock, names, references, register, target
from plgen.errors import NameRefused, PlgenError, UsageError
from plgen.inventory import Inventory, Module
from plgen.kinds import NET
from plgen.mentions import Place
from plgen.names import Name
from plgen.plan import Edit, Move, Operation, Plan
from plgen.project import Project
from plgen.renaming import Renaming


@dataclass(frozen=True)
class Renamed:
    """What was renamed into what, the lines that were left for the user to judge, and advice."""

    module: Module
    name: Name
    plan: Plan
    left: tuple[Place, ...]
    notes: tuple[str, ...]
    dry_run: bool


def rename(
    old: str,
    new: str,
    *,
    kind: str | None = None,
    start: Path | None = None,
    dry_run: bool = False,
) -> Renamed:
    """Rename a module and everything that certainly means it; list what only may."""
    root = Project.find(start).root
    with lock.planning(root, dry_run=dry_run):
        module = _find(root, old, new, kind)
        name = _decide(module, new)
        if name.module == module.name:
            return Renamed(module, name, Plan(()), (), (), dry_run)
        found = references.find(root, _renaming(module, name))
        plan = _plan(module, name, found)
        if dry_run:
            plan.check(root)
        else:
            plan.carry_out(root)
    left = tuple(
        replace(place, file=module.kind.file(name.module)) if place.file == module.file else place
        for place in found.mentions
    )
    notes = (*found.note, *_notes(module, name))
    return Renamed(module, name, plan, left, notes, dry_run)


def _find(root: Path, old: str, new: str, kind: str | None) -> Module:
    """Return the module to rename; raise PlgenError where there is none, or no file of it."""
    try:
        module = target.find(root, old, kind, "plgen rename")
    except UsageError as error:
        stock = [each for each in inventory.everything(root) if kind in {None, each.kind.noun}]
        there = next(
            (each.kind for each in stock if target.is_there(each, _meant(new, each))), None
        )
        if there is None or "there is no" not in error.message:
            raise
        raise UsageError(
            f"there is no {old!r}, but there is the {there.noun} {new!r}: it was renamed",
            "plgen list",
        ) from error
    if not module.exists:
        raise PlgenError(
            f"{module.name!r} is registered, but there is no {module.file}", "plgen check --fix"
        )
    return module


def _meant(new: str, stock: Inventory) -> str:
    """Return the name that a new one is written as."""
    try:
        return names.decide(new, stock.kind).module
    except NameRefused:
        return new


def _renaming(module: Module, name: Name) -> Renaming:
    """Return what becomes of the class, which may be the only one of its kind in the file."""
    candidates = [] if module.obeys else [module.meant, *module.candidates]
    held = next((each.name for each in candidates if each), module.class_name)
    shared = target.others_of(module.root, module.kind, module.name)
    return Renaming(module.kind, Name(module.name, held), name, shared=shared)


def _decide(module: Module, new: str) -> Name:
    """Return the new name; raise NameRefused if it is none, or clashes with another's."""
    if new == module.name:
        return Name(new, module.class_name)
    command = f"plgen rename {module.name}"
    name = names.decide(new, module.kind, command)
    taken = partial(inventory.of(module.root, module.kind).taken, own=module.name)
    names.refuse_taken(new, name.module, module.kind, taken, command)
    return name


def _plan(module: Module, name: Name, found: references.References) -> Plan:
    """Return the plan: the file moves, the register and the references follow."""
    kind, root = module.kind, module.root
    before = inventory.read(root, kind.package)
    after = found.changes[kind.package].after if kind.package in found.changes else before
    if module.name in register.read(before, kind).names:
        after = register.renamed(after, kind, module.name, name.module)
    else:
        after = register.added(after, kind, name.module)
    own = found.changes.get(module.file)
    content = inventory.read(root, module.file)
    operations: list[Operation] = [
        Move(module.file, kind.file(name.module), content, own.after if own else content),
        Edit(kind.package, before, after),
    ]
    for file, change in found.changes.items():
        if file not in {module.file, kind.package}:
            operations.append(Edit(file, change.before, change.after))
    return Plan(tuple(operations))


def _notes(module: Module, name: Name) -> tuple[str, ...]:
    """Return what else has to be known: earlier runs keep the old name."""
    logs = module.root / "Logs" / module.name
    if module.kind is not NET or not logs.is_dir():
        return ()
    command = f"python main.py --model_name {name.module} --ckpt_path Logs/{module.name}/..."
    return (f"the runs in Logs/{module.name} keep their name: {command}",)
