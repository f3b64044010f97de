"""Find where one kind's register and files break the naming rule or one another."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from plgen import template
from plgen.commands.findings import Finding, Fix, located
from plgen.errors import NameRefused, PlgenError
from plgen.naming import names
from plgen.naming.kinds import Kind
from plgen.naming.names import Name
from plgen.naming.renaming import Renaming
from plgen.reading import register
from plgen.reading.inventory import Inventory, Module, is_missing
from plgen.reading.register import NotPlain
from plgen.reading.source import Class

# What is found of a file that holds what its folder is for.
GOOD = {"PLG205", "PLG302"}


def find(stock: Sequence[Inventory]) -> Iterator[Finding]:
    """Yield what is wrong with the registers, with each file, and between names."""
    files = {each.kind: dict(_files(each)) for each in stock}
    new = {kind: [name for name in held if held[name].code in GOOD] for kind, held in files.items()}
    for each in stock:
        yield from _register(each)
        clashes = list(_clashes(each, stock, new))
        near = {finding.file for finding in clashes}
        for finding in files[each.kind].values():
            yield replace(finding, fix=None) if finding.file in near else finding
        yield from clashes


def _files(found: Inventory) -> Iterator[tuple[str, Finding]]:
    """Yield what is wrong with each file, by its name."""
    for name in found.files:
        # A module of its own, as a thousand syntax trees need not be in memory at once.
        module = Module(found.root, found.kind, name)
        try:
            finding = _module(module, found)
        except PlgenError as error:
            finding = located(error, module.file, "PLG301")
        if finding:
            yield name, finding


def _register(found: Inventory) -> Iterator[Finding]:
    """Yield what is wrong with the register itself."""
    kind, package = found.kind, found.kind.package
    if found.refusal is not None:
        if found.data or not is_missing(found.root, package):
            yield _unread(found.refusal, found)
        return
    seen: set[str] = set()
    for entry in found.register.entries if found.register else ():
        name = entry.name
        if name in seen:
            message = f"{name!r} stands twice in {kind.register}"
            yield Finding(package, entry.line, "PLG203", message, "drop the second", Fix(kind))
        elif name not in found.files:
            message = f"{name!r} is registered, but there is no {kind.file(name)}"
            cure = f"write the file, or drop {name!r} from {kind.register}"
            fix = None if _misplaced(name, found) else Fix(kind, dropped=name)
            yield Finding(package, entry.line, "PLG204", message, cure, fix)
        seen.add(name)
    once = list(dict.fromkeys(found.names))
    if found.register and once != sorted(once):
        message = f"{kind.register} is not sorted"
        yield Finding(package, found.register.line, "PLG202", message, "sort it", Fix(kind))


def _misplaced(name: str, found: Inventory) -> bool:
    """Return whether a registered name may mean what is there under nearly the same name."""
    key = names.clash_key(name)
    near = [entry for entry in found.entries if names.clash_key(entry[0]) == key]
    if any(path != found.kind.file(other) for other, path in near):
        return True
    modules = [found.module(other) for other, _ in near]
    try:
        return not all(
            module.held and module.meant and not _breach(module, found) for module in modules
        )
    except PlgenError:
        return True


def _unread(refusal: PlgenError, found: Inventory) -> Finding:
    """Return the finding of a register that cannot be read, with the line to write if it can."""
    if not isinstance(refusal, NotPlain):
        return located(refusal, found.kind.package, "PLG301")
    finding = located(refusal, found.kind.package, "PLG201")
    known = refusal.names or list(_obeying(found))
    return replace(finding, cure=register.hint(found.kind, known))


def _obeying(found: Inventory) -> Iterator[str]:
    """Yield the names of the files that obey the rule, registered or not."""
    for name in found.files:
        module = Module(found.root, found.kind, name)
        try:
            good = not module.owned and module.loads and module.meant and not _breach(module, found)
        except PlgenError:
            continue
        if good:
            yield name


def _module(module: Module, found: Inventory) -> Finding | None:
    """Return what is wrong with one file; raise PlgenError where it is no Python."""
    registered = module.name in found.listed
    loads, breach = module.loads, _breach(module, found)
    if registered and loads and not breach:
        return None
    if module.owned and registered:
        message = f"{module.name!r} is registered, but {module.file} is no {module.kind.noun}"
        cure = f"take {module.name!r} out of {module.kind.register} in {module.kind.package}"
        return Finding(module.file, 1, "PLG302", message, cure)
    meant = module.meant
    helper = meant is None or module.name.startswith("_")
    if module.owned or (helper and not registered):
        return None
    line = meant.line if meant else 1
    if breach:
        return Finding(module.file, line, "PLG303", breach.message, breach.hint)
    if not loads or meant is None:
        return _misspelt(module, meant or _only(module), found)
    return _unregistered(module, line, found)


def _unregistered(module: Module, line: int, found: Inventory) -> Finding | None:
    """Return the finding of a good file that is in no register, if that is known."""
    if found.refusal is not None:
        return None
    message = f"{module.file} is there but not registered"
    cure = f"add {module.name!r} to {module.kind.register}"
    return Finding(module.file, line, "PLG205", message, cure, Fix(found.kind, module.name))


def _only(module: Module) -> Class | None:
    """Return the one class of the file that is of its kind."""
    return module.candidates[0] if len(module.candidates) == 1 else None


def _misspelt(module: Module, held: Class | None, found: Inventory) -> Finding:
    """Return the finding of a file without the class of its name; `held` may be meant for it."""
    if len(module.namesakes) > 1:
        both = " and ".join(dict.fromkeys(each.name for each in module.namesakes))
        message = f"{module.file} holds {both}, which are the same name"
        cure = "give all but one of them another name"
        return Finding(module.file, module.namesakes[1].line, "PLG302", message, cure)
    wanted = names.class_name(module.name)
    if held is None:
        message = f"{module.file} holds no class {wanted}"
        return Finding(module.file, 1, "PLG302", message, f"call its {module.kind.noun} {wanted}")
    message = f"{module.file} holds {held.name} where its name asks for {wanted}"
    renaming = Renaming(module.kind, Name(module.name, held.name), Name(module.name, wanted))
    added = "" if module.name in found.listed else module.name
    fix = Fix(module.kind, added, renaming=renaming) if not added or found.register else None
    return Finding(module.file, held.line, "PLG302", message, f"call the class {wanted}", fix)


def _breach(module: Module, found: Inventory) -> NameRefused | None:
    """Return how the name breaks the rule, with the command that gives a better one."""
    if module.name in template.modules(module.kind.folder):
        return None
    command = f"plgen rename {shlex.quote(module.name)}"
    taken = partial(found.taken, own=module.name)
    try:
        name = names.decide(module.name, module.kind, command, taken=taken)
    except NameRefused as error:
        return NameRefused(error.message, error.hint or f"{command} NEW_NAME")
    if name.module == module.name:
        return None
    better = names.proposal(name.module, module.kind, taken) or "NEW_NAME"
    return NameRefused(f"{name.note}", f"{command} {better}")


def _clashes(
    found: Inventory, stock: Sequence[Inventory], new: Mapping[Kind, Sequence[str]]
) -> Iterator[Finding]:
    """Yield the names that are too near to that of another file or folder, or main.py's for it."""
    concerned = {name for name in found.names if name in found.files} | {*new[found.kind]}
    sharing: dict[str, list[str]] = defaultdict(list)
    for name, path in found.entries:
        # A helper may be called like what it helps.
        if name in concerned or not name.startswith("_"):
            sharing[names.clash_key(name)].append(path)
    for name in sorted(concerned):
        file, cure = found.kind.file(name), f"plgen rename {shlex.quote(name)} NEW_NAME"
        near = sharing[names.clash_key(name)]
        others = [path for path in near if path.removesuffix("/") != file]
        if others:
            message = f"{file} clashes with {' and '.join(others)}"
            yield Finding(file, 1, "PLG304", message, cure)
        for other in stock:
            grouped = found.kind.grouped and other.kind.grouped and other is not found
            unsettled = name not in found.listed and name in new[other.kind]
            if grouped and (name in other.listed or unsettled):
                rival = other.kind.file(name)
                message = f"{file} clashes with {rival}: --{name}.* of main.py means both"
                yield Finding(file, 1, "PLG304", message, f"{cure} --kind {found.kind.noun}")
