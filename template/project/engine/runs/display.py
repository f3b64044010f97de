"""What a terminal shows of a training: the layers of the net, a bar with its numbers, and why it ended early."""

import math
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks
from pytorch_lightning.callbacks.progress.rich_progress import ProcessingSpeedColumn
from rich import box, get_console
from rich.progress import BarColumn
from rich.table import Table

from .saving import best_checkpoint

BESIDE = 52  # columns that the bar takes: what is left of the terminal's is for numbers


class ModelSummary(callbacks.ModelSummary):
    """Lightning's summary with the layers of the net alone."""

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
    """Lightning's bar with the numbers that fit beside it: the monitored value, the loss, then the others."""

    def configure_columns(self, trainer: pl.Trainer) -> list[Any]:
        """A short bar without the speed, which the time tells too."""
        columns: list[Any] = super().configure_columns(trainer)
        for column in columns:
            if isinstance(column, BarColumn):
                column.bar_width = 10
        return [column for column in columns if not isinstance(column, ProcessingSpeedColumn)]

    def get_metrics(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> dict[str, Any]:
        """As many numbers as there is room for in the terminal; the monitored value always, with its name cut."""
        logged = super().get_metrics(trainer, pl_module)
        logged.pop("v_num", None)
        monitor, room = pl_module.hparams.get("monitor"), get_console().width - BESIDE
        shown: dict[str, Any] = {}
        if monitor in trainer.callback_metrics:
            logged.pop(monitor, None)
            value = trainer.callback_metrics[monitor].item()
            letters = max(room - len(f": {value:.3f}"), 8)
            shown[monitor if len(monitor) <= letters else f"{monitor[: letters - 1]}…"] = value
        for key in sorted(logged, key=lambda key: key != "train_loss_step"):
            name, value = "loss" if key == "train_loss_step" else key, logged[key]
            if len(" ".join(f"{name}: {value:.3f}" for name, value in [*shown.items(), (name, value)])) > room:
                break
            shown[name] = value
        return shown

    def _get_train_description(self, current_epoch: int) -> str:
        """Count the epochs from 1, as in `Epoch 1/10`; Lightning counts from 0, and the only one would be `0/0`."""
        epochs = epochs_of(self.trainer)
        description = f"Epoch {current_epoch + 1}" + (f"/{epochs}" if epochs else "")
        return f"{description:{len(self.validation_description)}}"  # as long as that of the bar below


def epochs_of(trainer: pl.Trainer) -> int | None:
    """Return how many epochs a training will have at most, whether epochs or steps limit it; None without a limit."""
    limits = [trainer.max_epochs] if trainer.max_epochs not in (None, -1) else []
    if trainer.max_steps != -1 and math.isfinite(trainer.num_training_batches):
        steps = math.ceil(trainer.num_training_batches / trainer.accumulate_grad_batches)
        limits.append(math.ceil(trainer.max_steps / max(steps, 1)))
    return min(limits, default=None)


def report_early_stopping(trainer: pl.Trainer) -> None:
    """Print why EarlyStopping has ended a training, and which checkpoint will be evaluated."""
    for callback in trainer.early_stopping_callbacks:
        if trainer.should_stop and callback.stopping_reason_message:
            why = "did not improve" if callback.wait_count >= callback.patience else "is not finite"
            best = best_checkpoint(trainer)
            evaluated = f" ({Path(best).name} is evaluated)" if best else ""
            print(f"early stopping after epoch {callback.stopped_epoch}: {callback.monitor} {why}{evaluated}")
