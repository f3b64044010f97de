"""Find what a YAML file with options of main.py calls a module of the project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import yaml

from plgen import words
from plgen.kinds import DATASET, METRIC
from plgen.renaming import Edit, Renaming

STAGES = "train|val|test"


def find(text: str, renaming: Renaming) -> set[Edit]:
    """Return the edits that follow the renaming; none where the text is not such a file."""
    try:
        document: Any = cast("Any", yaml).compose(text, yaml.SafeLoader)
    except yaml.YAMLError:
        return set()
    if not isinstance(document, yaml.MappingNode):
        return set()
    pairs: list[tuple[yaml.Node, yaml.Node]] = document.value
    options = [(key, value) for key, value in pairs if isinstance(key, yaml.ScalarNode)]
    # Any YAML may have a key of this name: the options say that it is a file for main.py.
    if not any(key.value in words.OPTIONS for key, _ in options):
        return set()
    return {
        (*span, renaming.new.module)
        for key, value in options
        for node, pattern in _candidates(key, value, renaming)
        for span in _span(node, text, pattern)
    }


def _candidates(
    key: yaml.ScalarNode, value: yaml.Node, renaming: Renaming
) -> Iterator[tuple[yaml.Node, str]]:
    """Give the nodes of one option that may name the module, each with its spelling there."""
    old = f"({re.escape(renaming.old.module)})"
    if key.value in renaming.kind.options:
        nodes: list[yaml.Node] = value.value if isinstance(value, yaml.SequenceNode) else [value]
        yield from ((node, old) for node in nodes)
    elif key.value == "monitor" and renaming.kind is DATASET:
        yield value, rf"(?:{STAGES})_\w+/{old}"
    elif key.value == "monitor" and renaming.kind is METRIC:
        yield value, rf"(?:{STAGES})_{old}(?:/\w+)?"
    elif isinstance(value, yaml.MappingNode) and renaming.kind in {DATASET, METRIC}:
        # A dataset's and a metric's options are a group of its name.
        yield key, old


def _span(node: yaml.Node, text: str, pattern: str) -> Iterator[tuple[int, int]]:
    """Give where the group of the pattern stands in a scalar, if the whole of it matches."""
    if isinstance(node, yaml.ScalarNode):
        start, end = node.start_mark.index, node.end_mark.index
        found = re.compile(rf"[\"']?{pattern}[\"']?\s*").fullmatch(text, start, end)
        if found:
            yield found.span(1)
