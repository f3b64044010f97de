"""What looks for trouble before the first batch, and stops a training whose numbers are no numbers any more."""

import os

import pytorch_lightning as pl
import torch
from pytorch_lightning.strategies import DDPStrategy, SingleDeviceStrategy
from torch import Tensor

from utils.errors import RunError
from utils.preflight import preflight
from utils.saving import best_checkpoint


class Guard(pl.Callback):
    """Calls the preflight, and watches loss and weights."""

    def check(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if isinstance(trainer.strategy, (SingleDeviceStrategy, DDPStrategy)):  # others hold a part of the net each
            preflight(trainer, pl_module)

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.check(trainer, pl_module)

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.check(trainer, pl_module)

    def on_predict_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.check(trainer, pl_module)

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.state.fn == "validate":
            self.check(trainer, pl_module)
        else:
            self.check_weights(trainer, pl_module)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.state.fn == "fit" and not trainer.sanity_checking:
            for key, value in trainer.callback_metrics.items():
                if key.startswith("val_loss/") and not value.isfinite():
                    raise diverged(trainer, f"{key} is {value.item()}")

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.check_weights(trainer, pl_module)

    def on_before_backward(self, trainer: pl.Trainer, pl_module: pl.LightningModule, loss: Tensor) -> None:
        if not loss.isfinite():
            raise diverged(trainer, f"the loss is {loss.item()}")

    def check_weights(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Before a checkpoint could keep them: the last step of an epoch has no loss after it."""
        if not torch.stack([weights.isfinite().all() for weights in pl_module.parameters()] or [torch.tensor(1)]).all():
            raise diverged(trainer, "a weight of the net is nan or infinite")


def diverged(trainer: pl.Trainer, what: str) -> RunError:
    """The error that says when it happened, and which checkpoint is left."""
    rate = trainer.optimizers[0].param_groups[0]["lr"]
    best = best_checkpoint(trainer)
    kept = f"; a good checkpoint is {os.path.relpath(best)}" if best else ""
    return RunError(
        f"{what} at step {trainer.global_step} (epoch {trainer.current_epoch}), with the learning rate {rate:.3g}",
        f"take a smaller --lr, or --trainer.gradient_clip_val 1, unless the data hold nan{kept}",
    )
