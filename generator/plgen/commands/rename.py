"""Rename a net, a dataset or a metric: its file, its class, and what the project calls it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from plgen import template
from plgen.changes import lock
from plgen.changes.plan import Operation, Plan
from plgen.errors import PlgenError, UsageError, first_of
from plgen.naming import names
from plgen.naming.kinds import NET, Kind
from plgen.naming.names import Name
from plgen.naming.renaming import Renaming, word
from plgen.reading import inventory, references, register, target, texts
from plgen.reading.inventory import Module
from plgen.reading.mentions import Mention
from plgen.reading.project import Project
from plgen.reading.target import NotThere


@dataclass(frozen=True)
class Renamed:
    """What was renamed into what, the lines that were left for the user to judge, and advice."""

    module: Module
    name: Name
    plan: Plan
    left: tuple[Mention, ...]
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
    command = target.repeated("plgen rename", kind, dry_run=dry_run)
    with lock.planning(root, dry_run=dry_run) as carry_out:
        module = _find(root, old, new, kind, command)
        name = _decide(module, new, command)
        if (name.module, name.class_name) == (module.name, module.class_name):
            return Renamed(module, name, Plan(()), (), (), dry_run)
        found = references.find(root, _renaming(module, name))
        plan = _plan(module, name, found)
        carry_out(plan)
    left = tuple(
        replace(place, file=module.kind.file(name.module)) if place.file == module.file else place
        for place in found.mentions
        # What the template wrote is not for the user to judge.
        if not (place.prose and template.wrote(place.file, place.text))
    )
    notes = (*found.note, *_notes(module, name))
    return Renamed(module, name, plan, left, notes, dry_run)


def _find(root: Path, old: str, new: str, noun: str | None, command: str) -> Module:
    """Return the module to rename; raise PlgenError where there is none, or no file of it."""
    kinds = target.kinds_of(noun, "plgen rename")
    try:
        module = target.find(root, old, kinds, command, shlex.quote(new))
    except NotThere as error:
        # Whoever types a renaming twice sees why the second one finds nothing.
        there = _called(root, kinds, new)
        if there is None:
            raise
        raise UsageError(
            f"{error.message} (there is a {there.kind.noun} {there.name} already)", "plgen list"
        ) from error
    if not module.exists:
        raise PlgenError(
            f"{module.name!r} is registered, but there is no {module.file}", "plgen check --fix"
        )
    return module


def _called(root: Path, kinds: Sequence[Kind], new: str) -> Module | None:
    """Return the module that is called by the new name already, in whatever spelling."""
    return next(
        (
            each.module(name)
            for each in (inventory.of(root, kind) for kind in kinds)
            for name in target.names_of(each)
            if names.clash_key(name) == names.clash_key(names.bare(new, each.kind))
        ),
        None,
    )


def _renaming(module: Module, name: Name) -> Renaming:
    """Return what becomes of the class, which may be the only one of its kind in the file."""
    candidates = [] if module.held else [module.meant, *module.candidates]
    held = next((each.name for each in candidates if each), module.class_name)
    return Renaming(module.kind, Name(module.name, held), name)


def _decide(module: Module, new: str, command: str) -> Name:
    """Return the new name; raise NameRefused if it is none, or clashes with another's."""
    if new == module.name:
        return Name(new, module.class_name)
    command = f"{command} {module.name}"
    taken = partial(inventory.of(module.root, module.kind).taken, own=module.name)
    name = names.decide(new, module.kind, command, Name(module.name, module.class_name), taken)
    names.refuse_taken(new, name.module, module.kind, taken, command)
    return name


def _plan(module: Module, name: Name, found: references.References) -> Plan:
    """Return the plan: the file moves, the register and the references follow."""
    kind, root = module.kind, module.root
    before = inventory.read(root, kind.package)
    after = found.changes[kind.package].after if kind.package in found.changes else before
    if module.name in register.read(before, kind).names:
        if module.name != name.module:
            after = register.renamed(after, kind, module.name, name.module)
    else:
        after = register.added(after, kind, name.module)
    own = found.changes.get(module.file)
    content = inventory.read(root, module.file)
    moved = kind.file(name.module) if name.module != module.name else None
    operations = [Operation(module.file, content, own.after if own else content, moved)]
    if after != before:
        operations.append(Operation(kind.package, before, after))
    for file, change in found.changes.items():
        if file not in {module.file, kind.package}:
            operations.append(Operation(file, change.before, change.after))
    return Plan(tuple(operations))


def _notes(module: Module, name: Name) -> tuple[str, ...]:
    """Return what else has to be known: earlier runs keep the old name."""
    logs, option = module.root / "Logs", module.kind.options[0]
    if module.kind is NET:
        runs = [f"Logs/{module.name}"] if (logs / module.name).is_dir() else []
    else:
        runs = list(_runs(logs, module.name))
    if not runs:
        return ()
    command = f"python main.py --{option} {name.module} --ckpt_path {runs[0]}/..."
    return (f"the runs in {first_of(runs)} keep the name {module.name}: {command}",)


def _runs(logs: Path, name: str) -> Iterator[str]:
    """Yield the folders of the runs whose options name a module."""
    root = logs.parent
    for path in sorted([*logs.glob("*/*/config.yaml"), *logs.glob("*/*/*/config.yaml")]):
        file = path.relative_to(root)
        with suppress(OSError):
            if re.search(word(name), texts.decoded(texts.read(root, file.as_posix()))):
                yield file.parent.as_posix()
