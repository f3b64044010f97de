"""The terminal output of a training: the layers of the net, and a progress bar with numbers."""

import logging
import math
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
from pytorch_lightning.utilities.model_summary.model_summary import get_human_readable_count
from rich import box, get_console
from rich.progress import BarColumn
from rich.table import Table
from torch.nn.parameter import is_lazy

from ..contract import callbacks_of
from ..learning.freezing import Freezing
from ..learning.schedulers import training_length

BAR_WIDTH = 52  # columns of the bar and what Lightning shows with it; the rest of the terminal is for numbers


class ModelSummary(callbacks.ModelSummary):
    """Lightning's summary without losses and metrics, and with the parameters that --freeze leaves."""

    def on_fit_start(self, trainer: Any, pl_module: pl.LightningModule) -> None:
        frozen = {each for found in callbacks_of(trainer, Freezing) for each in found.frozen.values()}
        trained = {each for each in pl_module.parameters() if each.requires_grad} - frozen
        self._summarize_kwargs["trained"] = {
            name: sum(each.numel() for each in part.parameters() if each in trained and not is_lazy(each))
            for name, part in pl_module.named_modules()
        }
        super().on_fit_start(trainer, pl_module)

    @staticmethod
    def summarize(
        summary_data: list[tuple[str, list[str]]],
        total_parameters: int,
        trainable_parameters: int,
        model_size: float,
        *args: Any,
        trained: dict[str, int],
        **summarize_kwargs: Any,
    ) -> None:
        """Print a row per layer of the net, and of whatever else has parameters; the size is in MB.

        A column of the parameters that are trained, by layer, is added if some are not.
        """
        columns = {name: values for name, values in summary_data if name.strip() and name != "FLOPs"}
        trainable_parameters = trained[""]
        if trainable_parameters < total_parameters:
            columns["Trained"] = [get_human_readable_count(trained.get(name, 0)) for name in columns["Name"]]
        table = Table(*columns, box=box.SIMPLE)
        for row in zip(*columns.values(), strict=True):
            name, _, parameters = row[:3]
            if name.partition(".")[0] == "net" or parameters.strip() != "0":
                table.add_row(*row)
        get_console().print(table)
        trainable = f"{trainable_parameters:,} of them trainable"
        print(f"{total_parameters:,} parameters, {trainable}: {model_size:.1f} MB")


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
            epochs = training_length(trainer)["epochs"]
            text = f"Epoch {trainer.current_epoch + 1}" + (f"/{epochs}" if math.isfinite(epochs) else "")
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
        found = getattr(self.stream, name)
        return partial(self.attempt, found) if name in ("write", "flush") else found

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
