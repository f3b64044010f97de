"""An evaluation set that is evaluated after every N-th epoch only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.new import new
from projects import TINY, drive, outcomes, rows

OFTEN, SELDOM = "example_evaldata", "standard_data"
TRAINING = (
    *TINY,
    "--trainer.limit_val_batches=1.0",
    "--batch_size=100",
    "--lr_scheduler=null",
    "--eval_datasets",
    *(OFTEN, SELDOM),
    f"--monitor=val_loss/{SELDOM}",
)
EVERY_THIRD = f"--eval_every.{SELDOM}=3"
CASES = {
    "whole": [*TRAINING, EVERY_THIRD, "--trainer.max_epochs=5", "--run_name=whole"],
    "half": [*TRAINING, EVERY_THIRD, "--trainer.max_epochs=2", "--run_name=half"],
    "other half": [
        "--ckpt_path=Logs/example_net/half/checkpoints/last.ckpt",
        "--trainer.max_epochs=5",
    ],
    "each second epoch": [
        *(*TRAINING, f"--eval_every.{SELDOM}=2", "--trainer.max_epochs=8", "--patience=0"),
        *("--trainer.check_val_every_n_epoch=2", "--run_name=each second epoch"),
    ],
    "no sanity check": [
        *(*TRAINING, f"--eval_every.{SELDOM}=2", "--trainer.max_epochs=8", "--patience=0"),
        *("--trainer.check_val_every_n_epoch=2", "--run_name=no sanity check"),
        "--trainer.num_sanity_val_steps=0",
    ],
    "within epochs": [
        *(*TRAINING, EVERY_THIRD, "--trainer.max_epochs=3", "--patience=0"),
        *("--trainer.val_check_interval=1", "--run_name=within epochs"),
    ],
    "before": [*TRAINING, "--eval_datasets", OFTEN, "--monitor=val_loss", "--run_name=before"],
    "set added": [
        *("--ckpt_path=Logs/example_net/before/checkpoints/last.ckpt", "--eval_datasets"),
        *(OFTEN, SELDOM, f"--eval_every.{SELDOM}=5", "--trainer.max_epochs=7", "--patience=0"),
    ],
    "unknown set": [*TRAINING, "--eval_every.example_testdata=3"],
    "never": [*TRAINING, f"--eval_every.{SELDOM}=0"],
}


@pytest.fixture(scope="module")
def tried(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what became of each command line."""

    def make(results: Path) -> None:
        project = new(str(results.parent / "sample"), {"author": ""}, git=False).path
        drive(lab, project, "options.py", list(CASES.items()), results)

    return outcomes(tmp_path_factory, "seldom", make)


def run(factory: pytest.TempPathFactory, name: str) -> Path:
    """Return the folder of a run."""
    return once(factory, "seldom", lambda _: None) / "sample/Logs/example_net" / name


def points(folder: Path, key: str) -> dict[int, float]:
    """Return what the curves hold under a key, for each epoch."""
    logged = rows(folder, "metrics.csv")
    return {int(row["epoch"]): float(row[key]) for row in logged if row.get(key)}


def test_curves_have_points_where_it_was_evaluated(
    tried: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The set is evaluated after the first epoch and every third from there; the other always."""
    folder = run(tmp_path_factory, "whole")

    assert tried["whole"]["code"] == 0, tried["whole"]["stderr"]
    assert list(points(folder, f"val_loss/{SELDOM}")) == [0, 3]
    assert list(points(folder, f"val_loss/{OFTEN}")) == [0, 1, 2, 3, 4]


def test_mean_stands_on_the_latest_values(
    tried: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In every epoch the mean is that of all sets, of the seldom one as it was last."""
    folder = run(tmp_path_factory, "whole")

    often, seldom, mean = (
        points(folder, key) for key in (f"val_loss/{OFTEN}", f"val_loss/{SELDOM}", "val_loss")
    )

    assert tried["whole"]["code"] == 0
    for epoch, value in mean.items():
        latest = seldom[epoch - epoch % 3]
        assert value == pytest.approx((often[epoch] + latest) / 2, rel=1e-5)


def test_monitor_of_a_seldom_set(
    tried: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The best checkpoint is of an epoch in which the monitored set was evaluated."""
    folder = run(tmp_path_factory, "whole")
    seldom = points(folder, f"val_loss/{SELDOM}")

    best = min(seldom, key=lambda epoch: seldom[epoch])

    assert tried["whole"]["code"] == 0
    assert [path.name for path in folder.glob("checkpoints/best-*")] == [
        f"best-{best}-{seldom[best]:.4f}.ckpt"
    ]


def test_latest_values_outlive_an_interruption(
    tried: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A run that goes on where the set is not due has the same curves as one without a break."""
    whole, broken = (run(tmp_path_factory, name) for name in ("whole", "half"))

    assert tried["other half"]["code"] == 0, tried["other half"]["stderr"]
    for key in ("val_loss", f"val_loss/{SELDOM}", f"val_loss/{OFTEN}", "train_loss"):
        assert points(broken, key) == points(whole, key)


def steps(folder: Path, key: str) -> list[int]:
    """Return at which steps the curves have a value."""
    return [int(row["step"]) for row in rows(folder, "metrics.csv") if row.get(key)]


@pytest.mark.parametrize(
    ("case", "often", "seldom"),
    [
        ("each second epoch", [3, 7, 11, 15], [3, 11]),
        ("no sanity check", [3, 7, 11, 15], [3, 11]),
        ("within epochs", [0, 1, 2, 3, 4, 5], [0, 3]),
    ],
)
def test_evaluations_are_counted(
    tried: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
    case: str,
    often: list[int],
    seldom: list[int],
) -> None:
    """It is every N-th evaluation, whenever they are; the sanity check is none."""
    folder = run(tmp_path_factory, case)

    assert tried[case]["code"] == 0, tried[case]["stderr"]
    assert steps(folder, f"val_loss/{OFTEN}") == often
    assert steps(folder, f"val_loss/{SELDOM}") == seldom


def test_a_set_that_is_added_later(
    tried: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It is evaluated as soon as the run goes on, and then in its turn."""
    folder = run(tmp_path_factory, "before")

    assert tried["set added"]["code"] == 0, tried["set added"]["stderr"]
    assert list(points(folder, f"val_loss/{SELDOM}")) == [1, 5]


@pytest.mark.parametrize(
    ("case", "error"),
    [
        ("unknown set", "error: there is no option --eval_every.example_testdata"),
        ("never", f"error: --eval_every.{SELDOM}: "),
    ],
)
def test_refused(tried: dict[str, Any], case: str, error: str) -> None:
    """A set that is not evaluated and a number that is none are refused."""
    found = tried[case]

    assert (found["code"], found["new"]) == (2, [])
    assert found["stderr"].startswith(error)
