"""Hyperparameters as they are typed: `--param hidden:int=64`."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_origin

from plgen.errors import UsageError
from plgen.naming import words
from plgen.naming.kinds import Kind
from plgen.project import base_classes
from plgen.project.bindings import Names
from plgen.project.source import Class, Source
from plgen.rendering import param_types
from plgen.rendering.param_types import Unfit

EXAMPLE = "hidden:int=64"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
INDENT = " " * 8
# The formatter of a project breaks longer lines.
LONGEST_LINE = 110


@dataclass(frozen=True)
class Param:
    """A hyperparameter in the words of the constructor's signature and docstring.

    `kept` is what follows `self.` in the line that keeps it.
    """

    name: str
    type: str
    default: str
    help: str
    kept: str

    @property
    def has_mutable_default(self) -> bool:
        """Return whether the default, a list or a dict, is created in the constructor."""
        return self.kept.endswith(f" if {self.name} is None else {self.name}")


class Refused(Exception):  # noqa: N818 - it says why a parameter is refused, nothing failed
    """A parameter is refused: the reason, and a valid parameter."""

    def __init__(self, reason: str, good: str) -> None:
        super().__init__(reason)
        self.good = good


@dataclass(frozen=True)
class Existing:
    """The names that new parameters of a class must avoid.

    `used` are the names in its constructor; of them `own` are the parameters that have a default,
    each with its type, which stays. A parameter is kept under another name than one of the
    `attributes`. Other names are `refused`, each with a reason.
    """

    used: frozenset[str] = frozenset()
    own: Mapping[str, str] = field(default_factory=dict[str, str])
    attributes: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict[str, str])


NEW_CLASS = Existing()


def existing(root: Path, kind: Kind, module: Source, class_: Class) -> Existing:
    """Return the names in a class that its new parameters must avoid."""
    binding = Names(class_.constructor or ast.Module([], []))
    own = class_.parameters if class_.constructor else ()
    refused = {
        "the constructor already has it, without a default": [
            each.name for each in own if not each.value
        ],
        "its base class has an attribute of this name": words.ATTRIBUTES_OF.get(kind.noun, ()),
        "main.py passes it, so it cannot be an option": base_classes.set_by_project(
            root, kind, module, class_
        ),
    }
    return Existing(
        used=frozenset([*module.imported, *binding.binders, *binding.used]),
        own={each.name: each.annotation or "" for each in own if each.value},
        attributes=base_classes.attributes(root, module, class_),
        refused={name: reason for reason, names in refused.items() for name in names},
    )


def parse(texts: Sequence[str], command: str, existing: Existing = NEW_CLASS) -> tuple[Param, ...]:
    """Return the parameters that were typed; raise UsageError for one that is not acceptable.

    `command` is what was typed before them.
    """
    params: list[Param] = []
    for number, text in enumerate(texts):
        try:
            param = _parse(text, existing.attributes)
            _check_name(param, text, existing)
            if any(param.name == other.name for other in params):
                raise Refused("it was given twice", _renamed(text))
        except Refused as error:
            better = [*texts]
            better[number] = EXAMPLE if error.good == text else error.good
            hint = " ".join([command, *(f"--param {shlex.quote(each)}" for each in better)])
            try:
                parse(better, command, existing)
            except UsageError as again:
                hint = again.hint
            raise UsageError(f"--param {text!r}: {error}", hint) from error
        params.append(param)
    return tuple(params)


def _renamed(text: str) -> str:
    """Return a parameter under a name of its own."""
    name, _, rest = text.partition(":")
    return f"my_{name.strip()}:{rest.strip()}"


def _parse(text: str, attributes: frozenset[str]) -> Param:
    """Return one parameter; raise Refused for a text that is not one."""
    # A shell that is not Unix's passes undecodable and invisible characters too.
    if not text.isprintable():
        raise Refused("it holds a character that cannot be printed", EXAMPLE)
    name, colon, rest = (part.strip() for part in text.partition(":"))
    if not colon or not NAME.fullmatch(name):
        name, _, default = (part.strip() for part in text.partition("="))
        default = default or "64"
        good = f"{name}:{param_types.guess_type(default)}={default}"
        usable = not colon and NAME.fullmatch(name)
        raise Refused("it is not written as name:type=default", good if usable else EXAMPLE)
    written, default = _split(rest)
    try:
        type_ = param_types.parse_type(written)
    except Unfit as error:
        raise Refused(f"{error}; {param_types.ACCEPTED}", f"{name}:int=64") from error
    good = f"{name}:{param_types.type_text(type_)}={param_types.example(type_)}"
    if default is None:
        # To a shell, an unquoted bar ends the command.
        raise Refused("it needs a default. Put a type with | or [ in quotes", good)
    try:
        attribute = name
        while attribute in attributes:
            attribute = f"given_{attribute}"
        param = _param(name, attribute, type_, param_types.parse_default(type_, default))
    except Unfit as error:
        raise Refused(str(error), good) from error
    longest = max(f"{name}: {param.type} = {param.default},", f"self.{param.kept}", key=len)
    if len(INDENT + longest) > LONGEST_LINE:
        raise Refused(f"its line would be longer than {LONGEST_LINE} characters", good)
    return param


def _split(rest: str) -> tuple[str, str | None]:
    """Split at the first `=` that ends a type; one within quotes does not."""
    for place in (found.start() for found in re.finditer("=", rest)):
        try:
            ast.parse(rest[:place].strip(), mode="eval")
        except param_types.UNREADABLE:
            continue
        return rest[:place], rest[place + 1 :].strip()
    written, sign, default = rest.partition("=")
    return written, default.strip() if sign else None


def _param(name: str, attribute: str, type_: Any, default: str) -> Param:
    """Return the parameter; each object gets its own copy of a list or a dict as default."""
    text, help_text = param_types.type_text(type_), "describe it here."
    mutable = get_origin(param_types.without_none(type_)) in {list, dict}
    if default == "None" or not mutable:
        return Param(name, text, default, help_text, f"{attribute} = {name}")
    if param_types.without_none(type_) is not type_:
        raise Unfit(f"the default of {text} must be None")
    kept = f"{attribute}: {text} = {default} if {name} is None else {name}"
    if "\\" not in default and '"""' not in default:
        help_text = f"describe it here; {default} unless given."
    return Param(name, f"{text} | None", "None", help_text, kept)


def _check_name(param: Param, text: str, existing: Existing) -> None:
    """Raise Refused for a name that is not free, or another type than the constructor has."""
    name, own = param.name, existing.own
    if name in own:
        try:
            type_ = param_types.parse_type(own[name])
            same = param_types.type_text(type_) == param.type
            good = f"{name}:{own[name]}={param_types.example(type_)}"
        except Unfit:
            same, good = False, _renamed(text)
        if not same or param.has_mutable_default:
            its_type = f"with type {own[name]}" if own[name] else "without a type"
            raise Refused(f"the constructor already has this parameter {its_type}", good)
    reasons = (
        (name.lower() in words.KEYWORDS, "it is a keyword of Python"),
        (name in words.BUILTINS, "it would hide a built-in function or class of Python"),
        (name == "self", "the constructor uses it for the object"),
        (name in existing.refused, existing.refused.get(name, "")),
        (name in words.ATTRIBUTES, "PyTorch has an attribute of this name"),
        (name in {"l", "O", "I"}, "it looks like a digit"),
        (name in existing.used - own.keys(), "the file uses this name already"),
    )
    for applies, reason in reasons:
        if applies:
            raise Refused(reason, _renamed(text))
