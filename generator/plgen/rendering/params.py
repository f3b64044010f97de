"""Hyperparameters as they are typed: `--param hidden:int=64`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plgen.errors import UsageError
from plgen.naming import words
from plgen.naming.kinds import Kind
from plgen.project import base_classes
from plgen.project.bindings import Names
from plgen.project.source import Class, Source
from plgen.rendering import param_types
from plgen.rendering.param_types import Unfit

HELP = "write --param NAME:TYPE=DEFAULT, such as --param hidden:int=64; quote a type with | or ["
# A string in the type may hold the sign that ends it.
TYPED = re.compile(
    r"""\s*([A-Za-z]\w*)\s*:((?:'[^']*'|"[^"]*"|[^'"=])*)=(.*)""", re.ASCII | re.DOTALL
)


@dataclass(frozen=True)
class Param:
    """A hyperparameter in the words of the constructor's signature."""

    name: str
    type: str
    default: str


@dataclass(frozen=True)
class Existing:
    """The names in a class: a new parameter can have none of those that are `used`.

    `own` are the parameters that have a default, each with its type, which stays. `attributes` are
    those that the class and its base classes have.
    """

    used: frozenset[str] = frozenset()
    own: Mapping[str, str] = field(default_factory=dict[str, str])
    attributes: frozenset[str] = frozenset()


def existing(root: Path, kind: Kind, module: Source, class_: Class) -> Existing:
    """Return the names in a class with a constructor, and those of its base classes."""
    own = {
        each.name: param_types.formatted(each.annotation) if each.annotation else ""
        for each in class_.parameters
        if each.value
    }
    binding = Names(class_.constructor or ast.Module([], []))
    set_by_project = base_classes.set_by_project(root, kind, module, class_)
    used = {*module.imported, *binding.binders, *binding.used} - own.keys()
    library = words.ATTRIBUTES | words.ATTRIBUTES_OF.get(kind.noun, frozenset())
    return Existing(
        used=frozenset(used | set_by_project),
        own=own,
        attributes=base_classes.attributes(root, module, class_) | library,
    )


def parse(texts: Sequence[str], existing: Existing) -> tuple[Param, ...]:
    """Return the parameters that were typed; raise UsageError for one that is not acceptable."""
    params: dict[str, Param] = {}
    for text in texts:
        try:
            param = _parse(text, existing)
            if param.name in params:
                raise Unfit("it was given twice")
        except Unfit as error:
            raise UsageError(f"--param {text!r}: {error}", HELP) from error
        params[param.name] = param
    return tuple(params.values())


def _parse(text: str, existing: Existing) -> Param:
    """Return one parameter; raise Unfit for a text that is not one."""
    # A shell that is not Unix's passes undecodable and invisible characters too.
    if not text.isprintable():
        raise Unfit("it holds a character that cannot be printed")
    typed = TYPED.fullmatch(text)
    if not typed:
        raise Unfit("it is not NAME:TYPE=DEFAULT")
    name, its_type, default = (part.strip() for part in typed.groups())
    if name in words.LIKE_DIGITS:
        raise Unfit("the linter refuses this name, which looks like a digit")
    if name in words.BUILTINS | {"self"} or name.lower() in words.KEYWORDS:
        raise Unfit("Python, or every constructor, uses this name itself")
    if name in existing.used:
        raise Unfit("the class uses this name already, or main.py sets it")
    param = Param(name, *param_types.parse(its_type, default))
    if param.default.startswith(("[", "{")):
        # All objects of the class would share it.
        raise Unfit(
            "its default is a list or a dict; use None with a type like list[int] | None, "
            "or a type like tuple[int, ...]"
        )
    own = existing.own.get(name, param.type)
    if own != param.type:
        raise Unfit(f"the constructor gives it {f'the type {own}' if own else 'no type'}")
    return param
