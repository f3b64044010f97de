"""A copy of the data interface whose loaders give one batch each, for the preflight."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from pytorch_lightning.utilities import CombinedLoader
from torch.utils.data import DataLoader, Dataset, IterableDataset, SequentialSampler

from ..errors import OptionError
from ..loading.datasets import files_of, spread, use_overridden
from ..loading.loaders import SetLoader

HOOKS = {
    "train_dataloader": "training",
    "val_dataloader": "evaluation",
    "test_dataloader": "test",
    "predict_dataloader": "test",
}
GENERATORS = (random.Random, np.random.Generator, np.random.RandomState, torch.Generator)
SAMPLES = 32


class OneBatch:
    """A loader that yields one batch: a few samples from all over its set. Its attributes are the loader's.

    Args:
        batches: the batch of each set, shared by the loaders.
        role: "training", "evaluation" or "test", for a loader that does not know its set.
    """

    def __init__(self, loader: Any, batches: dict[str, Any], role: str) -> None:
        self.loader, self.batches = loader, batches
        self.sampler = SequentialSampler(())  # any other one is replaced for --trainer.overfit_batches
        self.batch_sampler = getattr(loader, "batch_sampler", None)
        self.where = getattr(loader, "where", f"the {role} set")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.loader, name)

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        if not isinstance(self.loader, SetLoader):
            yield next(iter(self.loader))
            return
        if self.where not in self.batches:
            self.batches[self.where] = first_batch(self.loader, self.where)
        yield copy.deepcopy(self.batches[self.where])  # a step may change it


def first_batch(loader: SetLoader, where: str) -> Any:
    """Return a few samples from all over a set; of an IterableDataset its first.

    Raises OptionError if there are none.
    """
    dataset, size = detached(loader.dataset), min(loader.batch_size or SAMPLES, SAMPLES)
    use_overridden(dataset)
    chosen = None if isinstance(dataset, IterableDataset) else spread(len(dataset), size)
    samples = DataLoader(dataset, size, sampler=chosen, collate_fn=loader.collate_fn)
    try:
        batch = next(iter(samples), None)
    except Exception as error:
        error.add_note(f"error: {where} cannot load a batch\nhelp: look at {files_of(loader.name)}")
        raise
    if batch is None:
        raise OptionError(f"{where} has no items", f"look at its files, and {files_of(loader.name)}")
    return batch


def with_samples(data: Any) -> Any:
    """Return a copy of the data interface whose loaders yield one batch each; its other hooks do nothing."""
    copied, batches = copy.copy(data), dict[str, Any]()

    def one_each(loaders: Any, role: str) -> Any:
        if isinstance(loaders, CombinedLoader):
            tried = copy.copy(loaders)
            tried.flattened = [one_each(loader, role) for loader in loaders.flattened]
            return tried
        if isinstance(loaders, dict):
            return {key: one_each(loader, role) for key, loader in loaders.items()}
        if isinstance(loaders, (list, tuple)):
            return [one_each(loader, role) for loader in loaders]
        return loaders if isinstance(loaders, OneBatch) else OneBatch(loaders, batches, role)

    def hook(name: str, role: str) -> Any:
        return lambda: one_each(getattr(type(data), name)(copied), role)

    def nothing(stage: str = "") -> None:
        pass

    vars(copied).update({name: hook(name, role) for name, role in HOOKS.items()})
    vars(copied).update(prepare_data=nothing, setup=nothing, teardown=nothing)
    return copied


def detached(value: Any, copies: dict[int, Any] | None = None) -> Any:
    """Return a copy of a dataset that shares the data, but not counters, caches and random generators.

    Args:
        copies: those of datasets by their ids; two may refer to each other.
    """
    copies = {} if copies is None else copies
    if id(value) in copies:
        return copies[id(value)]
    if isinstance(value, GENERATORS):
        return copy.deepcopy(value)
    if isinstance(value, list) and value and isinstance(value[0], Dataset):  # those of a ConcatDataset
        return [detached(part, copies) for part in value]
    if isinstance(value, (dict, list, set)):
        return copy.copy(value)
    if isinstance(value, Dataset) and hasattr(value, "__dict__"):
        copied = copies[id(value)] = copy.copy(value)
        vars(copied).update({name: detached(part, copies) for name, part in vars(value).items()})
        vars(copied).pop("__getitems__", None)  # `use_overridden` has set it for the original
        return copied
    return value
