"""A scheduler cycles no momentum that was chosen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.new import new
from projects import TINY, drive, python

TRAINED = [*TINY, "--preflight=false"]
SGD = [*TRAINED, "--optimizer=SGD", "--lr=0.1", "--optimizer_args.momentum=0.5"]
CYCLIC = ["--lr_scheduler=CyclicLR", "--lr_scheduler_args.base_lr=0.1"]
# What is typed, and the momentum, or beta1, of the last checkpoint.
RUNS: dict[str, tuple[list[str], float]] = {
    "default": (TRAINED, 0.8688),
    "typed": (SGD, 0.5),
    "typed betas": ([*TRAINED, "--optimizer_args.betas=[0.8,0.99]"], 0.8),
    "betas of a group": ([*TRAINED, "--param_groups={'*.bias': {betas: [0.8, 0.99]}}"], 0.9),
    "other scheduler": ([*SGD, *CYCLIC], 0.5),
    "cycled": ([*SGD, "--lr_scheduler_args.cycle_momentum=true"], 0.8688),
}
READ = """
import json, pathlib, torch
found = {}
for file in pathlib.Path("Logs").glob("*/*/checkpoints/last.ckpt"):
    group = torch.load(file)["optimizer_states"][0]["param_groups"][0]
    found[file.parts[2]] = group["betas"][0] if "betas" in group else group["momentum"]
print(json.dumps(found))
"""


@pytest.fixture
def momenta(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> dict[str, Any]:
    """Give the last momentum of every run."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        cases = [(name, [*typed, f"--run_name={name}"]) for name, (typed, _) in RUNS.items()]
        drive(lab, made, "options.py", cases, folder / "outcomes.json")
        (folder / "found.json").write_text(python(lab, made, "-c", READ).stdout)

    return json.loads((once(tmp_path_factory, "momentum", make) / "found.json").read_text())


@pytest.mark.parametrize("run", RUNS)
def test_momentum(momenta: dict[str, Any], run: str) -> None:
    """Only Adam's default betas are cycled, or what is asked for."""
    assert momenta[run] == pytest.approx(RUNS[run][1], abs=1e-4)
