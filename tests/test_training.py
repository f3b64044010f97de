"""Rendered projects train: they learn, leave what they promise, and pass their own tests.

Only projects without a tracker are run here: of those with one, mlflow's is in test_tracker.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from manual import main_job
from projects import files, project, python, record, rows

FOLDER = {"config.yaml", "run.json", "metrics.csv", "results.csv", "curves.png", "hparams.yaml"}


@pytest.fixture
def trained(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give the run of `python main.py` in a new project, and nothing else typed."""
    return main_job(tmp_path_factory, lab) / "Logs/example_net/version_0"


def test_the_example_is_learnt(trained: Path) -> None:
    """The numbers that a project promises are got by its first command."""
    accuracy = {(row["stage"], row["set"]): float(row["acc"]) for row in rows(trained)}

    assert list(accuracy) == [("val", "example_evaldata"), ("test", "example_testdata")]
    assert accuracy["test", "example_testdata"] >= 0.97
    assert accuracy["val", "example_evaldata"] >= 0.95


def test_one_run_one_folder(trained: Path) -> None:
    """A run leaves the files of the manual, and no others."""
    (best,) = (trained / "checkpoints").glob("best-*.ckpt")

    assert files(trained) == FOLDER | {
        "events",
        f"checkpoints/{best.name}",
        "checkpoints/last.ckpt",
        "confusion-test-example_testdata.png",
        "confusion-val-example_evaldata.png",
    }
    assert re.fullmatch(r"best-\d+-\d+\.\d{4}\.ckpt", best.name)
    assert (trained / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_the_best_checkpoint_is_that_of_the_monitor(trained: Path) -> None:
    """The best checkpoint's name is the epoch and the value of the lowest val_loss."""
    found = rows(trained, "metrics.csv")
    epochs = {row["epoch"] for row in found if row["train_loss"]}
    # The best checkpoint is evaluated once more, after the last epoch.
    losses = {
        float(r["val_loss"]): r["epoch"] for r in found if r["val_loss"] and r["epoch"] in epochs
    }
    (best,) = (trained / "checkpoints").glob("best-*.ckpt")

    lowest = min(losses)
    assert len(losses) >= 5
    assert best.name == f"best-{losses[lowest]}-{lowest:.4f}.ckpt"


def test_record_of_a_run(trained: Path) -> None:
    """run.json says what was typed, with which seed and versions, on what, and how it went."""
    found = record(trained)

    assert (found["status"], found["seed"], found["device"]) == ("done", 42, "cpu")
    assert found["command"] == "python main.py"
    assert found["git"]["dirty"] is False
    assert found["seconds"] > 0
    assert set(found["versions"]) >= {"torch", "torchvision", "pytorch-lightning", "torchmetrics"}


@pytest.mark.parametrize("example", [True, False], ids=["example", "no example"])
def test_its_own_tests_pass(
    tmp_path_factory: pytest.TempPathFactory, lab: Path, *, example: bool
) -> None:
    """A project's own tests pass as it is made, and change nothing in it."""
    made = project(tmp_path_factory, "tested" if example else "untested", example=example)

    # test_own_tests.py runs those of nets, datasets and numbers without the example.
    files = [] if example else ["tests/test_main.py"]
    done = python(lab, made, "-m", "pytest", "-p", "no:cacheprovider", *files)

    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)
    assert not re.search(r"skipped|failed|error", done.stdout.splitlines()[-1])
    assert not (made / "Logs").exists()
