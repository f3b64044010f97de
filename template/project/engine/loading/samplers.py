"""--sampler: the order in which the training set is drawn. Processes share one sequence in each epoch."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, Sampler, Subset

from ..choices.groups import arguments, parameters_of
from ..choices.kinds import BALANCED, SAMPLER
from ..choices.names import find_class
from ..errors import OptionError, as_option_error, first_few
from .batches import collate, target_of
from .datasets import files_of, spread
from .processes import report_once
from .randomness import Shuffled, seeded

INFERRED = ("num_samples",)  # unless it is given
CACHE = "class_of_each_item"  # an attribute that stores the labels, as a loader may be built several times


class Sampled(Shuffled):
    """The indices that a sampler of torch draws in each epoch, divided among the processes."""

    def __init__(
        self, sampler: Sampler[Any], generator: torch.Generator, seed: int, replica: dict[str, Any]
    ) -> None:
        self.sampler, self.generator = sampler, generator
        positions: Any = sampler  # its length is all that counts
        super().__init__(positions, seed, replica | {"shuffle": False})

    def __iter__(self) -> Iterator[Any]:
        self.generator.manual_seed(self.seed)
        drawn = list(self.sampler)
        return (drawn[position] for position in super().__iter__())


def build_sampler(
    dataset: Any, name: str, sampler: str, args: Mapping[str, Any], seed: int, replica: dict[str, Any]
) -> Sampled:
    """Build the sampler of a training set: "balanced", or a class of torch.utils.data.

    Raises OptionError for arguments that do not fit the set.
    """
    sampler_class, size, generator = find_class(SAMPLER, sampler), len(dataset), torch.Generator()
    given = arguments(sampler_class, "sampler_args", args, derived=INFERRED)
    if sampler == BALANCED:
        given["weights"] = balanced_weights(dataset, name, given.get("num_samples", size))
    if "weights" in given:
        given.setdefault("num_samples", size)
        numbers = len(given["weights"])
        if numbers != size:
            message = f"--sampler_args.weights has {numbers} numbers, and {name} has {size} items"
            raise OptionError(message, "give one number for each item")
    set_by_project = {"data_source": dataset, "generator": generator}
    given |= {key: value for key, value in set_by_project.items() if key in parameters_of(sampler_class)}
    with as_option_error(
        f"{sampler} refuses its arguments", "change --sampler_args.*", RuntimeError, TypeError
    ):
        built = sampler_class(**given)
        drawn = list(built)
    if not drawn or min(drawn) < 0 or max(drawn) >= size:
        what = f"{min(drawn)} to {max(drawn)}" if drawn else "nothing"
        raise OptionError(f"{sampler} draws {what} of the {size} items of {name}", "change --sampler_args.*")
    return Sampled(built, generator, seed, replica)


def balanced_weights(dataset: Any, name: str, drawn: int) -> Tensor:
    """Return weights (N,) with which each class is drawn equally often, and report the counts once."""
    classes, item_class, counts = labels_of(dataset, name).unique(return_inverse=True, return_counts=True)
    pairs = zip(classes.tolist(), counts.tolist(), strict=True)
    what = f"items of each class: {first_few([f'{label}: {count}' for label, count in pairs], shown=10)}"
    report_once(
        f"--sampler balanced: {name} has {what}; about {drawn / len(classes):.0f} of each are drawn an epoch"
    )
    return 1 / counts[item_class].double()


def labels_of(dataset: Any, name: str) -> Tensor:
    """Return the class of each item (N,): the attribute `targets` or `labels`, or else all targets.

    Raises OptionError for items that do not have one class each.
    """
    if type(dataset).__getitem__ is ConcatDataset.__getitem__:
        return torch.cat([labels_of(part, name) for part in dataset.datasets])
    if type(dataset).__getitem__ is Subset.__getitem__:
        return labels_of(dataset.dataset, name)[torch.as_tensor(dataset.indices)]
    if CACHE not in vars(dataset):
        vars(dataset)[CACHE] = read_labels(dataset, name)
    return vars(dataset)[CACHE]


def read_labels(dataset: Any, name: str) -> Tensor:
    """Return the class of each item of a dataset that is not made of others."""
    size = len(dataset)
    for attribute in ("targets", "labels"):
        labels = as_classes([getattr(dataset, attribute, None)], size)
        if labels is not None and agrees(dataset, labels):
            return labels
    loader = DataLoader(dataset, 64, collate_fn=getattr(dataset, "collate_fn", None) or collate)
    with seeded(0):
        labels = as_classes([target_of(batch) for batch in loader], size)
    if labels is None:
        hint = f"let {files_of(name)} have an attribute `targets` of {size} whole numbers"
        raise OptionError(f"--sampler balanced needs one class for each item of {name}", hint)
    return labels


def as_classes(parts: list[Any], size: int) -> Tensor | None:
    """Return labels as whole numbers (N,); None if there is not one for each item."""
    try:  # numpy reads a pandas.Series by position, torch by its index
        labels = torch.as_tensor(np.concatenate([np.ravel(part) for part in parts]))
    except (TypeError, ValueError, RuntimeError):
        return None
    return labels.long() if len(labels) == size and (labels == labels.long()).all() else None


def agrees(dataset: Any, labels: Tensor) -> bool:
    """Return whether a few items have these classes: `target_transform` and the like may change them."""
    some = spread(len(dataset), 10)
    try:
        with seeded(0):
            few = as_classes([target_of(dataset[index]) for index in some], len(some))
    except NotImplementedError:  # of a dataset that has only `__getitems__`
        return True
    return few is None or few.equal(labels[some])
