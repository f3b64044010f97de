"""Check the rule, the registers and the layout of a project, without importing it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from plgen import template
from plgen.commands import rule
from plgen.commands.findings import Finding, located
from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS
from plgen.reading import inventory, source
from plgen.reading.project import Project
from plgen.writing import lock
from plgen.writing.draft import Draft
from plgen.writing.plan import Plan


@dataclass(frozen=True)
class Checked:
    """What was found, the plan of `--fix`, and what is left after it."""

    root: Path
    findings: tuple[Finding, ...]
    left: tuple[Finding, ...]
    plan: Plan
    dry_run: bool


def check(*, fix: bool = False, start: Path | None = None, dry_run: bool = False) -> Checked:
    """Check the project that `start`, or the current folder, lies in; repair it if `fix`."""
    root = Project.find(start).root
    if not fix:
        lock.refuse_halves(root)
        found = tuple(find(root))
        return Checked(root, found, found, Plan(()), dry_run)
    with lock.planning(root, dry_run=dry_run):
        checked = _fixed(root, dry_run=dry_run)
        if dry_run:
            checked.plan.check(root)
            return checked
        checked.plan.carry_out(root)
        return replace(checked, left=tuple(find(root)))


def find(root: Path) -> list[Finding]:
    """Return all that is wrong in a project, by place."""
    found = [*_layout(root)]
    for each in inventory.everything(root):
        found += rule.find(each)
    return sorted(found)


def _fixed(root: Path, *, dry_run: bool) -> Checked:
    """Return what is wrong, and the plan that repairs what can be repaired safely."""
    draft = Draft(root)
    found = find(root)
    left: list[Finding] = []
    # By code, backwards: a class has its name before it is registered, and sorting comes last.
    for finding in sorted(found, key=lambda each: each.code, reverse=True):
        try:
            if finding.fix is None:
                left.append(finding)
            else:
                finding.fix(draft)
        except PlgenError:
            left.append(finding)
    return Checked(root, tuple(found), tuple(sorted(left)), draft.plan(), dry_run)


def _layout(root: Path) -> Iterator[Finding]:
    """Give what is missing of the files that every project has, or wrong with main.py."""
    for file in ("main.py", *(file for kind in KINDS for file in _packages(kind.folder))):
        if not (root / file).is_file():
            cure = f"git checkout HEAD -- {file}, if git has it"
            yield Finding(file, 1, "PLG101", f"{file} is missing", cure)
        elif file == "main.py":
            try:
                source.parse(inventory.read(root, file), file)
            except PlgenError as error:
                yield located(error, file, "PLG301")


def _packages(folder: str) -> list[str]:
    """Return the files of a folder without which nothing in it is found."""
    interfaces = (name for name in template.modules(folder) if name.endswith("_interface"))
    return [f"{folder}/{name}.py" for name in ("__init__", *sorted(interfaces))]
