"""Losses, optimizers and schedulers by name: what torch has, and how it is built from plain arguments."""

import math
import warnings
from collections.abc import Callable, Iterable
from inspect import Parameter, signature
from typing import Any, get_args, get_origin

import torch
from pytorch_lightning import Trainer
from torch import nn
from torch.nn.modules import loss as losses
from torch.optim import Optimizer, lr_scheduler
from torch.utils.data import Dataset

from utils.errors import OptionError

LOSSES: dict[str, Any] = {name: getattr(nn, name) for name in losses.__all__}
OPTIMIZERS: dict[str, Any] = {
    name: found
    for name, found in sorted(vars(torch.optim).items())
    if isinstance(found, type) and issubclass(found, Optimizer) and found is not Optimizer
}
SCHEDULERS: dict[str, Any] = {
    name: getattr(lr_scheduler, name) for name in lr_scheduler.__all__ if name != "LRScheduler"
}

EVERY_BATCH = {"OneCycleLR", "CyclicLR"}  # the others are stepped once an epoch
# What a scheduler needs to know of the training: filled in by build_scheduler unless it is typed.
DERIVED: dict[str, dict[str, str]] = {
    "CosineAnnealingLR": {"T_max": "epochs"},
    "PolynomialLR": {"total_iters": "epochs"},
    "OneCycleLR": {"max_lr": "lr", "total_steps": "steps"},
    "CyclicLR": {"max_lr": "lr"},
    "ReduceLROnPlateau": {"mode": "mode"},
}
CODE = (nn.Module, Optimizer, lr_scheduler.LRScheduler, Dataset)


def is_text(annotation: Any) -> bool:
    """Whether a value of this type can be typed on a command line (a net or a function cannot)."""
    if annotation is Callable or get_origin(annotation) is Callable:
        return False
    if isinstance(annotation, type) and issubclass(annotation, CODE):
        return False
    return all(is_text(part) for part in get_args(annotation))


def parameters_of(chosen: Any) -> dict[str, Parameter]:
    """The parameters that a class's constructor names, without *args and **kwargs."""
    try:
        found = signature(chosen, eval_str=True)
    except NameError:  # an annotation that only exists for type checkers
        found = signature(chosen)
    return {
        name: parameter
        for name, parameter in found.parameters.items()
        if parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    }


def build_loss(name: str, args: dict[str, Any]) -> nn.Module:
    """A loss of torch.nn; class weights given as a list become a tensor."""
    weights = {key: args[key] for key in ("weight", "pos_weight") if args.get(key) is not None}
    return LOSSES[name](**{**args, **{key: torch.tensor(value) for key, value in weights.items()}})


def call_loss(loss: nn.Module, output: Any, target: Any) -> torch.Tensor:
    """Hand one or several outputs and targets to a loss in the order of its own `forward`.

    GaussianNLLLoss takes (input, target, var), CTCLoss (log_probs, targets, lengths...), TripletMarginLoss no target.
    """
    outputs, targets = (tuple(part) if isinstance(part, (tuple, list)) else (part,) for part in (output, target))
    taken = signature(loss.forward).parameters
    place = next((i for i, name in enumerate(taken) if name.startswith("target")), len(outputs))
    values = outputs[:place] + targets + outputs[place:]
    takes_any = any(parameter.kind is Parameter.VAR_POSITIONAL for parameter in taken.values())
    return loss(*(values if takes_any else values[: len(taken)]))


def build_optimizer(name: str, params: Iterable[nn.Parameter], lr: float, args: dict[str, Any]) -> Optimizer:
    """An optimizer of torch.optim. Raises OptionError for a value that it refuses."""
    try:
        return OPTIMIZERS[name](params, lr=lr, **args)
    except ValueError as error:
        raise OptionError(f"{name} refuses its arguments: {error}", "change --lr or --optimizer_args") from error


def build_scheduler(name: str, optimizer: Optimizer, args: dict[str, Any], training: dict[str, Any]) -> Any:
    """Lightning's description of a scheduler of torch.optim.lr_scheduler.

    `training` holds what is derived unless it is in `args`: epochs, steps, lr, and the monitor with its mode and its
    frequency in epochs. Raises OptionError for a value that the scheduler refuses.
    """
    derived = {key: training[source] for key, source in DERIVED.get(name, {}).items() if args.get(key) is None}
    if args.get("epochs") and args.get("steps_per_epoch"):  # OneCycleLR's other way to give its length
        derived.pop("total_steps", None)
    if any(isinstance(value, float) and math.isinf(value) for value in derived.values()):
        raise OptionError(f"{name} needs to know how long the training is", "type --trainer.max_epochs N")
    args = {**args, **derived}
    if name == "CosineAnnealingLR" and args["T_max"] < training["epochs"]:
        warnings.warn(f"T_max {args['T_max']} is shorter than the training: the rate climbs back up", stacklevel=2)
    try:
        scheduler = SCHEDULERS[name](optimizer, **args)
    except ValueError as error:
        raise OptionError(f"{name} refuses its arguments: {error}", "change --lr_scheduler_args") from error
    described = {"scheduler": scheduler, "interval": "step" if name in EVERY_BATCH else "epoch"}
    if name == "ReduceLROnPlateau":
        described |= {"monitor": training["monitor"], "frequency": training["frequency"]}
    return described


def training_length(trainer: Trainer) -> dict[str, Any]:
    """Optimizer steps and epochs of a training (infinite when nothing bounds it), and how often it is evaluated."""
    steps = trainer.estimated_stepping_batches
    a_epoch = math.ceil(trainer.num_training_batches / trainer.accumulate_grad_batches)
    epochs = steps if math.isinf(steps) else math.ceil(steps / a_epoch)
    return {"steps": steps, "epochs": epochs, "frequency": trainer.check_val_every_n_epoch or 1}
