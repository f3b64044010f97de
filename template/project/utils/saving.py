"""The checkpoints that a training writes: last.ckpt after every epoch, and the best one; each whole or not at all."""

import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from lightning_fabric.plugins import TorchCheckpointIO
from pytorch_lightning.callbacks import Checkpoint, ModelCheckpoint

from utils.metrics import of_training


@contextmanager
def uninterrupted() -> Generator[None]:
    """Let a Ctrl-C wait until what runs here is done: in the midst of its writing torch aborts the whole process."""
    if threading.current_thread() is not threading.main_thread():  # Python tells no other of signals
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
    if came:
        signal.raise_signal(signal.SIGINT)


class WholeFiles(TorchCheckpointIO):
    """Writes a checkpoint beside its place and then moves it there: a killed run or a full disk spoils none."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = place.with_name(".unfinished")
        try:
            with uninterrupted(), unfinished.open("wb") as file:
                torch.save(checkpoint, file)
                file.flush()
                os.fsync(file.fileno())  # the move must not come to the disk before what is moved
            unfinished.replace(place)
        except RuntimeError as error:  # torch raises its own over that of a full disk
            raise (error.__context__ or error) from None
        finally:
            unfinished.unlink(missing_ok=True)


class LastCheckpoint(Checkpoint):
    """Writes last.ckpt before the first epoch, between two, and after the last one.

    Lightning's own hooks come too early for it: at the end of an epoch its numbers are not logged yet and
    ReduceLROnPlateau has not looked at them.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "last.ckpt"

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        if type(trainer.strategy.checkpoint_io) is TorchCheckpointIO:  # TPUs and plugins have their own
            trainer.strategy.checkpoint_io = WholeFiles()

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.save(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.save(trainer)

    def save(self, trainer: pl.Trainer) -> None:
        if getattr(trainer, "fast_dev_run", False):
            return
        for logger in trainer.loggers:
            logger.save()  # a run that is killed now goes on with all that was logged so far
        trainer.save_checkpoint(self.path, weights_only=False)


class BestCheckpoint(ModelCheckpoint):
    """Keeps the checkpoint of the best epoch, also when the run's folder was moved since."""

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self.monitor in trainer.callback_metrics:  # a training may end before its first evaluation
            super().on_train_epoch_end(trainer, pl_module)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        def here(path: str) -> str:
            return str(Path(self.dirpath or "") / Path(path).name) if path else ""

        paths = {key: here(state_dict.get(key, "")) for key in ("best_model_path", "kth_best_model_path")}
        best = {here(path): score for path, score in state_dict["best_k_models"].items()}
        super().load_state_dict(state_dict | paths | {"dirpath": self.dirpath, "best_k_models": best})


def checkpoints(folder: Path, monitor: str | None, mode: str) -> list[pl.Callback]:
    """The callbacks that write last.ckpt and, when something is monitored, best-<epoch>-<value>.ckpt."""
    last = LastCheckpoint(folder)
    if monitor is None:
        return [last]
    best = BestCheckpoint(
        dirpath=folder,
        filename="best-{epoch}-{" + monitor + ":.4f}",
        auto_insert_metric_name=False,
        monitor=monitor,
        mode=mode,
        save_on_train_epoch_end=of_training(monitor) or None,  # None: then too, unless it is evaluated within
        enable_version_counter=False,  # an epoch that is trained once more writes its own file once more
    )
    return [best, last]


def best_checkpoint(trainer: pl.Trainer) -> str | None:
    """The best checkpoint of a training, or the last one when nothing chose; None when none was written."""
    best = [found.best_model_path for found in trainer.checkpoint_callbacks if isinstance(found, ModelCheckpoint)]
    last = [str(found.path) for found in trainer.checkpoint_callbacks if isinstance(found, LastCheckpoint)]
    return next((path for path in (*best, *last) if path and Path(path).is_file()), None)
