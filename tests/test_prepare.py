"""`prepare` of a dataset: called once before the sets are built, while other processes wait."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.add import add
from plgen.commands.new import new
from plgen.naming.kinds import DATASET
from projects import TINY, drive, start

SETS = [f"--{role}=web_data" for role in ("train_dataset", "eval_datasets", "test_datasets")]
# Each call is a line of a file, so that calls can be counted.
WEB = """
import os
import time
from pathlib import Path

import torch

from data.standard_data import StandardData


class WebData(StandardData):
    def __init__(self, split: str = "train", root: str = "web", size: int = 40) -> None:
        if not (Path(root) / "got").exists():
            raise FileNotFoundError(f"no {root}/got")
        super().__init__(split, size)

    @staticmethod
    def prepare(root: str, wrong: str = "") -> None:
        torch.manual_seed(0)
        Path(root).mkdir(exist_ok=True)
        with (Path(root) / "calls").open("a") as calls:
            calls.write(f"{os.environ.get('LOCAL_RANK')}\\n")
        if root == "down":
            raise ConnectionError("no route to host")
        if root == "bug":
            raise KeyError("url")
        if root == "slow":
            time.sleep(1)
        (Path(root) / "got").touch()
"""
METHOD = """
from data.standard_data import StandardData


class MethodData(StandardData):
    def prepare(self) -> None: ...
"""
OTHER = METHOD.replace("MethodData", "OtherData").replace(
    "def prepare(self)", "@staticmethod\n    def prepare(url: str)"
)
CASES = {
    "fit": [*TINY, *SETS, "--web_data.root=fit"],
    "tested": [
        "--stage=test",
        "--ckpt_path=Logs/standard_net/version_0/checkpoints/last.ckpt",
        "--web_data.root=tested",
    ],
    "alias": [
        *(*TINY, *SETS, "--test_datasets", "web_data", "web_data:more"),
        *("--web_data.root=alias", "--web_data:more.size=50"),
    ],
    "down": [*SETS, "--web_data.root=down"],
    "bug": [*SETS, "--web_data.root=bug"],
    "method": ["--train_dataset=method_data"],
    "other": ["--train_dataset=other_data"],
}
REFUSED = {
    "down": ("prepare of web_data failed: no route to host", "data/web_data.py"),
    "method": (
        "prepare in data/method_data.py takes 'self', which the constructor does not",
        "let it be a @staticmethod",
    ),
    "other": (
        "data/other_data.py takes 'url', which the constructor does not",
        "parameters of the constructor",
    ),
}
# What one process of several does, without a training.
SETUP = """
import sys, time, warnings
import torch
warnings.simplefilter("ignore")
from data import DInterface
from engine import OptionError
root, delay = sys.argv[1], float(sys.argv[2])
time.sleep(delay)
data = DInterface("web_data", dataset_args={"web_data": {"root": root}})
torch.manual_seed(1)
before = torch.get_rng_state()
try:
    data.setup("fit")
except OptionError as error:
    print(error)
    sys.exit(2)
assert torch.equal(before, torch.get_rng_state())
print(len(data.sets["train"][0]))
"""


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give a project in which every command was typed."""

    def make(folder: Path) -> None:
        made = new(str(folder / "web"), {"author": "", "example": False}, git=False).path
        for name, text in (("web_data", WEB), ("method_data", METHOD), ("other_data", OTHER)):
            written = add(DATASET, name, start=made)
            (made / written.file).write_text(text.lstrip())
        drive(lab, made, "options.py", list(CASES.items()), made / "outcomes.json")

    return once(tmp_path_factory, "prepare", make) / "web"


def told(place: Path, case: str) -> dict[str, Any]:
    """Return what became of a command."""
    return json.loads((place / "outcomes.json").read_text())[case]


@pytest.mark.parametrize("case", ["fit", "tested", "alias"])
def test_called_once_before_the_sets(place: Path, case: str) -> None:
    """One call prepares a dataset in all of its roles, also for a test."""
    assert (told(place, case)["code"], told(place, case)["traceback"]) == (0, "")
    assert (place / case / "calls").read_text() == "None\n"


@pytest.mark.parametrize("case", REFUSED)
def test_refused(place: Path, case: str) -> None:
    """Data that cannot be had, and a method of another form, cost two lines and leave no run."""
    found = told(place, case)

    assert (found["code"], found["traceback"]) == (2, "")
    first, second = found["stderr"].splitlines()
    assert REFUSED[case][0] in first
    assert REFUSED[case][1] in second
    assert not any(name.startswith("Logs/") for name in found["new"])


def test_a_bug(place: Path) -> None:
    """Any other error keeps its traceback."""
    found = told(place, "bug")

    assert found["code"] == 1
    assert found["traceback"].endswith("KeyError: 'url'\n")


def several(lab: Path, place: Path, root: str, delays: list[int]) -> list[tuple[int, str]]:
    """Run processes with these delays as torchrun would; return how each ended."""
    running = [
        start(lab, place, "-c", SETUP, root, str(delay), LOCAL_RANK=str(rank))
        for rank, delay in enumerate(delays)
    ]
    ended = [process.wait() for process in running]
    return [(done.returncode, done.stdout + done.stderr) for done in ended]


def test_others_wait(lab: Path, place: Path) -> None:
    """The first process prepares, though it comes last; the other finds everything there."""
    traces = Path(tempfile.gettempdir()) / f"prepare-{os.getuid()}"
    others = set(traces.glob("*"))
    for _ in range(2):  # traces of an earlier run do not count, whose parent had the same number
        assert several(lab, place, "slow", [1, 0]) == [(0, "40\n"), (0, "40\n")]
        assert (place / "slow/calls").read_text() == "0\n"
        shutil.rmtree(place / "slow")
        for trace in {*traces.iterdir()} - others:
            os.utime(trace, (0, 0))


def test_the_first_process_fails(lab: Path, place: Path) -> None:
    """Its error is shown; the others find no data, and do not prepare it again."""
    (place / "down/calls").unlink()
    first, second = several(lab, place, "down", [0, 0])

    assert (first[0], second[0]) == (2, 2)
    assert first[1].startswith("error: prepare of web_data failed: no route")
    assert second[1].startswith("error: web_data: no down/got")
    assert (place / "down/calls").read_text() == "0\n"
