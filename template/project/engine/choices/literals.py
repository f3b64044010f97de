"""Values of parameters without an annotation: text is a Python literal, and is saved as one."""

import ast
import re
import warnings
from typing import Any

import yaml

WORDS = {"null": None, "true": True, "false": False}  # None, True and False are Python's own
YAML = re.compile(r"[\[{]|[-+]?\.(inf|nan)$", re.IGNORECASE)  # [relu, gelu] needs no quotes


def literal(text: Any) -> Any:
    """Convert the text of an option without an annotation to the form in files, which `read` reads."""
    return written(read(text))


def written(value: Any) -> Any:
    """Return a value for a YAML file: a plain one as it is, a tuple or a set as Python writes it.

    Raises ValueError for a value that cannot be read back.
    """
    text = value if is_plain(value) and same(read(value), value) else repr(value)
    if not same(read(text), value):
        raise ValueError(f"{value!r} cannot be saved as text")
    return text


def read(text: Any) -> Any:
    """Return the value of a text: `(1, 1)` is a tuple, `1e-3` a number, `null` None, other words strings."""
    if not isinstance(text, str):
        return text
    word = text.strip()
    if word in WORDS:
        return WORDS[word]
    try:
        with warnings.catch_warnings(action="ignore"):
            value = ast.literal_eval(word)
        return text if value is ... else value
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    try:
        return yaml.safe_load(word) if YAML.match(word) else text
    except yaml.YAMLError:
        return text


def is_plain(value: Any) -> bool:
    """Return whether YAML and a checkpoint can hold a value as it is."""
    if isinstance(value, dict):
        return type(value) is dict and all(type(key) is str and is_plain(each) for key, each in value.items())
    if isinstance(value, list):
        return type(value) is list and all(map(is_plain, value))
    return value is None or type(value) in (bool, int, float, str)


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal and of the same types throughout: 1 is neither 1.0 nor True."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other if isinstance(one, (set, frozenset)) else repr(one) == repr(other)  # nan is nan
