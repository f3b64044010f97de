"""Several processes: which samples of a set each one evaluates, and how their results are gathered."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TextIO

from pytorch_lightning import Trainer
from pytorch_lightning.utilities import rank_zero_only
from torch import distributed
from torch.utils.data import Dataset, DistributedSampler, IterableDataset

from ..contract import loader_of
from ..errors import OptionError

DIVIDE = (
    "to divide it, yield shares by torch.utils.data.get_worker_info() and, among several processes, "
    "torch.distributed.get_rank(), and set divides_itself = True in the class"
)


@rank_zero_only
def report(text: str, stream: TextIO | None = None) -> None:
    """Print a line, in the first process only; to the standard output unless a stream is given."""
    print(text, file=stream)


@lru_cache
def report_once(text: str) -> None:
    """Print a line once, however often it is reported; the preflight, which hides its output, resets this."""
    report(text)


class Share(DistributedSampler[int]):
    """The samples of a set that one process evaluates: each sample is evaluated by exactly one process.

    Processes wait for one another at each batch, so all need the same number. A process that would
    have one batch fewer repeats a sample of another. The net computes that batch, and the scores leave it out
    (`is_repeat`).

    Args:
        dataset: the whole set; sample i belongs to process i % processes.
        batch_size: samples a batch in each process.

    Raises OptionError for more processes than samples.
    """

    def __init__(self, dataset: Dataset[Any], batch_size: int, processes: int, rank: int) -> None:
        super().__init__(dataset, num_replicas=processes, rank=rank, shuffle=False)
        self.size = len(dataset)  # pyright: ignore[reportArgumentType] (torch does not declare it)
        if self.size < processes:  # metrics without samples cannot be gathered
            message = f"{type(dataset).__name__} has {self.size} samples for {processes} processes"
            raise OptionError(message, "add --trainer.devices 1, or at most one device per sample")
        self.own = range(rank, self.size, processes)
        self.repeat = repeat_of(self.size, batch_size, processes, rank)

    def __iter__(self) -> Iterator[int]:
        yield from self.own
        if self.repeat is not None:
            yield 0

    def __len__(self) -> int:
        return len(self.own) + (self.repeat is not None)


def repeat_of(size: int, batch_size: int, processes: int, rank: int) -> int | None:
    """Return the index of the batch that a process repeats to have as many as the others, or None."""
    own, most = (math.ceil(len(range(first, size, processes)) / batch_size) for first in (rank, 0))
    return own if own < most else None


def share_of(dataset: Dataset[Any], trainer: Trainer | None, batch_size: int) -> Share | None:
    """Return the samples of a set that this process evaluates; None means all."""
    if trainer is None or trainer.world_size == 1:
        return None
    return Share(dataset, batch_size, trainer.world_size, trainer.global_rank)


def refuse_undivided(stream: Any, name: str, readers: int) -> None:
    """Raise OptionError for an IterableDataset that processes and workers would each read as a whole."""
    if readers > 1 and isinstance(stream, IterableDataset) and not getattr(stream, "divides_itself", False):
        raise OptionError(f"{name} would give the same samples to {readers} processes or workers", DIVIDE)


def stream_workers(stream: Any, name: str, split: str, trainer: Trainer | None, workers: int) -> int:
    """Return how many workers load an IterableDataset: at most one, unless it divides itself in training.

    Raises OptionError for several processes that evaluate it, or that would each train on all of it.
    """
    processes, divides = trainer.world_size if trainer else 1, getattr(stream, "divides_itself", False)
    if processes > 1 and split != "train":
        message = f"{name} is an IterableDataset, which {processes} processes cannot evaluate together"
        raise OptionError(message, "add --trainer.devices 1, or write a dataset with __getitem__ and __len__")
    refuse_undivided(stream, name, processes)
    if split == "train" and workers > 1 and not divides:
        report_once(f"{name}: one worker loads it, as each of {workers} would read all of it; {DIVIDE}")
    return workers if split == "train" and divides else min(workers, 1)


def is_repeat(trainer: Trainer, batch_idx: int, set_index: int) -> bool:
    """Return whether an evaluated batch repeats a sample that another process counts."""
    share = getattr(loader_of(trainer, set_index), "sampler", None)
    return isinstance(share, Share) and share.repeat == batch_idx


def gathered(value: Any) -> list[Any] | None:
    """Return the values of all processes by rank, in the first process; None in the others."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return [value]
    values = [None] * distributed.get_world_size() if distributed.get_rank() == 0 else None
    distributed.gather_object(value, values)
    return values
