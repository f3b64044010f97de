"""--sampler: the order in which the training set is drawn. Processes share one sequence in each epoch."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, Sampler, Subset

from ..choices.groups import arguments, parameters_of
from ..choices.kinds import BALANCED, SAMPLER
from ..choices.names import find_class
from ..errors import OptionError, as_option_error
from .batches import TARGETS, collate, shapes, target_of
from .datasets import files_of, spread
from .processes import report_once
from .randomness import Shuffled, seeded

INFERRED = ("num_samples",)  # unless it is given
FEW = 10  # classes whose counts fit into a line
TRIED = 8  # items that are compared with the labels in an attribute
READ = "class_of_each_item"  # an attribute that stores the labels, as a loader may be built several times


class Sampled(Shuffled):
    """The indices that a sampler of torch draws in each epoch, divided among the processes."""

    def __init__(
        self, sampler: Sampler[Any], generator: torch.Generator, seed: int, parts: dict[str, Any]
    ) -> None:
        self.sampler, self.generator = sampler, generator
        positions: Any = sampler  # its length is all that counts
        super().__init__(positions, seed, parts | {"shuffle": False})

    def __iter__(self) -> Iterator[Any]:
        self.generator.manual_seed(self.seed)
        drawn = list(self.sampler)
        return (drawn[position] for position in super().__iter__())


def build_sampler(
    dataset: Any, name: str, sampler: str, args: Mapping[str, Any], seed: int, parts: dict[str, Any]
) -> Sampled:
    """Build the sampler of a training set: "balanced", or a class of torch.utils.data.

    Raises OptionError for arguments that do not fit the set.
    """
    found, size, generator = find_class(SAMPLER, sampler), len(dataset), torch.Generator()
    given = arguments(found, "sampler_args", args, derived=INFERRED)
    if sampler == BALANCED:
        given["weights"] = balanced_weights(dataset, name, given.get("num_samples", size))
    if "weights" in given:
        given.setdefault("num_samples", size)
        numbers = len(given["weights"])
        if numbers != size:
            message = f"--sampler_args.weights has {numbers} numbers, and {name} has {size} items"
            raise OptionError(message, "give one number for each item")
    filled = {"data_source": dataset, "generator": generator}
    given |= {key: value for key, value in filled.items() if key in parameters_of(found)}
    with as_option_error(
        f"{sampler} refuses its arguments", "change --sampler_args.*", RuntimeError, TypeError
    ):
        built = found(**given)
        drawn = list(built)
    if not drawn or min(drawn) < 0 or max(drawn) >= size:
        what = f"{min(drawn)} to {max(drawn)}" if drawn else "nothing"
        raise OptionError(f"{sampler} draws {what} of the {size} items of {name}", "change --sampler_args.*")
    return Sampled(built, generator, seed, parts)


def balanced_weights(dataset: Any, name: str, drawn: int) -> Tensor:
    """Return weights (N,) with which each class is drawn equally often, and report the counts once."""
    classes, of_item, counts = labels_of(dataset, name).unique(return_inverse=True, return_counts=True)
    if len(classes) > FEW:
        what = f"{len(classes)} classes of {counts.min()} to {counts.max()} items"
    else:
        pairs = zip(classes.tolist(), counts.tolist(), strict=True)
        what = "items of each class: " + ", ".join(f"{label}: {count}" for label, count in pairs)
    report_once(
        f"--sampler balanced: {name} has {what}; about {drawn / len(classes):.0f} of each are drawn an epoch"
    )
    return 1 / counts[of_item].double()


def labels_of(dataset: Any, name: str) -> Tensor:
    """Return the class of each item (N,): from an attribute such as `targets`, or else from the items.

    An attribute may hold classes that the dataset changes: it is used if some items have the same.

    Raises OptionError for items that do not have one class each.
    """
    if type(dataset).__getitem__ is ConcatDataset.__getitem__:
        return torch.cat([labels_of(part, name) for part in dataset.datasets])
    if type(dataset).__getitem__ is Subset.__getitem__:
        return labels_of(dataset.dataset, name)[torch.as_tensor(dataset.indices)]
    if READ not in vars(dataset):
        vars(dataset)[READ] = find_labels(dataset, name)
    return vars(dataset)[READ]


def find_labels(dataset: Any, name: str) -> Tensor:
    """Return the class of each item, from an attribute if there is one that some items agree with."""
    size = len(dataset)
    tried = spread(size, TRIED + 1)
    few = read_labels(dataset, tried)
    for attribute in TARGETS:
        labels = as_classes(getattr(dataset, attribute, None))
        if labels is None or len(labels) != size:
            continue
        if not isinstance(few, Tensor) or labels[tried].tolist() == few.tolist():
            return labels
    labels = read_labels(dataset, range(size)) if isinstance(few, Tensor) else few
    if not isinstance(labels, Tensor):
        needs = f"--sampler balanced needs one class for each item of {name}"
        hint = f"let {files_of(name)} have an attribute `targets` of {size} whole numbers"
        raise OptionError(f"{needs}, and the targets of a batch are {labels}", hint)
    return labels


def read_labels(dataset: Any, indices: Sequence[int]) -> Tensor | str:
    """Return the classes of some items; a description of the first target that is not a class."""
    joined, found = getattr(dataset, "collate_fn", None) or collate, list[Tensor]()
    with seeded(0):
        for batch in DataLoader(dataset, 64, sampler=indices, collate_fn=joined):
            labels = as_classes(target_of(batch))
            if labels is None:
                return shapes(target_of(batch))
            found.append(labels)
    return torch.cat(found)


def as_classes(value: Any) -> Tensor | None:
    """Return whole numbers (N,), or (N, 1), as a tensor (N,); None for anything else."""
    try:
        labels = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError, LookupError):  # torch raises several kinds
        return None
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.ndim != 1 or labels.is_complex() or not labels.isfinite().all():
        return None
    return labels.long() if (labels == labels.long()).all() else None
