"""Find the module that a command names."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from plgen.errors import UsageError
from plgen.naming import names
from plgen.naming.kinds import KINDS, Kind
from plgen.project import inventory
from plgen.project.inventory import Inventory, Module


def find(root: Path, typed: str, kinds: Sequence[Kind], command: str, rest: str = "") -> Module:
    """Return the module that was named; raise UsageError if there is none, or several.

    A hint is the command with another name, followed by the `rest` of the arguments.
    """
    path = _in_project(root, typed)
    of_folder = [kind for kind in kinds if path.startswith(f"{kind.folder}/")]
    kinds = of_folder or kinds
    inventories = [inventory.load(root, kind) for kind in kinds]
    named = [(each, names.bare(path, each.kind)) for each in inventories]
    found = [each.module(name) for each, name in named if has_module(each, name)]
    if len(found) > 1:
        nouns = " and ".join(module.kind.a_noun for module in found)
        in_two_registers = len({module.kind.folder for module in found}) == 1
        hint = "plgen check" if in_two_registers else _command(command, found[0].file, rest)
        raise UsageError(f"{typed!r} is {nouns}", hint)
    if found:
        return found[0]
    for each in inventories:
        # The modules of a folder or a register that cannot be read are not known.
        if each.refusal:
            raise each.refusal
    known = [name for each in inventories for name in module_names(each)]
    # A path outside the folders of modules means none, whatever its last part is.
    name = path.rpartition("/")[2] if of_folder else path
    # No module can get a name in use.
    near = [] if "/" in name or rest in known else names.nearest(name.removesuffix(".py"), known)
    *first, last = [kind.noun for kind in kinds]
    nouns = f"{', '.join(first)} or {last}" if first else last
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    hint = _command(command, near[0], rest) if near else "plgen list"
    raise UsageError(f"there is no {nouns} {typed!r}{meant}", hint)


def _in_project(root: Path, typed: str) -> str:
    """Return the path of a kind's file as it is within the project; a name stays as it is."""
    if "/" not in typed:
        return typed
    folders = {kind.folder for kind in KINDS}
    for path in (Path(typed), root / typed):
        # The file itself may be a link, which is then meant.
        folder = Path(os.path.relpath(os.path.realpath(path.parent), root)).as_posix()
        if folder in folders:
            return f"{folder}/{path.name}"
    return typed


def has_module(stock: Inventory, name: str) -> bool:
    """Return whether a kind has a module of this name, registered or not."""
    module = stock.module(name)
    if module.is_plumbing:
        return False
    in_folder = name in stock.files and name not in stock.elsewhere
    return name in stock.registered or (in_folder and module.is_recognised)


def module_names(stock: Inventory) -> Iterator[str]:
    """Yield the names of a kind's modules, registered or not."""
    known = dict.fromkeys([*stock.names, *stock.files])
    return (name for name in known if has_module(stock, name))


def _command(command: str, name: str, rest: str) -> str:
    return " ".join(filter(None, [command, shlex.quote(name), rest]))
