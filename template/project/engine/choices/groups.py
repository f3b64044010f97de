"""Groups of options: the parameters of a constructor, typed, with the help texts of its docstring.

The parser returns values of the annotated types. Files, checkpoints and the arguments of the interfaces hold
plain numbers, strings, lists and dicts, which `arguments` parses again. So a constructor gets the same values
from the command line, a file, a checkpoint and `MInterface.load_from_checkpoint`.
"""

import argparse
import datetime
import enum
import os
import pathlib
import re
import warnings
from collections.abc import Callable, Collection, Mapping
from copy import deepcopy
from dataclasses import is_dataclass
from functools import cache
from inspect import Parameter
from types import NoneType, UnionType
from typing import Annotated, Any, ForwardRef, Literal, TypeVar, get_args, get_origin

import torch
import yaml
from jsonargparse import SUPPRESS, ArgumentError, ArgumentParser, Namespace
from jsonargparse._parameter_resolvers import ParamData, get_signature_parameters  # follows **kwargs
from jsonargparse.typing import register_type

from ..errors import OptionError, one_line
from .kinds import KINDS
from .literals import is_plain, literal, read, same, written

Config = dict[str, Any]
KINDS_BY_GROUP = {kind.group: kind for kind in KINDS if kind.group}
SIMPLE = (NoneType, bool, int, float, str)
# Classes that can be written as text, with their subclasses; so can dataclasses and those of ABSTRACT.
DATA: tuple[Any, ...] = (
    *(bool, int, float, complex, str, bytes, bytearray),
    *(list, tuple, set, frozenset, dict),
    *(torch.Tensor, torch.device, datetime.timedelta, enum.Enum, os.PathLike),
)
ABSTRACT = {
    *("Collection", "Container", "Iterable", "Mapping", "Sequence", "Set"),
    *("MutableMapping", "MutableSequence"),
}
CLASH = "\u200b"  # jsonargparse's mark on a name that is also a method of its Namespace


def path_of(text: Any) -> pathlib.Path:
    """Return a path with the home folder in place of ~."""
    return pathlib.Path(text).expanduser()


# Types that jsonargparse does not know, or does not save and read unchanged. A tensor is a list.
register_type(torch.Tensor, torch.Tensor.tolist, torch.tensor)
register_type(torch.device, str, torch.device)
register_type(pathlib.Path, str, path_of, type_check=isinstance)
# PyYAML reads 1e-3 as text, and jsonargparse as a number: text that looks so is quoted in files.
EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$")
for kind in (yaml.SafeLoader, yaml.SafeDumper):
    kind.add_implicit_resolver("tag:yaml.org,2002:float", EXPONENT, [*"-+0123456789"])


def is_text(annotation: Any) -> bool:
    """Return whether a value of this type can be written as text, unlike a net, a class or a function."""
    kind, parts = get_origin(annotation) or annotation, get_args(annotation)
    if kind is Literal:
        return all(type(value) in SIMPLE for value in parts)
    if kind is Annotated:
        return is_text(parts[0])
    if isinstance(kind, type) and kind not in (NoneType, UnionType, object, Any):
        if is_dataclass(kind):
            return not any(map(is_code, parameters_of(kind).values()))
        is_abstract = kind.__module__ == "collections.abc" and kind.__name__ in ABSTRACT
        if not is_abstract and not issubclass(kind, DATA):
            return False
    return kind is not Callable and all(is_text(part) for part in parts if part is not ...)


def is_unknown(annotation: Any) -> bool:
    """Return whether an annotation is missing, cannot be resolved, or allows everything."""
    return isinstance(annotation, (str, ForwardRef, TypeVar)) or annotation in (Parameter.empty, Any, object)


@cache
def parameters_of(cls: Any) -> dict[str, ParamData]:
    """Return the parameters that a constructor names, and those that it passes on as **kwargs."""
    variable = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return {each.name: each for each in get_signature_parameters(cls, None) if each.kind not in variable}


def is_code(parameter: ParamData) -> bool:
    """Return whether a parameter can only be set in code, by its type or, without one, by its default."""
    if is_unknown(parameter.annotation):
        return callable(parameter.default) and has_default(parameter)
    return not is_text(parameter.annotation)


