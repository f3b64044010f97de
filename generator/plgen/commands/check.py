"""Check the names, registers, layout and imports of a project, without importing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from plgen import disk, git, template
from plgen.changes import lock
from plgen.changes.plan import Operation, Plan
from plgen.checking import imports, rule
from plgen.checking.findings import Finding, located
from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS
from plgen.project import inventory, register, source
from plgen.project.inventory import Inventory
from plgen.project.project import find_root


@dataclass(frozen=True)
class Checked:
    """The findings, the plan of `--fix`, and the findings that are left after it."""

    root: Path
    findings: tuple[Finding, ...]
    left: tuple[Finding, ...]
    plan: Plan
    dry_run: bool


def check(*, fix: bool = False, start: Path | None = None, dry_run: bool = False) -> Checked:
    """Check the project around `start`, or the current folder; repair it if `fix`."""
    root = find_root(start)
    with lock.planning(root, dry_run=dry_run or not fix) as carry_out:
        inventories = [inventory.load(root, kind) for kind in KINDS]
        found = [*_layout(root), *rule.find(inventories), *imports.find(root)]
        # Kinds that share a folder have the same findings.
        found = tuple(sorted(dict.fromkeys(found)))
        if not fix:
            return Checked(root, found, found, Plan(()), dry_run)
        plan = _plan(inventories, found)
        carry_out(plan)
    left = tuple(each for each in found if not each.fix)
    return Checked(root, found, left, plan, dry_run)


def _plan(inventories: Sequence[Inventory], found: Sequence[Finding]) -> Plan:
    """Return the plan that edits and sorts the registers as the fixes say."""
    before = {stock.kind.package: stock.data for stock in inventories}
    after = dict(before)
    for stock in inventories:
        file = stock.kind.package
        fixes = [each.fix for each in found if each.fix and each.fix.kind is stock.kind]
        if fixes:
            listed = {*stock.names, *(fix.added for fix in fixes)}
            listed -= {"", *(fix.dropped for fix in fixes)}
            after[file] = register.read(after[file], stock.kind).written(listed)
    changed = (file for file in sorted(after) if after[file] != before[file])
    return Plan(tuple(Operation(file, before[file], after[file]) for file in changed))


def _layout(root: Path) -> Iterator[Finding]:
    """Yield a finding for each missing file that every project needs, or an unreadable main.py."""
    needed = {
        f"{kind.folder}/{name}.py" for kind in KINDS for name in template.plumbing(kind.folder)
    }
    for file in ("main.py", *needed):
        if inventory.is_missing(root, file):
            cure = f"{git.restoring(root, file, 'HEAD')}, if git has it"
            yield Finding(file, 1, "PLG101", f"{file} is missing", cure)
    try:
        source.parse(disk.read_inside(root, "main.py"), "main.py")
    except PlgenError as error:
        if not inventory.is_missing(root, "main.py"):
            yield located(error, "main.py", "PLG301")
