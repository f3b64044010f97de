"""--warmup: the learning rate rises over the first steps of a training, whichever scheduler sets it."""

import math
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytorch_lightning as pl

from ..contract import callbacks_of
from ..errors import OptionError
from .schedulers import EVERY_BATCH, training_length


class Warmup(pl.Callback):
    """Multiplies the learning rates of step k, counted from 1, by k / steps until k = steps.

    Only the step of the optimizer sees the product: a scheduler keeps its own rates and its own interval.

    Args:
        length: a share of the training below 1, or a number of optimizer steps.

    Raises OptionError for a scheduler that warms up by itself, and for a fraction of a step.
    """

    def __init__(self, length: float, scheduler: str | None) -> None:
        if scheduler in EVERY_BATCH:
            hint = "leave out --warmup, or choose another scheduler, such as --lr_scheduler CosineAnnealingLR"
            raise OptionError(f"{scheduler} raises the learning rate by itself, without --warmup", hint)
        if length > 1 and length % 1:
            hint = "give a whole number, or a share below 1"
            raise OptionError(f"--warmup {length} is not a whole number of steps", hint)
        self.length, self.steps = length, 0
        self.rates: list[list[Any]] = []  # of each optimizer and group, while an optimizer takes a step

    def on_fit_start(self, trainer: Any, pl_module: pl.LightningModule) -> None:
        """Compute the number of steps, unless a checkpoint has it.

        Raises OptionError for a share of an unknown length, and for more steps than the training has.
        """
        steps = training_length(trainer, max(len(trainer.optimizers), 1))["steps"]
        if not self.steps and self.length < 1 and math.isinf(steps):
            message = f"--warmup {self.length} is a share of the training, whose length is not known"
            raise OptionError(message, "give a number of steps, or --trainer.max_steps N")
        if not self.steps and self.length > steps and not trainer.fast_dev_run:
            message = f"--warmup {self.length:g} is longer than the training, which has {steps:g} steps"
            raise OptionError(message, "give fewer steps, or a share below 1")
        self.steps = self.steps or max(round(self.length * steps if self.length < 1 else self.length), 1)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        for optimizer in trainer.optimizers:
            optimizer.register_step_pre_hook(partial(self.begin, trainer))
            optimizer.register_step_post_hook(partial(self.end, trainer))

    def begin(self, trainer: pl.Trainer, *_: Any) -> None:
        """Multiply the rates of all parameter groups."""
        step = trainer.global_step // len(trainer.optimizers) + 1
        factor = min(step / self.steps, 1.0)
        self.rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in trainer.optimizers]
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["lr"] * factor

    def end(self, trainer: pl.Trainer, *_: Any) -> None:
        """Restore the rates, exactly."""
        for optimizer, rates in zip(trainer.optimizers, self.rates, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate

    def state_dict(self) -> dict[str, Any]:
        return {"steps": self.steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.steps = state_dict["steps"]


@contextmanager
def warmed_up(trainer: pl.Trainer) -> Generator[None]:
    """Show the learning rates of the next step."""
    chosen = callbacks_of(trainer, Warmup)
    for callback in chosen:
        callback.begin(trainer)
    try:
        yield
    finally:
        for callback in chosen:
            callback.end(trainer)
