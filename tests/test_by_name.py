"""Losses and schedulers of the project's own, and --warmup, against a plain loop of PyTorch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from own_modules import write
from plgen.commands.add import add
from plgen.commands.new import new
from plgen.naming.kinds import DATASET
from projects import drive

FOCAL = """
import torch
from torch import Tensor, nn
from torch.nn import functional


class FocalLoss(nn.Module):
    task = "classes"

    def __init__(self, gamma: float = 2.0) -> None:
        super().__init__()
        self.gamma = gamma

    def forward(self, output: Tensor, target: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        entropy = functional.cross_entropy(output, target, reduction="none")
        loss = (1 - (-entropy).exp()) ** self.gamma * entropy
        return loss.mean(), {"entropy": entropy.mean()}
"""
COSINE = """
import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


class HalfCosine(LRScheduler):
    def __init__(self, optimizer: Optimizer, total_steps: int) -> None:
        self.total_steps = total_steps
        super().__init__(optimizer)

    def get_lr(self) -> list[float]:
        share = 0.5 * (1 + math.cos(math.pi * self.last_epoch / self.total_steps))
        return [rate * share for rate in self.base_lrs]
"""
LINEAR = """
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


class ByEpochs(LRScheduler):
    def __init__(self, optimizer: Optimizer, epochs: int) -> None:
        self.epochs = epochs
        super().__init__(optimizer)

    def get_lr(self) -> list[float]:
        return [rate * (1 - self.last_epoch / self.epochs) for rate in self.base_lrs]
"""
RECORDER = """
import copy

import torch
from pytorch_lightning import Callback


class Recorder(Callback):
    def on_train_start(self, trainer, pl_module):
        weights = copy.deepcopy(pl_module.net.state_dict())
        self.found = {"weights": weights, "batches": [], "rates": []}
        optimizer = trainer.optimizers[0]
        optimizer.register_step_pre_hook(
            lambda *_: self.found["rates"].append(optimizer.param_groups[0]["lr"])
        )

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        self.found["batches"].append(batch)

    def on_train_end(self, trainer, pl_module):
        torch.save(self.found, "recorded.pt")
"""
CUT = """
from pytorch_lightning import Callback


class Cut(Callback):
    def on_train_epoch_start(self, trainer, pl_module):
        if trainer.current_epoch:
            raise KeyboardInterrupt
"""
MODULES = {
    "LOSSES": {"focal_loss": FOCAL},
    "SCHEDULERS": {"half_cosine": COSINE, "by_epochs": LINEAR},
    "CALLBACKS": {"recorder": RECORDER, "cut": CUT},
}
RECIPES = (
    "focal loss",
    "own scheduler",
    "own scheduler of epochs",
    "warmup",
    "warmup and cosine",
    "warmup share",
)


@pytest.fixture(scope="module")
def compared(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give the numbers of the project, and those of a plain loop."""

    def make(folder: Path) -> None:
        project = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        add(DATASET, "other_data", start=project)
        for register, modules in MODULES.items():
            write(project, modules, register)
        drive(lab, project, "by_name.py", [], folder / "found.json")

    return json.loads((once(tmp_path_factory, "by-name", make) / "found.json").read_text())


@pytest.mark.parametrize("recipe", RECIPES)
def test_as_a_plain_loop(compared: dict[str, Any], recipe: str) -> None:
    """The net has the weights of a loop that somebody writes by hand."""
    ours, plain = compared[recipe]

    assert ours == pytest.approx(plain, rel=1e-5, abs=1e-7)


def test_the_logged_rates(compared: dict[str, Any]) -> None:
    """The curves show the rates with which the optimizer took its steps."""
    logged, used = compared["curves"]

    assert len(used) == 8
    assert logged == pytest.approx(used)


@pytest.mark.parametrize("case", ["terms", "mean of the sets", "nothing counts"])
def test_named_terms(compared: dict[str, Any], case: str) -> None:
    """A term of the loss is its mean over what counts in a set, and over the sets."""
    ours, expected = compared[case]

    assert ours == pytest.approx(expected, rel=1e-4)


def test_resumed_in_the_warmup(compared: dict[str, Any]) -> None:
    """A run that was stopped during its warmup ends with the weights of one that was not."""
    resumed, whole = compared["resumed"]

    assert resumed == whole
