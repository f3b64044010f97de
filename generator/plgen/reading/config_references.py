"""Find what a YAML file with options of main.py calls a module of the project."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml

from plgen.naming import words
from plgen.naming.kinds import DATASET, KINDS, METRIC, NET, Kind
from plgen.naming.renaming import Renaming
from plgen.reading.source import Edit

STAGES = "train|val|test"
NAMING = frozenset(option for kind in KINDS for option in kind.options)
# A file of options is short, and the parser is slow.
LONGEST = 100_000


@dataclass(frozen=True)
class Known:
    """What main.py takes in a file of options: its keys, and the names of what it can choose."""

    keys: frozenset[str]
    names: frozenset[str]


def known(main: str, registered: Mapping[Kind, Iterable[str]]) -> Known:
    """Return what main.py takes, by its text and the names in the registers."""
    options = frozenset(re.findall(r"[\"']--(\w+)[\"']", main))
    # A dataset's and a metric's options are a group of its name.
    groups = {name for kind, names in registered.items() if kind is not NET for name in names}
    names = frozenset(name for names in registered.values() for name in names)
    return Known(options | words.GROUPS | words.METRICS | groups, names)


def find(text: str, renaming: Renaming, known: Known) -> set[Edit]:
    """Return the edits that follow the renaming; none where the text is no file of options.

    main.py takes a file only if it knows all of its keys, so another key makes it another tool's.
    """
    options = _options(text)
    chosen = {
        key.value: {str(node.value) for node in _items(value)}
        for key, value in options
        if key.value in NAMING
    }
    # A metric of torchmetrics has a group of its name as well.
    groups = chosen.get("metrics", set[str]()) | {renaming.old.module}
    if not {str(key.value).partition(".")[0] for key, _ in options} <= known.keys | groups:
        return set()
    # Without a name that is the project's, what looks like a group may be another tool's.
    named = any(names & (known.names | {renaming.old.module}) for names in chosen.values())
    return {
        (*span, renaming.new.module)
        for key, value in options
        for node, pattern in _candidates(key, value, renaming, named=named)
        for span in _span(node, text, pattern)
    }


def _options(text: str) -> list[tuple[yaml.Node, yaml.Node]]:
    """Return the keys of a YAML file, each with its value; none if it is not made of such pairs."""
    if len(text) > LONGEST:
        return []
    try:
        document: Any = cast("Any", yaml).compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return []
    pairs = _pairs(document)
    return pairs if all(isinstance(key, yaml.ScalarNode) for key, _ in pairs) else []


def _pairs(node: Any) -> list[tuple[yaml.Node, yaml.Node]]:
    """Return the pairs of a mapping, which any other node has none of."""
    return node.value if isinstance(node, yaml.MappingNode) else []


def _items(value: yaml.Node) -> list[yaml.Node]:
    """Return the items of a list, or the one value that stands in place of a list."""
    return value.value if isinstance(value, yaml.SequenceNode) else [value]


def _candidates(
    key: yaml.Node, value: yaml.Node, renaming: Renaming, *, named: bool
) -> Iterator[tuple[yaml.Node, str]]:
    """Yield the nodes of one option that may name the module, each with its spelling there.

    `named` tells whether the file chooses something of the project.
    """
    old = f"({re.escape(renaming.old.module)})"
    if key.value in renaming.kind.options:
        yield from ((node, old) for node in _items(value))
    elif key.value == "monitor" and renaming.kind is DATASET:
        yield value, rf"(?:{STAGES})_\w+/{old}"
    elif key.value == "monitor" and renaming.kind is METRIC:
        yield value, rf"(?:{STAGES})_{old}(?:/\w+)?"
    elif named and renaming.kind in {DATASET, METRIC}:
        # A dataset's and a metric's options are a group of its name, or have it before a dot.
        yield key, old if isinstance(value, yaml.MappingNode) else rf"{old}\.\w+"


def _span(node: yaml.Node, text: str, pattern: str) -> Iterator[tuple[int, int]]:
    """Yield where the group of the pattern stands in a scalar, if the whole of it matches."""
    if isinstance(node, yaml.ScalarNode):
        start, end = node.start_mark.index, node.end_mark.index
        found = re.compile(rf"[\"']?{pattern}[\"']?\s*").fullmatch(text, start, end)
        if found:
            yield found.span(1)
