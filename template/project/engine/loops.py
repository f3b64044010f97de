"""Private parts of Lightning's loops. No other module uses them."""

from dataclasses import dataclass
from typing import Any

import pytorch_lightning as pl


@dataclass
class Progress:
    """The progress of the training that saved a checkpoint.

    Attributes:
        started: epochs that had started.
        epochs: epochs that had ended.
        steps: optimizer steps.
        next_row: the step under which the next row is logged.
    """

    started: int
    epochs: int
    steps: int
    next_row: int

    @classmethod
    def of(cls, checkpoint: dict[str, Any]) -> "Progress":
        """Read the progress of a loaded checkpoint. Raises KeyError or TypeError if it has none."""
        loops = checkpoint["loops"]["fit_loop"]
        epochs = loops["epoch_progress"]["total"]
        next_row = loops["epoch_loop.state_dict"]["_batches_that_stepped"]
        return cls(epochs["started"], epochs["processed"], checkpoint["global_step"], next_row)


def end_epoch(checkpoint: dict[str, Any]) -> None:
    """Change a checkpoint that was saved as an epoch started, so that Lightning starts that epoch."""
    for counts in checkpoint["loops"]["fit_loop"]["epoch_progress"].values():
        counts.update(dict.fromkeys(counts, counts["processed"]))


def start_new_epoch(trainer: pl.Trainer) -> None:
    """Let the first epoch of a resumed run start like any other.

    Lightning would continue a validation that had started, and use batches of another epoch.
    """
    # Not on fit_loop: with --trainer.max_steps its setter stores True.
    trainer.fit_loop.epoch_loop.restarting = False
    trainer.fit_loop.on_iteration_done()


class SetSuffix(list[str]):
    """The names of the sets. Lightning calls `format` with a set's number for the end of a logged name."""

    def format(self, index: int) -> str:
        return f"/{self[index] if index < len(self) else index}"


def name_sets(trainer: Any, names: dict[str, list[str]]) -> None:
    """Let values that are logged for each set end in `/<set>`, not in `/dataloader_idx_<number>`."""
    evaluation, test = trainer.fit_loop.epoch_loop.val_loop, trainer.test_loop
    for loop, split in ((evaluation, "eval"), (trainer.validate_loop, "eval"), (test, "test")):
        loop._results.DATALOADER_SUFFIX = SetSuffix(names[split])