def is_storable(parameter: ParamData) -> bool:
    """Return whether a file can hold the default of a parameter; otherwise files leave it out."""
    default = parameter.default
    marker_modules = ("inspect", "dataclasses", ParamData.__module__)
    if not has_default(parameter) or type(default) in SIMPLE or type(default).__module__ in marker_modules:
        return True  # also if it has none, or if a function makes it
    try:
        if is_unknown(parameter.annotation):
            written(default)
        else:
            trial = ArgumentParser(exit_on_error=False)
            with warnings.catch_warnings(action="error"):  # otherwise jsonargparse saves a message instead
                trial.add_argument("--value", type=parameter.annotation, default=default)
                trial.dump(trial.get_defaults(skip_validation=True))
    except Exception:  # each type raises its own
        return False
    return True


def add_options(
    parser: ArgumentParser,
    cls: Any,
    group: str,
    skip: Collection[str] = (),
    derived: Collection[str] = (),
    inherited: Collection[str] = (),
) -> list[str]:
    """Add a constructor's parameters as typed options; return those that can only be set in code.

    Args:
        skip: parameters that are not options, such as those that the project sets.
        derived: parameters that are inferred unless they are given.
        inherited: parameters that an alias takes from its dataset: not required, and in files only if given.

    Raises OptionError if a required parameter can only be set in code.
    """
    skip = {*skip, *not_options(cls, group)}
    parameters = {name: each for name, each in parameters_of(cls).items() if name not in skip}
    in_code = [name for name, each in parameters.items() if is_code(each) and name not in derived]
    for name in in_code:
        if not has_default(parameters[name]):
            message = f"{cls.__name__} needs {name!r}, which cannot be given on the command line"
            files = "model_interface.py or data_interface.py"
            raise OptionError(message, f"give it a default in a class of your own, or build it in {files}")
    one_by_one = {
        name: each
        for name, each in parameters.items()
        if name not in in_code
        and (name in (*derived, *inherited) or is_unknown(each.annotation) or not is_storable(each))
    }
    skip |= {*in_code, *one_by_one}
    shown: Any = parser.add_argument_group(f"{cls.__name__} (--{group}.*)", name=group)
    shown.add_class_arguments(cls, group, as_group=False, skip=skip, fail_untyped=False)
    for name, each in one_by_one.items():
        kind: Any = literal if is_unknown(each.annotation) else each.annotation
        options: Config = {"type": kind, "help": each.doc}
        if name in derived:
            kind = kind if kind is literal else kind | None
            options = {"type": kind, "help": "inferred unless given", "default": None}
        elif name in inherited:
            options["default"] = SUPPRESS
        elif not has_default(each):
            options["required"] = True
        else:
            options["default"] = written(each.default) if is_storable(each) else SUPPRESS
        shown.add_argument(f"--{group}.{name}", **options)
    return in_code


def not_options(cls: Any, group: str) -> frozenset[str]:
    """Return the parameters of a class that are not options: the project sets them, or they are hidden."""
    if group not in KINDS_BY_GROUP:
        return frozenset()
    kind = KINDS_BY_GROUP[group]
    return kind.set_by_project | (kind.hidden if kind.is_of_library(cls) else frozenset())


def file_of(cls: Any) -> str:
    """Return the file of a class, relative to the project."""
    return f"{cls.__module__.replace('.', '/')}.py"


def plain_options(
    parser: ArgumentParser,
    args: Namespace,
    saved: Mapping[str, Any] | None = None,
    flags: Collection[str] = (),
) -> Config:
    """Return every option as plain values, in the parser's order, null included.

    Args:
        saved: the options in files and in a checkpoint.
        flags: the names of the options on the command line.
    """
    dumped: Config = yaml.safe_load(parser.dump(args)) or {}
    config: Config = {}
    for key in vars(args.as_flat()):
        name = key.replace(CLASH, "")
        put(config, name, lookup(dumped, name))
    for name, text in misread_strings(parser, args, saved or {}, flags).items():
        put(config, name, text)
    return config


