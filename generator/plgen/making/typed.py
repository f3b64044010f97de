"""The types that a hyperparameter can have, and defaults of them, as plain Python text."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass

SHOWN = 20
SCALARS = ("int", "float", "str", "bool")


class Unfit(Exception):  # noqa: N818 - it says that a text fits no type, nothing failed
    """The text is no type, or no default of its type; holds the reason."""


@dataclass(frozen=True)
class Type:
    """A type: a scalar, `Literal` with choices, or `list`, `tuple`, `dict`, `None` with parts.

    `None` stands for "its part, or None"; a tuple of any length has `...` as its second part.
    """

    name: str
    parts: tuple[Type, ...] = ()
    choices: tuple[str | int | bool, ...] = ()

    def __str__(self) -> str:
        """Return the type as it is written in Python."""
        if self.name == "None":
            return f"{self.parts[0]} | None"
        inner = [*map(str, self.parts), *(_constant(choice) for choice in self.choices)]
        return f"{self.name}[{', '.join(inner)}]" if inner else self.name

    @property
    def example(self) -> str:
        """Return a default of this type."""
        inner = [part.example for part in self.parts if part.name != "..."]
        scalars = {"int": "64", "float": "0.1", "str": '"text"', "bool": "True", "None": "None"}
        if self.name in scalars:
            return scalars[self.name]
        if self.name == "Literal":
            return _constant(self.choices[0])
        if self.name == "dict":
            return f"{{{inner[0]}: {inner[1]}}}"
        if self.name == "list":
            return f"[{inner[0]}]"
        return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"

    def default(self, text: str) -> str:
        """Return a default that was typed as it is written in Python; raise Unfit for another."""
        try:
            node = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            node = None
        if self._takes_raw_text(node) and not text.strip().startswith(("'", '"')):
            return _constant(text)
        if node is None:
            raise Unfit(f"{text} is no value")
        try:
            return self._written(node)
        except (ValueError, RecursionError) as error:
            raise Unfit(f"{text[:SHOWN]}... is too long") from error

    def _takes_raw_text(self, node: ast.expr | None) -> bool:
        """Return whether what was typed is itself the text; a shell takes quotes away."""
        if self.name == "None":
            return not _is(node, None) and self.parts[0]._takes_raw_text(node)  # noqa: SLF001 - its own kind
        return self.name == "str"

    def _written(self, node: ast.expr) -> str:
        """Return a value of this type as it is written in Python."""
        text = ast.unparse(node)
        if self.name == "None":
            return "None" if _is(node, None) else self.parts[0]._written(node)  # noqa: SLF001 - its own kind
        if self.name in {"list", "tuple", "dict"}:
            return self._collection(node)
        value = _value(node)
        fits = {
            "int": type(value) is int,
            "float": type(value) in {int, float},
            "bool": type(value) is bool,
            "str": type(value) is str,
            "Literal": any(value == each and type(value) is type(each) for each in self.choices),
        }
        if not fits[self.name] or value is None:
            raise Unfit(f"{text} is no {self}")
        if self.name != "float":
            return _constant(value)
        # An int can be too large for a float, and a float that was typed too large is infinite.
        if isinstance(value, str) or abs(value) > sys.float_info.max:
            raise Unfit(f"{text} is not finite")
        return _constant(float(value))

    def _collection(self, node: ast.expr) -> str:
        """Return a list, a tuple or a dict of this type as it is written in Python."""
        wanted = {"list": ast.List, "tuple": ast.Tuple, "dict": ast.Dict}[self.name]
        if not isinstance(node, wanted) or None in getattr(node, "keys", ()):
            raise Unfit(f"{ast.unparse(node)} is no {self}")
        if isinstance(node, ast.Dict):
            key, value = self.parts
            pairs = [
                f"{key._written(k)}: {value._written(v)}"  # noqa: SLF001 - its own kind
                for k, v in zip(node.keys, node.values, strict=True)
                if k is not None
            ]
            return f"{{{', '.join(pairs)}}}"
        items: list[ast.expr] = getattr(node, "elts", [])
        parts = self.parts
        if self.name == "list" or parts[-1].name == "...":
            parts = parts[:1] * len(items)
        if len(parts) != len(items):
            raise Unfit(f"{ast.unparse(node)} has {len(items)} items, and {self} {len(parts)}")
        texts = [part._written(item) for part, item in zip(parts, items, strict=True)]  # noqa: SLF001 - its own kind
        if self.name == "list":
            return f"[{', '.join(texts)}]"
        return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def read(text: str) -> Type:
    """Return the type that was typed; raise Unfit for what a command line cannot give."""
    try:
        return _type(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unfit(f"{text.strip() or 'nothing'} is no type") from error


def guess(text: str) -> Type:
    """Return the type that a value without one has."""
    try:
        value = _value(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        value = text
    return Type("str" if value is None else type(value).__name__)


def _type(node: ast.expr) -> Type:
    """Return the type of an expression."""
    text = ast.unparse(node)
    if isinstance(node, ast.Name) and node.id in SCALARS:
        return Type(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [side for side in (node.left, node.right) if not _is(side, None)]
        if len(sides) == 1:
            return Type("None", (_type(sides[0]),))
        raise Unfit(f"{text} is more than one type")
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        raise Unfit(f"{text} is none of the types that a command line can give")
    return _subscript(node.value.id, node.slice, text)


def _subscript(name: str, index: ast.expr, text: str) -> Type:
    """Return the type of a name and what stands in brackets behind it."""
    inner = index.elts if isinstance(index, ast.Tuple) else [index]
    if name == "Literal":
        choices = [_value(each) for each in inner]
        good = tuple(each for each in choices if isinstance(each, (str, int)))
        if len(good) == len(choices) and good:
            return Type(name, choices=good)
        raise Unfit(f"{text} holds what is neither a string nor a number")
    if name == "list" and len(inner) == 1:
        return Type(name, (_type(inner[0]),))
    if name == "dict" and len(inner) == len(("key", "value")):
        key, value = map(_type, inner)
        if key.name not in {"int", "str"}:
            raise Unfit(f"{key} cannot be the key of a dict")
        return Type(name, (key, value))
    if name == "tuple" and len(inner) == len(("item", ...)) and _is(inner[1], ...):
        return Type(name, (_type(inner[0]), Type("...")))
    if name == "tuple" and inner:
        return Type(name, tuple(map(_type, inner)))
    raise Unfit(f"{text} is none of the types that a command line can give")


def _is(node: ast.expr | None, constant: object) -> bool:
    """Return whether an expression is None, or an ellipsis."""
    return isinstance(node, ast.Constant) and node.value is constant


def _value(node: ast.expr) -> str | float | None:
    """Return the value of a literal; a bare word is a string whose quotes a shell took away."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand)
        return None if isinstance(value, (str, bool)) or value is None else -value
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, (str, int, float)) else None


def _constant(value: str | float) -> str:
    """Return a value as the formatter writes it: in double quotes, unless these need more signs."""
    if not isinstance(value, str):
        return repr(value)
    # With both quotes in it, Python escapes the single ones alone.
    text = repr(value + "'\"")[1:-4]
    if value.count('"') > value.count("'"):
        return f"'{text}'"
    text = text.replace("\\'", "'").replace('"', '\\"')
    return f'"{text}"'
