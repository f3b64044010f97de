"""Batches: the inputs of the net and the target, in any of the forms that the items of a dataset have.

- (image, label) or (left, right, label): the last element is the target, the net gets the others in order
- {"text": ..., "mask": ..., "label": ...}: the target has a name below, the net gets what its forward names
- image: no target, which is enough to predict

A net that computes its loss itself gets the target too: its forward has a parameter of one of these names.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from inspect import Parameter
from typing import Any, NamedTuple

import numpy as np
from lightning_fabric.utilities.data import sized_len
from torch import Tensor, nn
from torch.utils.data import default_collate, default_convert

from ..errors import RunError

TARGETS = ("target", "targets", "label", "labels")
NESTED = (Mapping, tuple, list)
ANY = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)  # *args, **kwargs
CLEAN = "clean the data, or change how the dataset reads them"  # for NaN in the data


class Batch(NamedTuple):
    """The inputs of the net, by position and by name, and the target, or None."""

    inputs: tuple[Any, ...]
    named: dict[str, Any]
    target: Any


def split_batch(batch: Any, net: nn.Module) -> Batch:
    """Separate the inputs of the net from the target; a forward that names the target gets it as well.

    Raises RunError if the net's forward has none of the named inputs.
    """
    target, parameters = target_of(batch), forward_parameters(net)
    names = [name for name, parameter in parameters.items() if parameter.kind not in ANY]
    if isinstance(batch, Mapping):
        inputs = without_target(batch)
        takes_any = not names and any(each.kind is Parameter.VAR_KEYWORD for each in parameters.values())
        named = inputs if takes_any else {name: value for name, value in inputs.items() if name in names}
        if named:
            return Batch((), named | target_argument(names, target), target)
        if len(inputs) < 2:
            return Batch(tuple(inputs.values()), target_argument(names[len(inputs) :], target), target)
        takes = f"takes {', '.join(names)}" if names else "does not name its inputs"
        message = f"items hold the inputs {', '.join(inputs)}, and the net's forward {takes}"
        rest = f"; the target is called {', '.join(TARGETS)}" if target is None else ""
        raise RunError(message, f"give its parameters the names that the items hold{rest}")
    parts = tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)
    inputs = parts[:-1] if len(parts) > 1 else parts
    return Batch(inputs, target_argument(names[len(inputs) :], target), target)


def target_argument(names: list[str], target: Any) -> dict[str, Any]:
    """Return the target under its name for a forward that asks for it, beside its inputs."""
    return {name: target for name in names if name in TARGETS and target is not None}


def forward_parameters(module: nn.Module) -> Mapping[str, Parameter]:
    """Return the parameters of a module's forward; of its inner module if it takes only *args, **kwargs."""
    forward: Any = module.forward
    parameters = signature_of(getattr(forward, "__func__", forward))
    if hasattr(forward, "__func__"):
        parameters = dict(list(parameters.items())[1:])  # without self
    if all(parameter.kind in ANY for parameter in parameters.values()):
        # For torch.compile and DataParallel.
        inner = [getattr(module, name, None) for name in ("_orig_mod", "module")]
        children = list(module.children())
        inner += children if len(children) == 1 else []
        for part in inner:
            if isinstance(part, nn.Module):
                return forward_parameters(part)
    return parameters


@lru_cache(maxsize=64)
def signature_of(function: Callable[..., Any]) -> dict[str, Parameter]:
    """Return the parameters of a function. The cache spares a look-up per batch."""
    try:
        return dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # a function that is not written in Python
        return {}


def target_of(batch: Any) -> Any:
    """Return the target of a batch, or None."""
    if isinstance(batch, Mapping):
        return next((batch[name] for name in TARGETS if name in batch), None)
    return batch[-1] if isinstance(batch, (tuple, list)) and len(batch) > 1 else None


def without_target(batch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of a dict batch without the target."""
    return {name: value for name, value in batch.items() if name not in TARGETS}


def mismatch(inputs: tuple[Any, ...], named: dict[str, Any], module: nn.Module) -> str:
    """Return what a module's forward takes and why these inputs do not fit; "" if they do."""
    parameters = forward_parameters(module)
    try:
        inspect.Signature(list(parameters.values())).bind(*inputs, **named)
    except TypeError as error:
        return f"{', '.join(parameters)} ({error})"
    return ""


def tensors(value: Any) -> list[Tensor]:
    """Return all tensors in tuples, lists and dicts, in order."""
    if isinstance(value, Tensor):
        return [value]
    parts = value.values() if isinstance(value, Mapping) else value
    return [each for part in parts for each in tensors(part)] if isinstance(value, NESTED) else []


def samples_in(batch: Any) -> int:
    """Return the number of samples in a batch: the length of its target.

    Inputs may hold the edges of all graphs. Of several targets it is the length of the last: the first may
    hold the words of all samples, and lengths follow.
    """
    target = target_of(batch)
    if is_list_of_samples(target):
        return len(target)
    if isinstance(target, (list, tuple)) and target:
        inputs = next(iter(without_target(batch).values()), ()) if isinstance(batch, Mapping) else batch[0]
        lengths = {len(part) for part in tensors(target) if part.ndim}
        if len(lengths) > 1 and sized_len(inputs) == len(target):
            return len(target)  # one tensor for each sample, such as its boxes, of different lengths
    in_target, in_batch = ([part for part in tensors(value) if part.ndim] for value in (target, batch))
    parts = in_target[-1:] or in_batch
    return len(parts[0]) if parts else 1


def is_list_of_samples(target: Any) -> bool:
    """Return whether a target holds a dict or a text for each sample, such as boxes with their classes."""
    several = isinstance(target, (list, tuple)) and bool(target)
    return several and all(isinstance(part, (Mapping, str)) for part in target)


def is_per_sample(output: Any) -> bool:
    """Return whether an output is not one number for the batch, as a loss that the net computes is."""
    return output is not None and bool(getattr(output, "ndim", 1))


def first(value: Any) -> Any:
    """Return the first of several outputs or targets, which metrics, predictions and plots use.

    A loss that the net computes, one number for the batch, is left out, and so is the None in its place.
    """
    parts = [*value.values()] if isinstance(value, Mapping) else value
    if not isinstance(parts, (tuple, list)) or not parts:
        return value
    return next(filter(is_per_sample, parts), parts[0])


def is_collated(fetched: Any) -> bool:
    """Return whether `__getitems__` of a dataset gave a whole batch: a tensor, or a tuple or dict of them."""
    if isinstance(fetched, tuple):
        return not all(isinstance(part, (tuple, Mapping)) for part in fetched)
    return isinstance(fetched, (Tensor, Mapping))


def collate(items: Any) -> Any:
    """Make a batch of a list of items, as PyTorch does; a whole batch stays as it is."""
    return default_convert(items) if is_collated(items) else default_collate(items)


def is_finite(value: Any) -> bool:
    """Return whether all tensors in tuples, lists and dicts are free of NaN and infinity."""
    return all(tensor.isfinite().all() for tensor in tensors(value))


def shapes(value: Any) -> str:
    """Describe a value by its shapes, such as `(64, 1, 28, 28) float32`."""
    if isinstance(value, (Tensor, np.ndarray)):
        return f"{tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {shapes(part)}" for name, part in value.items())
    if isinstance(value, (tuple, list)):
        parts = list(map(shapes, value))
        return f"{len(parts)} x {parts[0]}" if len(parts) > 3 and len(set(parts)) == 1 else ", ".join(parts)
    return type(value).__name__
