"""Build the chosen classes. If a constructor fails, the error names the values that it was given."""

import os
import re
import traceback
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from torch import nn

from ..errors import OptionError, one_line
from ..imports import PROJECT
from .groups import Config, arguments, file_of, is_unknown, parameters_of

BUGS = (OptionError, ImportError, NameError, SyntaxError, RecursionError)  # not caused by a value
# The words for each role of a dataset; a parameter that takes any text gets the first.
SPLITS = {
    "train": ("train", "training"),
    "eval": ("eval", "val", "valid", "validation", "dev", "evaluation"),
    "test": ("test", "testing"),
}
weights_follow: ContextVar[bool] = ContextVar("weights_follow", default=False)


@contextmanager
def from_checkpoint(weights: bool = True) -> Generator[None]:
    """Allow nets whose files of initial weights are missing, as a checkpoint has all weights."""
    token = weights_follow.set(weights)
    try:
        yield
    finally:
        weights_follow.reset(token)


def build(cls: Any, group: str, options: Mapping[str, Any], /, **set_by_project: Any) -> Any:
    """Build an object of a class from the saved form of its options.

    Args:
        group: the name of its options before the dot.
        options: its options, in plain values.
        set_by_project: arguments that the project sets.

    Raises OptionError if the constructor fails with the given values; bugs of its code are not changed.
    """
    given = arguments(cls, group, options)
    try:
        return cls(**given | set_by_project)
    except Exception as error:
        if isinstance(error, FileNotFoundError):
            if not (isinstance(cls, type) and issubclass(cls, nn.Module)):
                raise  # DInterface says which data is missing
            if weights_follow.get() and (built := without_files(cls, given, error)) is not None:
                return built
        # A value may cause a failed lookup, such as that of nn.Relu or of a key of a dict.
        is_lookup = isinstance(error, (AttributeError, LookupError))
        patterns = (re.escape(repr(value)) for value in given.values())
        named = any(re.search(rf"(?<!\w){pattern}(?!\w)", str(error)) for pattern in patterns)
        if isinstance(error, BUGS) or not given or (is_lookup and not named):
            raise
        shown = {name: "null" if options[name] is None else options[name] for name in given}
        values = ", ".join(f"--{group}.{name} {value}" for name, value in shown.items())
        reason = f"{type(error).__name__}: {one_line(error)}"
        location = [file_of(cls), *locations_of(error)][-1]
        message = f"{cls.__name__} does not accept {values}: {reason}"
        raise OptionError(message, f"give another value; see {location}") from error


def is_own(file: Path) -> bool:
    """Return whether a file is the project's: not of the engine, nor of a .venv in the project."""
    inside = file.relative_to(PROJECT).parts if file.is_relative_to(PROJECT) else ("engine",)
    return inside[0] != "engine" and "site-packages" not in inside


def locations_of(error: Exception) -> list[str]:
    """Return where an error passed through the project's files, such as `utils/focal_loss.py, line 20`."""
    steps = traceback.extract_tb(error.__traceback__)
    own = [step for step in steps if is_own(Path(step.filename))]
    return [f"{os.path.relpath(step.filename, PROJECT)}, line {step.lineno}" for step in own]


def without_files(cls: Any, given: Config, error: FileNotFoundError) -> Any:
    """Build a net with null for every value that names a missing file; None if that is not possible."""
    remaining = {name: without_file(value, error) for name, value in given.items()}
    if remaining == given:
        return None
    try:
        return cls(**remaining)
    except FileNotFoundError as another:
        return without_files(cls, remaining, another)
    except Exception:  # it may not accept null
        return None


def without_file(value: Any, error: FileNotFoundError) -> Any:
    """Return a value with null in place of a missing file or its folder; a list is shortened."""
    if isinstance(value, (str, os.PathLike)):
        text, message = os.fspath(value), f"{error.filename or ''} {error}"
        paths = {text, str(Path(text)), str(Path(text).expanduser().resolve())} if text else set[str]()
        named = any(re.search(rf"(?<![\w.-]){re.escape(path)}(?![\w-])", message) for path in paths - {"."})
        return None if named else value
    if isinstance(value, Mapping):
        return {key: without_file(part, error) for key, part in value.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        parts = [(part, without_file(part, error)) for part in value]
        return type(value)(now for before, now in parts if now is not None or before is None)
    return value


def split_args(cls: Any, role: str) -> Config:
    """Return the argument `split` of a dataset that takes one, for a role ("train", "eval" or "test").

    Raises OptionError if its annotation allows no word for the role.
    """
    if "split" not in parameters_of(cls):
        return {}
    annotation = parameters_of(cls)["split"].annotation
    parts = [annotation, *get_args(annotation)]  # those of a union
    words = [word for part in parts if get_origin(part) is Literal for word in get_args(part)]
    fitting = [word for word in words if str(word).lower() in SPLITS[role]]
    if not (fitting or is_unknown(annotation) or str in parts):
        admitted = ", ".join(map(str, words)) or "no text"
        other = " or ".join(map(repr, SPLITS[role][:5]))
        message = f"{cls.__name__} gets split 'train', 'eval' or 'test', and its annotation has none for"
        hint = f"allow {other} in {file_of(cls)}, or choose another dataset"
        raise OptionError(f"{message} {role}: {admitted}", hint)
    return {"split": [*fitting, SPLITS[role][0]][0]}
