"""Callbacks of Lightning that change weights, batch sizes and learning rates; ReduceLROnPlateau."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import once
from plgen.commands.new import new
from projects import TINY, drive, python, record, rows

LASTS = """
import json, pathlib, torch
found = {}
for path in pathlib.Path().glob("Logs/*/*/checkpoints/last.ckpt"):
    last = torch.load(path, weights_only=True)
    found[path.parents[1].name] = {
        "config": last["config"],
        "steps": last["global_step"],
        "rate": last["optimizer_states"][0]["param_groups"][0]["lr"],
        "most": last["optimizer_states"][0]["param_groups"][0].get("max_lr"),
    }
print(json.dumps(found))
"""
FILES = ("outcomes", "lasts")
THREE = "--trainer.max_epochs=3"
LAST = "--ckpt_path=Logs/standard_net/{}/checkpoints/last.ckpt"
AVERAGED = ["--callbacks=EMAWeightAveraging", "--EMAWeightAveraging.decay=0.5"]
EMA = [*TINY, *AVERAGED, "--lr_scheduler=null"]
# Weights that are averaged in one go and in two, and what two finders choose.
CASES = {
    "whole": [*EMA, "--run_name=whole", THREE],
    "parts": [*EMA, "--run_name=parts", "--trainer.max_epochs=2"],
    "parts: resumed": [LAST.format("parts"), THREE],
    "batch": [
        *(*TINY, "--run_name=batch", "--batch_size=16", "--callbacks=BatchSizeFinder"),
        *("--BatchSizeFinder.max_trials=2", "--BatchSizeFinder.steps_per_trial=1"),
    ],
    "batch: resumed": [LAST.format("batch"), "--trainer.max_epochs=2"],
    "rate": [
        *(*TINY, "--run_name=rate", "--trainer.limit_train_batches=60"),
        *("--callbacks=LearningRateFinder", "--LearningRateFinder.num_training_steps=40"),
        "--LearningRateFinder.early_stop_threshold=null",
    ],
}
PLATEAU = [
    *TINY,
    "--preflight=false",
    THREE,
    "--lr=0.01",
    "--lr_scheduler=ReduceLROnPlateau",
    "--lr_scheduler_args.patience=0",
    "--lr_scheduler_args.threshold=0.99",
    "--trainer.limit_train_batches=4",
]
# How often it is evaluated in three epochs of four batches.
EVALUATIONS: dict[str, tuple[list[str], int]] = {
    "each epoch": ([], 3),
    "within": (["--trainer.val_check_interval=2"], 6),
    "beyond": (["--trainer.val_check_interval=5", "--trainer.check_val_every_n_epoch=null"], 2),
    "every second": (["--trainer.check_val_every_n_epoch=2"], 1),
}


@pytest.fixture
def tried(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> tuple[Path, dict[str, Any]]:
    """Give a project in which all of the above was typed, and how each ended."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        plateau = {
            name: [*PLATEAU, f"--run_name={name}", *options]
            for name, (options, _) in EVALUATIONS.items()
        }
        cases = [*CASES.items(), *plateau.items()]
        drive(lab, made, "options.py", cases, folder / "outcomes.json")
        (folder / "lasts.json").write_text(python(lab, made, "-c", LASTS).stdout)

    folder = once(tmp_path_factory, "lightning-callbacks", make)
    ends, lasts = (json.loads((folder / f"{name}.json").read_text()) for name in FILES)
    return folder / "sample", {**ends, "lasts": lasts}


def test_averaged_weights(tried: tuple[Path, dict[str, Any]]) -> None:
    """An ended run is resumed from its trained weights, with the numbers of a run in one go."""
    project, found = tried
    runs = project / "Logs/standard_net"

    for name in ("whole", "parts", "parts: resumed"):
        assert (found[name]["code"], found[name]["traceback"]) == (0, "")
    assert rows(runs / "parts") == rows(runs / "whole")
    whole, parts = (
        {(row["epoch"], row["val_loss"]) for row in rows(runs / name, "metrics.csv")}
        for name in ("whole", "parts")
    )
    assert {row for row in whole if row[0] == "2"} <= parts


def test_what_a_finder_chose(tried: tuple[Path, dict[str, Any]]) -> None:
    """It is on record, the schedule fits it, and a resumed run keeps it."""
    project, found = tried
    for name, option in (("batch", "batch_size"), ("rate", "lr")):
        last = found["lasts"][name]
        config = (project / f"Logs/standard_net/{name}/config.yaml").read_text()
        chosen = yaml.safe_load(config)[option]

        assert (found[name]["code"], found[name]["traceback"]) == (0, "")
        assert chosen == last["config"][option] != {"batch_size": 16, "lr": 0.002}[option]
        assert "after" not in found[name]["stdout"]
        assert not list(project.glob("**/.*.ckpt"))
        assert last["most"] == pytest.approx(last["config"]["lr"])
    resumed = found["batch: resumed"]
    assert (resumed["code"], resumed["traceback"]) == (0, "")
    assert record(project / "Logs/standard_net/batch")["status"] == "done"


@pytest.mark.parametrize("case", EVALUATIONS)
def test_evaluations_of_a_plateau(tried: tuple[Path, dict[str, Any]], case: str) -> None:
    """Each evaluation after the first finds no better value, and lowers the rate once."""
    found = tried[1][case]

    assert (found["code"], found["traceback"]) == (0, "")
    rate = tried[1]["lasts"][case]["rate"]
    assert rate == pytest.approx(0.01 * 0.1 ** (EVALUATIONS[case][1] - 1))
