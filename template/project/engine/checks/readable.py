"""Refuses checkpoints that `torch.load(weights_only=True)` cannot load: it takes tensors and plain values."""

import copy
import io
import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import OptionError

CURE = (
    "let it hold numbers, strings, lists, dicts or tensors, "
    "such as float(x), x.tolist() or torch.as_tensor(x)"
)


def readable(checkpoint: dict[str, Any]) -> dict[str, Any]:
    """Return a checkpoint with numpy's numbers as Python's.

    Raises OptionError for a value that cannot be loaded.
    """
    checkpoint = numpy_to_python(checkpoint)
    if wrong := unreadable(checkpoint):
        path, value = wrong
        place = named(path)
        kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
        raise OptionError(f"a checkpoint could not be loaded again: {place} holds a {kind}", CURE)
    return checkpoint


def named(path: list[Any]) -> str:
    """Return a name for an entry of a checkpoint, such as `the state of Record (best)`."""
    first, *rest = map(str, path)
    what = f"its entry {first!r}"
    if first == "callbacks" and rest:
        what = f"the state of {rest.pop(0).partition('{')[0]}"
    return f"{what} ({'.'.join(rest)})" if rest else what


def numpy_to_python(value: Any) -> Any:
    """Return a value with numpy's numbers in dicts, lists and tuples as Python's."""
    if isinstance(value, (np.number, np.bool_, np.str_)):
        return value.item()
    if isinstance(value, dict):
        plain = copy.copy(value)  # an OrderedDict of weights has attributes
        plain.clear()
        plain.update({numpy_to_python(key): numpy_to_python(part) for key, part in value.items()})
        return plain
    if type(value) in (list, tuple):
        return type(value)(map(numpy_to_python, value))
    return value


def unreadable(value: Any) -> tuple[list[Any], Any] | None:
    """Return the path of the smallest part that cannot be loaded, and the part; None if all can."""
    if is_readable(value):
        return None
    several = enumerate(value) if isinstance(value, (list, tuple)) else ()
    for key, part in value.items() if isinstance(value, dict) else several:
        if found := unreadable(part):
            return [key, *found[0]], found[1]
    return [], value


def is_readable(value: Any) -> bool:
    """Return whether torch can save and load a value. Its tensors are left out, as they take long."""
    file = io.BytesIO()
    try:
        with warnings.catch_warnings(action="ignore"):
            torch.save(without_tensors(value), file)
            file.seek(0)
            torch.load(file, weights_only=True)
    except Exception:  # values and torch raise any kind
        return False
    return True


def without_tensors(value: Any) -> Any:
    """Return the same dicts, lists and tuples with None in place of ordinary tensors."""
    if type(value) in (Tensor, nn.Parameter):
        return None
    if isinstance(value, dict):
        copied = value.copy()
        copied.clear()  # the update of a Counter adds
        copied.update({key: without_tensors(part) for key, part in value.items()})
        return copied
    return type(value)(map(without_tensors, value)) if type(value) in (list, tuple) else value
