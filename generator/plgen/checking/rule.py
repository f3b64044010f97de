"""Find where registers and files break the naming rule, or clash with each other."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from plgen import template
from plgen.checking.findings import Finding, Fix, located
from plgen.errors import NameRefused, PlgenError
from plgen.naming import names
from plgen.naming.kinds import Kind
from plgen.project.inventory import Inventory, Module, is_missing
from plgen.project.register import NotPlain


def find(inventories: Sequence[Inventory]) -> Iterator[Finding]:
    """Yield the findings of the registers, of each file, and of clashing names."""
    files = {each.kind: dict(_files(each)) for each in inventories}
    new = {
        kind: [name for name, finding in of_kind.items() if finding.code == "PLG205"]
        for kind, of_kind in files.items()
    }
    for each in inventories:
        yield from _register(each)
        clashes = list(_clashes(each, inventories, new))
        near = {finding.file for finding in clashes}
        for finding in files[each.kind].values():
            yield replace(finding, fix=None) if finding.file in near else finding
        yield from clashes


def _files(stock: Inventory) -> Iterator[tuple[str, Finding]]:
    """Yield the finding of each file, if there is one, with the module's name."""
    for name in stock.files:
        module = stock.module(name)
        try:
            finding = _module(module, stock)
        except PlgenError as error:
            finding = located(error, module.file, "PLG301")
        if finding:
            yield name, finding


def _register(stock: Inventory) -> Iterator[Finding]:
    """Yield the findings of a register."""
    kind, package = stock.kind, stock.kind.package
    if stock.refusal is not None:
        if stock.data or not is_missing(stock.root, package):
            code = "PLG201" if isinstance(stock.refusal, NotPlain) else "PLG301"
            yield located(stock.refusal, package, code)
        return
    seen: set[str] = set()
    for entry in stock.register.entries if stock.register else ():
        name = entry.name
        if name in seen:
            message = f"{name!r} is listed twice in {kind.register}"
            yield Finding(package, entry.line, "PLG203", message, "remove the second", Fix(kind))
        elif name not in stock.files:
            message = f"{name!r} is registered, but there is no {kind.file(name)}"
            cure = f"write the file, or remove {name!r} from {kind.register}"
            fix = None if _misplaced(name, stock) else Fix(kind, dropped=name)
            yield Finding(package, entry.line, "PLG204", message, cure, fix)
        seen.add(name)
        if name in stock.elsewhere:
            message = f"{name!r} is in {kind.register} and in {stock.elsewhere[name]}"
            yield Finding(package, entry.line, "PLG203", message, "remove it from one of them")
    once = list(dict.fromkeys(stock.names))
    if stock.register and once != sorted(once):
        message = f"{kind.register} is not sorted"
        yield Finding(package, stock.register.line, "PLG202", message, "sort it", Fix(kind))


def _misplaced(name: str, stock: Inventory) -> bool:
    """Return whether a registered name may mean a file of nearly the same name."""
    key = names.clash_key(name)
    near = ((other, path) for other, path in stock.entries if names.clash_key(other) == key)
    return any(
        path != stock.kind.file(other) or not _obeys(stock.module(other), stock)
        for other, path in near
    )


def _obeys(module: Module, stock: Inventory) -> bool:
    """Return whether a file certainly follows the naming rule."""
    return module.is_recognised and module.class_by_name is not None and not _breach(module, stock)


def _module(module: Module, stock: Inventory) -> Finding | None:
    """Return the finding of one file, if any; raise PlgenError where it cannot be parsed."""
    registered = module.name in stock.registered
    breach = _breach(module, stock)
    if registered and module.is_loadable and not breach:
        return None
    if module.is_plumbing and registered:
        message = f"{module.name!r} is registered, but {module.file} is not {module.kind.a_noun}"
        cure = f"remove {module.name!r} from {module.kind.register} in {module.kind.package}"
        return Finding(module.file, 1, "PLG302", message, cure)
    meant = module.class_by_name_and_kind
    helper = meant is None or module.name.startswith("_") or module.name in stock.elsewhere
    if module.is_plumbing or (helper and not registered):
        return None
    line = meant.line if meant else 1
    if breach:
        return Finding(module.file, line, "PLG303", breach.message, breach.hint)
    if module.class_by_name is None:
        return _misnamed(module)
    return _unregistered(module, line, stock)


def _unregistered(module: Module, line: int, stock: Inventory) -> Finding | None:
    """Return the finding of a good file that is not registered, if that is known."""
    if stock.refusal is not None:
        return None
    message = f"{module.file} is not registered"
    cure = f"add {module.name!r} to {module.kind.register}"
    return Finding(module.file, line, "PLG205", message, cure, Fix(stock.kind, module.name))


def _misnamed(module: Module) -> Finding:
    """Return the finding of a file without exactly one class of its name."""
    wanted = names.class_name(module.name)
    class_ = module.single_class_of_kind
    if class_ is None:
        message = f"{module.file} does not define exactly one class {wanted}"
        cure = f"call its {module.kind.noun} {wanted}, and no other class"
        return Finding(module.file, 1, "PLG302", message, cure)
    message = f"{module.file} has the class {class_.name}, but its name requires {wanted}"
    cure = f"plgen rename {shlex.quote(module.file)} {shlex.quote(module.name)}"
    return Finding(module.file, class_.line, "PLG302", message, cure)


def _breach(module: Module, stock: Inventory) -> NameRefused | None:
    """Return how the name breaks the rule, with the command that renames the module."""
    if module.name in template.modules(module.kind.folder):
        return None
    command = f"plgen rename {shlex.quote(module.name)}"
    conflict = partial(stock.conflict, own=module.name)
    try:
        name = names.decide(module.name, module.kind, command, conflict=conflict)
    except NameRefused as error:
        return NameRefused(error.message, error.hint or f"{command} NEW_NAME")
    if name.module == module.name:
        return None
    better = names.proposal(name.module, module.kind, conflict) or "NEW_NAME"
    return NameRefused(name.note or "", f"{command} {better}")


def _clashes(
    stock: Inventory, inventories: Sequence[Inventory], new: Mapping[Kind, Sequence[str]]
) -> Iterator[Finding]:
    """Yield the names that clash with another file or folder, or with options of main.py."""
    concerned = {name for name in stock.names if name in stock.files} | {*new[stock.kind]}
    sharing: dict[str, list[str]] = defaultdict(list)
    for name, path in stock.entries:
        # A helper may have the name of the module it helps.
        if name in concerned or not name.startswith("_"):
            sharing[names.clash_key(name)].append(path)
    for name in sorted(concerned):
        file = stock.kind.file(name)
        cure = f"plgen rename {shlex.quote(file)} NEW_NAME"
        near = sharing[names.clash_key(name)]
        others = [path for path in near if path.removesuffix("/") != file]
        if others:
            message = f"{file} clashes with {' and '.join(others)}"
            yield Finding(file, 1, "PLG304", message, cure)
        for other in inventories:
            if other is stock or name in stock.elsewhere or name not in other.files:
                continue
            grouped = stock.kind.grouped and other.kind.grouped
            unsettled = name not in stock.registered and name in new[other.kind]
            if grouped and (name in other.registered or unsettled):
                rival = other.kind.file(name)
                message = f"{file} clashes with {rival}: both have the options --{name}.*"
                yield Finding(file, 1, "PLG304", message, cure)
