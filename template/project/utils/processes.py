"""Several processes: which samples of a set each one evaluates, and how what they found comes together."""

import math
from collections.abc import Iterator
from typing import Any

from pytorch_lightning import Trainer
from torch import distributed
from torch.utils.data import Dataset, DistributedSampler, IterableDataset

from utils.errors import OptionError


class Share(DistributedSampler[int]):
    """The samples of a set that one process evaluates: every sample in one process alone, none twice.

    Processes wait for one another at each batch, so all have as many. One that would have a batch fewer gets a batch of
    one sample which is another's: `is_repeat` tells it, so that it goes through the net and is not counted.

    Args:
        dataset: the whole set, of N samples; sample i belongs to process i % processes.
        batch_size: samples a batch in each process.
        processes: how many there are.
        rank: which of them this one is, from 0.
    """

    def __init__(self, dataset: Dataset[Any], batch_size: int, processes: int, rank: int) -> None:
        super().__init__(dataset, num_replicas=processes, rank=rank, shuffle=False)
        self.size = len(dataset)  # pyright: ignore[reportArgumentType] (torch asks it of datasets, and declares it nowhere)
        self.own = range(rank, self.size, processes)
        most = math.ceil(self.size / processes)
        self.repeats = math.ceil(len(self.own) / batch_size) < math.ceil(most / batch_size)

    def __iter__(self) -> Iterator[int]:
        yield from self.own
        if self.repeats:
            yield 0

    def __len__(self) -> int:
        return len(self.own) + self.repeats


def share_of(trainer: Trainer | None, dataset: Dataset[Any], batch_size: int) -> Share | None:
    """This process's share of a set; None, which stands for all of it, for one process and for an IterableDataset.

    Raises OptionError when there are more processes than samples: metrics of no samples cannot be gathered.
    """
    if trainer is None or trainer.world_size == 1 or isinstance(dataset, IterableDataset):
        return None
    share = Share(dataset, batch_size, trainer.world_size, trainer.global_rank)
    if share.size < trainer.world_size:
        message = f"{type(dataset).__name__} has {share.size} samples for {trainer.world_size} processes"
        raise OptionError(message, "type --trainer.devices 1, or a number that is not above that of the samples")
    return share


def is_repeat(trainer: Trainer, batch_idx: int, set_index: int) -> bool:
    """Whether a batch that is evaluated holds nothing but what another process counts."""
    loaders: Any = trainer.test_dataloaders if trainer.testing else trainer.val_dataloaders
    sampler = getattr(loaders[set_index], "sampler", None)
    return isinstance(sampler, Share) and sampler.repeats and batch_idx == len(loaders[set_index]) - 1


def gathered(value: Any) -> list[Any] | None:
    """What each process gives, in the order of their ranks, in the first one; None in the others."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return [value]
    found = [None] * distributed.get_world_size() if distributed.get_rank() == 0 else None
    distributed.gather_object(value, found)
    return found
