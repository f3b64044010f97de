"""Find where one kind's register and files break the naming rule or one another."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace

from plgen import template
from plgen.commands.findings import Finding, Fix, located
from plgen.errors import NameRefused, PlgenError
from plgen.naming import names
from plgen.naming.names import Name
from plgen.naming.renaming import Renaming
from plgen.reading import references, register
from plgen.reading.inventory import Inventory, Module
from plgen.reading.register import NotPlain
from plgen.reading.source import Class
from plgen.writing.draft import Draft


def find(found: Inventory) -> Iterator[Finding]:
    """Give what is wrong with the register, with each file, and between names."""
    yield from _register(found)
    concerned = {name for name in found.names if name in found.files}
    for name in found.files:
        # A module of its own, as a thousand syntax trees kept alive slow Python down fourfold.
        module = Module(found.root, found.kind, name)
        try:
            finding = _module(module, found)
        except PlgenError as error:
            finding = located(error, module.file, "PLG301")
        if finding:
            yield finding
            if finding.code == "PLG205":
                concerned.add(name)
    yield from _clashes(found, concerned)


def _register(found: Inventory) -> Iterator[Finding]:
    """Give what is wrong with the register itself."""
    kind, package = found.kind, found.kind.package
    if found.refusal is not None:
        if found.data or (found.root / package).is_file():
            yield _unread(found.refusal, found)
        return
    seen: set[str] = set()
    for entry in found.register.entries if found.register else ():
        name = entry.name
        if name in seen:
            message = f"{name!r} stands twice in {kind.register}"
            cure = "plgen check --fix drops the second"
            yield Finding(package, entry.line, "PLG203", message, cure, _sorts(found))
        elif name not in found.files:
            message = f"{name!r} is registered, but there is no {kind.file(name)}"
            cure = f"write the file, or drop {name!r} from {kind.register} (plgen check --fix)"
            fix = None if _misplaced(name, found) else _changes(found, register.removed, name)
            yield Finding(package, entry.line, "PLG204", message, cure, fix)
        seen.add(name)
    once = list(dict.fromkeys(found.names))
    if found.register and once != sorted(once):
        message = f"{kind.register} is not sorted"
        cure = "plgen check --fix sorts it"
        yield Finding(package, found.register.line, "PLG202", message, cure, _sorts(found))


def _misplaced(name: str, found: Inventory) -> bool:
    """Tell whether a registered name may mean what is there under nearly the same name."""
    key = names.clash_key(name)
    near = [entry for entry in found.entries if names.clash_key(entry[0]) == key]
    if any(path != found.kind.file(other) for other, path in near):
        return True
    modules = [found.module(other) for other, _ in near]
    try:
        return not all(module.obeys and module.meant and not _breach(module) for module in modules)
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
    """Give the names of the files that obey the rule, registered or not."""
    for name in found.files:
        module = Module(found.root, found.kind, name)
        try:
            good = not module.owned and module.obeys and module.meant and not _breach(module)
        except PlgenError:
            continue
        if good:
            yield name


def _module(module: Module, found: Inventory) -> Finding | None:
    """Return what is wrong with one file; raise PlgenError where it is no Python."""
    registered = module.name in found.listed
    obeys, breach = module.obeys, _breach(module)
    if registered and obeys and not breach:
        return None
    if module.owned and registered:
        message = f"{module.name!r} is registered, but {module.file} is no {module.kind.noun}"
        cure = f"take {module.name!r} out of {module.kind.register} in {module.kind.package}"
        return Finding(module.file, 1, "PLG302", message, cure)
    meant = module.meant
    if module.owned or (meant is None and not registered):
        return None
    line = meant.line if meant else 1
    if breach:
        return Finding(module.file, line, "PLG303", breach.message, breach.hint)
    if not obeys or meant is None:
        return _misspelt(module, meant or _only(module), found)
    return _unregistered(module, line, found)


def _unregistered(module: Module, line: int, found: Inventory) -> Finding | None:
    """Return the finding of a good file that is in no register, if that is known."""
    if found.refusal is not None:
        return None
    message = f"{module.file} is there but not registered"
    cure = f"add {module.name!r} to {module.kind.register} (plgen check --fix)"
    fix = _changes(found, register.added, module.name) if _fits(module.name, found) else None
    return Finding(module.file, line, "PLG205", message, cure, fix)


def _fits(name: str, found: Inventory) -> bool:
    """Tell whether the register can list the name as well."""
    key = names.clash_key(name)
    others = (other for other in found.listed if other != name and other in found.files)
    free = name not in found.rivals and all(names.clash_key(other) != key for other in others)
    return found.refusal is None and free


def _only(module: Module) -> Class | None:
    """Return the one class of the file that is of its kind."""
    return module.candidates[0] if len(module.candidates) == 1 else None


def _misspelt(module: Module, held: Class | None, found: Inventory) -> Finding:
    """Return the finding of a file without the class of its name; `held` may be meant for it."""
    wanted = module.class_name
    if held is None:
        message = f"{module.file} holds no class {wanted}"
        return Finding(module.file, 1, "PLG302", message, f"call its {module.kind.noun} {wanted}")
    message = f"{module.file} holds {held.name} where its name asks for {wanted}"
    cure = f"call the class {wanted} (plgen check --fix)"
    old, new = Name(module.name, held.name), Name(module.name, wanted)

    def fix(draft: Draft) -> None:
        renaming = Renaming(module.kind, old, new)
        changes = references.find(draft.root, renaming, draft.look).changes
        for file, change in changes.items():
            draft.write(file, change.after)
        if module.name not in found.listed:
            draft.register(module.kind, register.added, module.name)

    fits = _fits(module.name, found)
    return Finding(module.file, held.line, "PLG302", message, cure, fix if fits else None)


def _breach(module: Module) -> NameRefused | None:
    """Return how the name breaks the rule, with the command that gives a better one."""
    if module.name in template.modules(module.kind.folder):
        return None
    command = f"plgen rename {shlex.quote(module.name)}"
    try:
        name = names.decide(module.name, module.kind, command)
    except NameRefused as error:
        return NameRefused(error.message, error.hint or f"{command} NEW_NAME")
    if name.module == module.name:
        return None
    return NameRefused(f"{name.note}", f"{command} {name.module}")


def _clashes(found: Inventory, concerned: set[str]) -> Iterator[Finding]:
    """Give the names that are too near to that of another file or folder, or main.py's for it."""
    sharing: dict[str, list[str]] = defaultdict(list)
    for name, path in found.entries:
        sharing[names.clash_key(name)].append(path)
    for name in sorted(concerned):
        file, cure = found.kind.file(name), f"plgen rename {name} NEW_NAME"
        near = sharing[names.clash_key(name)]
        others = [path for path in near if path.removesuffix("/") != file]
        if others:
            message = f"{file} clashes with {' and '.join(others)}"
            yield Finding(file, 1, "PLG304", message, cure)
        if name in found.rivals:
            message = f"{file} clashes with {found.rivals[name]}: --{name}.* of main.py means both"
            yield Finding(file, 1, "PLG304", message, f"{cure} --kind {found.kind.noun}")


def _sorts(found: Inventory) -> Fix:
    return _changes(found, register.ordered)


def _changes(found: Inventory, change: Callable[..., bytes], *name: str) -> Fix:
    """Return the fix that changes the register."""
    return lambda draft: draft.register(found.kind, change, *name)
