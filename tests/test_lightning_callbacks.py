"""Callbacks of Lightning that change weights, batch sizes and learning rates; ReduceLROnPlateau."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import once
from noise import add_noise
from plgen.commands.new import new
from projects import TINY, drive, python, record, rows

# Which callbacks a run has is told by the folder of its runs.
CALLBACKS = """
import pytorch_lightning.callbacks as lightning


def by_folder(log_dir):
    search = {"num_training_steps": 40, "early_stop_threshold": None}
    averaged = {"swa_lrs": 0.001, "swa_epoch_start": 1, "annealing_epochs": 1}
    return {
        "ema": lambda: [lightning.EMAWeightAveraging(decay=0.5)],
        "swa": lambda: [lightning.StochasticWeightAveraging(**averaged)],
        "batch": lambda: [lightning.BatchSizeFinder(max_trials=2, steps_per_trial=1)],
        "rate": lambda: [lightning.LearningRateFinder(**search)],
    }.get(log_dir, list)()
"""
FIT = "    if args.trainer.enable_model_summary is not False:\n"
LASTS = """
import json, pathlib, torch
found = {}
for path in pathlib.Path().glob("*/*/*/checkpoints/last.ckpt"):
    last = torch.load(path, weights_only=True)
    found[str(path.parents[1])] = {
        "config": last["config"],
        "steps": last["global_step"],
        "rate": last["optimizer_states"][0]["param_groups"][0]["lr"],
        "most": last["optimizer_states"][0]["param_groups"][0].get("max_lr"),
    }
print(json.dumps(found))
"""
FILES = ("outcomes", "lasts")
LONG = ["--trainer.limit_train_batches=60"]
PLATEAU = [
    *TINY,
    "--preflight=false",
    "--log_dir=plateau",
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


def averaging() -> list[tuple[str, list[str]]]:
    """Return the commands that train with averaged weights, one of them in one go and in two."""
    three = "--trainer.max_epochs=3"
    ema = [*TINY, "--log_dir=ema", "--lr_scheduler=null"]
    swa = [*TINY, "--log_dir=swa", "--lr_scheduler=null", "--trainer.max_epochs=2"]
    return [
        ("ema: whole", [*ema, "--run_name=whole", three]),
        ("ema: parts", [*ema, "--run_name=parts", "--trainer.max_epochs=2"]),
        ("ema: resumed", ["--ckpt_path=ema/standard_net/parts/checkpoints/last.ckpt", three]),
        ("swa", swa),
        ("swa with batch norm", [*swa, "--model_name=noisy_net"]),
        ("swa: resumed", ["--ckpt_path=swa/standard_net/version_0/checkpoints/last.ckpt", three]),
    ]


@pytest.fixture
def tried(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> tuple[Path, dict[str, Any]]:
    """Give a project in which all of the above was typed, and how each ended."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        add_noise(made)
        main = made / "main.py"
        text = main.read_text()
        assert FIT in text
        main.write_text(
            text.replace(FIT, f"    chosen += by_folder(args.log_dir)\n{FIT}").replace(
                "from model import", "from callbacks import by_folder\nfrom model import"
            )
        )
        (made / "callbacks.py").write_text(CALLBACKS)
        last = "--ckpt_path=batch/standard_net/first/checkpoints/last.ckpt"
        cases = [
            *averaging(),
            ("batch", [*TINY, "--log_dir=batch", "--run_name=first", "--batch_size=16"]),
            ("batch: resumed", [last, "--trainer.max_epochs=2"]),
            ("rate", [*TINY, *LONG, "--log_dir=rate", "--run_name=first"]),
            *(
                (name, [*PLATEAU, "--trainer.max_epochs=3", f"--run_name={name}", *options])
                for name, (options, _) in EVALUATIONS.items()
            ),
        ]
        drive(lab, made, "options.py", cases, folder / "outcomes.json")
        (folder / "lasts.json").write_text(python(lab, made, "-c", LASTS).stdout)

    folder = once(tmp_path_factory, "lightning-callbacks", make)
    ends, lasts = (json.loads((folder / f"{name}.json").read_text()) for name in FILES)
    return folder / "sample", {**ends, "lasts": lasts}


def test_averaged_weights(tried: tuple[Path, dict[str, Any]]) -> None:
    """An ended run is resumed from its trained weights, with the numbers of a run in one go."""
    project, found = tried
    runs = project / "ema/standard_net"

    for name in ("whole", "parts", "resumed"):
        assert (found[f"ema: {name}"]["code"], found[f"ema: {name}"]["traceback"]) == (0, "")
    assert rows(runs / "parts") == rows(runs / "whole")
    whole, parts = (
        {(row["epoch"], row["val_loss"]) for row in rows(runs / name, "metrics.csv")}
        for name in ("whole", "parts")
    )
    assert {row for row in whole if row[0] == "2"} <= parts


@pytest.mark.parametrize("case", ["swa", "swa with batch norm"])
def test_an_average_of_the_end(tried: tuple[Path, dict[str, Any]], case: str) -> None:
    """The average is in last.ckpt."""
    assert "last.ckpt holds the average over 2 epochs" in tried[1][case]["stdout"]


def test_a_begun_average_is_not_resumed(tried: tuple[Path, dict[str, Any]]) -> None:
    """Also where the callback is left out: its learning rates are in the checkpoint."""
    refused = tried[1]["swa: resumed"]

    assert (refused["code"], refused["traceback"]) == (2, "")
    assert "whose weights are being averaged, so no run can be resumed" in refused["stderr"]


def test_what_a_finder_chose(tried: tuple[Path, dict[str, Any]]) -> None:
    """It is on record, the schedule fits it, and a resumed run keeps it."""
    project, found = tried
    for name, option in (("batch", "batch_size"), ("rate", "lr")):
        run = f"{name}/standard_net/first"
        last = found["lasts"][run]
        chosen = yaml.safe_load((project / run / "config.yaml").read_text())[option]

        assert (found[name]["code"], found[name]["traceback"]) == (0, "")
        assert chosen == last["config"][option] != {"batch_size": 16, "lr": 0.002}[option]
        assert "after" not in found[name]["stdout"]
        assert not list(project.glob("**/.*.ckpt"))
        assert last["most"] == pytest.approx(last["config"]["lr"])
    resumed = found["batch: resumed"]
    assert (resumed["code"], resumed["traceback"]) == (0, "")
    assert record(project / "batch/standard_net/first")["status"] == "done"


@pytest.mark.parametrize("case", EVALUATIONS)
def test_evaluations_of_a_plateau(tried: tuple[Path, dict[str, Any]], case: str) -> None:
    """Each evaluation after the first finds no better value, and lowers the rate once."""
    found = tried[1][case]

    assert (found["code"], found["traceback"]) == (0, "")
    rate = tried[1]["lasts"][f"plateau/standard_net/{case}"]["rate"]
    assert rate == pytest.approx(0.01 * 0.1 ** (EVALUATIONS[case][1] - 1))
