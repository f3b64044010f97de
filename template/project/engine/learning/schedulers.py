"""Learning-rate schedulers by name; their lengths are inferred from the training, also when it is resumed."""

import math
import sys
import warnings
from typing import Any

from pytorch_lightning import Trainer
from pytorch_lightning.callbacks import GradientAccumulationScheduler
from pytorch_lightning.utilities import rank_zero_warn
from torch.optim import Optimizer, lr_scheduler

from ..choices.groups import arguments, parameters_of
from ..choices.kinds import SCHEDULER
from ..choices.names import find_class
from ..contract import callbacks_of
from ..errors import OptionError, as_option_error
from .metrics import is_evaluated

EVERY_BATCH = {"OneCycleLR", "CyclicLR"}  # stepped after each optimizer step, torch's others after each epoch
LENGTHS = {"OneCycleLR": "total_steps", "CosineAnnealingLR": "T_max", "PolynomialLR": "total_iters"}
RATES = ("max_lr", "base_lr")  # arguments that would give all parameter groups one rate
NEVER = sys.maxsize  # a frequency: `step_after_evaluation` steps these; Lightning would do so too early
# Arguments that are inferred from the training unless they are given.
DERIVED: dict[str, dict[str, str]] = {
    "CosineAnnealingLR": {"T_max": "epochs"},
    "PolynomialLR": {"total_iters": "epochs"},
    "OneCycleLR": {"max_lr": "lr", "total_steps": "steps", "cycle_momentum": "momentum"},
    "CyclicLR": {"max_lr": "lr", "cycle_momentum": "momentum"},
    "ReduceLROnPlateau": {"mode": "mode"},
}

# Parameters by which your own scheduler gets the length of the training.
LENGTH_PARAMETERS = {"epochs": "epochs", "steps": "steps", "total_steps": "steps"}


def derived_arguments(name: str, cls: Any) -> dict[str, str]:
    """Return the arguments of a scheduler that are inferred unless given, and what each is inferred from."""
    if SCHEDULER.is_of_library(cls):
        return DERIVED.get(name, {})
    return {name: source for name, source in LENGTH_PARAMETERS.items() if name in parameters_of(cls)}


def build_scheduler(name: str, optimizer: Optimizer, args: dict[str, Any], training: dict[str, Any]) -> Any:
    """Build a scheduler, and return Lightning's configuration of it.

    Args:
        name: a class of torch.optim.lr_scheduler, or a module of SCHEDULERS in utils/, which is stepped after
            each optimizer step if its constructor takes `steps` or `total_steps`, else after each epoch.
        training: values to infer others from: epochs, steps, lr, and the monitor with its mode.

    Raises OptionError for a value that the scheduler refuses, or that does not fit the training.
    """
    scheduler_class = find_class(SCHEDULER, name)
    sources = derived_arguments(name, scheduler_class)
    args = arguments(scheduler_class, "lr_scheduler_args", args, derived=sources)
    betas = parameters_of(type(optimizer)).get("betas")  # only Adam's, unless they were chosen
    given = [group.get("betas") for group in optimizer.param_groups]
    cycled = betas is not None and all(each == betas.default for each in given)
    training = {**training, "momentum": cycled}
    derived = {key: training[source] for key, source in sources.items() if args.get(key) is None}
    if args.get("epochs") and args.get("steps_per_epoch"):  # OneCycleLR's other way to give its length
        derived.pop("total_steps", None)
    needed = [sources[key] for key in derived]
    if name == "OneCycleLR":  # also if its length is given: it cannot be stepped more often
        needed.append("steps")
    if unknown := [source for source in needed if training[source] == math.inf]:
        message = f"{name} needs to know how long the training is"
        raise OptionError(message, f"add --trainer.max_{unknown[0]} N")
    args = {**args, **derived}
    if name in EVERY_BATCH:  # each group keeps its own share of the learning rate
        shares = [float(group["lr"]) / training["lr"] for group in optimizer.param_groups]
        for key in RATES:
            if isinstance(args.get(key), (int, float)):
                args[key] = [args[key] * share for share in shares]
    if name == "OneCycleLR" and args.get("pct_start") == 1 and not args.get("three_phase"):
        message = "OneCycleLR with pct_start 1 has no steps in which the rate falls"  # it would divide by 0
        raise OptionError(message, "type --lr_scheduler_args.pct_start 0.9 or less")
    if name == "CosineAnnealingLR" and args["T_max"] < training["epochs"]:
        rank_zero_warn(f"T_max {args['T_max']} is shorter than the training: the rate climbs back up")
    with as_option_error(f"{name} refuses its arguments", "change --lr_scheduler_args", ZeroDivisionError):
        scheduler = scheduler_class(optimizer, **args)
    refuse_overrun(scheduler, training["steps"])
    every_batch = name in EVERY_BATCH or "steps" in sources.values()
    config = {"scheduler": scheduler, "interval": "step" if every_batch else "epoch"}
    if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau):
        frequency = NEVER if is_evaluated(training["monitor"]) else 1
        config |= {"monitor": training["monitor"], "frequency": frequency, "strict": False}
    return config


def refuse_overrun(scheduler: Any, steps: float) -> None:
    """Raise OptionError for a OneCycleLR shorter than the training: torch would raise an error later."""
    if isinstance(scheduler, lr_scheduler.OneCycleLR) and scheduler.total_steps < steps < math.inf:
        message = f"OneCycleLR ends after {scheduler.total_steps} steps, and the training has {steps:g}"
        hint = f"give it {steps:g} steps, or leave its length out: it is then that of the training"
        raise OptionError(message, hint)


