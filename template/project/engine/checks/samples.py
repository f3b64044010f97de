"""A few samples of each set, for the preflight."""

import copy
from collections.abc import Collection, Iterator
from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np
from pytorch_lightning.utilities import CombinedLoader
from torch import Tensor
from torch.utils.data import IterableDataset, SequentialSampler

from ..errors import OptionError
from ..loading.datasets import files_of, spread
from ..loading.loaders import SetLoader

HOOKS = ("train_dataloader", "val_dataloader", "test_dataloader", "predict_dataloader")
SAMPLES = 32


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
    dataset, size = detached(loader.dataset), min(loader.batch_size or SAMPLES, SAMPLES)
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


def detached(dataset: Any) -> Any:
    """Return a copy of a dataset that shares its tensors and arrays, but not its random generators.

    It also shares what cannot be copied, such as an open file.
    """
    copied, memo = copy.copy(dataset), arrays_in(dataset)
    memo[id(dataset)] = copied
    memos = [memo]  # all of them: deepcopy enters the id of a memo in it, which no other object may get
    for name, value in vars(dataset).items():
        memos.append({**memo})  # a copy that fails leaves unfinished parts there
        with suppress(Exception):  # objects raise any kind
            vars(copied)[name] = copy.deepcopy(value, memos[-1])
            memo = memos[-1]
    return copied


def arrays_in(dataset: Any) -> dict[int, Any]:
    """Return all tensors and arrays in the attributes of a dataset, by their ids."""
    arrays, seen, left = dict[int, Any](), set[int](), [dataset]
    while left:
        value = left.pop()
        if isinstance(value, (Tensor, np.ndarray)):
            arrays[id(value)] = value
        elif id(value) not in seen and (parts := parts_of(value)):
            seen.add(id(value))
            left += parts
    return arrays


def parts_of(value: Any) -> Collection[Any]:
    """Return what a dict, a list, a tuple or the attributes of an object hold."""
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, (type, ModuleType)):  # deepcopy does not copy them
        return ()
    return (value if isinstance(value, dict) else getattr(value, "__dict__", {})).values()
