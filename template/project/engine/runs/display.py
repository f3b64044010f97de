"""The terminal output of a training: a progress bar with numbers, and no needless warnings."""

import logging
import os
import sys
import warnings
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks
from pytorch_lightning.callbacks.progress.rich_progress import ProcessingSpeedColumn
from rich import get_console
from rich.progress import BarColumn

BAR_WIDTH = 52  # columns of the bar and what Lightning shows with it; the rest of the terminal is for numbers


class ProgressBar(callbacks.RichProgressBar):
    """Lightning's bar with the monitored value first, and other numbers as far as the terminal has room."""

    def configure_columns(self, trainer: pl.Trainer) -> list[Any]:
        """Return Lightning's columns with a short bar and without the speed."""
        columns: list[Any] = super().configure_columns(trainer)
        for column in columns:
            if isinstance(column, BarColumn):
                column.bar_width = 10
        return [column for column in columns if not isinstance(column, ProcessingSpeedColumn)]

    def get_metrics(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> dict[str, Any]:
        """Return the numbers to show. The monitored value is always shown; its name may be cut."""
        logged = super().get_metrics(trainer, pl_module)
        logged.pop("v_num", None)
        monitor, room = pl_module.hparams.get("monitor"), get_console().width - BAR_WIDTH
        shown: dict[str, Any] = {}
        if monitor in trainer.callback_metrics:
            logged.pop(monitor, None)
            value = trainer.callback_metrics[monitor].item()
            letters = max(room - len(f": {value:.3f}"), 8)
            shown[monitor if len(monitor) <= letters else f"{monitor[: letters - 1]}…"] = value
        for key in sorted(logged, key=lambda key: key != "train_loss_step"):
            more = {**shown, "loss" if key == "train_loss_step" else key: logged[key]}
            if len(" ".join(f"{name}: {value:.3f}" for name, value in more.items())) > room:
                break
            shown = more
        return shown

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Of several processes only the first has a bar, and reading a value with sync_dist needs all of them.
        if trainer.world_size == 1:
            super().on_train_epoch_end(trainer, pl_module)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Count the epochs from 1, as in `Epoch 1/10`; Lightning counts from 0."""
        super().on_train_epoch_start(trainer, pl_module)
        if self.progress is not None and self.train_progress_bar_id is not None:
            limit = "" if trainer.max_epochs in (None, -1) else f"/{trainer.max_epochs}"
            text = f"Epoch {trainer.current_epoch + 1}{limit}"
            width = len(self.validation_description)
            self.progress.update(self.train_progress_bar_id, description=f"{text:{width}}")


def silence_warnings() -> None:
    """Switch off Lightning's tips, and warnings about intended behaviour."""
    logging.getLogger("pytorch_lightning.utilities.rank_zero").setLevel(logging.WARNING)
    for message in (
        ".*does not have many workers",  # right for data in memory
        "SWA is currently only supported every epoch",  # it replaces a scheduler that is stepped every batch
        ".*LeafSpec.* is deprecated",  # used by Lightning
        ".*exists and is not empty",  # the folder of a resumed run
        ".*callbacks used to create the checkpoint",  # only training needs them
        "The number of training batches",  # few batches: the values of each epoch are logged anyway
        "Total length of .* across ranks is zero",  # no evaluation sets
    ):
        warnings.filterwarnings("ignore", message=message)


class ClosableStream:
    """A stream that drops its output after its reader is gone, as in `python main.py | head -1`."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.stream, name)
        return partial(self.attempt, attribute) if name in ("write", "flush") else attribute

    def attempt(self, method: Any, *text: str) -> Any:
        """After an error, let the file be /dev/null: libraries and Python's exit may write there too."""
        try:
            return method(*text)
        except OSError:
            with suppress(OSError), Path(os.devnull).open("w") as null:
                os.dup2(null.fileno(), self.stream.fileno())


def allow_closed_output() -> None:
    """Let a run continue when nobody reads its output any more."""
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is not None and not isinstance(stream, ClosableStream):
            setattr(sys, name, ClosableStream(stream))
