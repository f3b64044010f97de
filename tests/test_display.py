"""What a terminal shows while a net trains is about the net, and fits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from projects import TINY, drive, outcomes, project

SHOWN = [option for option in TINY if not re.search("progress_bar|summary|max_epochs", option)]
ONE = "--trainer.max_epochs=1"

# Of each training: what is typed, how its epochs are counted, and the numbers beside the bar.
BARS: dict[str, tuple[list[str], str, list[str]]] = {
    "one epoch": ([ONE], "Epoch 1/1 ", ["val_loss:", "loss:"]),
    "one set": (
        [ONE, "--monitor=val_acc/example_evaldata"],
        "Epoch 1/1 ",
        ["val_acc/example_eval…:"],
    ),
    "steps": (["--trainer.max_epochs=9", "--trainer.max_steps=3"], "Epoch 2/9 ", []),
    "more steps than usual": (["--trainer.max_steps=23"], "Epoch 12 ", []),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> dict[str, Any]:
    """Give how short trainings on 80 columns ended."""

    def make(results: Path) -> None:
        made = project(tmp_path_factory, "displayed")
        typed = [*SHOWN, "--trainer.log_every_n_steps=1"]
        cases = [(name, [*typed, *more]) for name, (more, _, _) in BARS.items()]
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("COLUMNS", "80")
            drive(lab, made, "options.py", cases, results)

    return outcomes(tmp_path_factory, "displayed", make)


@pytest.mark.parametrize("name", BARS)
def test_bar(told: dict[str, Any], name: str) -> None:
    """Epochs are counted from 1, and the monitored value comes first, in 80 columns."""
    _, epoch, numbers = BARS[name]
    assert told[name]["code"] == 0, told[name]["stderr"]
    bars = [line for line in told[name]["stdout"].splitlines() if line.startswith(epoch)]

    assert bars, told[name]["stdout"]
    assert max(len(bar.rstrip()) for bar in bars) <= 80
    if numbers:
        assert [word for word in bars[-1].split() if word.endswith(":")] == numbers


def test_summary(told: dict[str, Any]) -> None:
    """It has the layers of the net, and the number of parameters."""
    printed = told["one epoch"]["stdout"]

    assert all(f" net.{layer} " in printed for layer in ("conv1", "conv2", "pool", "head"))
    assert re.search(r"Trainable params: 65\.2 K", printed)
