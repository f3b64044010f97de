"""Optimizers of torch.optim by name."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from ..choices.groups import arguments
from ..errors import refusing

OPTIMIZERS: dict[str, Any] = {
    name: found
    for name, found in sorted(vars(torch.optim).items())
    if isinstance(found, type) and issubclass(found, Optimizer) and found is not Optimizer
}


def build_optimizer(name: str, params: Iterable[nn.Parameter], lr: float, args: dict[str, Any]) -> Optimizer:
    """An optimizer of torch.optim. Raises OptionError for a value that it refuses."""
    with refusing(f"{name} refuses its arguments", "change --lr or --optimizer_args"):
        return OPTIMIZERS[name](params, lr=lr, **arguments(OPTIMIZERS[name], "optimizer_args", args))
