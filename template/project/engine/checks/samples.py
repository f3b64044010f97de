"""A few samples of each set, for the preflight."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from pytorch_lightning.utilities import CombinedLoader
from torch.utils.data import Dataset, IterableDataset, SequentialSampler

from ..errors import OptionError
from ..loading.datasets import files_of, spread, use_overridden
from ..loading.loaders import SetLoader

HOOKS = ("train_dataloader", "val_dataloader", "test_dataloader", "predict_dataloader")
SAMPLES = 32
GENERATORS = (np.random.Generator, np.random.RandomState, random.Random, torch.Generator)


class OneBatch:
    """A loader that yields one batch: a few samples from all over its set. Its attributes are the loader's.

    Args:
        batches: the batch of each set, shared by the loaders.
    """

    def __init__(self, loader: Any, batches: dict[str, Any]) -> None:
        self.loader, self.batches = loader, batches
        self.sampler = SequentialSampler(())  # any other one is replaced for --trainer.overfit_batches
        self.batch_sampler = getattr(loader, "batch_sampler", None)

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
            self.batches[self.where] = first_batch(self.loader)
        yield copy.deepcopy(self.batches[self.where])  # a step may change it


def first_batch(loader: SetLoader) -> Any:
    """Return a few samples from all over a set; of an IterableDataset its first.

    Raises OptionError if there are none, and what SetLoader raises.
    """
    dataset, size = detached(loader.dataset, {}), min(loader.batch_size or SAMPLES, SAMPLES)
    use_overridden(dataset)
    chosen = None if isinstance(dataset, IterableDataset) else spread(len(dataset), size)
    samples = SetLoader(
        dataset, size, sampler=chosen, collate_fn=loader.collate_fn, name=loader.name, split=loader.split
    )
    batch = next(iter(samples), None)
    if batch is None:
        raise OptionError(f"{loader.where} has no items", f"look at its files, and {files_of(loader.name)}")
    return batch


def with_samples(data: Any) -> Any:
    """Return a copy of the data interface whose loaders yield one batch each; its other hooks do nothing."""
    copied, batches = copy.copy(data), dict[str, Any]()

    def one_each(loaders: Any) -> Any:
        combined = isinstance(loaders, CombinedLoader)
        tried = copy.copy(loaders) if combined else CombinedLoader(loaders)
        tried.flattened = [OneBatch(loader, batches) for loader in tried.flattened]
        return tried if combined else tried.iterables

    def hook(name: str) -> Any:
        return lambda: one_each(getattr(type(data), name)(copied))

    def nothing(stage: str = "") -> None:
        pass

    vars(copied).update({name: hook(name) for name in HOOKS})
    vars(copied).update(prepare_data=nothing, setup=nothing, teardown=nothing)
    return copied


def detached(value: Any, copies: dict[int, Any]) -> Any:
    """Return a copy of a dataset and of those that it wraps, with random generators and lists of their own.

    They share everything else, such as tensors, open files, and the contents of the lists.

    Args:
        copies: the copies so far, by the ids of what they are of; empty at first.
    """
    if id(value) in copies:
        return copies[id(value)]
    if isinstance(value, GENERATORS):
        return copy.deepcopy(value, copies)
    if isinstance(value, list) and value and isinstance(value[0], Dataset):
        return [detached(each, copies) for each in value]
    if isinstance(value, Dataset) or not copies:
        copied = copies[id(value)] = copy.copy(value)
        vars(copied).pop("__getitems__", None)  # that of use_overridden asks the original
        for name, each in list(vars(copied).items()):
            vars(copied)[name] = detached(each, copies)
        return copied
    return copy.copy(value) if isinstance(value, (list, dict, set)) else value
