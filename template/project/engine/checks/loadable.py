"""Refuses checkpoints that `torch.load(weights_only=True)` cannot load: it takes tensors and plain values."""

import copy
import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import OptionError

NUMPY: tuple[Any, ...] = (np.number, np.bool_, np.str_)
TENSORS = (Tensor, nn.Parameter)
CURE = (
    "let it hold numbers, strings, lists, dicts or tensors, "
    "such as float(x), x.tolist() or torch.as_tensor(x)"
)


def loadable(checkpoint: dict[str, Any]) -> dict[str, Any]:
    """Return a checkpoint with numpy's numbers as Python's.

    Raises OptionError for a value that cannot be loaded.
    """
    checkpoint = numpy_to_python(checkpoint)
    if is_loadable(checkpoint):
        return checkpoint
    states = checkpoint.get("callbacks", {})
    parts = {f"the state of {key.partition('{')[0]}": state for key, state in states.items()}
    parts |= {f"its entry {key!r}": value for key, value in checkpoint.items()}
    name = next((name for name, part in parts.items() if not is_loadable(part)), "a key")
    message = f"a checkpoint could not be loaded again: {name} holds more than plain values"
    raise OptionError(message, CURE)


def converted(value: Any, convert: Callable[[Any], Any]) -> Any:
    """Return a value with `convert` applied to the keys and parts of its dicts, lists and tuples."""
    if isinstance(value, dict):
        copied = copy.copy(value)  # an OrderedDict of weights has attributes
        copied.clear()  # the update of a Counter adds
        copied.update({converted(key, convert): converted(part, convert) for key, part in value.items()})
        return copied
    if type(value) in (list, tuple):
        return type(value)(converted(part, convert) for part in value)
    return convert(value)


def numpy_to_python(value: Any) -> Any:
    """Return a value with numpy's numbers in dicts, lists and tuples as Python's."""
    return converted(value, lambda part: part.item() if isinstance(part, NUMPY) else part)


def is_loadable(value: Any) -> bool:
    """Return whether torch can save and load a value. Its tensors are left out, as they take long."""
    file = io.BytesIO()
    try:
        with warnings.catch_warnings(action="ignore"):
            torch.save(converted(value, lambda part: None if type(part) in TENSORS else part), file)
            file.seek(0)
            torch.load(file, weights_only=True)
    except Exception:  # values and torch raise any kind
        return False
    return True
