"""The types of `--param name:type=default`: how they are read, checked and written.

One more simple type is one more line in SIMPLE; pydantic checks the defaults of all types.
"""

from __future__ import annotations

import ast
from types import GenericAlias, NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

# Each with an example of a default.
SIMPLE: dict[type, Any] = {int: 64, float: 0.1, str: "text", bool: True}
BY_NAME = {type_.__name__: type_ for type_ in SIMPLE}
KEYS = (int, str)
ACCEPTED = (
    f"a type is {', '.join(BY_NAME)}, Literal[...], list[...], tuple[...] or dict[...], "
    "or one of them | None"
)
LONGEST_QUOTE = 20
# Python's errors for a text that is not an expression, or too long or deep.
UNREADABLE = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError)


class Unfit(Exception):  # noqa: N818 - it says that a text does not fit, nothing failed
    """The text is not a type, or not a default of its type; holds the reason."""


def parse_type(text: str) -> Any:
    """Return the type of a text; raise Unfit for a type that a command line cannot give."""
    try:
        return _type(ast.parse(text.strip(), mode="eval").body)
    except UNREADABLE as error:
        raise Unfit(f"{text.strip() or 'nothing'} is not a type") from error


def _type(node: ast.expr) -> Any:
    """Return the type of an expression."""
    match node:
        case ast.Name(id=name) if name in BY_NAME:
            return BY_NAME[name]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            sides = [side for side in (left, right) if not _is(side, None)]
            if len(sides) == 1:
                return _type(sides[0]) | None
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            items = index.elts if isinstance(index, ast.Tuple) else [index]
            found = _literal(items) if name == "Literal" else _collection(name, items)
            if found is not None:
                return found
        case _:
            pass
    raise Unfit(f"{ast.unparse(node)} is not a type that the command line can give")


def _literal(items: list[ast.expr]) -> Any:
    """Return the type of choices, or None."""
    choices = tuple(map(_value, items))
    fit = choices and all(type(each) in {str, int, bool} for each in choices)
    return cast("Any", Literal)[choices] if fit else None


def _collection(name: str, items: list[ast.expr]) -> Any:
    """Return the type of a list, a tuple or a dict, or None."""
    any_length = name == "tuple" and len(items) > 1 and _is(items[-1], ...)
    inner = tuple(map(_type, items[:-1] if any_length else items))
    fits = {
        "list": len(inner) == 1,
        "tuple": len(inner) == 1 if any_length else bool(inner),
        "dict": len(inner) == len(("key", "value")) and inner[0] in KEYS,
    }
    if not fits.get(name):
        return None
    collections = {"list": list, "tuple": tuple, "dict": dict}
    return GenericAlias(collections[name], (*inner, ...) if any_length else inner)


def type_text(type_: Any) -> str:
    """Return a type as it is written in Python."""
    if type_ in {NoneType, ...}:
        return "None" if type_ is NoneType else "..."
    if _is_union(type_):
        return " | ".join(map(type_text, get_args(type_)))
    write = value_text if get_origin(type_) is Literal else type_text
    inner = ", ".join(map(write, get_args(type_)))
    return f"{type_.__name__}[{inner}]" if inner else type_.__name__


def parse_default(type_: Any, text: str) -> str:
    """Return a default of a type as it is written in Python; raise Unfit for another value."""
    # Typer has imported it to parse `--param`; nothing else needs it.
    from pydantic import TypeAdapter, ValidationError

    none = type_ is not str and text.strip() == "None"
    # A shell takes the quotes away.
    if without_none(type_) is str and not none and not text.strip().startswith(("'", '"')):
        return value_text(text)
    try:
        value = _value(ast.parse(text.strip(), mode="eval").body)
    except UNREADABLE as error:
        raise Unfit(f"{_short(text)} is not a value") from error
    try:
        fitting = TypeAdapter(type_, config={"strict": True, "allow_inf_nan": False})
        return value_text(fitting.validate_python(value))
    except ValidationError as error:
        raise Unfit(f"{_short(text)} is not a {type_text(type_)}") from error
    # An integer of more digits than Python writes.
    except ValueError as error:
        raise Unfit(f"{_short(text)} is too long") from error


def without_none(type_: Any) -> Any:
    """Return a type without `| None`."""
    return get_args(type_)[0] if _is_union(type_) else type_


def guess_type(text: str) -> str:
    """Return the type of a value that was typed without one."""
    try:
        value = _value(ast.parse(text.strip(), mode="eval").body)
    except UNREADABLE:
        value = text
    return type(value).__name__ if type(value) in SIMPLE else "str"


def example(type_: Any) -> str:
    """Return a default of a type."""
    return value_text(_example(type_))


def _example(type_: Any) -> Any:
    inner = get_args(type_)
    origin = get_origin(type_)
    if origin is Literal:
        return inner[0]
    if _is_union(type_):
        return None
    if type_ in SIMPLE:
        return SIMPLE[type_]
    examples = [_example(each) for each in inner if each is not ...]
    return {examples[0]: examples[1]} if origin is dict else origin(examples)


def value_text(value: Any) -> str:
    """Return a value as the formatter writes it."""
    match value:
        case str():
            return _quoted(value)
        case list():
            return f"[{', '.join(map(value_text, cast('list[Any]', value)))}]"
        case tuple():
            items = [*map(value_text, cast("tuple[Any, ...]", value))]
            return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
        case dict():
            pairs = cast("dict[Any, Any]", value).items()
            return f"{{{', '.join(f'{value_text(k)}: {value_text(v)}' for k, v in pairs)}}}"
        case _:
            return repr(value)


def _quoted(text: str) -> str:
    """Return a text in double quotes, unless these need more escapes."""
    # With both quotes in it, Python escapes the single ones alone.
    inner = repr(text + "'\"")[1:-4]
    if text.count('"') > text.count("'"):
        return f"'{inner}'"
    inner = inner.replace("\\'", "'").replace('"', '\\"')
    return f'"{inner}"'


class _Quote(ast.NodeTransformer):
    """Make a string of each bare word, whose quotes a shell took away."""

    def visit_Name(self, node: ast.Name) -> ast.Constant:
        return ast.Constant(node.id)


def _value(node: ast.expr) -> Any:
    """Return the value of a literal."""
    return ast.literal_eval(_Quote().visit(node))


def _is_union(type_: Any) -> bool:
    # `Literal[...] | None` is the former.
    return get_origin(type_) in {Union, UnionType}


def _is(node: ast.expr, constant: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is constant


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."
