"""The types of `--param name:type=default`, read and written; pydantic checks the defaults."""

from __future__ import annotations

import ast
from types import EllipsisType
from typing import Any, Literal

SIMPLE: dict[str, Any] = {"int": int, "float": float, "str": str, "bool": bool}
# The types that take others in brackets.
GENERIC: dict[str, Any] = {"list": list, "tuple": tuple, "dict": dict}
ACCEPTED = (
    f"a type is {', '.join(SIMPLE)}, Literal['a', 'b'], list[...], tuple[...] or dict[...], "
    "or several of them and None, as in int | str | None"
)
# Spelt as main.py's options are.
BOOLEANS = {"true": "True", "false": "False"}
# Python's errors for a text that is not an expression, or too long or deep.
UNREADABLE = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError)


class Unfit(Exception):  # noqa: N818 - it says that a text does not fit, nothing failed
    """What was typed does not fit; holds the reason."""


def parse(its_type: str, default: str) -> tuple[str, str]:
    """Return a type and its default as they are written in Python; raise Unfit for others."""
    # Typer has imported it to parse `--param`; nothing else needs it.
    from pydantic import PydanticUserError, TypeAdapter

    try:
        type_ = _type(ast.parse(its_type, mode="eval").body)
        fitting = TypeAdapter(type_, config={"strict": True, "allow_inf_nan": False})
    except (*UNREADABLE, AssertionError, PydanticUserError) as error:
        raise Unfit(f"its type is not accepted; {ACCEPTED}") from error
    try:
        value = ast.literal_eval(BOOLEANS.get(default, default))
    except UNREADABLE:
        value = default
    # A text may be typed without quotes, also one that looks like another value, but None.
    for each in (value, default) if value is not None else (None,):
        try:
            return formatted(its_type), formatted(repr(fitting.validate_python(each)))
        # ValidationError is one; so is the error for an integer of too many digits.
        except ValueError:
            continue
    more = f"; to allow None, write the type as {its_type} | None" if value is None else ""
    raise Unfit(f"its default does not fit the type{more}")


def _type(node: ast.expr) -> Any:
    """Return the type of an expression; raise TypeError for any other."""
    match node:
        case ast.Name(id=name) if name in SIMPLE:
            return SIMPLE[name]
        case ast.Constant(value=None | EllipsisType() as value):
            return value
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _type(left) | _type(right)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            choices = tuple(map(ast.literal_eval, _items(inner)))
            if {*map(type, choices)} <= {str, int, bool}:
                return Literal[choices]
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in GENERIC:
            return GENERIC[name][tuple(map(_type, _items(inner)))]
        case _:
            pass
    raise TypeError


def _items(inner: ast.expr) -> list[ast.expr]:
    """Return what stands in brackets, between the commas."""
    return inner.elts if isinstance(inner, ast.Tuple) else [inner]


def formatted(text: str) -> str:
    """Return an expression in one line, with double quotes as the formatter writes them."""
    unparsed = ast.unparse(ast.parse(text, mode="eval"))
    # Where a string holds a quote, the quotes around it stay as Python itself writes them.
    return unparsed if '"' in unparsed else unparsed.replace("'", '"')
