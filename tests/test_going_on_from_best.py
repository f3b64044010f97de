"""Going on from the best checkpoint is going on from the end of its epoch."""

from __future__ import annotations

import json
from pathlib import Path

from noise import NOISY, add_noise
from plgen.commands.new import new
from projects import drive, rows

RUNS = "Logs/noisy_net"
# Each epoch is the best, but not by as much as the scheduler wants: it lowers the rate after two.
FALLING = [
    *NOISY,
    *("--lr_scheduler=ReduceLROnPlateau", "--lr_scheduler_args.patience=0"),
    "--lr_scheduler_args.threshold=0.9",
    *("--lr=1e-3", "--monitor=train_loss"),
]


def test_the_scheduler_of_a_plateau_has_seen_the_epoch(lab: Path, tmp_path: Path) -> None:
    """A run that goes on from the best checkpoint logs what one without a break does."""
    made = new(str(tmp_path / "sample"), {"author": "", "example": False}, git=False).path
    runs = {"whole": 3, "broken": 2}
    begun = [
        (run, [*FALLING, f"--run_name={run}", f"--trainer.max_epochs={epochs}"])
        for run, epochs in runs.items()
    ]
    drive(lab, add_noise(made), "options.py", begun, tmp_path / "begun.json")
    (best,) = (made / RUNS / "broken/checkpoints").glob("best-1-*.ckpt")
    going_on = [f"--ckpt_path=data/../{best.relative_to(made)}", "--trainer.max_epochs=3"]

    drive(lab, made, "options.py", [("going on", going_on)], tmp_path / "gone-on.json")

    ended = json.loads((tmp_path / "gone-on.json").read_text())["going on"]
    assert ended["code"] == 0, ended["stderr"] + ended["traceback"]
    whole, broken = (rows(made / RUNS / run, "metrics.csv") for run in runs)
    assert len({row["lr-AdamW"] for row in whole if row["lr-AdamW"]}) == 2
    assert broken == whole
    assert [file.name for file in (made / RUNS / "broken/checkpoints").glob("best-2-*")]
    assert best.exists()
