"""Add a module: a file that follows the naming rule, and its entry in the register."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from plgen import disk
from plgen.changes import lock
from plgen.changes.plan import Operation, Plan
from plgen.errors import NameRefused
from plgen.naming import names
from plgen.naming.kinds import Kind
from plgen.naming.names import Name
from plgen.project import inventory
from plgen.project.inventory import Inventory
from plgen.project.project import find_root
from plgen.rendering import new_module


@dataclass(frozen=True)
class Added:
    """The result of an add- command; its plan is empty if the module already exists."""

    kind: Kind
    name: Name
    root: Path
    plan: Plan
    next: str
    dry_run: bool

    @property
    def file(self) -> str:
        """Return the file of the new module, in the project."""
        return self.kind.file(self.name.module)


def add(  # noqa: PLR0913 - one for each word of the command line
    kind: Kind,
    typed: str,
    params: Sequence[str] = (),
    other: str | None = None,
    *,
    start: Path | None = None,
    dry_run: bool = False,
) -> Added:
    """Add a module to the project that `start`, or the current folder, lies in.

    It is rendered from its kind's part, or copied from the module `other`, with `params` as in
    `--param`. Raise PlgenError where that is impossible; the project is then unchanged.
    """
    root = find_root(start)
    options = [word for param in params for word in ("--param", param)]
    options += [] if other is None else ["--like", other]
    command = shlex.join(["plgen", kind.command, *options])

    def in_use(name: str) -> str | None:
        # Only a suggestion needs the names in use.
        return inventory.load(root, kind).conflict(name)

    name = names.decide(typed, kind, command, conflict=in_use)
    with lock.planning(root, dry_run=dry_run) as carry_out:
        stock = inventory.load(root, kind)
        if stock.refusal is not None:
            raise stock.refusal
        if name.module in stock.registered and stock.module(name.module).exists:
            difference = _difference(stock, typed, name, params, other)

            def differs(module: str) -> str | None:
                return difference if module == name.module else stock.conflict(module)

            names.refuse_conflict(typed, name.module, kind, differs, command)
            class_ = stock.module(name.module).class_name
            name = Name(name.module, class_, names.change_note(typed, name.module, class_))
            plan = Plan(())
        else:
            conflict = partial(stock.conflict, own=name.module)
            names.refuse_conflict(typed, name.module, kind, conflict, command)
            plan = _plan(stock, typed, name, _content(stock, name, params, other))
        carry_out(plan)
    use = kind.use.format(option=kind.options[0], name=name.module)
    return Added(kind, name, root, plan, use, dry_run)


def _difference(
    stock: Inventory, typed: str, name: Name, params: Sequence[str], other: str | None
) -> str | None:
    """Return which other class the existing module has, or None.

    Raise NameRefused if it was edited, or was added with other options.
    """
    module = stock.module(name.module)
    if names.is_class_name(typed, stock.kind) and name.class_name != module.class_name:
        return f"{module.file} already exists, with the class {module.class_name}"
    if params or other is not None:
        content = _content(stock, name, params, other)
        if content != disk.read_inside(stock.root, module.file):
            raise NameRefused(
                f"{module.file} already exists, and differs from what these options write",
                f"edit {module.file}",
            )
    return None


def _content(stock: Inventory, name: Name, params: Sequence[str], other: str | None) -> bytes:
    """Return the content of the new file."""
    if other is None:
        return new_module.render(stock.root, stock.kind, name, params)
    return new_module.copy(stock.root, stock.kind, other, name, params)


def _plan(stock: Inventory, typed: str, name: Name, content: bytes) -> Plan:
    """Return the plan: create the file and edit the register, unless already done."""
    root, kind, file = stock.root, stock.kind, stock.kind.file(name.module)
    operations: list[Operation] = []
    if not os.path.lexists(root / file):
        operations.append(Operation(file, None, content))
    elif disk.read_inside(root, file) != content:
        raise NameRefused(
            f"{typed!r} cannot name a new {kind.noun}: {file} already exists, not registered",
            "plgen check --fix registers it as it is, if it follows the naming rule",
        )
    if stock.register and name.module not in stock.registered:
        after = stock.register.written({*stock.names, name.module})
        operations.append(Operation(kind.package, stock.data, after))
    return Plan(tuple(operations))
