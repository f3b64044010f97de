"""What `plgen check --fix` leaves alone, and that its dry run tells the same story."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import contents
from plgen.commands.check import Checked, check
from test_check_codes import NET, net, register, write

METRIC = "import torchmetrics\n\n\nclass {}(torchmetrics.Metric):\n    pass\n"
DATASET = "from data.standard_data import StandardData\n\n\nclass {}(StandardData):\n    pass\n"
Do = Callable[[Path], object]


def found(checked: Checked) -> list[str]:
    """Return the findings that are left, as code and file."""
    return [f"{each.code} {each.file}" for each in checked.left]


def edit(file: str, old: str, new: str) -> Do:
    """Return what replaces a text in a file of a project."""

    def change(project: Path) -> None:
        text = (project / file).read_text()
        assert old in text
        (project / file).write_text(text.replace(old, new))

    return change


def all_of(*steps: Do) -> Do:
    """Return what does all of it."""
    return lambda project: [step(project) for step in steps]


OF_ANOTHER_NAME = register("example_net", "resnet", "standard_net", also=net("resnet", "WideNet"))
# Where a class that is to be renamed is named by ways that no renaming can follow for sure.
USERS = {
    "star": {"train.py": "from model.resnet import *\nprint(WideNet)\n"},
    "re-export": {
        "utils/nets.py": "from model.resnet import WideNet\n",
        "train.py": "from utils.nets import WideNet\nprint(WideNet)\n",
    },
    "star re-export": {
        "utils/nets.py": "from model.resnet import *\n",
        "train.py": "from utils.nets import WideNet\nprint(WideNet)\n",
    },
    "string": {"train.py": 'import model.resnet\nprint(getattr(model.resnet, "WideNet"))\n'},
}


@pytest.mark.parametrize("files", USERS.values(), ids=USERS)
def test_a_class_that_others_name(project: Path, files: dict[str, str]) -> None:
    """A class that is named where nothing certainly means it stays; the cure says where."""
    OF_ANOTHER_NAME(project)
    for file, text in files.items():
        write(file, text)(project)
    before = contents(project)

    (finding,) = check().findings
    fixed = check(fix=True)

    assert fixed.left == (finding,)
    assert finding.fix is None
    assert "call the class Resnet by hand, also in train.py:" in finding.help
    assert contents(project) == before


def test_a_file_that_is_not_searched(project: Path) -> None:
    """A class may be named where nothing is searched, so it stays."""
    OF_ANOTHER_NAME(project)
    write("all.json", "{}\n" * 5000)(project)
    os.truncate(project / "all.json", 21_000_000)

    (finding,) = check().findings

    assert finding.fix is None
    assert finding.help.endswith("also in all.json (larger than 20 MB)")


def test_a_table_that_is_not_searched(project: Path) -> None:
    """A document holds up no renaming, however large it is."""
    OF_ANOTHER_NAME(project)
    write("all.csv", "{}\n" * 5000)(project)
    os.truncate(project / "all.csv", 21_000_000)

    assert check(fix=True).left == ()


def test_prose_holds_up_no_renaming(project: Path) -> None:
    """Prose may keep the old name."""
    OF_ANOTHER_NAME(project)
    write("notes.md", "WideNet is deep. model/resnet.py holds it.\n")(project)
    write("run.sh", "python main.py --model_name resnet\n")(project)

    assert check(fix=True).left == ()


# What is wrong, and what `--fix` leaves of it.
CLASHES: dict[str, tuple[Do, list[str]]] = {
    "dataset and metric, neither registered": (
        all_of(
            write("data/zed_x.py", DATASET.format("ZedX")),
            write("utils/zed_x.py", METRIC.format("ZedX")),
        ),
        [
            "PLG304 data/zed_x.py",
            "PLG205 data/zed_x.py",
            "PLG304 utils/zed_x.py",
            "PLG205 utils/zed_x.py",
        ],
    ),
    "two nets of one class, neither registered": (
        all_of(net("conv_11", "Conv11"), net("conv_1_1", "Conv11")),
        [
            "PLG304 model/conv_11.py",
            "PLG205 model/conv_11.py",
            "PLG304 model/conv_1_1.py",
            "PLG205 model/conv_1_1.py",
        ],
    ),
    "two nets of one class, one of another spelling": (
        all_of(net("conv_11", "Conv11"), net("conv_1_1", "CONV11")),
        [
            "PLG304 model/conv_11.py",
            "PLG205 model/conv_11.py",
            "PLG304 model/conv_1_1.py",
            "PLG205 model/conv_1_1.py",
        ],
    ),
    "rival that goes": (
        all_of(
            write("utils/zed_x.py", METRIC.format("ZedX")),
            edit("data/__init__.py", "DATASETS = (\n", 'DATASETS = (\n    "zed_x",\n'),
            edit("utils/__init__.py", "METRICS = (", 'METRICS = (\n    "zed_x",\n    '),
        ),
        [],
    ),
    "class that is taken": (
        register(
            *("example_net", "resnet", "standard_net"),
            also=write("model/resnet.py", "Resnet = 1\n" + NET.format("WideNet")),
        ),
        ["PLG302 model/resnet.py"],
    ),
}


@pytest.mark.parametrize(("do", "left"), CLASHES.values(), ids=CLASHES)
def test_the_dry_run_tells_what_is_left(project: Path, do: Do, left: list[str]) -> None:
    """Clashing files are not registered, and every further run leaves the same findings."""
    do(project)

    dry = check(fix=True, dry_run=True)
    real = check(fix=True)

    assert sorted(found(dry)) == sorted(left)
    assert dry.left == real.left == check().findings
    assert dry.plan == real.plan
    assert all(each.fix is None for each in real.left)
    assert check(fix=True).plan.operations == ()


def test_a_second_name_is_what_main_loads(project: Path) -> None:
    """A registered file may give its class the right name at the end, or import it."""
    write("model/lab_net.py", NET.format("Impl") + "\n\nLabNet = Impl\n")(project)
    write("model/new_net.py", "from model.lab_net import Impl as NewNet\n")(project)
    register("example_net", "lab_net", "new_net", "standard_net")(project)

    assert check().findings == ()


def test_one_rewrite_sorts_drops_and_adds(project: Path) -> None:
    """A register gets its names all at once, and what stands between and behind them stays."""
    for name in ("a_net", "m_net", "z_net"):
        net(name, f"{name[0].upper()}Net")(project)
    comment = 'standard_net",  # second\n    # theirs\n    "gone_net",  # lost\n    "example_net'
    register(comment)(project)

    fixed = check(fix=True)

    text = (project / "model/__init__.py").read_text()
    names = '"a_net",\n    # theirs\n    "example_net",\n    "m_net",\n'
    assert f'NETS = (\n    {names}    "standard_net",  # second\n    "z_net",\n)' in text
    assert fixed.left == ()
