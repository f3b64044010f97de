"""Gradients that are accumulated over batches which hold different numbers of values."""

from typing import Any

import pytorch_lightning as pl
from torch import Tensor


class Accumulation(pl.Callback):
    """Lets each batch of --trainer.accumulate_grad_batches weigh as much as it holds: the step is that of one batch.

    Lightning gives all batches of a step the same weight, and a last step of fewer batches a smaller one. Batches of
    one size are left as they are. With several processes or manual optimization nothing is changed.
    """

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.latest, self.total = 0.0, 0.0  # weights of the last batch, and of all batches of this step

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.start()

    def on_before_backward(self, trainer: pl.Trainer, pl_module: Any, loss: Tensor) -> None:
        """Bring the gradients so far to the weight that they have beside this batch."""
        if not accumulates(trainer, pl_module):
            return
        weight = float(pl_module.scores.weight)
        if weight > 0:  # otherwise nothing of the batch counts
            if self.latest:
                scale(pl_module, self.latest / weight)
            self.latest, self.total = weight, self.total + weight

    def on_before_optimizer_step(self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: Any) -> None:
        """Make the sum of gradients a mean over all that the batches held."""
        if self.total:
            scale(pl_module, trainer.accumulate_grad_batches * self.latest / self.total)
        self.start()


def accumulates(trainer: pl.Trainer, pl_module: pl.LightningModule) -> bool:
    several = trainer.accumulate_grad_batches > 1
    return several and trainer.world_size == 1 and pl_module.automatic_optimization


def scale(pl_module: pl.LightningModule, factor: float) -> None:
    if factor != 1:
        for weights in pl_module.parameters():
            if weights.grad is not None:
                weights.grad.mul_(factor)
