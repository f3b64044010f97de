"""Random numbers that depend only on the seed, the epoch, the process and the set.

So a resumed run draws the same numbers as an uninterrupted one; checkpoints store no generator.
Sets do not change the numbers of each other or of the training, and every evaluation draws the same numbers.
"""

import random
import zlib
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.seed import isolate_rng
from torch.utils.data import Dataset, DistributedSampler

from ..contract import loader_of

NET, ORDER, WORKERS, SET = 1, 2, 3, 4  # separate streams of random numbers


def derive_seed(*parts: int | str) -> int:
    """Return one seed derived from several numbers and names.

    A sum would not do: seed 1 in epoch 2 would equal seed 2 in epoch 1.
    """
    numbers = [zlib.crc32(part.encode()) if isinstance(part, str) else part for part in parts]
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])


def seed_generators(number: int) -> None:
    """Seed the generators that datasets draw from: PyTorch's on the CPU, Python's and numpy's."""
    torch.default_generator.manual_seed(number)
    random.seed(number)
    np.random.seed(number % 2**32)


@contextmanager
def seeded(*parts: int | str) -> Generator[None]:
    """Draw random numbers that depend on `parts` alone, and leave the generators as they were."""
    with isolate_rng(include_cuda=False):
        seed_generators(derive_seed(*parts))
        yield


class Randomness(pl.Callback):
    """Seeds all generators for each epoch, and for each batch that is evaluated, tested or predicted."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.training_states = ExitStack()  # holds the states of its generators while a set is evaluated

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        self.start(derive_seed(self.seed, 0, trainer.global_rank, NET))

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.start(derive_seed(self.seed, trainer.current_epoch, trainer.global_rank, NET))

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.training_states.enter_context(isolate_rng())

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.training_states.close()

    def on_validation_batch_start(
        self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        """Seed each step: loading the next batch in advance uses the same generators."""
        seed = getattr(loader_of(trainer, dataloader_idx), "seed", self.seed)
        self.start(derive_seed(seed, batch_idx, trainer.global_rank, NET))

    on_test_batch_start = on_predict_batch_start = on_validation_batch_start

    def start(self, number: int) -> None:
        torch.manual_seed(number)  # on every device
        seed_generators(number)


class Shuffled(DistributedSampler[Any]):
    """A new order of a dataset in each epoch, divided among the processes.

    Args:
        replica: how many processes train (`num_replicas`), and which of them this is (`rank`).
    """

    def __init__(self, dataset: Dataset[Any], seed: int, replica: dict[str, Any]) -> None:
        super().__init__(dataset, **replica)
        self.run_seed = seed
        self.workers = torch.Generator()  # where a loader draws the seed of its workers from
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls this as an epoch begins."""
        self.seed = derive_seed(self.run_seed, epoch, ORDER)
        self.workers.manual_seed(derive_seed(self.run_seed, epoch, self.rank, WORKERS))
