"""Find the module that a command names."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from plgen.errors import PlgenError, UsageError
from plgen.naming import names
from plgen.naming.kinds import KINDS, Kind
from plgen.project import inventory
from plgen.project.inventory import Inventory, Module


def kinds_named(noun: str | None) -> list[Kind]:
    """Return the kinds that `--kind` selects."""
    return [kind for kind in KINDS if noun in {None, kind.noun}]


def with_options(command: str, noun: str | None, *, dry_run: bool) -> str:
    """Return a command with the options that were typed, for a hint."""
    kind = f" --kind {noun}" if noun else ""
    return f"{command}{kind} --dry-run" if dry_run else f"{command}{kind}"


def find(root: Path, typed: str, kinds: Sequence[Kind], command: str, rest: str = "") -> Module:
    """Return the module that was named; raise UsageError if there is none, or several.

    A hint is the command with another name, followed by the `rest` of the arguments. Raise
    PlgenError for the template's plumbing, which every project needs.
    """
    path = _in_project(root, typed)
    kinds = [kind for kind in kinds if path.startswith(f"{kind.folder}/")] or kinds
    inventories = [inventory.load(root, kind) for kind in kinds]
    named = [(each, names.bare(path, each.kind)) for each in inventories]
    found = [each.module(name) for each, name in named if has_module(each, name)]
    if len(found) > 1:
        nouns = " and ".join(module.kind.a_noun for module in found)
        hint = _command(f"{command} --kind {found[0].kind.noun}", found[0].name, rest)
        raise UsageError(f"{typed!r} is {nouns}", hint)
    if found:
        return found[0]
    plumbing = next((each.module(name) for each, name in named if name in each.files), None)
    if plumbing and plumbing.is_plumbing:
        raise PlgenError(
            f"{plumbing.file} is not {plumbing.kind.a_noun} but a part that every project needs",
            "plgen list",
        )
    for each in inventories:
        # The modules of a folder or a register that cannot be read are not known.
        if each.refusal:
            raise each.refusal
    known = [name for each, _ in named for name in module_names(each)]
    near = names.nearest(path.removesuffix(".py").rpartition("/")[2], known)
    *first, last = [kind.noun for kind in kinds]
    nouns = f"{', '.join(first)} or {last}" if first else last
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    hint = _command(command, near[0], rest) if near else "plgen list"
    raise UsageError(f"there is no {nouns} {typed!r}{meant}", hint)


def _in_project(root: Path, typed: str) -> str:
    """Return the path of a kind's file as it is within the project; a name stays as it is."""
    if Path(typed).name == typed:
        return typed
    folders = {kind.folder for kind in KINDS}
    for path in (Path(typed), root / typed):
        try:
            # The file itself may be a link, which is then meant.
            folder = path.parent.resolve().relative_to(root).as_posix()
        except (OSError, RuntimeError, ValueError):
            continue
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
