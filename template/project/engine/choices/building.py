"""Build the chosen classes. If a constructor refuses a value, the error names its option."""

import dataclasses
import linecache
import os
import re
import traceback
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum, EnumType
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from torch import nn

from ..errors import OptionError, one_line
from ..imports import PROJECT
from .groups import Config, arguments, file_of, has_default, is_unknown, parameters_of

BUGS = (OptionError, ImportError, NameError, SyntaxError, RecursionError)  # not caused by a value
REFUSES = re.compile(r"(raise|assert)\b")  # a statement with which a constructor refuses a value
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


def is_loading() -> bool:
    """Return whether Lightning's load_from_checkpoint is building the interface; it has no hook for that."""
    return any(frame.f_code.co_name == "load_from_checkpoint" for frame, _ in traceback.walk_stack(None))


def build(found: Any, group: str, options: Mapping[str, Any], **filled: Any) -> Any:
    """Build an object of a class from the saved form of its options.

    Args:
        group: the name of its options before the dot.
        options: its options, in plain values.
        filled: arguments that the project sets.

    Raises OptionError for a value that the constructor refuses; other errors are not changed.
    """
    given = arguments(found, group, options)
    is_net = isinstance(found, type) and issubclass(found, nn.Module)
    try:
        return found(**given | filled)
    except Exception as error:
        if isinstance(error, FileNotFoundError):
            if not is_net:
                raise  # DInterface says which data is missing
            follow = weights_follow.get() or is_loading()
            if follow and (built := without_files(found, given, error)) is not None:
                return built
        if isinstance(error, BUGS) or not given or not (blamed := blame(found, given, error, is_net)):
            raise
        shown = {name: "null" if options[name] is None else options[name] for name in blamed}
        values = ", ".join(f"--{group}.{name} {value}" for name, value in shown.items())
        reason, place = error_text(error)
        message = f"{found.__name__} does not accept {values}: {reason}"
        raise OptionError(message, f"give another value; see {place or file_of(found)}") from error


def blame(found: Any, given: Config, error: Exception, is_net: bool) -> list[str]:
    """Return the parameters whose values a constructor refuses; none if its code has a bug.

    A net is built again without its optional values: if that works, one of them is to blame. Other classes
    are not built again, as a dataset may take long. For them, and for required values, the parameters that
    the message or a failing line names are to blame; if it names none, all are, but only if the project's
    code raises or asserts.
    """
    optional: list[str] = []
    if is_net:
        parameters = parameters_of(found)
        optional = [name for name in given if name in parameters and has_default(parameters[name])]
    if optional and works(found, given, optional):
        return [name for name in optional if works(found, given, [name])] or optional
    lines = own_lines(error)
    words = {*re.findall(r"\w+", " ".join([*lines, str(error)]))}
    required = [name for name in given if name not in optional]
    named = [name for name in required if name in words]
    return named or (required if lines and REFUSES.match(lines[-1]) else [])


def works(found: Any, given: Config, without: list[str]) -> bool:
    """Return whether a constructor accepts the other values."""
    try:
        found(**{name: value for name, value in given.items() if name not in without})
    except Exception:
        return False
    return True


def own_steps(error: Exception) -> list[traceback.FrameSummary]:
    """Return the steps of a traceback in the project's own files."""
    steps = traceback.extract_tb(error.__traceback__)
    return [step for step in steps if is_own(Path(step.filename))]


def is_own(file: Path) -> bool:
    """Return whether a file is the project's: not of the engine, nor of a .venv in the project."""
    inside = file.relative_to(PROJECT).parts if file.is_relative_to(PROJECT) else ("engine",)
    return inside[0] != "engine" and "site-packages" not in inside


def locations_of(error: Exception) -> list[str]:
    """Return where an error passed through the project's files, such as `utils/focal_loss.py, line 20`."""
    return [f"{os.path.relpath(step.filename, PROJECT)}, line {step.lineno}" for step in own_steps(error)]


def own_lines(error: Exception) -> list[str]:
    """Return the project's statements that led to an error; the last is empty if a package raised it."""
    steps, lines = own_steps(error), list[str]()
    for step in steps:
        numbers = range(step.lineno, step.end_lineno + 1) if step.lineno and step.end_lineno else ()
        lines.append(" ".join(linecache.getline(step.filename, number).strip() for number in numbers))
    raised_here = steps and steps[-1] == traceback.extract_tb(error.__traceback__)[-1]
    return lines if raised_here else [*lines, ""]


def error_text(error: Exception) -> tuple[str, str]:
    """Return the message of an error in one line, and its place in the project's own code."""
    message, lines = one_line(error), own_lines(error)
    kind = "" if message and lines and REFUSES.match(lines[-1]) else f"{type(error).__name__}: "
    place = ["", *locations_of(error)][-1]
    return f"{kind}{message or (lines[-1] if lines else '')}"[:300], place


def without_files(found: Any, given: Config, error: FileNotFoundError) -> Any:
    """Build a net with null for every value that names a missing file; None if that is not possible."""
    remaining = {name: without_file(value, error) for name, value in given.items()}
    if remaining == given:
        return None
    try:
        return found(**remaining)
    except FileNotFoundError as another:
        return without_files(found, remaining, another)
    except Exception:  # it may not accept null
        return None


def without_file(value: Any, error: FileNotFoundError) -> Any:
    """Return a value with null in place of a missing file or its folder; a list is shortened."""
    if isinstance(value, (str, os.PathLike)):
        text, message = os.fspath(value), f"{error.filename or ''} {error}"
        paths = {text, str(Path(text)), str(Path(text).expanduser().resolve())} if text else set[str]()
        named = any(re.search(rf"(?<![\w.-]){re.escape(path)}(?![\w-])", message) for path in paths - {"."})
        return None if named else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
        return dataclasses.replace(value, **{name: without_file(part, error) for name, part in parts.items()})
    if isinstance(value, Mapping):
        return {key: without_file(part, error) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)) and not hasattr(value, "_fields"):
        parts = [(part, without_file(part, error)) for part in value]
        return type(value)(now for before, now in parts if now is not None or before is None)
    return value


def split_args(found: Any, role: str) -> Config:
    """Return the argument `split` of a dataset that takes one, for a role ("train", "eval" or "test").

    Raises OptionError if its annotation allows no word for the role.
    """
    if "split" not in parameters_of(found):
        return {}
    allowed = allowed_values(parameters_of(found)["split"].annotation)
    if allowed is None:
        return {"split": SPLITS[role][0]}
    names = {str(value).lower(): value for value in allowed}
    members = [value for value in allowed if isinstance(value, Enum)]
    names |= {str(word).lower(): member for member in members for word in (member.value, member.name)}
    for word in SPLITS[role]:
        if word in names:
            return {"split": names[word]}
    admitted = ", ".join(map(str, allowed)) or "no text"
    other = " or ".join(map(repr, SPLITS[role][:5]))
    message = f"{found.__name__} gets split 'train', 'eval' or 'test', and its annotation has none for {role}"
    hint = f"allow {other} in {file_of(found)}, or choose another dataset"
    raise OptionError(f"{message}: {admitted}", hint)


def allowed_values(annotation: Any) -> list[Any] | None:
    """Return the values of a Literal or an Enum, also within a union; None if any text is allowed."""
    if is_unknown(annotation) or annotation is str:
        return None
    if isinstance(annotation, EnumType):
        return list(annotation)
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    parts = [allowed_values(part) for part in get_args(annotation)]
    return None if None in parts else [value for part in parts if part for value in part]