def step_after_evaluation(trainer: Trainer) -> None:
    """Step ReduceLROnPlateau after each evaluation; Lightning would step it at the end of the epoch.

    There may be several evaluations in an epoch, or one in several epochs.
    """
    for config in trainer.lr_scheduler_configs:
        if isinstance(config.scheduler, lr_scheduler.ReduceLROnPlateau) and config.frequency == NEVER:
            value = trainer.callback_metrics.get(str(config.monitor))
            if value is not None:
                config.scheduler.step(value)


def training_length(trainer: Trainer, optimizers: int = 1, epochs: int = 0, steps: int = 0) -> dict[str, Any]:
    """Return the steps of each optimizer and the epochs of a training; infinity if they are not known.

    Args:
        optimizers: how many there are: the Trainer's max_steps counts the steps of all.
        epochs: finished epochs, which do not count.
        steps: finished steps of each optimizer, which do not count.
    """
    trainer.fit_loop.setup_data()  # or the number of batches is not known yet
    bounded = trainer.max_epochs not in (None, -1)
    epochs_left = max((trainer.max_epochs or 1) - epochs, 0) if bounded else math.inf
    steps_left = math.inf if trainer.max_steps == -1 else max(trainer.max_steps // optimizers - steps, 0)
    varies = callbacks_of(trainer, GradientAccumulationScheduler)  # the number of steps in an epoch
    if not varies and not math.isinf(trainer.num_training_batches):  # of an IterableDataset it is not known
        per_epoch = math.ceil(trainer.num_training_batches / trainer.accumulate_grad_batches)
        steps_left = min(steps_left, epochs_left * per_epoch) if per_epoch else 0
        epochs_left = epochs_left if math.isinf(steps_left) else math.ceil(steps_left / max(per_epoch, 1))
    return {"steps": steps_left, "epochs": epochs_left}


def resume_schedules(trainer: Trainer, checkpoint: dict[str, Any], epochs: int, steps: int) -> None:
    """Fit the schedules of a checkpoint to a training that may have another length now.

    A schedule as long as the training continues at its rate, and its rest spans the rest of the training. One
    that was at its end starts over. Raises OptionError for any other that would not fit.
    """
    # Its schedulers are stepped by the interface.
    manual = not trainer.lightning_module.automatic_optimization
    whole, left = training_length(trainer), training_length(trainer, epochs=epochs, steps=steps)
    planned: dict[str, Any] = checkpoint.get("config", {}).get("trainer", {})
    limits = ("max_epochs", "max_steps")
    longer = any(planned.get(name) not in (None, getattr(trainer, name)) for name in limits)
    for config, state in zip(trainer.lr_scheduler_configs, checkpoint.get("lr_schedulers", []), strict=False):
        scheduler: Any = config.scheduler
        unit, length = f"{config.interval}s", LENGTHS.get(type(scheduler).__name__, "")
        position = state.get("last_epoch", 0)
        if manual and length in state:  # each of several optimizers counts as a step of the training
            left[unit] = whole[unit] - position
        if length not in state or getattr(scheduler, length) != whole[unit]:
            moved = position + left[unit] != whole[unit]  # another number of steps in an epoch
            if not manual and config.frequency == 1 and (longer or moved):
                refuse_planned(scheduler, state, position + left[unit], moved)
            continue
        before = state[length]
        if not left[unit] or before - position == left[unit]:
            continue
        total = round(left[unit] * before / (before - position)) if position < before else whole[unit]
        replan(scheduler, length, total, total - left[unit])
        state |= scheduler.state_dict()
        number = trainer.optimizers.index(scheduler.optimizer)
        saved = checkpoint["optimizer_states"][number]["param_groups"]
        for group, now in zip(saved, scheduler.optimizer.param_groups, strict=True):
            group |= {key: now[key] for key in ("lr", "momentum", "betas") if key in now}


def replan(scheduler: Any, length: str, total: int, position: int) -> None:
    """Set the length and the position of a new scheduler, and the learning rates of its optimizer."""
    before = getattr(scheduler, length)
    setattr(scheduler, length, total)
    phases = getattr(scheduler, "_schedule_phases", [])  # of OneCycleLR, which computes their ends only once
    for number, phase in enumerate(phases, 1):
        offset = 1 if number == len(phases) else number
        phase["end_step"] = (phase["end_step"] + offset) * total / before - offset
    with warnings.catch_warnings(action="ignore"):  # torch advises against an explicit epoch
        scheduler.step(position)


def refuse_planned(scheduler: Any, state: dict[str, Any], steps: float, moved: bool) -> None:
    """Raise OptionError for a schedule that was planned for a training of another length.

    A new schedule of the current length is stepped to the position of the checkpoint: if their states differ,
    it depends on the length. If its end has moved, a schedule that may know it is refused in any case:
    the functions of LambdaLR are not in its state, and the length may be the same by chance.
    """
    refuse_overrun(scheduler, steps)
    if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau) or "last_epoch" not in state:
        return
    with warnings.catch_warnings(action="ignore"):  # torch expects steps of the optimizer
        for _ in range(state["last_epoch"]):
            scheduler.step()
    name = type(scheduler).__name__
    own = not SCHEDULER.is_of_library(type(scheduler)) and derived_arguments(name, type(scheduler))
    knows = own or "lr_lambdas" in repr(state)  # also in a part of SequentialLR
    if (moved and knows) or scheduler.state_dict() != state:
        message = f"{name} was planned for a training of another length, and cannot be resumed"
        hint = "leave the training as it was, or start over with the weights: "
        raise OptionError(message, f"{hint}--finetune in place of --ckpt_path")
