"""The numbers that a run logs are those of what it logs them for."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.add import add
from plgen.commands.new import new
from plgen.naming.kinds import METRIC
from projects import drive, outcomes, rows

QUIET = ("--trainer.enable_progress_bar=false", "--trainer.enable_model_summary=false")
SHORT = (
    *(*QUIET, "--preflight=false", "--trainer.accelerator=cpu"),
    *("--trainer.limit_train_batches=7", "--batch_size=8"),
)
STEPS = [*SHORT, "--trainer.max_epochs=3", "--trainer.limit_val_batches=1", "--test_datasets"]
TWICE = [*STEPS, "--trainer.accumulate_grad_batches=2"]
WHOLE_HALF = [*SHORT, "--trainer.max_epochs=1", "--trainer.precision=bf16-true"]
ALIKE = ["--metrics", "most_share", "whole_share", "--most_share.top=9", "--whole_share.top=10"]
CASES = {
    "every step": [*STEPS, "--trainer.log_every_n_steps=1", "--run_name=every step"],
    "every third": [*STEPS, "--trainer.log_every_n_steps=3", "--run_name=every third"],
    "every step of two": [*TWICE, "--trainer.log_every_n_steps=1", "--run_name=every step of two"],
    "every third of two": [
        *(*TWICE, "--trainer.log_every_n_steps=3", "--run_name=every third of two")
    ],
    "alike": [*SHORT, "--trainer.max_epochs=1", *ALIKE, "--run_name=alike"],
    "whole half": [*WHOLE_HALF, "--run_name=whole half"],
}


@pytest.fixture
def place_of_metrics(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project with two metrics that count under the same names."""

    def make(folder: Path) -> None:
        project = new(str(folder / "metrics"), {"author": ""}, git=False).path
        for name in ("most_share", "whole_share"):
            add(METRIC, name, start=project)

    return once(tmp_path_factory, "project-metrics", make) / "metrics"


@pytest.fixture
def tried(
    tmp_path_factory: pytest.TempPathFactory, lab: Path, place_of_metrics: Path
) -> dict[str, Any]:
    """Give what became of each command line."""

    def make(results: Path) -> None:
        drive(lab, place_of_metrics, "options.py", list(CASES.items()), results)

    return outcomes(tmp_path_factory, "logged-numbers", make)


@pytest.fixture
def runs(tried: dict[str, Any], place_of_metrics: Path) -> Path:
    """Give the folder of all runs, none of which failed."""
    for case, found in tried.items():
        assert found["code"] == 0, case + found["stderr"] + found["traceback"]
    return place_of_metrics / "Logs/example_net"


def losses(run: Path) -> dict[int, str]:
    """Return the loss of each step that was logged while it was trained."""
    logged = rows(run, "metrics.csv")
    return {int(row["step"]): row["train_loss_step"] for row in logged if row["train_loss_step"]}


@pytest.mark.parametrize(("kind", "steps"), {"": 21, " of two": 12}.items())
def test_a_step_has_its_own_loss(runs: Path, kind: str, steps: int) -> None:
    """Every third step has its loss in all epochs, also where three do not divide an epoch."""
    every, third = losses(runs / f"every step{kind}"), losses(runs / f"every third{kind}")

    assert list(every) == list(range(steps))
    assert third == {step: every[step] for step in range(2, steps, 3)}


def test_metrics_that_count_alike(runs: Path) -> None:
    """Metrics with equal counts in the first batch are counted apart after it."""
    for row in rows(runs / "alike"):
        assert float(row["most_share"]) < float(row["whole_share"]) == 1


def test_half_precision_throughout(runs: Path) -> None:
    """A net of half precision is trained, and its loss is added up with more than eight bits."""
    found = {row["stage"]: float(row["loss"]) for row in rows(runs / "whole half")}

    assert list(found) == ["val", "test"]
    for loss in found.values():
        assert not (math.frexp(loss)[0] * 2**8).is_integer()
