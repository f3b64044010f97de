"""Training that is killed at any moment and gone on with ends as if it had been left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from noise import NOISY, add_noise
from plgen.commands.new import new
from projects import drive, outcomes

PLATEAU = [
    *NOISY,
    "--preflight=false",
    "--lr_scheduler=ReduceLROnPlateau",
    "--lr_scheduler_args.patience=0",
    "--num_workers=2",
    "--lr=0.1",
    "--patience=3",
    "--sampler=balanced",
]
OFTEN = [
    *NOISY,
    "--preflight=false",
    "--trainer.val_check_interval=0.5",
    "--trainer.accumulate_grad_batches=3",
    "--optimizer=SGD",
    "--optimizer_args.momentum=0.9",
]
STREAM = [
    *NOISY,
    "--preflight=false",
    "--train_dataset=stream_data",
    "--lr_scheduler=ExponentialLR",
    "--lr_scheduler_args.gamma=0.9",
]
# What is typed, and when it is killed (tests/drivers/kills.py says how).
CASES: dict[str, tuple[list[str], str | float]] = {
    "a moment": (NOISY, 0.45),
    "saving": (NOISY, "saving 2"),
    "stopped while saving": (NOISY, "stopping 3"),
    "balanced, with workers": (PLATEAU, 0.5),
    "evaluated within epochs": (OFTEN, 0.4),
    "limited by steps": ([*NOISY, "--preflight=false", "--trainer.max_steps=45"], 0.5),
    "stream": (STREAM, 0.3),
}
EARLY = "before the first checkpoint"


@pytest.fixture
def killed(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> dict[str, Any]:
    """Give what became of each of CASES."""

    def make(results: Path) -> None:
        made = new(str(results.parent / "sample"), {"author": "", "example": False}, git=False).path
        cases = [(name, *case) for name, case in CASES.items()]
        drive(lab, add_noise(made), "kills.py", [*cases, (EARLY, NOISY, "starting")], results)

    return outcomes(tmp_path_factory, "kills", make)


@pytest.mark.parametrize("case", CASES)
def test_killed_and_gone_on_with(killed: dict[str, Any], case: str) -> None:
    """Weights, metrics and curves are the same, bit for bit, and it says where it went on."""
    found = killed[case]

    assert (found["code"], found["different"]) == (0, []), found["printed"]
    way = f"resuming Logs/noisy_net/{case} after "
    assert any(line.startswith(way) for line in found["printed"].splitlines())


def test_killed_before_the_first_checkpoint(killed: dict[str, Any]) -> None:
    """A run that had not begun cannot be gone on with, which is said in two lines."""
    found = killed[EARLY]

    assert found["code"] == 2
    assert found["printed"].startswith("error: there is no checkpoint Logs/noisy_net/before")
    assert "Traceback" not in found["printed"]
