"""Random numbers that depend on the seed, the epoch and the process alone.

A run that goes on from a checkpoint therefore draws what it would have drawn, and no checkpoint stores a generator.
"""

import random
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch.utils.data import Dataset, DistributedSampler

NET, ORDER, WORKERS = 1, 2, 3  # what is drawn for: none may repeat the numbers of another


def mixed(*numbers: int) -> int:
    """One seed of several numbers, far from that of any others (the sum of seed and epoch would not be)."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])


class Randomness(pl.Callback):
    """Seeds all generators anew for each epoch, and for what is evaluated, tested or predicted.

    Args:
        seed: of the run.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        self.begin(trainer, 0)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.begin(trainer, trainer.current_epoch)

    def begin(self, trainer: pl.Trainer, epoch: int) -> None:
        number = mixed(self.seed, epoch, trainer.global_rank, NET)
        torch.manual_seed(number)
        random.seed(number)
        np.random.seed(number % 2**32)  # for datasets that draw from numpy's global generator


class Shuffled(DistributedSampler[Any]):
    """Each epoch's own order of a dataset, cut into one part a process.

    Args:
        dataset: what is shuffled.
        seed: of the run.
        parts: how many processes train (num_replicas) and which of them this is (rank).
    """

    def __init__(self, dataset: Dataset[Any], seed: int, parts: dict[str, Any]) -> None:
        super().__init__(dataset, **parts)
        self.of_run = seed
        self.workers = torch.Generator()  # where a loader draws the seed of its workers from
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls this as an epoch begins."""
        self.seed = mixed(self.of_run, epoch, ORDER)
        self.workers.manual_seed(mixed(self.of_run, epoch, self.rank, WORKERS))
