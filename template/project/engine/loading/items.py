"""Which of a dataset's methods a loader calls: what a class overrides is what runs.

PyTorch's loader calls `__getitems__` wherever there is one. An inherited one would win over the `__getitem__` of
a subclass, and what that changes would never be seen.
"""

from collections.abc import Generator
from functools import partial
from typing import Any

from torch.utils.data import Dataset

from ..learning.batches import collate, is_whole
from .randomness import drawing


def use_overridden(dataset: Any, *outer: Any) -> None:
    """Let a loader call `__getitem__` where a class overrides it alone; also in datasets that this one wraps.

    A `collate_fn` for whole batches of the inherited `__getitems__` then gets such a batch, made of the items.
    """
    for part in wrapped(dataset):
        if not any(part is known for known in (dataset, *outer)):
            use_overridden(part, dataset, *outer)
    own, many = depth(dataset, "__getitem__"), getattr(dataset, "__getitems__", None)
    if many is None or depth(dataset, "__getitems__") <= own:
        return
    if type(dataset).__getitem__ is Dataset.__getitem__:  # it raises NotImplementedError
        return
    inherited = getattr(dataset, "collate_fn", None)
    if inherited and depth(dataset, "collate_fn") > own and gives_batches(many):
        vars(dataset)["collate_fn"] = partial(collate_whole, inherited)
    vars(dataset)["__getitems__"] = partial(items, dataset)


def depth(dataset: Any, name: str) -> int:
    """Where Python finds an attribute: 0 is the dataset itself, then its classes, and `__getattr__` is last."""
    own = getattr(dataset, "__dict__", {})
    if name == "__getitem__":  # dataset[index] looks in the classes alone
        own = {}
    places = [own, *map(vars, type(dataset).__mro__)]
    return next((number for number, names in enumerate(places) if name in names), len(places))


def wrapped(dataset: Any) -> Generator[Dataset[Any]]:
    """The datasets that one has in its attributes, as Subset and ConcatDataset do."""
    for value in list(getattr(dataset, "__dict__", {}).values()):
        parts = list(value.values()) if isinstance(value, dict) else value
        several = isinstance(parts, (list, tuple)) and parts and isinstance(parts[0], Dataset)
        yield from (part for part in (parts if several else [value]) if isinstance(part, Dataset))


def gives_batches(many: Any) -> bool:
    """Whether a `__getitems__` gives a whole batch, and not the list of items that PyTorch expects."""
    try:
        with drawing(0):
            return is_whole(many([0]))
    except Exception:  # it may need what a subclass does not have
        return False


def items(dataset: Any, indices: list[int]) -> list[Any]:
    return [dataset[index] for index in indices]


def collate_whole(collate_fn: Any, items: list[Any]) -> Any:
    return collate_fn(collate(items))
