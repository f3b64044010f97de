"""Optimizers of torch.optim by name, with the learning-rate scheduler; gradients accumulated over batches."""

from collections.abc import Iterable, Mapping
from functools import partial
from operator import mul
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer

from ..choices.groups import arguments
from ..choices.kinds import OPTIMIZERS
from ..contract import callbacks_of, model_of
from ..errors import OptionError, as_option_error
from .parameters import Freezing, parameter_groups
from .schedulers import build_scheduler, training_length


def build_optimizers(
    parameters: Iterable[tuple[str, nn.Parameter]], hparams: Mapping[str, Any], trainer: pl.Trainer
) -> OptimizerLRScheduler:
    """Return the optimizer and the scheduler that the options name, in Lightning's form.

    Args:
        parameters: by their names in MInterface, frozen ones too; those of the net start with `net.`.
        hparams: of MInterface: optimizer, lr, optimizer_args, param_groups, freeze, lr_scheduler,
            lr_scheduler_args, monitor, monitor_mode.
        trainer: gives the length of the training.

    Raises OptionError for a value that one of them refuses.
    """
    name, lr = hparams["optimizer"], hparams["lr"]
    args = {"lr": lr, **arguments(OPTIMIZERS[name], "optimizer_args", hparams["optimizer_args"] or {})}
    if (hparams.get("freeze") or hparams.get("param_groups")) and not callbacks_of(trainer, Freezing):
        message = "--freeze and --param_groups need the callback Freezing"
        raise OptionError(message, "give the Trainer those of engine_callbacks")
    hint = "change --lr, --optimizer_args or --param_groups"
    with as_option_error(f"{name} refuses its arguments", hint, TypeError, IndexError):
        groups = parameter_groups(OPTIMIZERS[name], args, parameters, hparams.get("param_groups") or {})
        optimizer: Optimizer = OPTIMIZERS[name](groups, **args)
    if hparams["lr_scheduler"] is None:
        return optimizer
    training = {"lr": lr, "monitor": hparams["monitor"] or "train_loss", "mode": hparams["monitor_mode"]}
    training |= training_length(trainer)
    args = hparams["lr_scheduler_args"] or {}
    return {
        "optimizer": optimizer,
        "lr_scheduler": build_scheduler(hparams["lr_scheduler"], optimizer, args, training),
    }


class Accumulation(pl.Callback):
    """Makes a step of --trainer.accumulate_grad_batches equal to a step on one large batch.

    Lightning gives all batches of a step the same weight, and a last step of fewer batches a smaller one.
    This callback changes nothing with several processes, with manual optimization, for a loss that is a
    sum, or in a step without scores.
    """

    def __init__(self) -> None:
        self.first, self.total = 0.0, 0.0  # weights of the first batch of a step, and of all batches so far

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.first, self.total = 0.0, 0.0

    def on_train_batch_start(self, trainer: pl.Trainer, *_: Any, **__: Any) -> None:
        model_of(trainer).scores.weight = None

    def on_before_backward(self, trainer: pl.Trainer, pl_module: pl.LightningModule, loss: Tensor) -> None:
        """Scale the gradients of a batch to its weight beside the first batch of the step."""
        accumulates = trainer.accumulate_grad_batches > 1 and trainer.world_size == 1
        batch_weight = model_of(trainer).scores.weight
        if accumulates and pl_module.automatic_optimization and batch_weight is not None:
            weight = float(batch_weight)
            self.first = self.first or weight  # a batch of which nothing counts has the weight 0
            self.total += weight
            loss.register_hook(partial(mul, weight / (self.first or 1)))

    def on_before_optimizer_step(self, trainer: pl.Trainer, pl_module: Any, optimizer: Any) -> None:
        """Turn the sum of gradients into a mean over the samples of all batches."""
        if self.total:
            factor = trainer.accumulate_grad_batches * self.first / self.total
            for parameter in pl_module.parameters():
                if parameter.grad is not None:
                    parameter.grad.mul_(factor)
        self.first, self.total = 0.0, 0.0
