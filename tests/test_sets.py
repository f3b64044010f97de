"""Several evaluation and test sets: their keys, their values, and what watches them."""

from __future__ import annotations

import json
import math
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.new import new
from projects import TINY, drive, rows

RUNS = "Logs/example_net"
# 500, 1,000 and 1,000 samples: batches of 300 are uneven.
SETS = ["example_evaldata", "example_testdata", "standard_data"]
TRAINING = [
    *TINY,
    "--batch_size=300",
    "--net.width=4",
    "--trainer.log_every_n_steps=1",
    "--trainer.limit_val_batches=1.0",
    "--trainer.limit_test_batches=1.0",
]
VALUES = ("loss", "acc", "f1")
LAST = f"--ckpt_path={RUNS}/three/checkpoints/last.ckpt"
COMMANDS = {
    "one": [*TRAINING, "--monitor=val_acc/example_evaldata"],
    "three": [*TRAINING, "--eval_datasets", *SETS, "--test_datasets", *SETS],
    "watching one": [*TRAINING, "--eval_datasets", *SETS, "--monitor=val_acc/standard_data"],
    "validated": ["--stage=validate", LAST, "--eval_datasets", *reversed(SETS)],
    "predicted": ["--stage=predict", LAST],
}


@pytest.fixture
def runs(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give the folder of runs of a project in which COMMANDS were typed one after the other."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": ""}, git=False)
        cases = [(run, [f"--run_name={run}", *typed]) for run, typed in COMMANDS.items()]
        drive(lab, made.path, "options.py", cases, folder / "outcomes.json")

    return once(tmp_path_factory, "sets", make) / "sample" / RUNS


def table(folder: Path, stage: str) -> dict[str, tuple[float, float]]:
    """Return the loss and the accuracy of each set in a run's table of results."""
    return {
        row["set"]: (float(row["loss"]), float(row["acc"]))
        for row in rows(folder)
        if row["stage"] == stage
    }


@pytest.mark.parametrize("run", COMMANDS)
def test_what_is_typed_works(runs: Path, run: str) -> None:
    """No number of sets needs an edit, and each can be watched."""
    told: dict[str, Any] = json.loads((runs.parents[2] / "outcomes.json").read_text())

    assert (told[run]["traceback"], told[run]["code"]) == ("", 0)


@pytest.mark.parametrize(
    ("run", "evaluated", "tested"),
    [("one", SETS[:1], SETS[1:2]), ("three", SETS, SETS)],
    ids=["one", "three"],
)
def test_keys(runs: Path, run: str, evaluated: list[str], tested: list[str]) -> None:
    """The mean and each set have keys, the same for one set as for several."""
    logged = set(rows(runs / run, "metrics.csv")[0])
    wanted = {f"{stage}_{value}" for stage, value in product(["train", "val", "test"], VALUES)}
    wanted |= {f"val_{value}/{name}" for value, name in product(VALUES, evaluated)}
    wanted |= {f"test_{value}/{name}" for value, name in product(VALUES, tested)}

    assert logged == wanted | {"epoch", "step", "lr-AdamW", "train_loss_step"}


def by_hand(file: Path) -> tuple[float, float]:
    """Compute the mean cross entropy and the accuracy of a file of predictions."""
    losses: list[float] = []
    hits: list[bool] = []
    for row in rows(file.parent, file.name):
        scores = [float(row[f"score_{label}"]) for label in range(10)]
        target = int(row["target"])
        losses.append(math.log(sum(math.exp(score) for score in scores)) - scores[target])
        hits.append(scores.index(max(scores)) == target)
    return sum(losses) / len(losses), sum(hits) / len(hits)


@pytest.mark.parametrize("name", SETS)
def test_values_are_those_of_the_whole_set(runs: Path, name: str) -> None:
    """Uneven batches count each sample once: as if the set were one batch."""
    found = table(runs / "three", "test")[name]

    assert found == pytest.approx(by_hand(runs / f"predicted/predictions/{name}.csv"), rel=1e-5)


def test_validated_again(runs: Path) -> None:
    """A set has the same values by --stage validate, wherever it stands in the list."""
    found, before = (table(runs / run, "val") for run in ("validated", "three"))

    assert set(found) == set(before)
    for name, numbers in found.items():
        assert numbers == pytest.approx(before[name], rel=1e-5)


@pytest.mark.parametrize(
    ("run", "name"), [("one", "example_evaldata"), ("watching one", "standard_data")]
)
def test_one_set_is_watched(runs: Path, run: str, name: str) -> None:
    """The best checkpoint is named after the value of the set that the monitor names."""
    (best,) = (runs / run / "checkpoints").glob("best-*.ckpt")

    accuracy = table(runs / run, "val")[name][1]
    assert best.name == f"best-0-{accuracy:.4f}.ckpt"
