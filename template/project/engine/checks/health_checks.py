"""Stops a training at a NaN or infinite loss or weight, and adds the set and the batch to any error."""

from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities import CombinedLoader
from torch import Tensor

from ..choices.groups import parameters_of
from ..contract import Data, data_of, loader_of, model_of
from ..errors import OptionError, RunError
from ..loading.batches import CLEAN, is_finite, shapes, split_batch
from ..loading.processes import refuse_undivided, report
from ..loops import name_sets

ON_CPU = "add --trainer.accelerator cpu to see the reason"  # on a GPU it is "device-side assert"
LOWER_LR = "use a smaller --lr, or --trainer.gradient_clip_val 1"
NOT_FINITE = f"{LOWER_LR}, or look for nan in the data, and for a division by 0 or a log of 0 in the net"


class CurrentBatch(pl.Callback):
    """Records the current batch, names the sets of logged values, and refuses loaders without a batch.

    Attributes:
        batch: the batch; None between two steps.
        number: its index in the set.
        where: its set, such as `a_data (eval)`; empty for your own loader.
    """

    batch: Any = None
    number, where = 0, ""

    def setup(self, trainer: Any, pl_module: pl.LightningModule, stage: str) -> None:
        refuse_limits(trainer, stage)
        if stage == "fit":
            refuse_own_streams(trainer)
        name_sets(trainer, data_of(trainer).names)

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        self.batch, self.number = batch, batch_idx
        self.where = getattr(loader_of(trainer, dataloader_idx), "where", "")

    def on_train_batch_end(self, *_: Any, **__: Any) -> None:
        self.batch, self.where = None, ""

    on_validation_batch_start = on_test_batch_start = on_predict_batch_start = on_train_batch_start
    on_validation_batch_end = on_test_batch_end = on_predict_batch_end = on_train_batch_end


class HealthChecks(CurrentBatch):
    """Watches the loss and the weights, and adds the set and the batch to errors."""

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        report_shared_sets(data_of(trainer))

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.state.fn == "fit":
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
            raise diverged(trainer, f"the loss is {loss.item()}", not_finite(trainer, self.batch))

    def check_weights(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Check before a checkpoint is written: the last step of an epoch has no loss after it."""
        weights = [each.isfinite().all() for each in pl_module.parameters()]
        if weights and not torch.stack(weights).all():
            raise diverged(trainer, "a weight of the net is nan or infinite")

    def on_exception(self, trainer: pl.Trainer, pl_module: Any, exception: BaseException) -> None:
        """Add the batch to the error."""
        if not self.where or (isinstance(exception, OptionError) and not isinstance(exception, RunError)):
            return
        where = f"{self.where}, batch {self.number}"
        if isinstance(exception, RunError):
            exception.message = f"{where}: {exception.message}"
        elif isinstance(exception, Exception):
            cure = f"see how model/{model_of(trainer).hparams['model_name']}.py uses them"
            cure = ON_CPU if "device-side assert" in str(exception) else cure
            exception.add_note(f"error: {where}: {shapes(self.batch)}\nhelp: {cure}")


def diverged(trainer: pl.Trainer, what: str, cause: str = "") -> RunError:
    """Return the error for NaN: its step, and the cause if the data shows it."""
    what += f" at step {trainer.global_step} (epoch {trainer.current_epoch})"
    if cause:
        return RunError(f"{what}, as {cause} hold nan or infinity", CLEAN)
    return RunError(what, NOT_FINITE)


def not_finite(trainer: pl.Trainer, batch: Any) -> str:
    """Return the inputs or the targets of a batch, whichever hold NaN or infinity; "" if neither does."""
    try:
        inputs, named, target = split_batch(batch, model_of(trainer).net)
    except RunError:  # a step of your own splits its batches
        inputs, named, target = (batch,), {}, None
    parts = {"inputs": (*inputs, *named.values()), "targets": target}
    return next((f"{name} {shapes(part)}" for name, part in parts.items() if not is_finite(part)), "")


def report_shared_sets(data: Data) -> None:
    """Report datasets that have several roles and no `split` that distinguishes them."""
    for name in dict.fromkeys(name for names in data.names.values() for name in names):
        roles = [split for split, names in data.names.items() if name in names]
        if len(roles) > 1 and "split" not in parameters_of(data.load_data_module(name)):
            note = "its results are those of training data" if "train" in roles else "the items are the same"
            report(f"{name} is {' and '.join(roles)} set, and its constructor takes no split: {note}")


def refuse_limits(trainer: Any, stage: str) -> None:
    """Raise OptionError for a training without a batch, and for options of the Trainer that cannot be 0."""
    for option in ("check_val_every_n_epoch", "accumulate_grad_batches", "limit_predict_batches"):
        if getattr(trainer, option) == 0:
            raise OptionError(f"--trainer.{option} is 0", "give 1 or more")
    if stage == "fit":
        trainer.fit_loop.setup_data()
        if trainer.limit_train_batches and not trainer.num_training_batches:
            name = getattr(trainer.train_dataloader, "name", "the training set")
            message = f"{name} has fewer samples than a batch: there is nothing to train on"
            raise OptionError(message, "give a smaller --batch_size, or leave out --loader.drop_last")


def refuse_own_streams(trainer: Any) -> None:
    """Raise OptionError for a training loader of your own whose stream would be read several times."""
    for loader in CombinedLoader(trainer.train_dataloader).flattened:
        stream, workers = getattr(loader, "dataset", None), getattr(loader, "num_workers", 0)
        refuse_undivided(stream, type(stream).__name__, trainer.world_size * max(workers, 1))
