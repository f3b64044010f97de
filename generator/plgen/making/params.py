"""Hyperparameters as they are typed: `--param hidden:int=64`."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plgen.errors import UsageError
from plgen.making import typed
from plgen.making.typed import Type, Unfit
from plgen.naming import words
from plgen.naming.kinds import METRIC, NET, Kind

EXAMPLE = "hidden:int=64"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
INDENT = " " * 8
# As long as the formatter lets a line of a project be.
LONGEST_LINE = 120


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


class Refused(Exception):  # noqa: N818 - it says why a parameter cannot be, nothing failed
    """The parameter cannot be: the reason, and one that can."""

    def __init__(self, reason: str, good: str) -> None:
        super().__init__(reason)
        self.good = good


def parse(
    texts: Sequence[str],
    taken: frozenset[str],
    own: Mapping[str, str],
    command: str,
    kind: Kind = NET,
) -> tuple[Param, ...]:
    """Return the parameters that were typed; raise UsageError for one that cannot be.

    `taken` are the names that the file has in use already; of them `own` are those of its own
    parameters, whose types stay. `command` is what was typed before.
    """
    params: list[Param] = []
    for number, text in enumerate(texts):
        try:
            param = _parse(text)
            rest = text.partition(":")[2].strip()
            if param.name in own:
                _refuse_type(param, own[param.name], rest)
            reason = _unfit(param.name, taken - own.keys(), kind)
            if any(param.name == other.name for other in params):
                reason = "it was given twice"
            if reason:
                raise Refused(reason, f"my_{param.name}:{rest}")
        except Refused as error:
            better = [*texts]
            better[number] = EXAMPLE if error.good == text else error.good
            good = " ".join([command, *(f"--param {shlex.quote(each)}" for each in better)])
            try:
                parse(better, taken, own, command, kind)
            except UsageError as again:
                good = again.hint
            raise UsageError(f"--param {text!r}: {error}", good) from error
        params.append(param)
    return tuple(params)


def _refuse_type(param: Param, own: str, rest: str) -> None:
    """Refuse another type for a parameter that the file has already."""
    if own == param.type and param.kept == f"{param.name} = {param.name}":
        return
    try:
        good = f"{param.name}:{own}={typed.read(own).example}"
    except Unfit:
        good = f"my_{param.name}:{rest}"
    raise Refused(f"the file has it already, as {own}", good)


def _parse(text: str) -> Param:
    """Return one parameter; whether its name is free is decided elsewhere."""
    # A shell that is not Unix's hands over undecodable and invisible signs too.
    if not text.isprintable():
        raise Refused("it holds a sign that cannot be printed", EXAMPLE)
    name, colon, rest = (part.strip() for part in text.partition(":"))
    if not colon or not NAME.fullmatch(name):
        name, _, default = (part.strip() for part in text.partition("="))
        typable = not colon and NAME.fullmatch(name)
        good = f"{name}:{typed.guess(default or '64')}={default or '64'}" if typable else EXAMPLE
        raise Refused("it is not written as name:type=default", good)
    written, default = _split(rest)
    try:
        kind = typed.read(written)
    except Unfit as error:
        types = "a type is int, float, str, bool, Literal[...], list[...], tuple[...] or dict[...]"
        raise Refused(f"{error}; {types}, or one of them | None", f"{name}:int=64") from error
    good = f"{name}:{kind}={kind.example}"
    if default is None:
        # Unquoted, what follows a bar is another command to the shell.
        raise Refused("it has no default, which main.py needs; quote a type with | or [", good)
    try:
        param = _param(name, kind, kind.default(default))
    except Unfit as error:
        raise Refused(str(error), good) from error
    longest = max(f"{name}: {param.type} = {param.default},", f"self.{param.kept}", key=len)
    if len(INDENT + longest) > LONGEST_LINE:
        raise Refused(f"its line would be longer than {LONGEST_LINE} characters", good)
    return param


def _split(rest: str) -> tuple[str, str | None]:
    """Split at the first `=` that ends a type; one within quotes does not."""
    places = [found.start() for found in re.finditer("=", rest)]
    for place in places:
        try:
            ast.parse(rest[:place].strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return rest[:place], rest[place + 1 :].strip()
    written, sign, default = rest.partition("=")
    return written, default.strip() if sign else None


def _param(name: str, kind: Type, default: str) -> Param:
    """Return the parameter; a list or a dict is made anew for each object."""
    says = "say here what it does."
    if default == "None" or kind.name not in {"list", "dict", "None"}:
        return Param(name, str(kind), default, says, f"{name} = {name}")
    if kind.name == "None":
        if kind.parts[0].name in {"list", "dict"}:
            raise Unfit(f"the default of {kind} can only be None")
        return Param(name, str(kind), default, says, f"{name} = {name}")
    kept = f"{name}: {kind} = {default} if {name} is None else {name}"
    if "\\" not in default and '"""' not in default:
        says = f"say here what it does; {default} unless given."
    return Param(name, f"{kind} | None", "None", says, kept)


def _unfit(name: str, taken: frozenset[str], kind: Kind) -> str | None:
    """Say why a parameter cannot have this name."""
    attributes = words.ATTRIBUTES | (
        words.METRIC_ATTRIBUTES if kind is METRIC else frozenset[str]()
    )
    reasons = (
        (name.lower() in words.KEYWORDS, "it is a word of Python"),
        (name in words.BUILTINS, "it would hide Python's own"),
        (name == "self", "it is the object itself"),
        (name in kind.filled, "main.py gives it and makes no option of it"),
        (name in attributes, "PyTorch gives the attribute a meaning of its own"),
        (name in {"l", "O", "I"}, "it looks like a digit"),
        (name in taken, "the file has a parameter or something else of that name already"),
    )
    return next((reason for applies, reason in reasons if applies), None)
