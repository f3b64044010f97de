"""Writing checkpoints: last.ckpt after every epoch, and the best one."""

import io
import os
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from lightning_fabric.plugins import TorchCheckpointIO
from pytorch_lightning import callbacks
from torch import Tensor

from ..checks.loadable import loadable
from ..contract import callbacks_of
from ..learning.metrics import is_evaluated
from .averaging import batch_norm_is_updated, holds_swa_average, save_average, swa_is_over


class SafeCheckpointIO(TorchCheckpointIO):
    """Writes a checkpoint to another file first and then moves it, so that no kill or full disk damages one.

    Raises OptionError for a checkpoint that could not be loaded again.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        content, file = io.BytesIO(), Path(path)
        torch.save(loadable(checkpoint), content)  # Ctrl-C while torch writes a file would abort the process
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(".unfinished")
        try:
            with unfinished.open("wb") as opened:
                opened.write(content.getbuffer())
                opened.flush()
                os.fsync(opened.fileno())  # the content must reach the disk before the new name does
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)


class ModelCheckpoint(callbacks.ModelCheckpoint):
    """Lightning's, which also writes last.ckpt. `save_checkpoints` decides when.

    Args:
        dirpath: folder of the checkpoints; that of a resumed run may have moved.
        monitor: logged value that selects best-<epoch>-<value>.ckpt; None: there is only last.ckpt.
        more: other arguments of Lightning's, such as `save_top_k`.
    """

    def __init__(self, dirpath: Path, monitor: str | None, mode: str, **more: Any) -> None:
        if monitor is None:
            more.pop("save_top_k", None)  # Lightning refuses it
        super().__init__(
            dirpath=dirpath,
            filename="best-{epoch}-{monitored:.4f}",  # the name of a set may have a colon
            auto_insert_metric_name=False,
            monitor=monitor,
            mode=mode,
            save_on_train_epoch_end=None if monitor and is_evaluated(monitor) else True,
            enable_version_counter=False,  # an epoch that is trained again replaces its file
            **more,
        )
        self.last = dirpath / "last.ckpt"
        self.ended_epoch: int | None = None  # the epoch that has ended and is not saved yet

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        super().setup(trainer, pl_module, stage)
        if type(trainer.strategy.checkpoint_io) is TorchCheckpointIO:  # TPUs and plugins have their own
            trainer.strategy.checkpoint_io = SafeCheckpointIO()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self.monitor in trainer.callback_metrics:  # a training may end before its first evaluation
            self.ended_epoch = trainer.current_epoch

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Lightning raises an error for a monitored value that is not logged yet.
        if self.monitor in trainer.callback_metrics and not swa_is_over(trainer):
            super().on_validation_end(trainer, pl_module)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        super().on_train_end(trainer, pl_module)
        save_average(trainer, self.last)

    def save(self, trainer: pl.Trainer) -> None:
        """Write the best checkpoint, and then last.ckpt, which records which one is best."""
        if self.ended_epoch is not None:
            super().on_train_epoch_end(trainer, trainer.lightning_module)
        self.ended_epoch = None
        if not getattr(trainer, "fast_dev_run", False):
            for logger in trainer.loggers:
                logger.save()  # the logs must not lag behind the checkpoint
            trainer.save_checkpoint(self.last, weights_only=False)

    def format_checkpoint_name(self, metrics: dict[str, Tensor], *args: Any, **kwargs: Any) -> str:
        epoch = {} if self.ended_epoch is None else {"epoch": torch.tensor(self.ended_epoch)}
        value = {"monitored": metrics[self.monitor]} if self.monitor in metrics else {}
        return super().format_checkpoint_name(metrics | epoch | value, *args, **kwargs)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        def moved(path: str) -> str:
            return str(Path(self.dirpath or "") / Path(path).name) if path else ""

        paths = {key: moved(state_dict.get(key, "")) for key in ("best_model_path", "kth_best_model_path")}
        best = {moved(path): score for path, score in state_dict["best_k_models"].items()}
        super().load_state_dict(state_dict | paths | {"dirpath": self.dirpath, "best_k_models": best})


def save_checkpoints(trainer: Any) -> None:
    """Write the checkpoints that are due, before an epoch starts and when the training ends.

    At the end of an epoch it is too early: its values are not logged yet, and ReduceLROnPlateau has not seen
    them. The first callback calls this, before others may replace the trained weights by averages.
    """
    if batch_norm_is_updated(trainer):  # the weights are an average
        return
    for callback in callbacks_of(trainer, ModelCheckpoint):
        callback.save(trainer)


def best_checkpoint(trainer: pl.Trainer) -> str | None:
    """Return a training's best checkpoint, the last if it is an average or nothing was monitored, or None."""
    chosen = [each for each in callbacks_of(trainer, callbacks.ModelCheckpoint) if each.monitor]
    chosen.sort(key=lambda each: not isinstance(each, ModelCheckpoint))  # that of --monitor first
    best = [callback.best_model_path for callback in chosen]
    last = [callback.last for callback in callbacks_of(trainer, ModelCheckpoint)]
    averages = [path for path in last if holds_swa_average(trainer, path)]
    return next((str(path) for path in (*averages, *best, *last) if path and Path(path).is_file()), None)
