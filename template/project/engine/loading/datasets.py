"""Building datasets, and which of their methods a loader calls: what a class overrides is what runs.

PyTorch's loader calls `__getitems__` wherever there is one. An inherited one would take precedence over the
`__getitem__` of a subclass, and the change that the subclass makes would have no effect.
"""

from collections.abc import Generator, Sized
from functools import partial
from typing import Any

from torch.utils.data import Dataset

from ..choices.building import build, split_args
from ..errors import OptionError
from .batches import collate, is_whole
from .randomness import seeded


def build_dataset(dataset_class: type[Dataset[Any]], name: str, split: str, args: Any, seed: int) -> Dataset[Any]:
    """Build a dataset with its arguments, and with random numbers that depend on its name and split.

    Args:
        dataset_class: its class.
        name: its name, which is also that of its group of options.
        split: "train", "eval" or "test", for a constructor that takes `split`.
        args: more arguments of the constructor, in plain values.
        seed: the random seed of the run.

    Raises OptionError if its data is missing, or if it has no items.
    """
    try:
        with seeded(seed, name, split):
            dataset: Dataset[Any] = build(dataset_class, name, args, **split_args(dataset_class, split))
    except FileNotFoundError as error:
        raise OptionError(f"{name}: {error}", f"get the data, or set --{name}.* to where it is") from error
    if isinstance(dataset, Sized) and not len(dataset):
        raise OptionError(f"{name} ({split}) has no items", f"look at its files, data/{name}.py and --{name}.*")
    return dataset


def use_overridden(dataset: Any, *outer: Any) -> None:
    """Let a loader call `__getitem__` where a class overrides it alone; also in datasets that this one wraps.

    An inherited `collate_fn` for whole batches of the inherited `__getitems__` then gets such a batch too.
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
    """Where Python finds an attribute: 0 is the dataset itself, then its classes; `__getattr__` is last."""
    own = {} if name == "__getitem__" else getattr(dataset, "__dict__", {})  # dataset[index] looks in the classes alone
    places = [own, *map(vars, type(dataset).__mro__)]
    return next((number for number, names in enumerate(places) if name in names), len(places))


def wrapped(dataset: Any) -> Generator[Dataset[Any]]:
    """Yield the datasets that another one has in its attributes, as Subset and ConcatDataset do."""
    for value in list(getattr(dataset, "__dict__", {}).values()):
        parts = list(value.values()) if isinstance(value, dict) else value
        several = isinstance(parts, (list, tuple)) and parts and isinstance(parts[0], Dataset)
        yield from (part for part in (parts if several else [value]) if isinstance(part, Dataset))


def gives_batches(many: Any) -> bool:
    """Return whether a `__getitems__` returns a whole batch, and not the list of items that PyTorch expects."""
    try:
        with seeded(0):
            return is_whole(many([0]))
    except Exception:  # it may need what a subclass does not have
        return False


def items(dataset: Any, indices: list[int]) -> list[Any]:
    return [dataset[index] for index in indices]


def collate_whole(collate_fn: Any, items: list[Any]) -> Any:
    return collate_fn(collate(items))
