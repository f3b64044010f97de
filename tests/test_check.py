"""`plgen check` as a whole: where it is clean, and what it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Render, plgen
from plgen.commands.check import check
from plgen.template import questions
from test_check_codes import net, register

# The other questions change no file that is checked; here each has its last answer.
LAST = {asked.key: asked.choices[-1] for asked in questions() if asked.choices}
TRACKERS = next(asked.choices for asked in questions() if asked.key == "tracker")
COMBINATIONS = [
    {**LAST, "example": example, "tracker": tracker}
    for example in (True, False)
    for tracker in TRACKERS
]


@pytest.mark.parametrize("answers", COMBINATIONS, ids=str)
def test_new_projects_are_clean(
    render: Render, monkeypatch: pytest.MonkeyPatch, answers: dict[str, str]
) -> None:
    """`plgen check` finds nothing in a new project, for any answers."""
    monkeypatch.chdir(render(**answers))

    assert check().findings == ()


def test_command(project: Path) -> None:
    """The program prints place, code and cure, and exits with 1 only if something is wrong."""
    clean = plgen("check")
    net("new_net", "NewNet")(project)
    found = plgen("check", cwd=project / "data")
    data = json.loads(plgen("check", "--json").stdout)
    dry = plgen("check", "--fix", "--dry-run")
    fixed = plgen("check", "--fix")

    assert (clean.returncode, clean.stdout) == (0, "nothing is wrong\n")
    assert found.returncode == 1
    assert found.stdout.splitlines() == [
        "model/new_net.py:4: PLG205 model/new_net.py is not registered",
        "    help: add 'new_net' to NETS (plgen check --fix)",
        "1 finding; plgen check --fix repairs 1",
    ]
    assert data["findings"][0]["fixable"] is True
    assert (dry.returncode, fixed.returncode) == (0, 0)
    assert "    edit model/__init__.py" in dry.stdout
    assert dry.stdout.replace("would do:", "done:") == fixed.stdout


def test_a_class_that_main_finds_otherwise(project: Path) -> None:
    """A registered file may define its class in a block, or name it at its end."""
    lab = "from torch import nn\n\n\nclass Impl(nn.Module): ...\n\n\nLabNet = Impl\n"
    fast = "from torch import nn\n\nif nn:\n\n    class FastNet(nn.Module): ...\n"
    (project / "model/lab_net.py").write_text(lab)
    (project / "model/fast_net.py").write_text(fast)
    register("example_net", "fast_net", "lab_net", "standard_net")(project)

    assert check().findings == ()
