"""--train_dataset a_data b_data: several sets are trained on together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.add import add
from plgen.commands.new import new
from plgen.naming.kinds import DATASET
from projects import DRIVERS, SHORT, drive, outcomes, python, require_refusal

BOTH = ["--train_dataset", "standard_data", "other_data"]
ROLES = ["--eval_datasets=other_data", "--test_datasets=other_data"]
LAST = "--ckpt_path=Logs/standard_net/both/checkpoints/last.ckpt"
ONE = [*SHORT, *ROLES, "--trainer.max_epochs=1", "--other_data.size=40", "--standard_data.size=70"]
COMMANDS = {
    "both": [*ONE, *BOTH, "--sampler=balanced", "--loader.num_workers=2", "--run_name=both"],
    "resumed": [LAST, "--trainer.max_epochs=2"],
    "text": [*ONE[:-1], "--config=text.yaml", "--run_name=text"],
    "list": [*ONE, "--config=list.yaml", "--run_name=list"],
    "repeated": ["--config=Logs/standard_net/both/config.yaml", "--run_name=repeated"],
}
REFUSED = {
    "twice": (
        ["--train_dataset", "other_data", "other_data"],
        "has a name twice",
        "name each once",
    ),
    "none": (["--config=none.yaml"], "--train_dataset names no dataset", "one or more of data/"),
    "unknown": (["--train_dataset", "other_data", "othr_data"], "'othr_data'", "mean other_data?"),
}


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give a project with two datasets, in which the commands were typed."""

    def make(folder: Path) -> None:
        made = new(str(folder / "both"), {"author": "", "example": False}, git=False).path
        add(DATASET, "other_data", start=made)
        (made / "text.yaml").write_text("train_dataset: other_data\n")
        (made / "list.yaml").write_text("train_dataset: [standard_data, other_data]\n")
        (made / "none.yaml").write_text("train_dataset:\n")
        refused = ((case, typed) for case, (typed, _, _) in REFUSED.items())
        drive(lab, made, "options.py", [*refused, *COMMANDS.items()], made / "outcomes.json")

    return once(tmp_path_factory, "train-datasets", make) / "both"


@pytest.fixture
def joined(tmp_path_factory: pytest.TempPathFactory, lab: Path, place: Path) -> dict[str, Any]:
    """Give what the driver found."""

    def make(results: Path) -> None:
        done = python(lab, place, DRIVERS / "joining.py", results)
        assert done.returncode == 0, done.stdout + done.stderr

    return outcomes(tmp_path_factory, "joining", make)


@pytest.fixture
def told(place: Path) -> dict[str, Any]:
    """Give what became of each command."""
    return json.loads((place / "outcomes.json").read_text())


def test_a_plain_loop_has_the_same_batches(joined: dict[str, Any]) -> None:
    """As of ConcatDataset and default_collate; items of sets with `__getitems__` are the same."""
    for case in ("items", "mixed", "collate", "fetch", "part", "again"):
        assert joined[case] is True


def test_sets_that_cannot_be_mixed(joined: dict[str, Any]) -> None:
    """Streams, and sets that make whole batches or make them in different ways."""
    for case, name in (("stream", "1_data"), ("streams", "0_data")):
        error, cure = joined[case].splitlines()
        assert error.startswith(f"error: {name} is an IterableDataset, which has its own order")
        assert cure == "help: train on it alone, or write one that yields the items of all"
    for case in ("only whole", "part of whole", "changing", "whole and collate"):
        error, cure = joined[case].splitlines()
        assert error.startswith("error: 1_data needs its __getitems__, so it cannot be mixed with")
        assert "return one item in __getitem__" in cure
    for case in ("makers", "makers of objects"):
        error, cure = joined[case].splitlines()
        assert error.startswith("error: 0_data and 1_data make batches in different ways")
        assert "inherit it from one class" in cure


def test_of_the_interface(joined: dict[str, Any]) -> None:
    """DInterface takes one name, or a list."""
    one = [["standard_data"], 1000]

    assert joined["interface"] == [one, one, [["standard_data", "other_data"], 1030]]


@pytest.mark.parametrize("case", COMMANDS)
def test_typed(told: dict[str, Any], case: str) -> None:
    """It can be typed, stand in a file as a text or a list, be resumed and repeated."""
    assert (told[case]["code"], told[case]["traceback"]) == (0, "")


def test_trains_on_both(told: dict[str, Any], place: Path) -> None:
    """The sampler sees the classes of both, and config.yaml lists both."""
    assert "--sampler balanced: standard_data + other_data has items" in told["both"]["stdout"]
    for run in ("both", "list", "repeated"):
        config = (place / f"Logs/standard_net/{run}/config.yaml").read_text()
        assert "train_dataset:\n- standard_data\n- other_data\n" in config
    assert (
        "train_dataset:\n- other_data\n"
        in (place / "Logs/standard_net/text/config.yaml").read_text()
    )
    assert "resuming Logs/standard_net/both after 1 of 2 epochs" in told["resumed"]["stdout"]


@pytest.mark.parametrize("case", REFUSED)
def test_refused(told: dict[str, Any], case: str) -> None:
    """The same set twice, none, and an unknown one cost two lines and leave no run."""
    _, error, cure = REFUSED[case]

    require_refusal(told[case], error, cure)
