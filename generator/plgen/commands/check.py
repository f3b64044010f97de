"""Check the names, registers, layout and imports of a project, without importing it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from plgen import disk, git, template
from plgen.changes import lock
from plgen.changes.plan import Operation, Plan
from plgen.checking import imports, rule
from plgen.checking.findings import UNREADABLE, Finding, located
from plgen.errors import PlgenError, first_of
from plgen.naming import names
from plgen.naming.kinds import KINDS
from plgen.project import inventory, mentions, references, register, source, text_files
from plgen.project.bindings import option_values
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


class PendingChanges:
    """Changes that build on one another, until they become one plan; the disk stays as it is."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, bytes] = {}
        self.before: dict[str, bytes] = {}

    def read(self, file: str) -> bytes:
        """Return the future content of a text file, nothing for another file; raise OSError."""
        return self.files[file] if file in self.files else text_files.read(self.root, file)

    def change(self, file: str, before: bytes, after: bytes) -> None:
        """Change a file whose content was read before: an editor may save it meanwhile."""
        self.before.setdefault(file, before)
        self.files[file] = after

    def plan(self) -> Plan:
        """Return the plan that makes these changes."""
        operations = (
            Operation(file, self.before[file], after) for file, after in sorted(self.files.items())
        )
        return Plan(tuple(each for each in operations if each.before != each.after))


def check(*, fix: bool = False, start: Path | None = None, dry_run: bool = False) -> Checked:
    """Check the project around `start`, or the current folder; repair it if `fix`."""
    root = find_root(start)
    pending = PendingChanges(root)
    with lock.planning(root, dry_run=dry_run or not fix) as carry_out:
        found = _apply_fixes(pending, _find(pending))
        if not fix:
            return Checked(root, found, found, Plan(()), dry_run)
        plan = pending.plan()
        carry_out(plan)
        # The renamed classes are only in the pending changes.
        renamed = {each for each in found if each.fix and each.fix.renaming}
        done = {each for each in renamed if each.file in pending.files}
        left = _apply_fixes(pending, [each for each in _find(pending) if each not in done])
    return Checked(root, found, left, plan, dry_run)


def _find(pending: PendingChanges) -> list[Finding]:
    """Return all findings in a project with pending changes, in the order of their places."""
    inventories = [
        inventory.load(pending.root, kind, package=pending.files.get(kind.package))
        for kind in KINDS
    ]
    found = [*_layout(pending.root), *rule.find(inventories), *_defaults(pending.root, inventories)]
    unreadable = {each.file for each in found if each.code in UNREADABLE}
    found += imports.find(pending.root, pending.read, unreadable)
    # Kinds that share a folder have the same findings.
    return sorted(dict.fromkeys(found))


def _apply_fixes(pending: PendingChanges, found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Make the fixes; return all findings, without the fixes that are impossible."""
    fixable = tuple(_rename_class(pending, each) for each in found)
    _edit_registers(pending, fixable)
    return fixable


def _rename_class(pending: PendingChanges, finding: Finding) -> Finding:
    """Rename the class of a finding; return it without its fix where that is impossible."""
    renaming = finding.fix.renaming if finding.fix else None
    if renaming is None:
        return finding
    try:
        found = references.find(pending.root, renaming, pending.read)
    except PlgenError as error:
        return replace(finding, fix=None, cure=error.hint)
    uses = [f"{place.file}:{place.line}" for place in found.mentions if not place.prose]
    # A document may keep the old name.
    uses += [
        f"{file} ({reason})"
        for file, reason in found.unsearched.items()
        if not mentions.is_document(file)
    ]
    if uses:
        cure = f"call the class {renaming.new.class_name} by hand, also in {first_of(uses)}"
        return replace(finding, fix=None, cure=cure)
    for file, change in found.changes.items():
        pending.change(file, change.before, change.after)
    return finding


def _edit_registers(pending: PendingChanges, found: Iterable[Finding]) -> None:
    """Add names to the registers, remove and sort them, as the fixes say."""
    for kind in KINDS:
        fixes = [each.fix for each in found if each.fix and each.fix.kind is kind]
        fixes = [fix for fix in fixes if fix.renaming is None]
        if fixes:
            data = pending.read(kind.package)
            before = register.read(data, kind)
            listed = {*before.names, *(fix.added for fix in fixes)}
            listed -= {"", *(fix.dropped for fix in fixes)}
            pending.change(kind.package, data, before.written(listed))


def _layout(root: Path) -> Iterator[Finding]:
    """Yield a finding for each missing file that every project needs."""
    needed = {
        f"{kind.folder}/{name}.py" for kind in KINDS for name in template.plumbing(kind.folder)
    }
    for file in ("main.py", *needed):
        if inventory.is_missing(root, file):
            cure = f"{git.restoring(root, file, 'HEAD')}, if git has it"
            yield Finding(file, 1, "PLG101", f"{file} is missing", cure)


def _defaults(root: Path, inventories: Sequence[Inventory]) -> Iterator[Finding]:
    """Yield the defaults of main.py that are not registered, or why it cannot be read."""
    try:
        tree = source.parse(disk.read_inside(root, "main.py"), "main.py").tree
    except PlgenError as error:
        if not inventory.is_missing(root, "main.py"):
            yield located(error, "main.py", "PLG301")
        return
    choosing = {option: each for each in inventories for option in each.kind.options}
    for option, node in option_values(tree):
        stock = choosing.get(option)
        # Such as `add("--loss", default="CrossEntropyLoss")`.
        if stock is None or stock.register is None or not isinstance(node, ast.Call):
            continue
        known = {*stock.names, *stock.kind.usual}
        defaults = [each.value for each in node.keywords if each.arg == "default"]
        items = [item for each in defaults for item in getattr(each, "elts", [each])]
        # A string within an expression may be something else, such as a variable's name.
        for value in (item for item in items if isinstance(item, ast.Constant) and item.value):
            name = names.without_alias(str(value.value), stock.kind)
            of_library = stock.kind.takes_library_classes and not names.MODULE.fullmatch(name)
            if name not in known and not of_library:
                message = f"the default of --{option}, {name!r}, is not {stock.kind.a_noun}"
                other = stock.names[0] if stock.names else f"plgen {stock.kind.command} NAME"
                cure = f"choose another default: {other}"
                yield Finding("main.py", value.lineno, "PLG206", message, cure)
