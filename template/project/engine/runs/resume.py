"""Going on with a run: from which epoch, with which of its logs, and whether there is anything left to train."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.utilities import rank_zero_only

from ..errors import OptionError
from .checkpoints import load

say = rank_zero_only(print)


@dataclass
class Progress:
    """How far a run was when its checkpoint was saved: whole epochs, optimizer steps, and the next row's step."""

    epochs: int
    steps: int
    next_row: int

    @classmethod
    def of(cls, checkpoint: dict[str, Any]) -> "Progress":
        loops = checkpoint["loops"]["fit_loop"]
        next_row = loops["epoch_loop.state_dict"]["_batches_that_stepped"]
        return cls(loops["epoch_progress"]["total"]["processed"], checkpoint["global_step"], next_row)

    @classmethod
    def read(cls, path: str | Path) -> "Progress":
        """That of a checkpoint file, without reading its tensors."""
        return cls.of(load(path, mmap=True))


def next_row(path: str, options: dict[str, Any]) -> int:
    """The step of the first row that a run which goes on will log.

    Raises OptionError for a run that had more epochs than it is to have.
    """
    progress, wanted = Progress.read(path), options["trainer"]["max_epochs"]
    if wanted not in (None, -1) and progress.epochs > wanted:
        message = f"{path} has had {progress.epochs} epochs, more than --trainer.max_epochs {wanted}"
        raise OptionError(message, "type more to train on, or leave it out to test the run again")
    return progress.next_row


def hint_of(folder: Path, seeds: Path | None = None) -> str:
    """What is saved of a run that was stopped, and how to go on from there, with all seeds if it is one of several."""
    last = folder / "checkpoints" / "last.ckpt"
    saved = f" after {Progress.read(last).epochs} whole epochs" if last.exists() else ""
    return f"{saved}, go on by: python main.py --ckpt_path {seeds or last}" if seeds or saved else ""


def take_up(trainer: pl.Trainer, checkpoint: dict[str, Any], folder: Path, options: dict[str, Any]) -> None:
    """Change what Lightning restores so that training starts with the next epoch, or not at all, and say which."""
    for counts in checkpoint["loops"]["fit_loop"]["epoch_progress"].values():
        counts.update(dict.fromkeys(counts, counts["processed"]))  # the last epoch is over
    progress, ended = Progress.of(checkpoint), None
    for name, state in checkpoint["callbacks"].items():
        if name.startswith("EarlyStopping") and options["patience"]:
            state["patience"] = options["patience"]  # what is typed wins
            if state["wait_count"] >= state["patience"]:
                ended = f"stopped early, by --patience {state['patience']}: "
                ended += f"add --patience {2 * state['wait_count']} to train on"
    trainer.should_stop = ended is not None
    if trainer.max_epochs not in (None, -1) and progress.epochs >= trainer.max_epochs:
        ended = f"has had its {progress.epochs} epochs: add --trainer.max_epochs {2 * progress.epochs} to train on"
    if trainer.max_steps != -1 and progress.steps >= trainer.max_steps:
        ended = f"has had its {progress.steps} steps: add --trainer.max_steps {2 * progress.steps} to train on"
    bound = "" if trainer.max_epochs in (None, -1) else f" of {trainer.max_epochs}"
    say(f"{folder} {ended}" if ended else f"going on with {folder} after {progress.epochs}{bound} epochs")


def start_epoch(trainer: pl.Trainer) -> None:
    """Let the first epoch after a checkpoint start like any other.

    Lightning would take up a validation that was begun, and take the batches that its loader made before the epoch
    was known.
    """
    trainer.fit_loop.restarting = False
    trainer.fit_loop._resuming_from_checkpoint = False  # pyright: ignore[reportPrivateUsage] (there is no public one)
