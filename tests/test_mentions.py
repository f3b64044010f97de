"""Lines that mention a name are listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import plgen
from plgen.commands.remove import remove
from plgen.commands.rename import rename
from test_rename import add

LINES = [
    "x = 'old_net'",
    "y = 1  # OldNet",
    '"""Train: python main.py --model_name old_net"""',
    "z.old_net = 3",
    "old_net = 4",
]


def test_each_line_with_the_name_is_listed(project: Path) -> None:
    """A line is listed whatever the name is in; a longer name is another."""
    add(project, "old_net", "OldNet")
    (project / "user.py").write_text("\n".join([*LINES, "_OldNet__x = my_old_net = old_nets"]))
    (project / "broken.py").write_text("(\nold_net")

    left = rename("old_net", "new_net").left

    expected = [f"user.py:{number}: {line}" for number, line in enumerate(LINES, 1)]
    assert [str(place) for place in left] == ["broken.py:2: old_net", *expected]


@pytest.mark.parametrize(
    "file",
    ["NOTES.md", "notes.txt", "results.csv", "train.log", ".gitignore", "CODEOWNERS", "user.py"],
)
def test_what_keeps_nothing_is_listed(project: Path, file: str) -> None:
    """Documents name what there was, and a string of Python may mean anything."""
    (project / file).write_text("'standard_net'\n")

    assert f"{file}:1" in [f"{place.file}:{place.line}" for place in remove("standard_net").left]


def test_the_engine_is_not_searched(project: Path) -> None:
    """The machinery is plgen's own."""
    (project / "engine/notes.sh").write_text("standard_net\n")

    assert "engine/notes.sh" not in {place.file for place in remove("standard_net").left}


def test_a_long_line_is_cut(project: Path) -> None:
    """Of a line that is too long, the start is shown."""
    (project / "a.md").write_text(f"{'word ' * 50}standard_net\n")

    shown = plgen("remove", "standard_net", "--dry-run").stdout.splitlines()

    assert f"    a.md:1: {'word ' * 20}" in shown


def test_many_lines_are_counted(project: Path) -> None:
    """A table may name it in each of its lines, which would hide the other files."""
    (project / "a.csv").write_text("standard_net,1\n" * 5000)

    lines = plgen("remove", "standard_net", "--dry-run").stdout.splitlines()

    assert sum(line.startswith("    a.csv:") for line in lines) == 11
    assert "    a.csv: and 4990 more lines" in lines
