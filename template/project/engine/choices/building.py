"""Building what was chosen: typed arguments, and errors that name the option whose value a constructor refuses."""

import dataclasses
import linecache
import os
import re
import traceback
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum, EnumType
from inspect import Parameter
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from torch import nn

from ..errors import OptionError
from .groups import arguments, file_of, has_default, is_unknown, parameters_of
from .names import PROJECT

Config = dict[str, Any]
OWN = (OptionError, ImportError, NameError, SyntaxError, RecursionError)  # whatever the values are
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
    """Within it nets get all their weights from a checkpoint: files of initial weights may be gone."""
    token = weights_follow.set(weights)
    try:
        yield
    finally:
        weights_follow.reset(token)


def is_loading() -> bool:
    """Whether Lightning's load_from_checkpoint is building the interface, for which it has no hook."""
    return any(frame.f_code.co_name == "load_from_checkpoint" for frame, _ in traceback.walk_stack(None))


def build(found: Any, group: str, options: Mapping[str, Any], **filled: Any) -> Any:
    """Build an object of a class from the saved form of its options.

    Args:
        found: the class.
        group: the name of its options before the dot.
        options: its options, in plain values.
        filled: arguments that the project gives.

    Raises OptionError for a value that the constructor refuses. Any other error of the constructor stays as it is.
    """
    given = arguments(found, group, options)
    is_net = isinstance(found, type) and issubclass(found, nn.Module)
    try:
        return call(found, given | filled)
    except Exception as error:
        if isinstance(error, FileNotFoundError) and not is_net:
            raise  # the interface of the data says what is missing
        if (
            isinstance(error, FileNotFoundError)
            and (weights_follow.get() or is_loading())
            and (built := without_files(found, given, error)) is not None
        ):
            return built
        if isinstance(error, OWN) or not given or not (blamed := blame(found, given, error, is_net)):
            raise
        values = ", ".join(f"--{group}.{name} {shown(options[name])}" for name in blamed)
        reason, place = describe(error)
        message = f"{found.__name__} does not accept {values}: {reason}"
        raise OptionError(message, f"give another value; see {place or file_of(found)}") from error


def call(found: Any, named: Config) -> Any:
    """Call a constructor by names, and by position where it takes a parameter in no other way."""
    unnamed = [each for each in parameters_of(found).values() if each.kind is Parameter.POSITIONAL_ONLY]
    needed = max((place + 1 for place, each in enumerate(unnamed) if each.name in named), default=0)
    first = [named.get(each.name, each.default) for each in unnamed[:needed]]
    names = {each.name for each in unnamed}
    return found(*first, **{name: value for name, value in named.items() if name not in names})


def blame(found: Any, given: Config, error: Exception, is_net: bool) -> list[str]:
    """The parameters whose values a constructor refuses; none where the error is one of its code.

    Trying tells them apart: if a net can be built without the values that may be left out, it refuses one of these.
    A value that must be given, and any of a dataset, whose files may take long to read, is refused where the project's
    code raises or asserts, or where the message or a line that fails names the parameter.
    """
    parameters = parameters_of(found)
    left_out = [name for name in given if name in parameters and has_default(parameters[name])] if is_net else []
    if left_out and works(found, given, left_out):
        return [name for name in left_out if works(found, given, [name])] or left_out
    lines = own_lines(error)
    words = {*re.findall(r"\w+", " ".join([*lines, str(error)]))}
    rest = [name for name in given if name not in left_out]
    named = [name for name in rest if name in words]
    return named or (rest if lines and REFUSES.match(lines[-1]) else [])


def works(found: Any, given: Config, without: list[str]) -> bool:
    """Whether a constructor accepts the other values."""
    try:
        call(found, {name: value for name, value in given.items() if name not in without})
    except Exception:
        return False
    return True


def own_steps(error: Exception) -> list[traceback.FrameSummary]:
    """The steps of a traceback in the project's own files."""
    steps, engine = traceback.extract_tb(error.__traceback__), PROJECT / "engine"
    own = [step for step in steps if Path(step.filename).is_relative_to(PROJECT)]
    return [step for step in own if not Path(step.filename).is_relative_to(engine)]


