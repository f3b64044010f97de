"""Averaged weights against a plain loop of PyTorch: what is saved, evaluated and resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import once
from noise import add_noise
from own_modules import write
from plgen.commands.new import new
from projects import drive, outcomes

CALLBACKS = {
    "own_ema": '''
"""An exponential moving average of the weights."""

from pytorch_lightning.callbacks import WeightAveraging
from torch.optim.swa_utils import get_ema_avg_fn


class OwnEma(WeightAveraging):
    def __init__(self, decay: float = 0.999) -> None:
        super().__init__(avg_fn=get_ema_avg_fn(decay))
''',
    "recorder": '''
"""Keeps the first weights and the batches of each epoch."""

import copy
from typing import Any

import pytorch_lightning as pl
import torch


class Recorder(pl.Callback):
    def on_train_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        weights = copy.deepcopy(pl_module.net.state_dict())
        self.recorded: dict[str, Any] = {"weights": weights, "batches": []}

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        self.recorded["batches"].append([])

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, *_: Any) -> None:
        self.recorded["batches"][-1].append(batch)

    def on_train_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        torch.save(self.recorded, "recorded.pt")
''',
    "cut": '''
"""Stops a run in its fifth epoch."""

from typing import Any

import pytorch_lightning as pl


class Cut(pl.Callback):
    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.current_epoch == 4:
            raise KeyboardInterrupt
''',
}
AVERAGES = ["ema", "EMAWeightAveraging", "later", "never", "swa"]
TRAINED = ["ema: trained", "EMAWeightAveraging: trained", "later: trained", "swa: trained"]
RESUMED = ["ema: state_dict", "ema: current_model_state", "ema: results"]


@pytest.fixture(scope="module")
def numbers(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the numbers of the project and of the plain loop, by case."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        add_noise(made)
        write(made, CALLBACKS, "CALLBACKS")

    place = once(tmp_path_factory, "project-averaging", make) / "sample"
    return outcomes(
        tmp_path_factory, "averaging", lambda file: drive(lab, place, "averaging.py", [], file)
    )


@pytest.mark.parametrize("case", AVERAGES)
def test_saved_average(numbers: dict[str, Any], case: str) -> None:
    """last.ckpt holds the average; before its first update, it is the net that is trained."""
    assert numbers[case][0] == pytest.approx(numbers[case][1], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("case", TRAINED)
def test_saved_trained_weights(numbers: dict[str, Any], case: str) -> None:
    """The average changes nothing of the training, and the trained weights are saved beside it."""
    assert numbers[case][0] == pytest.approx(numbers[case][1], rel=1e-4, abs=1e-6)


def test_best_of_an_average_at_the_end(numbers: dict[str, Any]) -> None:
    """The best checkpoint holds the weights of its epoch."""
    assert numbers["swa: best"][0] == pytest.approx(numbers["swa: best"][1], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("average", ["ema", "swa"])
def test_results_are_of_the_checkpoint(numbers: dict[str, Any], average: str) -> None:
    """Evaluating the checkpoint again gives the numbers in results.csv."""
    assert numbers[f"{average}: again"][0] == numbers[f"{average}: again"][1]


@pytest.mark.parametrize("case", RESUMED)
def test_resumed_average(numbers: dict[str, Any], case: str) -> None:
    """A run that was stopped and resumed ends exactly as one that was not."""
    assert numbers[case][0] == numbers[case][1]
