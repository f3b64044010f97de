"""A tracker knows one run by one name, however often it is gone on with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.new import new
from projects import DRIVERS, TINY, drive, require_refusal

LAST = "--ckpt_path=Logs/standard_net/known/checkpoints/last.ckpt"
# In this order; the second with another number of workers, which MLflow knows as a parameter.
CASES = {
    "begun": [*TINY, "--run_name=known"],
    "gone on with": [LAST, "--trainer.max_epochs=2", "--num_workers=1"],
    "another": [*TINY, "--run_name=other"],
}


@pytest.fixture
def tracked(
    lab: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Give the folder of a project in which CASES were typed, then one with MLflow empty."""

    def make(folder: Path) -> None:
        answers = {"author": "", "example": False, "tracker": "mlflow"}
        made = new(str(folder / "sample"), answers, git=False).path
        shutil.copy(DRIVERS / "mlflow.py", made)
        for server, cases in (("runs", CASES), ("none", {"lost": CASES["gone on with"]})):
            monkeypatch.setenv("MLFLOW_TRACKING_URI", str(made / f"{server}.json"))
            drive(lab, made, "options.py", list(cases.items()), folder / f"{server}-tried.json")

    return once(tmp_path_factory, "tracked", make) / "sample"


def tried(project: Path, server: str) -> dict[str, Any]:
    """Return how each command line ended."""
    return json.loads((project.parent / f"{server}-tried.json").read_text())


def test_a_run_that_goes_on_is_one_run_of_mlflow(tracked: Path) -> None:
    """It logs its further epochs under the same name, and another run under another."""
    outcomes = tried(tracked, "runs")
    known, other = json.loads((tracked / "runs.json").read_text()).values()

    assert {case: found["code"] for case, found in outcomes.items()} == dict.fromkeys(CASES, 0)
    assert known["tags"] == {"mlflow.runName": "standard_net/known"}
    assert other["tags"] == {"mlflow.runName": "standard_net/other"}
    assert [step for key, step in known["metrics"] if key == "train_loss"] == [1, 3]
    assert known["status"] == "FINISHED"


def test_a_run_that_mlflow_has_lost(tracked: Path) -> None:
    """It cannot go on there, which is said in two lines, and makes nothing."""
    error = "error: MLflow does not have the run of Logs/standard_net/known: "
    cure = "help: set MLFLOW_TRACKING_URI to where it was logged"

    require_refusal(tried(tracked, "none")["lost"], error, cure)
