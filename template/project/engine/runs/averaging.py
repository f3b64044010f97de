"""Weight averaging: checkpoints hold the weights that are evaluated, and a resumed run trains its own.

While a WeightAveraging such as EMAWeightAveraging trains, each checkpoint holds the average as `state_dict`,
and the weights that are trained as `current_model_state`. StochasticWeightAveraging replaces the weights by
their average when the training ends: last.ckpt is then such a checkpoint too, and it is evaluated.

Only this module uses the private attributes of these callbacks.
"""

# pyright: reportPrivateUsage=false

import math
import os
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import StochasticWeightAveraging, WeightAveraging

from ..contract import callbacks_of
from ..errors import OptionError
from ..learning.parameters import Freezing
from ..loading.processes import report
from .checkpoints import load

AVERAGES = (StochasticWeightAveraging, WeightAveraging)
TRAINED = "current_model_state"  # Lightning's key of the weights that are trained


class Averaging(pl.Callback):
    """Prepares the callbacks that average weights; it comes before them."""

    def __init__(self) -> None:
        self.average: WeightAveraging | None = None
        self.swa: StochasticWeightAveraging | None = None

    def setup(self, trainer: Any, pl_module: pl.LightningModule, stage: str) -> None:
        """Find the callback. Outside of training it is removed, as it would change the loaded weights.

        Raises OptionError for two of them.
        """
        chosen = [callback for callback in trainer.callbacks if isinstance(callback, AVERAGES)]
        if stage != "fit":
            trainer.callbacks = [callback for callback in trainer.callbacks if callback not in chosen]
        elif len(chosen) > 1:
            names = " and ".join(type(callback).__name__ for callback in chosen)
            raise OptionError(f"{names} would each average the weights", "choose one of them")
        self.average = next((each for each in chosen if isinstance(each, WeightAveraging)), None)
        self.swa = swa_of(trainer)

    def on_load_checkpoint(self, trainer: Any, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        """Let a resumed run train on its own weights, not on their average."""
        if trainer.state.fn == "fit" and TRAINED in checkpoint:
            pl_module.load_state_dict(checkpoint[TRAINED])

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self.average and self.average._average_model and self.average._device is None:
            self.average._average_model.to(pl_module.device)  # it was copied before the net was moved there
        if self.swa:
            refuse_unsuited(trainer, self.swa, pl_module)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Let Lightning run the extra epoch in which StochasticWeightAveraging updates batch norm."""
        if self.swa and self.swa._model_contains_batch_norm and trainer.current_epoch == self.swa.swa_end:
            trainer.fit_loop.min_epochs = trainer.fit_loop.max_epochs

    def on_validation_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Let the average be the trained weights until its first update; Lightning's is the untrained net."""
        average = self.average._average_model if self.average else None
        if average and not average.n_averaged:
            average.update_parameters(pl_module)
            average.n_averaged.zero_()

    on_train_end = on_validation_epoch_start

    def on_save_checkpoint(self, trainer: pl.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        self.on_validation_epoch_start(trainer, pl_module)


def swa_of(trainer: Any) -> StochasticWeightAveraging | None:
    """Return the StochasticWeightAveraging of a Trainer."""
    return next(iter(callbacks_of(trainer, StochasticWeightAveraging)), None)


def refuse_unsuited(trainer: Any, swa: StochasticWeightAveraging, module: pl.LightningModule) -> None:
    """Raise OptionError for a training that StochasticWeightAveraging cannot average correctly."""
    name, epochs, start = type(swa).__name__, trainer.max_epochs or -1, swa._swa_epoch_start
    if not trainer.fast_dev_run and (epochs == -1 or trainer.max_steps != -1):
        message = f"{name} averages over epochs, and needs to know how many there are"
        raise OptionError(message, "give --trainer.max_epochs N, and no --trainer.max_steps")
    if not trainer.fast_dev_run and isinstance(start, int) and start > epochs:
        message = f"{name} would begin with epoch {start}, and there are {epochs}"
        raise OptionError(message, f"give a smaller --{name}.swa_epoch_start")
    if swa.pl_module_contains_batch_norm(module) and math.isinf(trainer.num_training_batches):
        message = f"{name} needs the number of batches to compute the statistics of batch norm"
        raise OptionError(message, "let the training set have a length, or choose EMAWeightAveraging")
    if any(freezing.norms for freezing in callbacks_of(trainer, Freezing)):
        message = f"{name} would recompute the statistics of frozen batch norm"
        raise OptionError(message, "choose EMAWeightAveraging, or leave out --freeze")
    rates = 1 if isinstance(swa._swa_lrs, float) else len(swa._swa_lrs)
    groups = len(trainer.optimizers[0].param_groups)
    if rates != groups:
        message = f"the number of rates in swa_lrs is {rates}, and there are {groups} parameter groups"
        raise OptionError(message, f"give one for each group: --{name}.swa_lrs '[0.01, 0.001]'")


def swa_is_over(trainer: pl.Trainer) -> bool:
    """Return whether StochasticWeightAveraging has averaged over its last epoch, and replaces the weights."""
    swa = swa_of(trainer)
    return swa is not None and trainer.current_epoch > swa.swa_end


def batch_norm_is_updated(trainer: pl.Trainer) -> bool:
    """Return whether the extra epoch that computes the statistics of batch norm for the average is over."""
    swa = swa_of(trainer)
    return swa is not None and trainer.current_epoch > swa.swa_end + 1


def save_average(trainer: Any, last: Path) -> None:
    """Write the weights of StochasticWeightAveraging, if the training has reached its end, to last.ckpt."""
    swa = swa_of(trainer)
    if swa is None:
        return
    if not swa_is_over(trainer):
        report(f"{type(swa).__name__} has averaged nothing: the training stopped before its last epoch")
    elif trainer.is_global_zero and last.is_file() and TRAINED not in (checkpoint := load(last)):
        average = trainer.strategy.lightning_module_state_dict()
        averaged = {**checkpoint, TRAINED: checkpoint["state_dict"], "state_dict": average}
        trainer.strategy.save_checkpoint(averaged, last)
        file, epochs = os.path.relpath(last), int(swa.n_averaged or 0)
        report(f"{file} holds the average over {epochs} epochs and is evaluated; best-*.ckpt holds one epoch")
    trainer.strategy.barrier()  # every process evaluates this file


def holds_swa_average(trainer: pl.Trainer, last: Path) -> bool:
    """Return whether last.ckpt holds the average of StochasticWeightAveraging."""
    return swa_of(trainer) is not None and last.is_file() and TRAINED in load(last, mmap=True)
