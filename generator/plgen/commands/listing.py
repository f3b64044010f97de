"""List the modules of a project, without importing any."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from plgen.errors import PlgenError
from plgen.naming import names
from plgen.naming.kinds import KINDS, Kind
from plgen.project import base_classes, inventory
from plgen.project.inventory import Inventory, Module
from plgen.project.project import find_root
from plgen.project.source import Parameter


@dataclass(frozen=True)
class Item:
    """A registered module: its class and hyperparameters, or why they cannot be read.

    `unread` names hyperparameters that cannot be read without importing the module.
    """

    name: str
    class_name: str
    file: str
    hyperparameters: tuple[Parameter, ...] = ()
    unread: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Group:
    """The modules of one kind; `error` is why the register cannot be read."""

    kind: Kind
    items: tuple[Item, ...]
    error: str | None


@dataclass(frozen=True)
class Listing:
    """The registered modules of a project."""

    root: Path
    groups: tuple[Group, ...]


def listing(start: Path | None = None) -> Listing:
    """Return the modules of the project around `start`, or the current folder; also broken ones."""
    root = find_root(start)
    return Listing(root, tuple(_group(inventory.load(root, kind)) for kind in KINDS))


def _group(stock: Inventory) -> Group:
    items = tuple(_item(stock.module(name)) for name in dict.fromkeys(stock.names))
    return Group(stock.kind, items, stock.refusal.message if stock.refusal else None)


def _item(module: Module) -> Item:
    """Return a module as it is listed."""
    item = Item(module.name, names.class_name(module.name), module.file)
    try:
        class_ = module.class_by_name
        if class_ is None and module.is_loadable:
            return replace(item, unread="the constructor of a class in a block, or with two names")
        if class_ is None:
            raise PlgenError(f"{module.file} has no class {item.class_name}")
        item = replace(item, class_name=class_.name)
        where = (module.root, module.kind, module.source, class_)
        parameters, unread = base_classes.hyperparameters(*where)
        set_by_project = base_classes.set_by_project(*where)
    except PlgenError as error:
        return replace(item, error=error.message)
    own = tuple(each for each in parameters if each.name not in set_by_project)
    return replace(item, hyperparameters=own, unread=unread)
