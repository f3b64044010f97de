"""The short way to an add- command prints and does what the parser's way does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import checkout, plgen, run
from plgen import quick

LINES = {
    "plain": ["add-model", "first_one", "--dry-run"],
    "note": ["add-dataset", "--dry-run", "FirstOne"],
    "json": ["add-metric", "first_one", "--json", "--dry-run"],
    "params": ["add-model", "first_one", "--param", "a:int=1", "--param", "b:int=-1", "--dry-run"],
    "like": ["add-model", "--like", "example_net", "first_one", "--dry-run"],
    "refused name": ["add-model", "CNN"],
    "refused parameter": ["add-model", "first_one", "--param", "a"],
    "no name": ["add-model"],
    "two names": ["add-model", "a_one", "b_one"],
    "unknown option": ["add-model", "first_one", "--dryrun"],
    "value with equals sign": ["add-model", "first_one", "--param=a:int=1", "--dry-run"],
    "no value": ["add-model", "first_one", "--param"],
    "option for a value": ["add-model", "first_one", "--like", "--dry-run"],
    "empty": ["add-model", ""],
    "help": ["add-model", "--help"],
    "two copies": ["add-model", "a_one", "--like", "x", "--like", "example_net", "--dry-run"],
    "end of options": ["add-model", "--", "first_one", "--dry-run"],
}


@pytest.mark.parametrize("words", LINES.values(), ids=LINES)
def test_same_as_the_parser(project: Path, words: list[str]) -> None:
    """The same line gives the same output and the same code either way."""
    code = "import sys; from plgen import cli; sys.exit(cli.main())"

    ours = plgen(*words, cwd=project)
    parsed = run(sys.executable, "-c", code, *words, cwd=project, env=checkout())

    assert (ours.returncode, ours.stdout) == (parsed.returncode, parsed.stdout)
    assert ours.stderr == parsed.stderr


@pytest.mark.parametrize("words", [[], ["new", "x"], ["check"], ["add-model", "x", "y"]])
def test_left_to_the_parser(words: list[str]) -> None:
    """What is no plain add- command is not run."""
    assert not quick.run(words)
