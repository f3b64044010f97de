"""A run that ended and goes on for longer."""

from __future__ import annotations

from pathlib import Path

import pytest
from noise import add_noise
from plgen.commands.new import new
from projects import TINY, drive, python, rows

SCHEDULERS = ("CosineAnnealingLR", "PolynomialLR", "ExponentialLR")
ARGUMENTS = {"ExponentialLR": ["--lr_scheduler_args.gamma=0.5"]}
RUNS = "Logs/noisy_net"
# What engine/runs/checkpoints.py and learning/schedulers.py use, though it is not documented.
PRIVATE = """
import pytorch_lightning as pl, torch
loop = pl.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False).fit_loop
loop.restarting = True
loop.restarting = False
loop._resuming_from_checkpoint = loop._loaded_from_state_dict = True
loop.on_iteration_done()
assert not loop.restarting and not loop.is_resuming
state = loop.state_dict()
assert {"started", "processed"} <= {*state["epoch_progress"]["total"]}, state
assert {*state["epoch_progress"]} == {"total", "current"}, state
assert state["epoch_loop.state_dict"]["_batches_that_stepped"] == 0, state
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=9)
assert [*map(float, (phase["end_step"] for phase in schedule._schedule_phases))][-1] == 8
"""


def test_rates_of_a_longer_training(tmp_path: Path, lab: Path) -> None:
    """A schedule that had come to its end goes on as if it had been longer from the first."""
    made = new(str(tmp_path / "sample"), {"author": "", "example": False}, git=False).path
    add_noise(made)
    cases: list[tuple[str, list[str]]] = []
    for name in SCHEDULERS:
        chosen = [
            *TINY,
            "--preflight=false",
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


def test_private_attributes_are_there(tmp_path: Path, lab: Path) -> None:
    """What a run is resumed by has not moved in the Lightning and the PyTorch of today."""
    done = python(lab, tmp_path, "-c", PRIVATE)

    assert done.returncode == 0, done.stderr
