"""What a terminal shows of a training: the layers of the net, a bar with its numbers, and why it ended early."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from jsonargparse import Namespace
from pytorch_lightning import callbacks
from pytorch_lightning.callbacks.progress.rich_progress import ProcessingSpeedColumn
from rich import box, get_console
from rich.progress import BarColumn
from rich.table import Table

from ..learning.metrics import of_training
from .saving import best_checkpoint

BESIDE = 52  # columns that the bar takes: what is left of the terminal's is for numbers


class NetSummary(callbacks.ModelSummary):
    """Lightning's summary, without the modules that count scores and without counts that nothing was counted for."""

    @staticmethod
    def summarize(
        summary_data: list[tuple[str, list[str]]],
        total_parameters: int,
        trainable_parameters: int,
        model_size: float,
        total_training_modes: dict[str, int],
        total_flops: int,
        **summarize_kwargs: Any,
    ) -> None:
        """Print a row a layer of the net, and of what else has parameters; the size is in MB."""
        columns = {name: values for name, values in summary_data if name.strip() and (total_flops or name != "FLOPs")}
        table = Table(*columns, box=box.SIMPLE)
        for row in zip(*columns.values(), strict=True):
            if row[0].partition(".")[0] == "net" or row[2].strip() != "0":  # its name, and how many
                table.add_row(*row)
        get_console().print(table)
        print(f"{total_parameters:,} parameters, {trainable_parameters:,} of them trainable: {model_size:.1f} MB")


class Progress(callbacks.RichProgressBar):
    """Lightning's bar with the numbers that fit beside it: the loss, the monitored value, then the others."""

    def configure_columns(self, trainer: pl.Trainer) -> list[Any]:
        """A short bar without the speed, which the time tells too."""
        columns: list[Any] = super().configure_columns(trainer)
        for column in columns:
            if isinstance(column, BarColumn):
                column.bar_width = 10
        return [column for column in columns if not isinstance(column, ProcessingSpeedColumn)]

    def get_metrics(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> dict[str, Any]:
        """As many numbers as there is room for in the terminal."""
        logged = super().get_metrics(trainer, pl_module)
        logged.pop("v_num", None)
        shown: dict[str, Any] = {}
        first = [key for key in ("train_loss_step", pl_module.hparams["monitor"]) if key in logged]
        for key in dict.fromkeys([*first, *logged]):
            shown["loss" if key == "train_loss_step" else key] = logged[key]
            if BESIDE + len(" ".join(f"{name}: {value:.3f}" for name, value in shown.items())) > get_console().width:
                shown.popitem()
                break
        return shown


class EarlyStopping(callbacks.EarlyStopping):
    """Lightning's, which says so when it ends a training. It looks when the monitored value is there anew."""

    def __init__(self, monitor: str, mode: str, patience: int) -> None:
        super().__init__(monitor, mode=mode, patience=patience, check_on_train_epoch_end=of_training(monitor))

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.should_stop and self.stopping_reason_message and trainer.is_global_zero:
            why = "got no better" if self.wait_count >= self.patience else "is no finite number"
            best = best_checkpoint(trainer)
            tested = f": {Path(best).name} is tested" if best else ""
            print(f"stopped after epoch {self.stopped_epoch} as {self.monitor} {why}{tested}")


def display(options: Namespace) -> list[pl.Callback]:
    """The summary and the bar, unless an option of the Trainer leaves one out."""
    summary = [NetSummary(max_depth=2)] if options.enable_model_summary is not False else []
    return [*summary, Progress()] if options.enable_progress_bar is not False else [*summary]
