"""The types of `--param name:type=default`, read and written; pydantic checks the defaults."""

from __future__ import annotations

import ast
import re
from types import NoneType
from typing import Any, Literal, get_args

SIMPLE: dict[str, Any] = {"int": int, "float": float, "str": str, "bool": bool}
# The types that take others in brackets.
GENERIC: dict[str, Any] = {"Literal": Literal, "list": list, "tuple": tuple, "dict": dict}
ACCEPTED = (
    f"a type is {', '.join(SIMPLE)}, Literal['a', 'b'], list[...], tuple[...] or dict[...], "
    "or several of them and None, as in int | str | None"
)
LONGEST_QUOTE = 20
# Python's errors for a text that is not an expression, or too long or deep.
UNREADABLE = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError)
# A string as Python itself writes it.
STRING = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*["]""")


class Unfit(Exception):  # noqa: N818 - it says that a text does not fit, nothing failed
    """What was typed does not fit; holds the reason."""


def parse_type(text: str) -> Any:
    """Return the type of a text; raise Unfit for a type that a command line cannot give."""
    try:
        return _type(ast.parse(text, mode="eval").body)
    except UNREADABLE as error:
        raise Unfit(f"{_short(text) or 'nothing'} is not a type; {ACCEPTED}") from error


def _type(node: ast.expr) -> Any:
    """Return the type of an expression; raise TypeError for any other."""
    match node:
        case ast.Name(id=name) if name in SIMPLE:
            return SIMPLE[name]
        case ast.Constant(value=None):
            return None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            union = _type(left) | _type(right)
            # The linter of a project wants None at the end.
            if NoneType not in get_args(union)[:-1]:
                return union
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in GENERIC:
            items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return GENERIC[name][_arguments(name, items)]
        case _:
            pass
    raise TypeError


def _arguments(name: str, items: list[ast.expr]) -> tuple[Any, ...]:
    """Return what stands in the brackets of a type; raise TypeError for what cannot."""
    match name, items:
        case "Literal", [_, *_]:
            choices = tuple(map(ast.literal_eval, items))
            if all(type(each) in {str, int, bool} for each in choices):
                return choices
        case "list", [_]:
            return (_type(items[0]),)
        case "tuple", [each, ast.Constant(value=value)] if value is ...:
            return (_type(each), ...)
        case "tuple", [_, *_]:
            return tuple(map(_type, items))
        case "dict", [ast.Name(id="int" | "str"), _]:
            return tuple(map(_type, items))
        case _:
            pass
    raise TypeError


def parse_default(type_: Any, text: str) -> str:
    """Return a default of a type as it is written in Python; raise Unfit for another value."""
    # Typer has imported it to parse `--param`; nothing else needs it.
    from pydantic import TypeAdapter

    fitting = TypeAdapter(type_, config={"strict": True, "allow_inf_nan": False})
    try:
        value = ast.literal_eval(text)
    except UNREADABLE:
        value = text
    # A text may be typed without quotes, also one that looks like another value.
    for each in (value, text):
        try:
            return formatted(repr(fitting.validate_python(each)))
        # ValidationError is one; so is the error for an integer of too many digits.
        except ValueError:
            continue
    raise Unfit(f"{_short(text) or 'nothing'} does not fit its type")


def formatted(text: str) -> str:
    """Return an expression as the formatter writes it, in one line."""
    return STRING.sub(_quoted, ast.unparse(ast.parse(text, mode="eval")))


def _quoted(found: re.Match[str]) -> str:
    """Return a string in double quotes, unless these need more escapes."""
    text = ast.literal_eval(found[0])
    # With both quotes in it, Python escapes the single ones alone.
    inner = repr(text + "'\"")[1:-4]
    if text.count('"') > text.count("'"):
        return f"'{inner}'"
    inner = inner.replace("\\'", "'").replace('"', '\\"')
    return f'"{inner}"'


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."
