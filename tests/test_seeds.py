"""`--seeds` in a rendered project: a run for each, and what they have in common."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import once
from plgen.commands.new import new
from projects import TINY, drive, python, record, require_refusal, rows

RUNS = "Logs/example_net"
LAST = f"{RUNS}/alone/checkpoints/last.ckpt"
SETS = ("--test_datasets", "example_testdata", "standard_data")
SEEDS = ("1", "2", "3")
COMMANDS = {
    "many": ["--seeds", *SEEDS, "--run_name=many", *TINY, *SETS],
    "alone": ["--seed=2", "--run_name=alone", *TINY, *SETS],
    "again": [f"--config={RUNS}/many/seed_2/config.yaml", "--run_name=again"],
    "longer": [f"--ckpt_path={RUNS}/many/seed_3/checkpoints/last.ckpt", "--trainer.max_epochs=2"],
    "single": ["--seeds", "7", "--run_name=single", *TINY],
}
REFUSED = {
    "twice": (["--seeds", "1", "2", "1"], "--seeds has a seed twice: 1 2 1"),
    "no seed": (["--seeds", "1", "one"], "--seeds element 2: "),
    "test": (
        ["--seeds", "1", "--stage=test", f"--ckpt_path={LAST}"],
        "--stage test does not train",
    ),
    "going on": (["--seeds", "1", f"--ckpt_path={LAST}"], "a resumed run has the seed of its"),
    "optimizer": (["--seeds", "1", "2", "--optimizer_args.eps=-1"], "AdamW refuses its arguments"),
    "name": (["--seeds", "1", "2", "--run_name=alone"], f"the run {RUNS}/alone already exists"),
    "path": (
        ["--seeds", *SEEDS, "--run_name=./many", *TINY, *SETS],
        "--run_name './many' is not a valid folder name",
    ),
}


@pytest.fixture
def runs(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give the folder of runs in which COMMANDS and REFUSED were typed."""

    def make(folder: Path) -> None:
        example = new(str(folder / "sample"), {"author": ""}, git=False).path
        refused = [(case, typed) for case, (typed, _) in REFUSED.items()]
        drive(lab, example, "options.py", [*COMMANDS.items(), *refused], folder / "outcomes.json")

    return once(tmp_path_factory, "seeds", make) / "sample" / RUNS


@pytest.fixture
def told(runs: Path) -> dict[str, Any]:
    """Give how each command ended."""
    return json.loads((runs.parents[2] / "outcomes.json").read_text())


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_typed_works(told: dict[str, Any], command: str) -> None:
    """Each command does what it says, without a traceback."""
    assert (told[command]["traceback"], told[command]["code"]) == ("", 0)


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused(told: dict[str, Any], case: str) -> None:
    """It gets two lines, and leaves nothing."""
    _, error = REFUSED[case]

    require_refusal(told[case], f"error: {error}", "")


def test_rows_of_all_seeds(runs: Path) -> None:
    """Each set has the rows of all seeds, as in their own tables, and then mean and deviation."""
    own = {seed: rows(runs / "many" / f"seed_{seed}") for seed in SEEDS}
    # It was trained for another epoch since.
    resumed = "3"
    found = rows(runs / "many")

    assert len(found) == len(own["1"]) * 5
    for place, first in enumerate(own["1"]):
        *each, mean, std = found[place * 5 : place * 5 + 5]
        assert [row["seed"] for row in each] == list(SEEDS)
        for row in each:
            assert row["seed"] == resumed or row == {"seed": row["seed"], **own[row["seed"]][place]}
        for row, name, compute in (mean, "mean", statistics.fmean), (std, "std", statistics.stdev):
            assert (row["seed"], row["stage"], row["set"]) == (name, first["stage"], first["set"])
            for key in ("loss", "acc"):
                assert float(row[key]) == pytest.approx(compute(float(r[key]) for r in each))


def test_the_table_is_printed(told: dict[str, Any]) -> None:
    """The last table has the rows of all seeds."""
    table = told["many"]["stdout"].rpartition("Results in")[2]

    assert all(f"│ {name:4} │ test " in table for name in (*SEEDS, "mean", "std"))


def test_one_seed_deviates_by_no_number(runs: Path) -> None:
    """The deviation of one run is nothing that could be reported."""
    assert {row["loss"] for row in rows(runs / "single") if row["seed"] == "std"} == {"nan"}


@pytest.mark.parametrize("run", ["alone", "again"])
def test_a_seed_of_several_is_a_run_of_its_own(runs: Path, run: str) -> None:
    """A seed gives what it gives alone, and its config repeats it."""
    seed = runs / "many/seed_2"
    config = yaml.safe_load((seed / "config.yaml").read_text())

    assert (config["seed"], config["seeds"], record(seed)["seed"]) == (2, None, 2)
    assert rows(seed) == rows(runs / run)


def test_a_seed_of_several_can_be_gone_on_with(runs: Path) -> None:
    """The checkpoint of a seed leads back to its folder."""
    epochs = [
        row["epoch"] for row in rows(runs / "many/seed_3", "metrics.csv") if row["train_loss"]
    ]

    assert epochs == ["0", "1"]


def test_two_processes(runs: Path, lab: Path) -> None:
    """Two processes have one folder for each seed, and one table."""
    typed = ("--seeds", "1", "2", "--run_name=two", *TINY, "--trainer.accelerator=cpu")
    done = python(lab, runs.parents[1], "main.py", *typed, "--trainer.devices=2")

    assert done.returncode == 0, done.stderr
    assert {path.name for path in (runs / "two").iterdir()} == {
        *(".lock", "config.yaml", "results.csv", "seed_1", "seed_2")
    }
    assert [row["seed"] for row in rows(runs / "two")] == ["1", "2", "mean", "std"] * 2
