"""Find the net, the dataset or the metric that a command names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from plgen import inventory, names
from plgen.errors import PlgenError, UsageError
from plgen.inventory import Inventory, Module
from plgen.kinds import KINDS, Kind


def find(root: Path, typed: str, noun: str | None, command: str) -> Module:
    """Return the module that was named; raise UsageError if that is none, or several.

    Raise PlgenError for the template's plumbing, which no command may take away.
    """
    kinds = [kind for kind in KINDS if noun in {None, kind.noun}]
    if not kinds:
        nouns = ", ".join(kind.noun for kind in KINDS)
        raise UsageError(f"there is no kind {noun!r}, only {nouns}", f"{command} --help")
    # The path of a file is as good as its name.
    folder, _, bare = typed.removesuffix(".py").rpartition("/")
    kinds = [kind for kind in kinds if folder in {"", kind.folder}]
    stock = [inventory.of(root, kind) for kind in kinds]
    found = [each.module(bare) for each in stock if is_there(each, bare)]
    if len(found) > 1:
        nouns = " and a ".join(module.kind.noun for module in found)
        raise UsageError(f"{typed!r} is a {nouns}", f"{command} {bare} --kind {found[0].kind.noun}")
    if found:
        return found[0]
    plumbing = next((each.files[bare] for each in stock if bare in each.files), None)
    if plumbing and plumbing.owned:
        raise PlgenError(f"{plumbing.file} is a part that every project needs", "plgen list")
    raise _missing(typed, bare, stock or [inventory.of(root, kind) for kind in KINDS], command)


def is_there(stock: Inventory, name: str) -> bool:
    """Tell whether a kind has a module of this name: registered, or to be registered."""
    if name in stock.listed:
        return not stock.module(name).owned
    module = stock.files.get(name)
    try:
        return module is not None and not module.owned and module.meant is not None
    except PlgenError:
        return False


def _missing(typed: str, bare: str, stock: Iterable[Inventory], command: str) -> UsageError:
    """Build the refusal of a name that nothing has, with the nearest ones."""
    stock = list(stock)
    known = list(dict.fromkeys(name for each in stock for name in each.names))
    key = names.clash_key(bare)
    near = [name for name in known if names.clash_key(name) == key]
    near += difflib.get_close_matches(bare.lower(), known, n=3)
    near = list(dict.fromkeys(near))
    *first, last = [each.kind.noun for each in stock]
    nouns = f"{', '.join(first)} or {last}" if first else last
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return UsageError(
        f"there is no {nouns} {typed!r}{hint}", f"{command} {near[0]}" if near else "plgen list"
    )


def others_of(root: Path, kind: Kind, name: str) -> bool:
    """Tell whether another kind has a module of this name too."""
    return any(is_there(inventory.of(root, each), name) for each in KINDS if each is not kind)
