"""Weight averaging: checkpoints hold the weights that are evaluated, and a resumed run keeps its own.

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
from ..learning.freezing import Freezing
from ..learning.param_groups import DEFAULT
from ..loading.processes import report
from ..loops import Progress
from .checkpoints import load

AVERAGES = (StochasticWeightAveraging, WeightAveraging)
TRAINED = "current_model_state"  # Lightning's key of the weights that are trained


class Averaging(pl.Callback):
    """Prepares the callbacks that average weights; it comes before them."""

    def __init__(self) -> None:
        self.average: WeightAveraging | None = None
        self.swa: StochasticWeightAveraging | None = None
        self.continues = False  # a training that had ended with an average

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
        """Let a resumed run train on its own weights."""
        if trainer.state.fn == "fit" and TRAINED in checkpoint:
            pl_module.load_state_dict(checkpoint[TRAINED])
            self.continues = Progress.of(checkpoint).epochs < trainer.max_epochs

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self.average and self.average._average_model and self.average._device is None:
            self.average._average_model.to(pl_module.device)  # it was copied before the net was moved there
        if self.swa:
            refuse_unsuited(trainer, self.swa, pl_module)
            share_rates(trainer, self.swa, pl_module.hparams["lr"])
            if self.continues:
                report("training continues from the weights before they were averaged")

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
        if self.swa and not self.swa._initialized and resumes_average(trainer):
            # Until its first epoch starts, a resumed average would save the state of a new one.
            state = {"n_averaged": self.swa._init_n_averaged, "scheduler_state": self.swa._scheduler_state}
            checkpoint["callbacks"][self.swa.state_key] |= state


def swa_of(trainer: Any) -> StochasticWeightAveraging | None:
    """Return the StochasticWeightAveraging of a Trainer."""
    return next(iter(callbacks_of(trainer, StochasticWeightAveraging)), None)


def refuse_unsuited(trainer: Any, swa: StochasticWeightAveraging, module: pl.LightningModule) -> None:
    """Raise OptionError for a training that StochasticWeightAveraging cannot average correctly."""
    name, epochs = type(swa).__name__, trainer.max_epochs or -1
    if not trainer.fast_dev_run and (epochs == -1 or trainer.max_steps != -1):
        message = f"{name} averages over epochs, and needs to know how many there are"
        raise OptionError(message, "give --trainer.max_epochs N, and no --trainer.max_steps")
    if swa.pl_module_contains_batch_norm(module) and math.isinf(trainer.num_training_batches):
        message = f"{name} needs the number of batches to compute the statistics of batch norm"
        raise OptionError(message, "let the training set have a length, or choose EMAWeightAveraging")
    if any(freezing.norms for freezing in callbacks_of(trainer, Freezing)):
        message = f"{name} would compute the statistics of frozen batch norm anew"
        raise OptionError(message, "choose EMAWeightAveraging, or leave out --freeze")
    if swa._scheduler_state is not None:  # resumed while it averages
        first, start = swa._latest_update_epoch - swa._init_n_averaged + 2, swa._swa_epoch_start
        now = max(int(epochs * start) if isinstance(start, float) else start, 1)
        if first != now:
            message = (
                f"the average began with epoch {first}, "
                f"and with {epochs} epochs it would begin with epoch {now}"
            )
            raise OptionError(message, f"add --{name}.swa_epoch_start {first}")


def share_rates(trainer: Any, swa: StochasticWeightAveraging, lr: float) -> None:
    """Scale swa_lrs for each parameter group, as schedulers do; Lightning uses one rate for all groups.

    Raises OptionError for a list of another length.
    """
    groups, given = trainer.optimizers[0].param_groups, swa._swa_lrs
    if not isinstance(given, float):
        if len(given) != len(groups):
            message = f"swa_lrs has {len(given)} rates, and there are {len(groups)} parameter groups"
            raise OptionError(message, f"give a rate for each, or one: --{type(swa).__name__}.swa_lrs 0.01")
    elif len(groups) > 1:
        rates = [float(group.get("max_lr", group.get("initial_lr", group["lr"]))) for group in groups]
        named = {group.get("name"): rate for group, rate in zip(groups, rates, strict=True)}
        swa._swa_lrs = [given * rate / named.get(DEFAULT, lr) for rate in rates]


def ends_in_average(trainer: pl.Trainer) -> bool:
    """Return whether the last epoch is over, and StochasticWeightAveraging replaces the weights."""
    swa = swa_of(trainer)
    return swa is not None and trainer.current_epoch > swa.swa_end


def has_statistics(trainer: pl.Trainer) -> bool:
    """Return whether one more epoch has computed the statistics of batch norm for the average."""
    swa = swa_of(trainer)
    return swa is not None and trainer.current_epoch > swa.swa_end + 1


def resumes_average(trainer: pl.Trainer) -> bool:
    """Return whether a resumed run has the learning rates that StochasticWeightAveraging restores."""
    swa = swa_of(trainer)
    return swa is not None and swa._scheduler_state is not None


def save_average(trainer: Any, last: Path) -> None:
    """Write the weights of StochasticWeightAveraging, if the training has reached its end, to last.ckpt."""
    swa = swa_of(trainer)
    if swa is None:
        return
    if not ends_in_average(trainer):
        report(f"{type(swa).__name__} has averaged nothing: the training stopped before its last epoch")
    elif trainer.is_global_zero and last.is_file():
        checkpoint = load(last)
        average = trainer.strategy.lightning_module_state_dict()
        averaged = {**checkpoint, TRAINED: checkpoint["state_dict"], "state_dict": average}
        trainer.strategy.save_checkpoint(averaged, last)
        file, epochs = os.path.relpath(last), int(swa.n_averaged or swa._init_n_averaged)
        report(f"{file} holds the average over {epochs} epochs and is evaluated; best-*.ckpt holds one epoch")
    trainer.strategy.barrier()  # every process evaluates this file


def has_average(trainer: pl.Trainer, last: Path) -> bool:
    """Return whether last.ckpt holds the average of StochasticWeightAveraging."""
    return swa_of(trainer) is not None and last.is_file() and TRAINED in load(last, mmap=True)
