"""Groups of options: the parameters of what is built from them, typed and with the help of its docstring."""

import collections.abc
from collections.abc import Callable, Iterable
from inspect import Parameter, signature
from typing import Any, get_args, get_origin

import torch
from jsonargparse import ArgumentParser
from jsonargparse.typing import register_type
from torch import nn
from torch.optim import Optimizer, lr_scheduler
from torch.utils.data import Dataset

from ..errors import OptionError

register_type(torch.Tensor, torch.Tensor.tolist, torch.tensor)  # class weights and the like are typed as lists

# Parameters that the project fills in, and some that torch has deprecated.
FILLED = {"params", "lr", "optimizer", "last_epoch", "split", "size_average", "reduce", "device", "dtype"}
HERE = "of model/model_interface.py"  # what cannot be typed is written there
METHODS = {
    "loss_args": f"configure_loss {HERE}",
    "optimizer_args": f"configure_optimizers {HERE}",
    "lr_scheduler_args": f"configure_optimizers {HERE}",
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
    try:  # torch imports some names for type checkers alone
        found = signature(chosen, eval_str=True, locals=vars(collections.abc))
    except NameError:
        found = signature(chosen)
    return {
        name: parameter
        for name, parameter in found.parameters.items()
        if parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    }


def add_options(parser: ArgumentParser, found: Any, group: str, derived: Iterable[str] = ()) -> None:
    """A constructor's parameters as typed options; those that only code can give keep their defaults.

    Raises OptionError for a class that text alone cannot build.
    """
    parameters = {name: p for name, p in parameters_of(found).items() if name not in FILLED}
    derived = [name for name in derived if name in parameters]
    required = {name for name, p in parameters.items() if p.default is p.empty}
    code = {name for name, p in parameters.items() if not is_text(p.annotation)}
    for name in sorted(code & required - {*derived}):
        where = METHODS.get(group, f"{found.__module__.replace('.', '/')}.py, as a default of the parameter")
        raise OptionError(f"{found.__name__} needs {name!r}, which cannot be typed", f"write it in {where}")
    untyped = {name for name in required if parameters[name].annotation is parameters[name].empty}
    skip: set[str | int] = {*FILLED, *code, *untyped, *derived}
    shown: Any = parser.add_argument_group(f"{found.__name__} (--{group}.*)", name=group)
    shown.add_class_arguments(found, group, as_group=False, skip=skip, fail_untyped=False)
    for name in untyped:
        shown.add_argument(f"--{group}.{name}", type=Any, required=True)
    for name in derived:
        kind = parameters[name].annotation | None
        shown.add_argument(f"--{group}.{name}", type=kind, help="found out by itself unless it is given")


def leave_unsaved(module: nn.Module) -> None:
    """Keep a module's buffers out of checkpoints: they follow from the options that it is built with."""
    for part in module.modules():
        for name, buffer in list(part.named_buffers(recurse=False)):
            part.register_buffer(name, buffer, persistent=False)