def misread_strings(
    parser: ArgumentParser, args: Namespace, saved: Mapping[str, Any], flags: Collection[str] = ()
) -> dict[str, str]:
    """Return the strings of files and of defaults that jsonargparse has read as something else, by option.

    It reads "null" of `str | None` as None and "1" of `int | str` as 1, right only on a command line.
    """
    strings: dict[str, str] = {}
    for action in actions_of(parser):
        key, known = action.dest.replace(CLASH, ""), action.dest in args
        text, parsed = lookup(saved, key, action.default), args.get(action.dest)
        admits = str in get_args(getattr(action, "_typehint", None))
        given = any(f"{key}.".startswith(f"{option}.") for option in flags)
        if admits and known and not given and type(text) is str and type(parsed) in SIMPLE and parsed != text:
            strings[key] = text
    return strings


def actions_of(parser: ArgumentParser) -> list[argparse.Action]:
    """Return the options of a parser."""
    return parser._actions  # pyright: ignore[reportPrivateUsage] (there is no public list)


def lookup(options: Mapping[str, Any], key: str, default: Any = None) -> Any:
    """Return an option by its name with dots, from its groups or, as a file may have it, under this name."""
    if key in options:
        return options[key]
    group, _, rest = key.partition(".")
    within = options.get(group)
    return lookup(within, rest, default) if rest and isinstance(within, Mapping) else default


def put(options: Config, key: str, value: Any) -> None:
    """Set an option by its name with dots, within its groups."""
    *groups, name = key.split(".")
    for group in groups:
        options = options.setdefault(group, {})
    options[name] = value


def arguments(cls: Any, group: str, options: Mapping[str, Any], derived: Collection[str] = ()) -> Config:
    """Return a constructor's arguments, of its annotated types, from the saved form of its options.

    Values that equal the default are left out, so that the constructor uses its own object; so are derived
    ones that are null. An object that can only be set in code is passed on unchanged.

    Raises OptionError for a value that is not of the annotated type.
    """
    parameters, skip = parameters_of(cls), not_options(cls, group)
    values = {name: value for name, value in options.items() if value is not None or name not in derived}
    parsed = {name for name in {*values} & {*parameters} - skip if not is_code(parameters[name])}
    untyped = {name for name in parsed if is_unknown(parameters[name].annotation)}
    parsed -= {name for name in untyped if not is_plain(values[name])}
    values |= {name: read(deepcopy(values[name])) for name in parsed & untyped}
    optional = {name for name in parsed - {*derived} if has_default(parameters[name])}
    defaults = {name: parameters[name].default for name in optional}
    if objects := {name for name in optional - untyped if type(defaults[name]) not in SIMPLE}:
        parser = group_parser(cls, group, objects)
        defaults |= plain_options(parser, parser.get_defaults()).get(group, {})
    unchanged = {name for name, default in defaults.items() if same(values[name], default)}
    values = {name: value for name, value in values.items() if name not in unchanged}
    given = {name: deepcopy(values[name]) for name in values if name in parsed - untyped}  # parsing edits it
    if not given:
        return values
    if any(map(names_class, given.values())):
        raise OptionError(f"--{group}.*: class_path names a class to build", "give plain values only")
    parser = group_parser(cls, group, given)
    try:
        namespace = parser.parse_object({group: given})
        strings = misread_strings(parser, namespace, {group: given})
        for key, text in strings.items():
            namespace[key] = text
        instantiated = getattr(parser, "instantiate", parser.instantiate_classes)(namespace)
    except ArgumentError as error:
        raise OptionError(f"{cls.__name__}: {one_line(error)}", f"see {file_of(cls)}") from error
    return values | {name: strings.get(f"{group}.{name}", instantiated[group][name]) for name in given}


def has_default(parameter: ParamData) -> bool:
    """Return whether a parameter may be left out."""
    return parameter.default is not Parameter.empty


def group_parser(cls: Any, group: str, names: Collection[str]) -> ArgumentParser:
    """Return a parser of some parameters of a constructor."""
    parser = ArgumentParser(exit_on_error=False)
    add_options(parser, cls, group, skip={*parameters_of(cls)} - {*names})
    return parser


def names_class(value: Any) -> bool:
    """Return whether a value names a class, of which jsonargparse would build an object."""
    if isinstance(value, dict):
        return "class_path" in value or any(map(names_class, value.values()))
    return isinstance(value, (list, tuple)) and any(map(names_class, value))
