"""metrics.csv: a row for each time that something is logged, with its epoch and step."""

import csv
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks
from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor

Row = dict[str, Any]


class MetricsFile(Logger):
    """Writes each row at once, so that a killed run loses none; a file that is there is gone on with.

    Args:
        folder: that of the run.
        version: the run's number or name, which the progress bar shows.
    """

    def __init__(self, folder: Path, version: int | str) -> None:
        super().__init__()
        self.file = folder / "metrics.csv"
        self.numbered = version
        self.paused = False  # nothing is written meanwhile
        self.columns = list(next(iter(self.rows()), {}))

    @property
    def name(self) -> str:
        return self.file.parent.parent.name

    @property
    def version(self) -> int | str:
        return self.numbered

    @property
    def save_dir(self) -> str:
        return str(self.file.parent)

    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        """They stand in config.yaml."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, Any], step: int | None = None) -> None:
        if self.paused:
            return
        values = {key: value.item() if isinstance(value, Tensor) else value for key, value in metrics.items()}
        row: Row = {**values, "step": step}
        if "epoch" in row:
            row["epoch"] = int(row["epoch"])  # a logged number is a float
        if not row.keys() <= set(self.columns):
            self.write([*self.rows(), row])
            return
        with self.file.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, self.columns).writerow(row)

    def rows(self) -> list[Row]:
        """The rows so far, without one that was being written when its run was killed."""
        if not self.file.exists():
            return []
        lines = self.file.read_text(encoding="utf-8").splitlines(keepends=True)
        return list(csv.DictReader(line for line in lines if line.endswith("\n")))

    def write(self, rows: list[Row]) -> None:
        """Write the file anew, whole or not at all, with the columns that these rows fill."""
        self.columns = sorted({key for row in rows for key, value in row.items() if value not in ("", None)})
        if not rows:
            self.file.unlink(missing_ok=True)
            return
        unfinished = self.file.with_name(".metrics.csv")
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self.columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        unfinished.replace(self.file)

    @rank_zero_only
    def go_back(self, step: int) -> None:
        """Drop what was logged at this step and later, as if it had not been trained yet."""
        self.write([row for row in self.rows() if row["step"] and int(row["step"]) < step])


class LearningRateMonitor(callbacks.LearningRateMonitor):
    """Lightning's, which also logs the rate at the start of each epoch.

    A scheduler that is stepped once a batch is logged every `log_every_n_steps` batches, and an epoch may have fewer.
    """

    def on_train_epoch_start(self, trainer: pl.Trainer, *args: Any, **kwargs: Any) -> None:
        chosen, self.logging_interval = self.logging_interval, "epoch"
        super().on_train_epoch_start(trainer, *args, **kwargs)
        self.logging_interval = chosen

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int, *args: Any, **kwargs: Any
    ) -> None:
        if batch_idx:  # the first one has the rate of the epoch's start
            super().on_train_batch_start(trainer, pl_module, batch, batch_idx, *args, **kwargs)


class CheckpointEpoch(pl.Callback):
    """Logs the test of a checkpoint under the epoch after which it was saved: Lightning takes the one after the last.

    A validation after training is no point of the curves: metrics.csv has that of the epoch itself.
    """

    def __init__(self) -> None:
        self.epoch: dict[str, float] = {}

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        for logger in trainer.loggers:
            if isinstance(logger, MetricsFile):
                logger.paused = stage == "validate"

    def on_load_checkpoint(self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: Row) -> None:
        if "loops" in checkpoint:
            started = checkpoint["loops"]["fit_loop"]["epoch_progress"]["total"]["started"]
            self.epoch = {"epoch": float(max(started - 1, 0))}

    def on_test_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        pl_module.log_dict(self.epoch, sync_dist=True)
