"""Which of a dataset's methods gives the items of a batch: what a class overrides is what runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from projects import drive, outcomes, project

DATASETS = (
    "Overriding ByMixin Below Both Whole Scaling Delegating Part Joined Stacked Wrapping Unset "
    "Inner"
).split()


@pytest.fixture(scope="module")
def batches(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give the shape and the brightest pixel of a batch of each dataset."""

    def make(results: Path) -> None:
        drive(lab, project(tmp_path_factory, "items"), "items.py", [], results)

    return outcomes(tmp_path_factory, "items", make)


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("dataset", DATASETS)
def test_overridden_items(batches: dict[str, Any], dataset: str, workers: int) -> None:
    """Items are as bright as what is most derived makes them, and what batches they make fits."""
    assert batches[f"{dataset} {workers}"] == [[2, 1, 28, 28], 7.0]


def test_refused(batches: dict[str, Any]) -> None:
    """Which of the two an inherited collate_fn expects is not guessed."""
    error, cure = batches["OverScaling 0"].splitlines()

    assert error.endswith("overrides __getitem__, and inherits __getitems__ and collate_fn")
    assert cure.startswith("help: write __getitems__ too")
