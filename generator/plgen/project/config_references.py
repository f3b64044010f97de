"""Find the references to a module in a config file of main.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import yaml

from plgen import template
from plgen.errors import PlgenError
from plgen.naming import words
from plgen.naming.kinds import DATASET, KINDS, METRIC
from plgen.naming.names import Renaming
from plgen.project import register, text_files
from plgen.project.source import Edit

STAGES = "train|val|test"
NAMING = frozenset(option for kind in KINDS for option in kind.options)
GROUPED = frozenset(option for kind in KINDS if kind.grouped for option in kind.options)
# Config files are short, and the parser is slow.
LONGEST_CONFIG = 100_000


@dataclass(frozen=True)
class MainOptions:
    """The options that main.py takes from a config file, and the registered names."""

    keys: frozenset[str]
    names: frozenset[str]


def main_options(read: Callable[[str], bytes]) -> MainOptions:
    """Return the options that main.py takes from a config file, as far as it can be read."""
    keys, names = {*words.GROUPS}, set[str]()
    with suppress(OSError):
        keys |= {*template.OPTION.findall(text_files.decoded(read("main.py")))}
    for kind in KINDS:
        keys.update(kind.usual if kind.grouped else ())
        with suppress(OSError, PlgenError):
            registered = register.read(read(kind.package), kind).names
            names.update(registered)
            keys.update(registered if kind.grouped else ())
    return MainOptions(frozenset(keys), frozenset(names))


def find(text: str, renaming: Renaming, options: MainOptions) -> set[Edit]:
    """Return the edits that follow the renaming; none if the text is not a config file.

    main.py refuses a file with an unknown key, so such a file belongs to another tool.
    """
    pairs = _options(text)
    chosen = {
        key.value: {str(node.value).partition(":")[0] for node in _items(value)}
        for key, value in pairs
        if key.value in NAMING
    }
    # A library's class has a group of its name as well.
    groups = {name for option in GROUPED for name in chosen.get(option, ())}
    groups |= {renaming.old.module}
    if not {re.split("[.:]", str(key.value))[0] for key, _ in pairs} <= options.keys | groups:
        return set()
    # Without a name of the project, an apparent group may belong to another tool.
    named = any(names & (options.names | {renaming.old.module}) for names in chosen.values())
    return {
        (*span, renaming.new.module)
        for key, value in pairs
        for node, pattern in _candidates(key, value, renaming, named=named)
        for span in _span(node, text, pattern)
    }


def _options(text: str) -> list[tuple[yaml.Node, yaml.Node]]:
    """Return the keys and values of a YAML file; none if it is not a mapping with plain keys."""
    if len(text) > LONGEST_CONFIG:
        return []
    try:
        document: Any = cast("Any", yaml).compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        return []
    if not isinstance(document, yaml.MappingNode):
        return []
    pairs: list[tuple[yaml.Node, yaml.Node]] = document.value
    return pairs if all(isinstance(key, yaml.ScalarNode) for key, _ in pairs) else []


def _items(value: yaml.Node) -> list[yaml.Node]:
    """Return the items of a list, or the value itself."""
    return value.value if isinstance(value, yaml.SequenceNode) else [value]


def _candidates(
    key: yaml.Node, value: yaml.Node, renaming: Renaming, *, named: bool
) -> Iterator[tuple[yaml.Node, str]]:
    """Yield the nodes of one option that may name the module, each with a pattern of the name.

    `named` says whether the file chooses a module of the project.
    """
    old = f"({re.escape(renaming.old.module)})"
    # A dataset may stand in several roles, as cifar_data:noisy.
    alias = r"(?::\w+)?" if renaming.kind is DATASET else ""
    if key.value in renaming.kind.options:
        yield from ((node, old + alias) for node in _items(value))
    elif key.value == "monitor" and renaming.kind is DATASET:
        yield value, rf"(?:{STAGES})_\w+/{old}{alias}"
    elif key.value == "monitor" and renaming.kind is METRIC:
        yield value, rf"(?:{STAGES})_{old}(?:/\w+(?::\w+)?)?"
    elif named and renaming.kind.grouped:
        # The options of such a module are a group of its name, or have it before a dot.
        yield key, old + alias + ("" if isinstance(value, yaml.MappingNode) else r"\.[\w.]+")


def _span(node: yaml.Node, text: str, pattern: str) -> Iterator[tuple[int, int]]:
    """Yield the span of the pattern's group in a scalar, if the whole scalar matches."""
    if isinstance(node, yaml.ScalarNode):
        start, end = node.start_mark.index, node.end_mark.index
        found = re.compile(rf"[\"']?{pattern}[\"']?\s*").fullmatch(text, start, end)
        if found:
            yield found.span(1)
