"""The help for a name or a value that is nearly right, or that is to be written elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from projects import drive, outcomes, project

# What is typed, and the help.
HINTS: dict[str, tuple[list[str], str]] = {
    "loss in short": (["--loss=mse"], "did you mean MSELoss?"),
    "scheduler in short": (["--lr_scheduler=cosine"], "did you mean CosineAnnealingLR?"),
    "own loss": (["--loss=vae_loss"], "or write your own in utils/"),
    "metric of more packages": (
        ["--metrics=FrechetInceptionDistance"],
        "some need packages, such as pip install 'torchmetrics[image]'",
    ),
}


@pytest.fixture
def tried(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what became of each command line."""
    lines = [(case, typed) for case, (typed, _) in HINTS.items()]

    def make(results: Path) -> None:
        made = project(tmp_path_factory, "hints", example=False)
        drive(lab, made, "options.py", lines, results)

    return outcomes(tmp_path_factory, "hints", make)


@pytest.mark.parametrize("case", HINTS)
def test_help(tried: dict[str, Any], case: str) -> None:
    """It says what to type or where to write it."""
    found = tried[case]

    assert (found["code"], found["traceback"]) == (2, "")
    assert HINTS[case][1] in found["stderr"].splitlines()[1]
