"""Stops a training whose loss or weights are NaN or infinite, and says in which set and batch anything went wrong."""

import os
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from ..errors import OptionError, RunError
from ..learning.batches import shapes
from ..runs.saving import best_checkpoint
from .divergence import diverged, spoiled, spoiled_in
from .limits import refuse_limits
from .roles import say_same

SPLITS = {"train": "train", "sanity_check": "eval", "validate": "eval", "test": "test", "predict": "test"}


class Guard(pl.Callback):
    """Watches loss and weights, and knows the batch that is in a step."""

    def __init__(self) -> None:
        self.step: tuple[Any, int, int] | None = None  # batch, its number, and that of its set

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        refuse_limits(trainer, stage)

    def on_fit_start(self, trainer: Any, pl_module: pl.LightningModule) -> None:
        say_same(trainer.datamodule)

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.state.fn == "fit":
            self.check_weights(trainer, pl_module)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.state.fn == "fit" and not trainer.sanity_checking:
            for key, value in trainer.callback_metrics.items():
                if key.startswith("val_loss/") and not value.isfinite():
                    raise diverged(trainer, f"{key} is {value.item()}", spoiled_in(trainer, key.partition("/")[2]))

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.check_weights(trainer, pl_module)

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        self.step = batch, batch_idx, dataloader_idx

    def on_train_batch_end(self, *_: Any, **__: Any) -> None:
        self.step = None

    on_validation_batch_start = on_test_batch_start = on_predict_batch_start = on_train_batch_start
    on_validation_batch_end = on_test_batch_end = on_predict_batch_end = on_train_batch_end

    def on_before_backward(self, trainer: pl.Trainer, pl_module: pl.LightningModule, loss: Tensor) -> None:
        if not loss.isfinite():
            batch = self.step[0] if self.step else ()
            raise diverged(trainer, f"the loss is {loss.item()}", spoiled(trainer, batch))

    def check_weights(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Before a checkpoint could keep them: the last step of an epoch has no loss after it."""
        if not torch.stack([weights.isfinite().all() for weights in pl_module.parameters()] or [torch.tensor(1)]).all():
            raise diverged(trainer, "a weight of the net is nan or infinite", "")

    def on_exception(self, trainer: pl.Trainer, pl_module: Any, exception: BaseException) -> None:
        """Say in which batch it was, and how to go on if the net is trained."""
        place, go_on = self.place(trainer), with_trained(trainer)
        if isinstance(exception, RunError):
            exception.message = f"{place}: {exception.message}" if place else exception.message
            exception.hint += f"; {go_on}" if go_on else ""
        elif isinstance(exception, Exception) and not isinstance(exception, OptionError):
            if self.step and place:
                cure = f"see what model/{pl_module.hparams['model_name']}.py does with them"
                if "device-side assert" in str(exception):  # all that a GPU says of a class that is too high
                    cure = "type --trainer.accelerator cpu to see what it was"
                exception.add_note(f"error: {place}: {shapes(self.step[0])}\nhelp: {cure}")
            if go_on:
                exception.add_note(f"help: {go_on}")

    def place(self, trainer: Any) -> str:
        """Which batch is in a step, such as `a_data (eval), batch 3`."""
        if not (self.step and trainer.datamodule and trainer.state.stage):
            return ""
        split = SPLITS[trainer.state.stage]
        return f"{trainer.datamodule.names[split][self.step[2]]} ({split}), batch {self.step[1]}"


def with_trained(trainer: pl.Trainer) -> str:
    """How to go on with the net that the same command has trained."""
    stage = trainer.state.fn.value if trainer.state.fn else ""
    best = best_checkpoint(trainer) if stage in ("validate", "test") else None
    command = f"python main.py --stage {stage} --ckpt_path {os.path.relpath(best)}" if best else ""
    return f"the net is trained, go on by: {command}" if command else ""
