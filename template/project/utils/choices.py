"""Losses and optimizers by name: what torch has, and how it is built from plain arguments."""

import collections.abc
from collections.abc import Callable, Iterable
from inspect import Parameter, signature
from typing import Any, get_args, get_origin

import torch
from jsonargparse.typing import register_type
from torch import nn
from torch.nn.modules import loss as losses
from torch.optim import Optimizer, lr_scheduler
from torch.utils.data import Dataset

from utils.errors import OptionError, refusing

register_type(torch.Tensor, torch.Tensor.tolist, torch.tensor)  # class weights and the like are typed as lists

LOSSES: dict[str, Any] = {name: getattr(nn, name) for name in losses.__all__}
OPTIMIZERS: dict[str, Any] = {
    name: found
    for name, found in sorted(vars(torch.optim).items())
    if isinstance(found, type) and issubclass(found, Optimizer) and found is not Optimizer
}
# Parameters that the project fills in, and some that torch has deprecated.
FILLED = {"params", "lr", "optimizer", "last_epoch", "split", "size_average", "reduce", "device", "dtype"}
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
    try:  # torch imports some names for type checkers alone
        found = signature(chosen, eval_str=True, locals=vars(collections.abc))
    except NameError:
        found = signature(chosen)
    return {
        name: parameter
        for name, parameter in found.parameters.items()
        if parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    }


def build_loss(name: str, args: dict[str, Any]) -> nn.Module:
    """A loss of torch.nn; class weights given as a list become a tensor. Raises OptionError if it gives no number."""
    reductions = ("mean", "sum", "batchmean") if name == "KLDivLoss" else ("mean", "sum")
    if args.get("reduction", "mean") not in reductions:
        message = f"{name} with reduction {args['reduction']!r} gives no single number"
        raise OptionError(message, f"use --loss_args.reduction {' or '.join(reductions)}")
    weights = {key: args[key] for key in ("weight", "pos_weight") if args.get(key) is not None}
    return LOSSES[name](**{**args, **{key: torch.tensor(value, dtype=torch.float) for key, value in weights.items()}})


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
    with refusing(f"{name} refuses its arguments", "change --lr or --optimizer_args"):
        return OPTIMIZERS[name](params, lr=lr, **args)