def own_lines(error: Exception) -> list[str]:
    """The project's own statements that led to an error; the last is empty if another package raised it."""
    steps = own_steps(error)
    lines = [
        " ".join(linecache.getline(step.filename, place).strip() for place in range(step.lineno, step.end_lineno + 1))
        for step in steps
        if step.lineno and step.end_lineno
    ]
    raised_here = steps and steps[-1] == traceback.extract_tb(error.__traceback__)[-1]
    return lines if raised_here else [*lines, ""]


def describe(error: Exception) -> tuple[str, str]:
    """What an error says, in one line, and where in the project's own code it was."""
    said, lines = " ".join(str(error).split()), own_lines(error)
    kind = "" if said and lines and REFUSES.match(lines[-1]) else f"{type(error).__name__}: "
    steps = own_steps(error)
    place = f"{os.path.relpath(steps[-1].filename, PROJECT)}, line {steps[-1].lineno}" if steps else ""
    return f"{kind}{said or (lines[-1] if lines else '')}"[:300], place


def shown(value: Any) -> str:
    """A value as it is typed."""
    return "null" if value is None else str(value)


def without_files(found: Any, given: Config, error: FileNotFoundError) -> Any:
    """Build a net with null in place of values that name the files that are missing; None if it cannot be built so."""
    for name, value in given.items():
        for instead in (None, without_leaf(value, error)) if names_file(value, error) else ():
            try:
                return call(found, given | {name: instead})
            except FileNotFoundError as another:  # a second file
                if (built := without_files(found, given | {name: instead}, another)) is not None:
                    return built
            except Exception:  # null may be nothing that it takes
                continue
    return None


def names_file(value: Any, error: FileNotFoundError) -> bool:
    """Whether a value, or one within it, names the missing file of an error, or a folder that it should be in."""
    if isinstance(value, (str, os.PathLike)):
        text = os.fspath(value)
        said = f"{error.filename or ''} {error}"
        paths = {text, str(Path(text)), str(Path(text).expanduser().resolve())} - {"", "."} if text else set[str]()
        return any(re.search(rf"(?<![\w.-]){re.escape(path)}(?![\w-])", said) for path in paths)
    return any(names_file(held, error) for held in held_by(value))


def held_by(value: Any) -> list[Any]:
    """The values within a value."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in dataclasses.fields(value)]
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else []


def without_leaf(value: Any, error: FileNotFoundError) -> Any:
    """A value with null for each field or entry that names a missing file, and lists without it."""
    if isinstance(value, (str, os.PathLike)):
        return None if names_file(value, error) else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
        return dataclasses.replace(value, **{name: without_leaf(held, error) for name, held in fields.items()})
    if isinstance(value, Mapping):
        return {key: without_leaf(held, error) for key, held in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)) and not hasattr(value, "_fields"):
        kept = [held for held in value if held_by(held) or not names_file(held, error)]
        return type(value)(without_leaf(held, error) for held in kept)
    return value


def split_args(found: Any, role: str) -> Config:
    """The argument `split` of a dataset that takes one: its word for a role ("train", "eval" or "test").

    Raises OptionError where its annotation has none.
    """
    if "split" not in parameters_of(found):
        return {}
    allowed = allowed_values(parameters_of(found)["split"].annotation)
    if allowed is None:
        return {"split": SPLITS[role][0]}
    names = {str(value).lower(): value for value in allowed}
    names |= {str(word).lower(): value for value in allowed for word in words_of(value)}
    for word in SPLITS[role]:
        if word in names:
            return {"split": names[word]}
    admitted = ", ".join(map(str, allowed)) or "no text"
    message = f"{found.__name__} gets split 'train', 'eval' or 'test', and its annotation has none for {role}"
    other = " or ".join(repr(word) for word in SPLITS[role][:5])
    raise OptionError(f"{message}: {admitted}", f"allow {other} in {file_of(found)}, or choose another dataset")


def words_of(value: Any) -> list[Any]:
    """What a member of an Enum is called."""
    return [value.value, value.name] if isinstance(value, Enum) else []


def allowed_values(annotation: Any) -> list[Any] | None:
    """The values of a Literal or an Enum, also within a union; None where any text will do."""
    if is_unknown(annotation) or annotation is str:
        return None
    if isinstance(annotation, EnumType):
        return list(annotation)
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    parts = [allowed_values(part) for part in get_args(annotation)]
    return None if None in parts else [value for part in parts if part for value in part]
