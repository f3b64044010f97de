"""A learning rate that is planned by default changes no momentum that was chosen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import once
from plgen.commands.new import new
from projects import TINY, drive, python

TRAINED = [*TINY, "--preflight=false"]
SGD = [*TRAINED, "--optimizer=SGD", "--lr=0.1"]
CYCLED = "--lr_scheduler_args.cycle_momentum=true"
AGAIN = "--config=Logs/standard_net/default/config.yaml"
MOMENTUM = "--optimizer_args.momentum"
# What is typed; the momentum, or beta1, of the last checkpoint; and whether it was cycled.
RUNS: dict[str, tuple[list[str], float | None, bool]] = {
    "a file's": ([*TRAINED, "--config=betas.yaml", "--optimizer=AdamW"], 0.8, False),
    "default": (TRAINED, None, True),
    "the same again": ([AGAIN], None, True),
    "plain": (SGD, 0, False),
    "typed": ([*SGD, f"{MOMENTUM}=0.5"], 0.5, False),
    "typed to be cycled": ([*SGD, f"{MOMENTUM}=0.5", CYCLED], None, True),
    "typed betas": ([*TRAINED, "--optimizer_args.betas=[0.9,0.999]"], 0.9, False),
    "typed behind a file": ([AGAIN, "--optimizer_args.betas=[0.8,0.99]"], 0.8, False),
    "other optimizer than a file's": ([AGAIN, "--optimizer=RMSprop"], 0, False),
    "other scheduler": (
        [*SGD, "--lr_scheduler=CyclicLR", "--lr_scheduler_args.base_lr=0.1"],
        0,
        False,
    ),
}
BETAS = "optimizer_args:\n  betas: [0.8, 0.99]\n"
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
    """Give the options and the last momentum of every run."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        (made / "betas.yaml").write_text(BETAS)
        cases = [(name, [*typed, f"--run_name={name}"]) for name, (typed, _, _) in RUNS.items()]
        drive(lab, made, "options.py", cases, folder / "outcomes.json")
        found = json.loads(python(lab, made, "-c", READ).stdout)
        for name, momentum in found.items():
            saved = (made / "Logs/standard_net" / name / "config.yaml").read_text()
            found[name] = yaml.safe_load(saved) | {"momentum": momentum}
        (folder / "found.json").write_text(json.dumps(found))

    return json.loads((once(tmp_path_factory, "momentum", make) / "found.json").read_text())


@pytest.mark.parametrize("run", RUNS)
def test_chosen_momentum_stays(momenta: dict[str, Any], run: str) -> None:
    """A momentum is cycled where nobody chose one, or where that is typed; config.yaml says it."""
    _, momentum, cycled = RUNS[run]

    assert momenta[run]["lr_scheduler_args"]["cycle_momentum"] is cycled
    if cycled:
        assert momenta[run]["momentum"] == pytest.approx(0.8688, abs=1e-4)  # Adam has 0.9
    else:
        assert momenta[run]["momentum"] == momentum
