"""Find where registers and files break the naming rule, or clash with each other."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from functools import partial

from plgen import template
from plgen.checking.findings import Finding, Fix, located
from plgen.errors import NameRefused, PlgenError
from plgen.naming import names
from plgen.project.inventory import Inventory, Module, is_missing
from plgen.project.register import NotPlain


def find(inventories: Sequence[Inventory]) -> Iterator[Finding]:
    """Yield the findings of the registers, of each file, and of clashing names."""
    for each in inventories:
        files = list(_files(each))
        yield from _register(each, {found.file for found in files if found.code == "PLG205"})
        yield from files


def _files(stock: Inventory) -> Iterator[Finding]:
    """Yield the finding of each file, if there is one."""
    for name in stock.files:
        module = stock.module(name)
        try:
            finding = _module(module, stock)
        except PlgenError as error:
            finding = located(error, module.file, "PLG301")
        if finding:
            yield finding


def _register(stock: Inventory, new: set[str]) -> Iterator[Finding]:
    """Yield the findings of a register; `new` are the files that `--fix` registers."""
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
            # The name may mean a file of nearly the same name.
            near = {path for _, path in stock.near.get(names.clash_key(name), ())}
            fix = Fix(kind, dropped=name) if near <= new else None
            removed = f"remove {name!r} from {kind.register}"
            cure = f"write the file, or {removed if fix else f'plgen remove {shlex.quote(name)}'}"
            yield Finding(package, entry.line, "PLG204", message, cure, fix)
        seen.add(name)
        if name in stock.elsewhere:
            message = f"{name!r} is in {kind.register} and in {stock.elsewhere[name]}"
            yield Finding(package, entry.line, "PLG203", message, "remove it from one of them")
    once = list(dict.fromkeys(stock.names))
    if stock.register and once != sorted(once):
        message = f"{kind.register} is not sorted"
        yield Finding(package, stock.register.line, "PLG202", message, "sort it", Fix(kind))


def _module(module: Module, stock: Inventory) -> Finding | None:
    """Return the finding of one file, if any; raise PlgenError where it cannot be parsed."""
    registered = module.name in stock.registered
    breach = _breach(module, stock)
    if registered and module.is_loadable and not breach:
        return _clash(module, stock)
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
    return _clash(module, stock) or _unregistered(module, line, stock)


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


def _clash(module: Module, stock: Inventory) -> Finding | None:
    """Return the finding of a name that clashes with another file, folder or option, if any."""
    # PLG203 is about a name in two registers.
    if module.name in stock.elsewhere:
        return None
    conflict = stock.conflict(module.name, own=module.name, planned=False)
    if conflict is None and module.name not in stock.registered:
        # `--fix` registers neither of two files whose options would have one name.
        for rival in (other.module(module.name) for other in stock.sharing_options):
            if rival.exists and rival.is_recognised:
                conflict = f"{rival.file} would have the options --{module.name}.* too"
    if conflict is None:
        return None
    cure = f"plgen rename {shlex.quote(module.file)} NEW_NAME"
    return Finding(module.file, 1, "PLG304", f"{module.file} clashes: {conflict}", cure)
