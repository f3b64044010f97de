"""List a project's nets, datasets and metrics, without importing any."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from plgen.errors import PlgenError
from plgen.naming.kinds import Kind
from plgen.reading import inventory, lineage
from plgen.reading.inventory import Inventory, Module
from plgen.reading.project import Project
from plgen.reading.source import Parameter


@dataclass(frozen=True)
class Item:
    """A registered module: its class and hyperparameters, or the reason why they are not known.

    `unread` are hyperparameters that only an import would tell.
    """

    name: str
    class_name: str
    file: str
    summary: str = ""
    hyperparameters: tuple[Parameter, ...] = ()
    unread: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Group:
    """The modules of one kind; `error` says why the register cannot be read."""

    kind: Kind
    items: tuple[Item, ...]
    error: str | None


@dataclass(frozen=True)
class Listing:
    """What a project holds."""

    root: Path
    groups: tuple[Group, ...]


def listing(start: Path | None = None) -> Listing:
    """List the project that `start`, or the current folder, lies in; also what is broken."""
    root = Project.find(start).root
    return Listing(root, tuple(_group(found) for found in inventory.everything(root)))


def _group(found: Inventory) -> Group:
    # Each module of its own, as all their syntax trees need not be in memory at once.
    modules = (Module(found.root, found.kind, name) for name in dict.fromkeys(found.names))
    items = tuple(_item(module) for module in modules)
    return Group(found.kind, items, found.refusal.message if found.refusal else None)


def _item(module: Module) -> Item:
    """Return what there is to say of a module."""
    item = Item(module.name, module.class_name, module.file)
    try:
        held = module.held
        if held is None:
            raise PlgenError(f"{module.file} holds no class {module.class_name}")
        taken, unread = lineage.hyperparameters(module.root, module.source, held)
    except PlgenError as error:
        return replace(item, error=error.message)
    own = tuple(each for each in taken if each.name not in module.kind.filled)
    summary = held.doc or module.source.doc
    return replace(item, summary=summary, hyperparameters=own, unread=unread)
