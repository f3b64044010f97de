"""Rewrite command lines that argparse and jsonargparse would misread."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

import yaml

from ..choices.groups import lookup, put
from .config import Config


def split_equals(argv: Sequence[str]) -> list[str]:
    """Split `--run_name=two words` at the equals sign: argparse gives it to the option before."""
    parts = [word.split("=", 1) if word[:2] == "--" and " " in word else [word] for word in argv]
    return [part for word in parts for part in word]


def join_entries(words: Sequence[str], actions: Sequence[Any], options: Config) -> list[str]:
    """Join --net.blocks.a.width 3 and --net.blocks.a.depth 2 to --net.blocks.a '{width: 3, depth: 2}'.

    jsonargparse refuses a part of a new entry of a dict, and forgets the other parts of an old one.
    """
    tables = [f"--{action.dest}." for action in actions if holds_tables(getattr(action, "_typehint", None))]
    entries: dict[str, Any] = {}
    others: list[str] = []
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        table = next((table for table in tables if name.startswith(table)), "")
        entry, _, path = name.removeprefix(table).partition(".") if table else (name, "", "")
        if not path or (not equals and (value := next(rest, None)) is None):
            others.append(word)
            continue
        found = entries.setdefault(f"{table}{entry}", deepcopy(lookup(options, f"{table[2:]}{entry}", {})))
        parsed = yaml.safe_load(value)
        put(found, path, parsed if isinstance(parsed, (dict, list)) else value)
    return [*others, *(word for name, entry in entries.items() for word in (name, yaml.safe_dump(entry)))]


def holds_tables(annotation: Any) -> bool:
    """Return whether a type is a dict of dicts or of dataclasses."""
    kind, parts = get_origin(annotation), get_args(annotation)
    if kind in (Union, UnionType):
        return any(map(holds_tables, parts))
    kinds = [get_origin(part) or part for value in parts[1:] for part in (value, *get_args(value))]
    is_table = isinstance(kind, type) and issubclass(kind, Mapping)
    return is_table and any(part is dict or is_dataclass(part) for part in kinds)
