"""What the engine uses of Lightning and PyTorch, though it is not documented."""

from __future__ import annotations

from pathlib import Path

from projects import python

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


def test_private_attributes_are_there(tmp_path: Path, lab: Path) -> None:
    """What a run is resumed by has not moved in the Lightning and the PyTorch of today."""
    done = python(lab, tmp_path, "-c", PRIVATE)

    assert done.returncode == 0, done.stderr
