"""Rename a module: its file, its class, and all references to it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from plgen import disk, template
from plgen.changes import lock
from plgen.changes.plan import Operation, Plan
from plgen.errors import PlgenError, UsageError, first_of
from plgen.naming import names
from plgen.naming.kinds import NET
from plgen.naming.names import Name, NameRefused, Renaming, whole_word
from plgen.project import inventory, lookup, references, register, text_files
from plgen.project.inventory import Module
from plgen.project.lookup import UnknownModule
from plgen.project.mentions import Mention
from plgen.project.project import find_root


@dataclass(frozen=True)
class Renamed:
    """The renamed module and its new name, mentions for the user to check, and notes."""

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
    """Rename a module and all references to it; list other mentions."""
    root = find_root(start)
    command = lookup.with_options("plgen rename", kind, dry_run=dry_run)
    with lock.planning(root, dry_run=dry_run) as carry_out:
        module = _find(root, old, new, kind, command)
        name = _decide(module, new, command)
        renaming = _renaming(module, name)
        if all(before == after for before, after in renaming.pairs):
            return Renamed(module, name, Plan(()), (), (), dry_run)
        found = references.find(root, renaming)
        plan = _plan(module, name, found)
        carry_out(plan)
    left = tuple(
        replace(place, file=module.kind.file(name.module)) if place.file == module.file else place
        for place in found.mentions
        # The user need not check what the template wrote.
        if not template.wrote(place.file, place.text)
    )
    notes = (*found.note, *_notes(module, name))
    return Renamed(module, name, plan, left, notes, dry_run)


def _find(root: Path, old: str, new: str, noun: str | None, command: str) -> Module:
    """Return the module to rename; raise PlgenError if there is none, or it has no file."""
    kinds = lookup.kinds_named(noun)
    try:
        module = lookup.find(root, old, kinds, command, shlex.quote(new))
    except UnknownModule as error:
        # Explain why repeating a command finds nothing.
        for stock in (inventory.load(root, kind) for kind in kinds):
            key = names.clash_key(names.bare(new, stock.kind))
            for name in lookup.module_names(stock):
                if names.clash_key(name) == key:
                    message = f"{error.message} (the {stock.kind.noun} {name} already exists)"
                    raise UsageError(message, "plgen list") from error
        raise
    if not module.exists:
        raise PlgenError(
            f"{module.name!r} is registered, but there is no {module.file}", "plgen check --fix"
        )
    return module


def _renaming(module: Module, name: Name) -> Renaming:
    """Return the renaming; a class of another name is renamed if it is the only candidate."""
    class_ = module.class_by_name or module.class_by_name_and_kind or module.single_class_of_kind
    old = Name(module.name, class_.name if class_ else module.class_name)
    return Renaming(module.kind, old, name)


def _decide(module: Module, new: str, command: str) -> Name:
    """Return the new name; raise NameRefused if it breaks the rule or clashes with another."""
    if new == module.name:
        return Name(new, module.class_name)
    command = f"{command} {shlex.quote(module.name)}"
    conflict = partial(inventory.load(module.root, module.kind).conflict, own=module.name)
    name = names.decide(new, module.kind, command, Name(module.name, module.class_name), conflict)
    names.refuse_conflict(new, name.module, module.kind, conflict, command)
    file = module.kind.file(name.module)
    if name.module != module.name and os.path.lexists(module.root / file):
        other = names.proposal(f"{name.module}_{module.kind.suffix}", module.kind, conflict)
        message = f"this disk does not distinguish {file} from {module.file}"
        raise NameRefused(message, f"{command} {other}, then plgen rename {other} {name.module}")
    return name


def _plan(module: Module, name: Name, found: references.References) -> Plan:
    """Return the plan: the file moves, the register and the references follow."""
    kind, root = module.kind, module.root
    # Not read again: an editor may have saved the file since.
    package = found.changes.get(kind.package)
    before = package.before if package else disk.read_inside(root, kind.package)
    after = package.after if package else before
    if name.module not in register.read(before, kind).names:
        after = register.renamed(after, kind, module.name, name.module)
    own = found.changes.get(module.file)
    content = own.before if own else disk.read_inside(root, module.file)
    moved = kind.file(name.module) if name.module != module.name else None
    operations = [Operation(module.file, content, own.after if own else content, moved)]
    if after != before:
        operations.append(Operation(kind.package, before, after))
    for file, change in found.changes.items():
        if file not in {module.file, kind.package}:
            operations.append(Operation(file, change.before, change.after))
    return Plan(tuple(operations))


def _notes(module: Module, name: Name) -> tuple[str, ...]:
    """Return the note that earlier runs keep the old name."""
    if name.module == module.name:
        return ()
    logs, options = module.root / "Logs", module.kind.options
    if module.kind is NET:
        exists = os.path.isdir(logs / module.name)  # noqa: PTH112 - no error if it is unreadable
        runs = [f"Logs/{module.name}"] if exists else []
    else:
        runs = list(_runs(logs, module.name))
    if not runs:
        linked = module.kind is not NET and not disk.is_inside(module.root, "Logs")
        return ("not searched for earlier runs: Logs, a link out of the project",) if linked else ()
    use = f"python main.py --{options[0]} {name.module} --ckpt_path {runs[0]}/..."
    if module.kind.grouped:
        # These options take lists, and a dataset may be in any of three.
        shown = " or ".join(f"--{each}" for each in options)
        use = f"python main.py --ckpt_path {runs[0]}/... and its {shown}, with {name.module} "
        use += f"in place of {module.name}"
    return (f"runs that keep the name {module.name}: {first_of(runs)}; to use one: {use}",)


def _runs(logs: Path, name: str) -> Iterator[str]:
    """Yield the folders of the runs whose config files mention a module."""
    root = logs.parent
    for path in sorted([*logs.glob("*/*/config.yaml"), *logs.glob("*/*/*/config.yaml")]):
        file = path.relative_to(root)
        with suppress(OSError):
            if re.search(
                whole_word(name), text_files.decoded(text_files.read(root, file.as_posix()))
            ):
                yield file.parent.as_posix()
