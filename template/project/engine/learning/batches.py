"""What a batch is: the net's inputs and the target, in whatever form a dataset gives its items.

- (image, label) or (left, right, label): the last element is the target, all before it go into the net in their order
- {"text": ..., "mask": ..., "label": ...}: the target has one of the names below; what the net's forward names goes in
- image: no target, which is enough to predict
"""

import inspect
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor, nn
from torch.utils.data import default_collate, default_convert

TARGETS = ("target", "targets", "label", "labels")
ONE_SIZE = "let items hold tensors of one size, as by a transform, or give the dataset a collate_fn"
CLEAN = "clean the data, or change how the dataset reads them"  # if they hold nan


class Batch(NamedTuple):
    """The net's inputs, in their order and by their names, and the target, None if there is none."""

    inputs: tuple[Any, ...]
    named: dict[str, Any]
    target: Any


def split_batch(batch: Any, net: nn.Module) -> Batch:
    """Take what a loader gives apart."""
    target = target_of(batch)
    if isinstance(batch, dict):
        taken, inputs = inspect.signature(net.forward).parameters, others(batch)
        named = {name: value for name, value in inputs.items() if name in taken}
        return Batch((), named, target) if named else Batch(tuple(inputs.values()), {}, target)
    parts = tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)
    return Batch(parts[:-1] if len(parts) > 1 else parts, {}, target)


def target_of(batch: Any) -> Any:
    """The target that a batch holds, or None."""
    if isinstance(batch, dict):
        return next((batch[name] for name in TARGETS if name in batch), None)
    return batch[-1] if isinstance(batch, (tuple, list)) and len(batch) > 1 else None


def others(batch: dict[str, Any]) -> dict[str, Any]:
    """What a batch with names holds beside the target."""
    return {name: value for name, value in batch.items() if name not in TARGETS}


def unlike(inputs: tuple[Any, ...], named: dict[str, Any], net: nn.Module) -> str:
    """What the net's forward takes, and why these inputs are something else; nothing if they are not."""
    taken = inspect.signature(net.forward)
    try:
        taken.bind(*inputs, **named)
    except TypeError as error:
        return f"{', '.join(taken.parameters)} ({error})"
    return ""


def tensors(value: Any) -> list[Tensor]:
    """All tensors in tuples, lists and dicts, in their order."""
    if isinstance(value, Tensor):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    return [tensor for part in parts for tensor in tensors(part)]


def samples_in(batch: Any) -> int:
    """The number of samples in a batch: the length of its target, for inputs may be the words or the edges of all.

    Of several targets it is the last one's: where the first holds those of all samples in a row, lengths follow.
    """
    counted = [part for part in tensors(target_of(batch)) if part.ndim][-1:]
    return len((counted or [part for part in tensors(batch) if part.ndim])[0])


def first(value: Any) -> Any:
    """The first of several outputs or targets: the one that metrics, predictions and pictures are about."""
    if isinstance(value, dict):
        return next(iter(value.values()))
    return value[0] if isinstance(value, (tuple, list)) else value


class UnequalItems(Exception):
    """Items that make no batch together; one line, as workers hand on nothing but the text of an error."""


def is_whole(fetched: Any) -> bool:
    """Whether what `__getitems__` of a dataset returned is a whole batch: a tensor, or a tuple or dict of them."""
    if isinstance(fetched, tuple):
        return not all(isinstance(part, (tuple, dict)) for part in fetched)
    return isinstance(fetched, (Tensor, dict))


def collate(items: Any) -> Any:
    """PyTorch's way to make a batch of a list of items; a whole batch stays as it is.

    Raises UnequalItems with the shapes of two items that do not go together.
    """
    if is_whole(items):
        return default_convert(items)
    try:
        return default_collate(items)
    except Exception as error:  # torch raises several kinds
        found = list(dict.fromkeys(shapes(item) for item in items))
        reason = " and ".join(found[:2]) if found[1:] else " ".join(f"{found[0]}: {error}".split())
        raise UnequalItems(f"items {reason}") from error


def is_finite(value: Any) -> bool:
    """Whether no tensor in tuples, lists and dicts holds nan or infinity."""
    return all(tensor.isfinite().all() for tensor in tensors(value))


def shapes(value: Any) -> str:
    """`(64, 1, 28, 28) float32`, or those of the parts."""
    if isinstance(value, (Tensor, np.ndarray)):
        return f"{tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shapes(part)}" for name, part in value.items())
    if isinstance(value, (tuple, list)):
        parts = list(map(shapes, value))
        return f"{len(parts)} x {parts[0]}" if len(parts) > 3 and len(set(parts)) == 1 else ", ".join(parts)
    return type(value).__name__
