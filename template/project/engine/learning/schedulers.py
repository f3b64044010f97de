"""Schedulers of the learning rate by name; what they need to know of the training is found out from it."""

import math
import warnings
from inspect import signature
from typing import Any

from pytorch_lightning import Trainer
from pytorch_lightning.utilities import rank_zero_only
from torch.optim import Optimizer, lr_scheduler

from ..errors import OptionError, refusing
from ..options.first_look import Given

SCHEDULERS: dict[str, Any] = {
    name: getattr(lr_scheduler, name) for name in lr_scheduler.__all__ if name != "LRScheduler"
}
EVERY_BATCH = {"OneCycleLR", "CyclicLR"}  # the others are stepped once an epoch
# What a scheduler needs to know of the training: filled in by build_scheduler unless it is typed.
DERIVED: dict[str, dict[str, str]] = {
    "CosineAnnealingLR": {"T_max": "epochs"},
    "PolynomialLR": {"total_iters": "epochs"},
    "OneCycleLR": {"max_lr": "lr", "total_steps": "steps", "cycle_momentum": "momentum"},
    "CyclicLR": {"max_lr": "lr", "cycle_momentum": "momentum"},
    "ReduceLROnPlateau": {"mode": "mode"},
}

say = rank_zero_only(print)


def settle_momentum(given: Given, optimizer: Any) -> None:
    """Write into a new run's options whether its scheduler cycles the momentum: beta1 of Adam's kin, if none is chosen.

    What is typed or stands in a file is chosen; and SGD has no momentum unless one is.
    """
    ours, args = (given.options.get(group) or {} for group in ("lr_scheduler_args", "optimizer_args"))
    asked = "cycle_momentum" in DERIVED.get(given.chosen["lr_scheduler"], {}) and "optimizer" not in given.trained
    typed = any(word.startswith("--optimizer_args.betas") for word in given.rest)
    if asked and (typed or ours.get("cycle_momentum") is None):
        cycled = "betas" in signature(optimizer).parameters and "betas" not in args and not typed
        given.options["lr_scheduler_args"] = ours | {"cycle_momentum": cycled}


def build_scheduler(name: str, optimizer: Optimizer, args: dict[str, Any], training: dict[str, Any]) -> Any:
    """Lightning's description of a scheduler of torch.optim.lr_scheduler.

    `training` holds what is derived unless it is in `args`: epochs, steps, lr, and the monitor with its mode and its
    frequency in epochs. Raises OptionError for a value that the scheduler refuses.
    """
    training["momentum"] = False  # it would be no more what it was chosen to be
    derived = {key: training[source] for key, source in DERIVED.get(name, {}).items() if args.get(key) is None}
    if args.get("epochs") and args.get("steps_per_epoch"):  # OneCycleLR's other way to give its length
        derived.pop("total_steps", None)
    if any(isinstance(value, float) and math.isinf(value) for value in derived.values()):
        message = f"{name} needs to know how long the training is"
        raise OptionError(message, "type --trainer.max_epochs N, or --trainer.max_steps N")
    args = {**args, **derived}
    if name == "CosineAnnealingLR" and args["T_max"] < training["epochs"]:
        warnings.warn(f"T_max {args['T_max']} is shorter than the training: the rate climbs back up", stacklevel=2)
    with refusing(f"{name} refuses its arguments", "change --lr_scheduler_args"):
        scheduler = SCHEDULERS[name](optimizer, **args)
    described = {"scheduler": scheduler, "interval": "step" if name in EVERY_BATCH else "epoch"}
    if name == "ReduceLROnPlateau":
        described |= {"monitor": training["monitor"], "frequency": training["frequency"]}
    return described


def forget_lengths(trainer: Trainer, checkpoint: dict[str, Any]) -> None:
    """Leave the lengths out of restored schedulers: a run that goes on for longer is planned anew, which is said."""
    for state in checkpoint.get("lr_schedulers", []):
        for key in ("total_steps", "_schedule_phases", "T_max", "total_iters"):
            state.pop(key, None)
    options = checkpoint["config"]
    name, args = options["lr_scheduler"], options.get("lr_scheduler_args") or {}
    found_out = [key for key, source in DERIVED.get(name, {}).items() if source in ("epochs", "steps")]
    for unit in ("epochs", "steps"):
        before, now = options["trainer"][f"max_{unit}"], getattr(trainer, f"max_{unit}")
        if before not in (None, -1, now) and not args.get("epochs") and any(args.get(key) is None for key in found_out):
            say(f"{name} spans {now} {unit} now instead of {before}: the learning rate jumps")


def catch_up(trainer: Trainer) -> None:
    """Step schedulers that count epochs once more from the first: they only change the rate of the epoch before.

    Without it, one that had come down to 0 would stay there for as long as a longer training goes on.
    """
    for config in trainer.lr_scheduler_configs:
        scheduler: Any = config.scheduler
        if "epochs" in DERIVED.get(type(scheduler).__name__, {}).values():
            epochs, scheduler.last_epoch = scheduler.last_epoch, 0
            for group, rate in zip(scheduler.optimizer.param_groups, scheduler.base_lrs, strict=True):
                group["lr"] = rate
            for _ in range(epochs):
                scheduler.step()


def training_length(trainer: Trainer) -> dict[str, Any]:
    """Optimizer steps and epochs of a training (infinite when nothing bounds it), and how often it is evaluated."""
    trainer.fit_loop.setup_data()  # or the number of batches is not known yet
    steps, epochs = trainer.estimated_stepping_batches, trainer.max_epochs or -1
    if steps == -1:  # an IterableDataset does not say how many batches it has
        steps = math.inf
    elif not math.isinf(steps) and not math.isinf(trainer.num_training_batches):
        epochs = math.ceil(steps / math.ceil(trainer.num_training_batches / trainer.accumulate_grad_batches))
    epochs = math.inf if epochs == -1 else epochs
    return {"steps": steps, "epochs": epochs, "frequency": trainer.check_val_every_n_epoch or 1}
