"""Find the references to a module in a YAML file with options of main.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import yaml

from plgen.naming.kinds import KINDS
from plgen.naming.names import Renaming
from plgen.project.source import Edit

NAMING = tuple(option for kind in KINDS for option in kind.options)
# Config files are short, and the parser is slow.
LONGEST_CONFIG = 100_000
Pair = tuple[yaml.Node, yaml.Node]


def find(text: str, renaming: Renaming) -> set[Edit]:
    """Return the edits that follow the renaming, in the options that name modules of the kind."""
    # A dataset may have other arguments in another role, as cifar_data:noisy.
    old = re.escape(renaming.old.module)
    name = re.compile(rf"[\"']?({old})(?::\w+)?[\"']?\s*")
    edits: set[Edit] = set()
    for pairs in _mappings(text):
        for node in _candidates(pairs, renaming):
            found = name.fullmatch(text, node.start_mark.index, node.end_mark.index)
            if found:
                edits.add((*found.span(1), renaming.new.module))
    return edits


def _candidates(pairs: list[Pair], renaming: Renaming) -> Iterator[yaml.Node]:
    """Yield the values that may name the module, and the keys that may be groups of its options."""
    for key, value in pairs:
        if key.value in renaming.kind.options:
            yield from value.value if isinstance(value, yaml.SequenceNode) else [value]
    # Without such an option, the keys may belong to another program.
    if renaming.kind.grouped and any(key.value in NAMING for key, _ in pairs):
        yield from (key for key, _ in pairs)


def _mappings(text: str) -> Iterator[list[Pair]]:
    """Yield the keys and values of each mapping in a YAML file; none if it cannot be parsed."""
    if len(text) > LONGEST_CONFIG:
        return
    try:
        waiting: list[Any] = [cast("Any", yaml).compose(text, yaml.SafeLoader)]
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        return
    known: set[yaml.Node] = set()
    while waiting:
        node = waiting.pop()
        # An alias repeats a node, perhaps within itself.
        if node in known:
            continue
        known.add(node)
        if isinstance(node, yaml.MappingNode):
            yield node.value
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
