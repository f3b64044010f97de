"""Why a loss or a weight is no number, as far as the data tell."""

import os
from typing import Any

import pytorch_lightning as pl

from ..errors import RunError
from ..learning.batches import CLEAN, is_finite, shapes, split_batch
from ..runs.saving import best_checkpoint


def diverged(trainer: pl.Trainer, what: str, spoiled: str) -> RunError:
    """The error of a loss or weight that is no number: when it was, why as far as can be seen, and what is left."""
    best = best_checkpoint(trainer) if trainer.current_epoch else None  # in the first epoch it is the untrained net
    kept = f"; a good checkpoint is {os.path.relpath(best)}" if best else ""
    what += f" at step {trainer.global_step} (epoch {trainer.current_epoch})"
    if spoiled:
        return RunError(f"{what}, as {spoiled} hold nan or infinity", f"{CLEAN}{kept}")
    rate = trainer.optimizers[0].param_groups[0]["lr"]
    cure = "take a smaller --lr, or --trainer.gradient_clip_val 1"
    if not trainer.global_step:
        cure = "no step was taken yet: look for a division by 0 or a log of 0 in the net, or scale its inputs"
    return RunError(f"{what}, with the learning rate {rate:.3g}", f"{cure}{kept}")


def spoiled(trainer: pl.Trainer, batch: Any) -> str:
    """The inputs or targets of a batch, if they hold what is no number."""
    model: Any = trainer.lightning_module
    inputs, named, target = split_batch(batch, model.net)
    parts = {"inputs": (*inputs, *named.values()), "targets": target}
    return next((f"{part} {shapes(found)}" for part, found in parts.items() if not is_finite(found)), "")


def spoiled_in(trainer: Any, name: str) -> str:
    """The same of the first batch of an evaluation set that has any."""
    index = trainer.datamodule.names["eval"].index(name)
    for number, batch in enumerate(trainer.val_dataloaders[index]):
        if number >= trainer.num_val_batches[index]:
            break
        if found := spoiled(trainer, batch):
            return f"{found} of its batch {number}"
    return ""
