"""A dataset in several roles with different arguments: cifar_data and cifar_data:noisy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.add import add
from plgen.commands.new import new
from plgen.naming.kinds import DATASET
from projects import TINY, drive, files, require_refusal, rows

NOISY = ["--test_datasets", "standard_data", "standard_data:noisy", "--standard_data:noisy.noise=5"]
ONLY = ["--train_dataset=standard_data:few", "--eval_datasets=standard_data:few"]
WATCHED = "--monitor=val_acc/standard_data:few"
LAST = "--ckpt_path=Logs/standard_net/first/checkpoints/last.ckpt"
WHOLE = "--trainer.limit_test_batches=1.0"
COMMANDS = {
    "first": [*TINY, WHOLE, *NOISY, *ONLY, WATCHED, "--standard_data.size=60", "--run_name=first"],
    "tested": ["--stage=test", LAST, "--run_name=tested"],
    "another": [
        *("--stage=test", LAST, "--run_name=another", "--standard_data.size=30"),
        *("--test_datasets", "standard_data:same", "standard_data:noisy", "standard_data"),
    ],
    "predicted": ["--stage=predict", LAST, "--run_name=predicted"],
    "repeated": ["--config=Logs/standard_net/first/config.yaml", "--run_name=repeated"],
}
ALIAS = "the part after the colon is not a name in lower case"
REFUSED = {
    "capital": (["--test_datasets", "standard_data:Noisy"], ALIAS, "standard_data:noisy"),
    "empty": (["--test_datasets", "standard_data:"], ALIAS, "standard_data:noisy"),
    "two": (["--test_datasets", "standard_data:a:b"], ALIAS, "standard_data:noisy"),
    "unknown": (["--test_datasets", "standart_data:a"], "'standart_data'", "mean standard_data?"),
    "twice": (
        ["--test_datasets", "standard_data:a", "standard_data:a"],
        "has a name twice",
        "name each once",
    ),
    "argument": (
        [*NOISY, "--standard_data:noisy.nois=3"],
        ":noisy.nois",
        "standard_data:noisy.noise?",
    ),
    "null": (
        ["--test_datasets", "standard_data:noisy", "--standard_data:noisy.noise=null"],
        "--standard_data:noisy.noise: ",
        "--help",
    ),
    "required": (
        ["--train_dataset=rooted_data:a"],
        "rooted_data:a needs root, which has no default",
        "add --rooted_data:a.root",
    ),
    "not chosen": (
        ["--standard_data:other.noise=3"],
        "no option --standard_data:other.noise",
        "help",
    ),
}


ROOTED = """
from torch.utils.data import Dataset


class RootedData(Dataset):
    def __init__(self, root: str) -> None: ...
"""


@pytest.fixture
def runs(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give the folder of the runs of a project in which the commands were typed."""

    def make(folder: Path) -> None:
        made = new(str(folder / "roles"), {"author": "", "example": False}, git=False).path
        added = made / add(DATASET, "rooted_data", start=made).file
        added.write_text(ROOTED)
        refused = ((case, typed) for case, (typed, _, _) in REFUSED.items())
        drive(lab, made, "options.py", [*refused, *COMMANDS.items()], made / "outcomes.json")

    return once(tmp_path_factory, "aliases", make) / "roles/Logs/standard_net"


def told(runs: Path) -> dict[str, Any]:
    """Return what became of each command."""
    return json.loads((runs.parents[1] / "outcomes.json").read_text())


def losses(runs: Path, run: str) -> dict[str, str]:
    """Return the loss of each test set."""
    return {row["set"]: row["loss"] for row in rows(runs / run) if row["stage"] == "test"}


@pytest.mark.parametrize("case", COMMANDS)
def test_typed(runs: Path, case: str) -> None:
    """It works in every stage, from a checkpoint and from a file."""
    found = told(runs)[case]

    assert (found["code"], found["traceback"]) == (0, ""), found["stderr"]


def test_an_alias_inherits(runs: Path) -> None:
    """It has the arguments of its dataset but for its own; with none of its own it is the same."""
    first, another = losses(runs, "first"), losses(runs, "another")

    assert list(first) == ["standard_data", "standard_data:noisy", "mean"]
    assert first["standard_data"] != first["standard_data:noisy"]
    assert another["standard_data:same"] == another["standard_data"] != first["standard_data"]
    assert another["standard_data:noisy"] not in (another["standard_data"], first["standard_data"])


def test_a_checkpoint_and_a_file_know_it(runs: Path) -> None:
    """The same numbers come from the checkpoint and from config.yaml."""
    first = losses(runs, "first")

    assert losses(runs, "repeated") == first
    tested = {name: float(loss) for name, loss in losses(runs, "tested").items()}
    assert tested == pytest.approx({name: float(loss) for name, loss in first.items()}, rel=1e-5)


def test_names_of_files(runs: Path) -> None:
    """They have a dash for the colon."""
    written = files(runs / "first") | files(runs / "predicted")

    assert "confusion-test-standard_data-noisy.png" in written
    assert "predictions/standard_data-noisy.csv" in written
    assert not any(":" in name for name in written)
    assert len(rows(runs / "predicted/predictions", "standard_data-noisy.csv")) == 60


def test_values_have_its_name(runs: Path) -> None:
    """Keys are those of any other set, and can be monitored."""
    logged = set(rows(runs / "first", "metrics.csv")[0])

    assert {"test_acc/standard_data:noisy", "val_acc/standard_data:few"} <= logged


@pytest.mark.parametrize("case", REFUSED)
def test_refused(runs: Path, case: str) -> None:
    """Names that break the rule cost two lines and leave no run."""
    _, error, cure = REFUSED[case]

    require_refusal(told(runs)[case], error, cure)
