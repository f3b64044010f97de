"""Constructors and their parameters that can be typed; and the optimizers of torch.optim by name."""

import collections.abc
from collections.abc import Callable, Iterable
from inspect import Parameter, signature
from typing import Any, get_args, get_origin

import torch
from jsonargparse.typing import register_type
from torch import nn
from torch.optim import Optimizer, lr_scheduler
from torch.utils.data import Dataset

from utils.errors import refusing

register_type(torch.Tensor, torch.Tensor.tolist, torch.tensor)  # class weights and the like are typed as lists

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


def build_optimizer(name: str, params: Iterable[nn.Parameter], lr: float, args: dict[str, Any]) -> Optimizer:
    """An optimizer of torch.optim. Raises OptionError for a value that it refuses."""
    with refusing(f"{name} refuses its arguments", "change --lr or --optimizer_args"):
        return OPTIMIZERS[name](params, lr=lr, **args)


def leave_unsaved(module: nn.Module) -> None:
    """Keep a module's buffers out of checkpoints: they follow from the options that it is built with."""
    for part in module.modules():
        for name, buffer in list(part.named_buffers(recurse=False)):
            part.register_buffer(name, buffer, persistent=False)
