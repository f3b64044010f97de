"""A run that ended and goes on for longer."""

from __future__ import annotations

from pathlib import Path

import pytest
from noise import add_noise
from plgen.commands.new import new
from projects import TINY, drive, rows

SCHEDULERS = ("CosineAnnealingLR", "PolynomialLR", "ExponentialLR")
ARGUMENTS = {"ExponentialLR": ["--lr_scheduler_args.gamma=0.5"]}
RUNS = "Logs/noisy_net"


def test_rates_of_a_longer_training(tmp_path: Path, lab: Path) -> None:
    """A schedule that had come to its end goes on as if it had been longer from the first."""
    made = new(str(tmp_path / "sample"), {"author": "", "example": False}, git=False).path
    add_noise(made)
    cases: list[tuple[str, list[str]]] = []
    for name in SCHEDULERS:
        chosen = [
            *TINY,
            "--model_name=noisy_net",
            f"--lr_scheduler={name}",
            *ARGUMENTS.get(name, []),
        ]
        last = f"{RUNS}/{name}/checkpoints/last.ckpt"
        cases += [
            ("short", [*chosen, "--trainer.max_epochs=2", f"--run_name={name}"]),
            ("longer", [f"--ckpt_path={last}", "--trainer.max_epochs=4"]),
            ("long", [*chosen, "--trainer.max_epochs=4", f"--run_name={name}-long"]),
        ]
    drive(lab, made, "options.py", cases, tmp_path / "outcomes.json")

    for name in SCHEDULERS:
        longer, long = (
            [
                float(row["lr-AdamW"])
                for row in rows(made / RUNS / run, "metrics.csv")
                if row["lr-AdamW"]
            ]
            for run in (name, f"{name}-long")
        )
        assert longer[2:] == pytest.approx(long[2:])
        assert len(longer) == 4
        assert min(longer) > 0
