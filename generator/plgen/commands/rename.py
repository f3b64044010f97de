"""Rename a module: its file, its class, and all references to it."""

from __future__ import annotations

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
from plgen.errors import first_of
from plgen.naming import names
from plgen.naming.kinds import KINDS
from plgen.naming.names import Name, Renaming, whole_word
from plgen.project import inventory, lookup, references, register, text_files
from plgen.project.inventory import Module
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


def rename(old: str, new: str, *, start: Path | None = None, dry_run: bool = False) -> Renamed:
    """Rename a module and all references to it; list other mentions."""
    root = find_root(start)
    command = "plgen rename --dry-run" if dry_run else "plgen rename"
    with lock.planning(root, dry_run=dry_run) as carry_out:
        module = lookup.find(root, old, KINDS, command, shlex.quote(new))
        name = _decide(module, new, f"{command} {shlex.quote(old)}")
        renaming = _renaming(module, name)
        if all(before == after for before, after in renaming.pairs):
            return Renamed(module, name, Plan(()), (), (), dry_run)
        found = references.find(root, renaming)
        plan = _plan(module, name, found)
        notes = (*found.note, *_runs_note(module, name))
        carry_out(plan)
    left = tuple(
        replace(place, file=module.kind.file(name.module)) if place.file == module.file else place
        for place in found.mentions
        # The user need not check what the template wrote.
        if not template.wrote(place.file, place.text)
    )
    return Renamed(module, name, plan, left, notes, dry_run)


def _renaming(module: Module, name: Name) -> Renaming:
    """Return the renaming; a class of another name is renamed if it is the only candidate."""
    class_ = module.class_by_name or module.class_by_name_and_kind or module.single_class_of_kind
    old = Name(module.name, class_.name if class_ else module.class_name)
    return Renaming(module.kind, old, name)


def _decide(module: Module, new: str, command: str) -> Name:
    """Return the new name; raise NameRefused if it breaks the rule or clashes with another."""
    if new == module.name:
        return Name(new, module.class_name)
    conflict = partial(inventory.load(module.root, module.kind).conflict, own=module.name)
    name = names.decide(new, module.kind, command, Name(module.name, module.class_name), conflict)
    names.refuse_conflict(new, name.module, module.kind, conflict, command)
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


def _runs_note(module: Module, name: Name) -> Iterator[str]:
    """Yield the note that earlier runs keep the old name, if there are any."""
    if name.module == module.name:
        return
    if not disk.is_inside(module.root, "Logs"):
        yield "not searched for earlier runs: Logs, a link out of the project"
    elif runs := list(_runs(module.root, module.name)):
        yield f"runs that keep the name {module.name}: {first_of(runs)}"


def _runs(root: Path, name: str) -> Iterator[str]:
    """Yield the folders of the runs whose config files mention a module."""
    logs = root / "Logs"
    for path in sorted([*logs.glob("*/*/config.yaml"), *logs.glob("*/*/*/config.yaml")]):
        file = path.relative_to(root)
        with suppress(OSError):
            text = text_files.decoded(text_files.read(root, file.as_posix()))
            if re.search(whole_word(name), text):
                yield file.parent.as_posix()
