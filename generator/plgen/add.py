"""Add a net, a dataset or a metric: a file that obeys the rule, and its line in the register."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from plgen import inventory, lock, names, parts, register
from plgen.errors import NameRefused, PlgenError, UsageError
from plgen.kinds import Kind
from plgen.names import Name
from plgen.plan import Create, Edit, Operation, Plan
from plgen.project import Project

# What Python could import in place of the file, by its suffix; a folder has none.
IMPORTED = ("", ".py", ".pyc", ".pyd", ".pyi", ".so")


@dataclass(frozen=True)
class Added:
    """What an add- command wrote, or would write; nothing, if it is there already."""

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

    It is rendered from its kind's part with `params`, each as in `--param`, or it is a copy of the
    module `other`. Raise PlgenError where that cannot be; the project is then as before.
    """
    root = Project.find(start).root
    name = names.decide(typed, kind)
    if params and other is not None:
        raise UsageError(
            "--param writes a new constructor, and --like copies one",
            f"plgen {kind.command} {name.module} --like {other}",
        )
    with nullcontext() if dry_run else lock.held(root):
        plan = _plan(root, kind, typed, params, other)
        if dry_run:
            plan.check(root)
        else:
            plan.carry_out(root)
    return Added(kind, name, root, plan, kind.use.format(name=name.module), dry_run)


def _plan(root: Path, kind: Kind, typed: str, params: Sequence[str], other: str | None) -> Plan:
    """Return what is to be written; nothing where the file and its line are there already."""
    name = names.decide(typed, kind)
    package, file = inventory.read(root, kind.package), kind.file(name.module)
    registered = register.read(package, kind, name.module).names
    if name.module in registered and (root / file).is_file():
        return Plan(())
    _refuse_clash(root, kind, typed, registered)
    if other is None:
        content = parts.render(root, kind, name, params)
    else:
        from plgen import like

        content = like.copied(root, kind, other, name)
    operations: list[Operation] = []
    if not os.path.lexists(root / file):
        operations.append(Create(file, content))
    elif inventory.read(root, file) != content:
        raise NameRefused(
            f"{typed!r} cannot name a new {kind.noun}: {file} is there already, not registered",
            "plgen check --fix registers it as it is, if it obeys the rule",
        )
    if name.module not in registered:
        operations.append(Edit(kind.package, package, register.added(package, kind, name.module)))
    return Plan(tuple(operations))


def _refuse_clash(root: Path, kind: Kind, typed: str, registered: Sequence[str]) -> None:
    """Refuse a name that is, but for its spelling, one in use; or that no file can have."""
    name = names.decide(typed, kind).module
    path = root / kind.file(name)
    if path.is_symlink():
        where = "leads elsewhere" if path.exists() else "leads nowhere"
        raise PlgenError(f"{kind.file(name)} is a link that {where}", f"remove the link {path}")
    taken = {other: f"{other} in {kind.register}" for other in registered if other != name}
    try:
        entries = sorted(os.listdir(root / kind.folder))  # noqa: PTH208 - names are all it takes
    except OSError as error:
        raise PlgenError(
            f"{kind.folder}/ cannot be read: {error.strerror or error}", f"look at {kind.folder}"
        ) from error
    for entry in entries:
        stem, dot, suffix = entry.partition(".")
        ours = entry == f"{name}.py" and path.is_file()
        if not ours and f"{dot}{suffix.split('.')[-1]}".lower() in IMPORTED:
            taken.setdefault(stem, f"{kind.folder}/{entry}")
    names.decide_free(typed, kind, taken)
