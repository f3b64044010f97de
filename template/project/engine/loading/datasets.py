"""Building datasets, and which of their methods a loader calls: an overridden method takes precedence.

PyTorch's loader calls `__getitems__` wherever there is one. An inherited one would take precedence over the
`__getitem__` of a subclass, and the change that the subclass makes would have no effect.
"""

from collections.abc import Generator, Sized
from functools import partial
from typing import Any

from torch.utils.data import ConcatDataset, Dataset, IterableDataset, Subset

from ..choices.building import build, split_args
from ..choices.groups import has_default, parameters_of
from ..choices.names import module_of
from ..errors import OptionError
from .batches import is_collated
from .preparation import prepare_dataset
from .randomness import seeded

PLUS = " + "  # between the names of sets that are trained on together


def build_dataset(
    dataset_class: type[Dataset[Any]], name: str, split: str, args: Any, seed: int
) -> Dataset[Any]:
    """Build a dataset with its arguments, and with random numbers that depend on its name and split.

    Its static method `prepare` is called first, in one process.

    Args:
        name: its name, which is also that of its group of options.
        split: "train", "eval" or "test", for a constructor that takes `split`.
        args: more arguments of the constructor, in plain values.

    Raises OptionError if a required argument or its data is missing, or if it has no items.
    """
    needed = [key for key, each in parameters_of(dataset_class).items() if not has_default(each)]
    if missing := [key for key in needed if key not in args and key != "split"]:
        raise OptionError(f"{name} needs {missing[0]}, which has no default", f"add --{name}.{missing[0]}")
    with seeded(0):  # random numbers of `prepare` neither depend on the run nor change it
        prepare_dataset(dataset_class, name, split, args)
    try:
        with seeded(seed, module_of(name), split):  # an alias draws the same numbers
            dataset: Dataset[Any] = build(dataset_class, name, args, **split_args(dataset_class, split))
    except FileNotFoundError as error:
        raise OptionError(f"{name}: {error}", f"get the data, or set --{name}.* to where it is") from error
    if not isinstance(dataset, (Sized, IterableDataset)):
        raise OptionError(f"{name} has no length", f"write __len__ in {files_of(name)}")
    if isinstance(dataset, Sized) and not len(dataset):
        hint = f"look at its files, {files_of(name)} and --{name}.*"
        raise OptionError(f"{name} ({split}) has no items", hint)
    return dataset


def concatenate(datasets: list[Dataset[Any]], names: list[str]) -> tuple[Dataset[Any], str]:
    """Return several training sets as one, and its name in messages; one set stays as it is.

    Raises OptionError for sets that cannot be mixed.
    """
    if len(datasets) == 1:
        return datasets[0], names[0]
    for dataset, name in zip(datasets, names, strict=True):
        if isinstance(dataset, IterableDataset):
            message = f"{name} is an IterableDataset, which has its own order: nothing can be mixed with it"
            raise OptionError(message, "train on it alone, or write one that yields the items of all")
        use_overridden(dataset)
        if needs_getitems(dataset):
            message = f"{name} needs its __getitems__, so it cannot be mixed with other sets"
            hint = "train on it alone, or let its class (for a Subset, that of its dataset) return one item"
            raise OptionError(message, f"{hint} in __getitem__, and leave out __getitems__")
    joined = ConcatDataset(datasets)
    functions = [getattr(dataset, "collate_fn", None) for dataset in datasets]
    for function, name in zip(functions, names, strict=True):
        if getattr(function, "__func__", function) is not getattr(functions[0], "__func__", functions[0]):
            message = f"{names[0]} and {name} make batches in different ways: their collate_fn differ"
            raise OptionError(message, "let both inherit it from one class, or train on one of them")
    if functions[0] is not None:
        vars(joined)["collate_fn"] = functions[0]
    return joined, PLUS.join(names)


def needs_getitems(dataset: Any) -> bool:
    """Return whether single items would miss what `__getitems__` does, or would not fit the `collate_fn`."""
    fetch = getattr(dataset, "__getitems__", None)
    if fetch is None or getattr(fetch, "func", None) is items:
        return False
    if isinstance(dataset, Subset) and needs_getitems(dataset.dataset):
        return True
    if depth(dataset, "__getitems__") < depth(dataset, "__getitem__"):
        return True
    with seeded(0):
        return bool(getattr(dataset, "collate_fn", None)) and is_collated(fetch([0]))


def files_of(name: str) -> str:
    """Return the files of a set, or of several that are trained on together."""
    return ", ".join(dict.fromkeys(f"data/{part.partition(':')[0]}.py" for part in name.split(PLUS)))


def spread(size: int, count: int) -> list[int]:
    """Return up to `count` indices from the first to the last of a set of this size."""
    count = min(count, size)
    return [number * (size - 1) // max(count - 1, 1) for number in range(count)]


def use_overridden(dataset: Any, *outer: Any) -> None:
    """Let a loader call `__getitem__` if a class overrides only this; also in datasets that this one wraps.

    Raises OptionError if it inherits a `collate_fn` as well, which may expect what `__getitems__` returns.
    The `collate_fn` of a wrapped dataset is not called.
    """
    for part in wrapped(dataset):
        if not any(part is known for known in (dataset, *outer)):
            use_overridden(part, dataset, *outer)
    own = depth(dataset, "__getitem__")
    if getattr(dataset, "__getitems__", None) is None or depth(dataset, "__getitems__") <= own:
        return
    if type(dataset).__getitem__ is Dataset.__getitem__:  # it raises NotImplementedError
        return
    if not outer and getattr(dataset, "collate_fn", None) and depth(dataset, "collate_fn") > own:
        message = f"{type(dataset).__name__} overrides __getitem__, and inherits __getitems__ and collate_fn"
        hint = "write __getitems__ too, which takes a list of indices and returns what collate_fn expects"
        raise OptionError(message, hint)
    vars(dataset)["__getitems__"] = partial(items, dataset)


def depth(dataset: Any, name: str) -> int:
    """Return where Python finds an attribute: 0 is the dataset, then its classes; `__getattr__` is last."""
    # `dataset[index]` looks in the classes alone.
    own = {} if name == "__getitem__" else getattr(dataset, "__dict__", {})
    namespaces = [own, *map(vars, type(dataset).__mro__)]
    return next((number for number, names in enumerate(namespaces) if name in names), len(namespaces))


def wrapped(dataset: Any) -> Generator[Dataset[Any]]:
    """Yield the datasets that another one has in its attributes, as Subset and ConcatDataset do."""
    for value in list(getattr(dataset, "__dict__", {}).values()):
        parts = list(value.values()) if isinstance(value, dict) else value
        several = isinstance(parts, (list, tuple)) and parts and isinstance(parts[0], Dataset)
        yield from (part for part in (parts if several else [value]) if isinstance(part, Dataset))


def items(dataset: Any, indices: list[int]) -> list[Any]:
    return [dataset[index] for index in indices]
