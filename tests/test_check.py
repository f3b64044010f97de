"""`plgen check` as a whole: what it repairs, where it is clean, and how long it takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Render, contents, plgen
from plgen.commands.check import check
from plgen.errors import PlgenError
from plgen.template import questions
from test_check_codes import OURS, net, register, write


def test_the_cure_of_a_class_of_another_name(project: Path) -> None:
    """Its command renames the class alone, wherever it is used."""
    register("example_net", "resnet", "standard_net", also=net("resnet", "Wide"))(project)
    user = project / "tests/test_resnet.py"
    user.parent.mkdir()
    user.write_text("from model.resnet import Wide\n\nnet = Wide()\n")

    (found,) = check(fix=True).left
    plgen(*found.cure.split()[1:])

    assert found.cure == "plgen rename model/resnet.py resnet"
    assert user.read_text() == "from model.resnet import Resnet\n\nnet = Resnet()\n"
    assert check().findings == ()


def test_comments_move_with_their_names(project: Path) -> None:
    """Sorting takes each line's comment along."""
    register('standard_net",  # second\n    "example_net')(project)

    check(fix=True)

    text = (project / "model/__init__.py").read_text()
    assert 'NETS = (\n    "example_net",\n    "standard_net",  # second\n)' in text


BAD = {
    "list": 'NETS = ["example_net"]\n',
    "sum": "NETS = ('example_net',) + OTHERS\n",
    "twice": "NETS = ()\nNETS = ()\n",
    "missing": "",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_bad_register(project: Path, text: str) -> None:
    """A register that cannot be read is one finding, and its cure is the form to write."""
    imported = "from .model_interface import MInterface as MInterface\n"
    write("model/__init__.py", f"{imported}INTERFACES = ()\n{text}")(project)

    (found,) = check().findings

    cure = 'write NETS = ("a_net", "b_net") in model/__init__.py'
    assert (found.code, found.cure) == ("PLG201", cure)


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


def test_unwritable(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed write is an error, and nothing changes."""
    net("new_net", "NewNet")(project)
    before = contents(project)
    monkeypatch.setattr("os.fsync", refuse)

    with pytest.raises(PlgenError, match="nothing was changed"):
        check(fix=True)

    assert contents(project) == before


def refuse(*_: object) -> None:
    """Fail as a read-only folder does, for root too."""
    raise PermissionError(13, "Permission denied", "model/__init__.py")


def test_a_thousand_nets(project: Path) -> None:
    """A thousand registered nets are clean as one is; benchmarks/grow.py says how long it takes."""
    text = (project / "model/standard_net.py").read_text()
    names = [f"n{number:03}_net" for number in range(1000)]
    for name in names:
        (project / f"model/{name}.py").write_text(text.replace("StandardNet", f"N{name[1:4]}Net"))
    register(*sorted([*names, *OURS]))(project)

    assert check().findings == ()


def test_a_class_that_main_finds_otherwise(project: Path) -> None:
    """A registered file may define its class in a block, or name it at its end."""
    lab = "from torch import nn\n\n\nclass Impl(nn.Module): ...\n\n\nLabNet = Impl\n"
    fast = "from torch import nn\n\nif nn:\n\n    class FastNet(nn.Module): ...\n"
    (project / "model/lab_net.py").write_text(lab)
    (project / "model/fast_net.py").write_text(fast)
    register("example_net", "fast_net", "lab_net", "standard_net")(project)

    assert check().findings == ()
