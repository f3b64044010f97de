"""The checkpoints that a training writes: last.ckpt after every epoch, and the best one."""

import os
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from lightning_fabric.plugins import TorchCheckpointIO
from pytorch_lightning import callbacks
from pytorch_lightning.callbacks import Checkpoint, StochasticWeightAveraging
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor

from ..learning.metrics import of_training
from .whole_files import WholeFiles

AVERAGED = "averaged.ckpt"
say = rank_zero_only(print)


class LastCheckpoint(Checkpoint):
    """Writes last.ckpt before the first epoch, between two, and after the last one (`save_between_epochs`)."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "last.ckpt"

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        if type(trainer.strategy.checkpoint_io) is TorchCheckpointIO:  # TPUs and plugins have their own
            trainer.strategy.checkpoint_io = WholeFiles()

    def on_train_end(self, trainer: Any, pl_module: pl.LightningModule) -> None:
        """Keep the average that StochasticWeightAveraging made, which no other checkpoint holds."""
        if any(isinstance(found, StochasticWeightAveraging) for found in trainer.callbacks):
            last, self.path = self.path, self.path.with_name(AVERAGED)
            self.save(trainer)
            say(f"the averaged weights are in {os.path.relpath(self.path)}: test them by --ckpt_path")
            self.path = last

    def on_save_checkpoint(self, trainer: pl.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        if self.path.name == AVERAGED:
            del checkpoint["optimizer_states"]  # a run is resumed from its trained weights alone

    def save(self, trainer: pl.Trainer) -> None:
        if getattr(trainer, "fast_dev_run", False):
            return
        for logger in trainer.loggers:
            logger.save()  # a run that is killed now goes on with all that was logged so far
        trainer.save_checkpoint(self.path, weights_only=False)


class ModelCheckpoint(callbacks.ModelCheckpoint):
    """Lightning's, which keeps best-<epoch>-<value>.ckpt; it is written together with last.ckpt, between two epochs.

    Args:
        dirpath: folder of the checkpoints; a resumed run may have been moved.
        monitor: name of the logged value.
        mode: "min" or "max".
    """

    def __init__(self, dirpath: Path, monitor: str, mode: str) -> None:
        super().__init__(
            dirpath=dirpath,
            filename="best-{epoch}-{" + monitor + ":.4f}",
            auto_insert_metric_name=False,
            monitor=monitor,
            mode=mode,
            save_on_train_epoch_end=of_training(monitor) or None,  # None: then too, unless it is evaluated within
            enable_version_counter=False,  # an epoch that is trained once more writes its own file once more
        )
        self.over: int | None = None  # the epoch that ended, until the next one starts

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self.monitor in trainer.callback_metrics:  # a training may end before its first evaluation
            self.over = trainer.current_epoch

    def save(self, trainer: pl.Trainer) -> None:
        if self.over is not None:
            super().on_train_epoch_end(trainer, trainer.lightning_module)
        self.over = None

    def format_checkpoint_name(self, metrics: dict[str, Tensor], *args: Any, **kwargs: Any) -> str:
        over = {} if self.over is None else {"epoch": torch.tensor(self.over)}
        return super().format_checkpoint_name(metrics | over, *args, **kwargs)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        def here(path: str) -> str:
            return str(Path(self.dirpath or "") / Path(path).name) if path else ""

        paths = {key: here(state_dict.get(key, "")) for key in ("best_model_path", "kth_best_model_path")}
        best = {here(path): score for path, score in state_dict["best_k_models"].items()}
        super().load_state_dict(state_dict | paths | {"dirpath": self.dirpath, "best_k_models": best})


def save_between_epochs(trainer: Any) -> None:
    """Write the checkpoints that are due, before an epoch starts and when the training ends.

    At the end of an epoch its numbers are not logged yet, and ReduceLROnPlateau has not looked at them. The
    first callback calls this: others may replace the trained weights, from which a run is resumed, by averages.
    """
    averages = [found for found in trainer.callbacks if isinstance(found, StochasticWeightAveraging)]
    averaged = any(found.swa_end + 1 < trainer.current_epoch for found in averages)  # batch norm has one more
    last_comes_last = sorted(trainer.checkpoint_callbacks, key=lambda found: isinstance(found, LastCheckpoint))
    for callback in last_comes_last:  # it holds which one is best
        if isinstance(callback, ModelCheckpoint) or (isinstance(callback, LastCheckpoint) and not averaged):
            callback.save(trainer)


def best_checkpoint(trainer: pl.Trainer) -> str | None:
    """The best checkpoint of a training, or the last one when nothing chose; None when none was written."""
    found = trainer.checkpoint_callbacks
    best = [callback.best_model_path for callback in found if isinstance(callback, callbacks.ModelCheckpoint)]
    last = [str(callback.path) for callback in found if isinstance(callback, LastCheckpoint)]
    return next((path for path in (*best, *last) if path and Path(path).is_file()), None)
