"""Everything of PyTorch that a name can choose trains, or says where to write it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from own_modules import write
from plgen.commands.new import new
from projects import TINY, drive, python, require_refusal, rows

OPTIMIZERS = ["Adafactor", "Adam", "LBFGS", "Muon", "SGD"]
FUNCTIONS = ["LambdaLR", "MultiplicativeLR", "SequentialLR", "ChainedScheduler"]
LR = 0.01


def cosine(share: float) -> float:
    """Return the learning rate after a share of a cosine's way down to nothing."""
    return LR * (1 + math.cos(math.pi * share)) / 2


# What is typed, and the learning rates of the two epochs that follow from PyTorch's documentation.
EPOCHS: dict[str, tuple[str, list[str], list[float]]] = {
    "StepLR": ("StepLR", ["step_size=1"], [LR, LR / 10]),
    "StepLR, longer": ("StepLR", ["step_size=2", "gamma=0.5"], [LR, LR]),
    "MultiStepLR": ("MultiStepLR", ["milestones=[1]", "gamma=0.5"], [LR, LR / 2]),
    "ConstantLR": ("ConstantLR", ["factor=0.5", "total_iters=1"], [LR / 2, LR]),
    "LinearLR": ("LinearLR", ["start_factor=0.5", "total_iters=2"], [LR / 2, LR * 0.75]),
    "ExponentialLR": ("ExponentialLR", ["gamma=0.25"], [LR, LR / 4]),
    "CosineAnnealingLR": ("CosineAnnealingLR", [], [LR, cosine(1 / 2)]),
    "CosineAnnealingLR, given": ("CosineAnnealingLR", ["T_max=4"], [LR, cosine(1 / 4)]),
    "CosineAnnealingWarmRestarts": ("CosineAnnealingWarmRestarts", ["T_0=4"], [LR, cosine(1 / 4)]),
    "PolynomialLR": ("PolynomialLR", [], [LR, LR / 2]),
    "PolynomialLR, given": ("PolynomialLR", ["total_iters=4"], [LR, LR * 0.75]),
}
# The same for the four batches of two epochs.
BATCHES: dict[str, tuple[str, list[str], list[float]]] = {
    "OneCycleLR": (
        "OneCycleLR",
        ["pct_start=0.5", "anneal_strategy=linear"],
        [LR / 25, LR, LR / 2, LR / 25e4],
    ),
    "OneCycleLR, given": (
        "OneCycleLR",
        ["pct_start=0.25", "anneal_strategy=linear", "total_steps=8"],
        [LR / 25, LR, LR * 5 / 6, LR * 4 / 6],
    ),
    "CyclicLR": (
        "CyclicLR",
        [f"base_lr={LR / 2}", "step_size_up=2"],
        [LR / 2, LR * 0.75, LR, LR * 0.75],
    ),
}
# ReduceLROnPlateau on a net that gets better: is what it watches to fall, or to rise?
PLATEAU = {
    "loss falls": (["--monitor=val_loss"], False),
    "loss is to rise": (["--monitor=val_loss", "--monitor_mode=max"], True),
    "accuracy rises": (["--monitor=val_acc"], False),
    "accuracy is to fall": (["--monitor=val_acc", "--monitor_mode=min"], True),
    "accuracy of a set rises": (["--monitor=val_acc/standard_data"], False),
    "loss of the training falls": (["--monitor=train_loss"], False),
    "own mode": (["--monitor=val_loss", "--lr_scheduler_args.mode=max"], True),
}
FLAT_NET = """
from torch import Tensor, nn

class FlatNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(784, 10, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.flatten(1))
"""
DATA = ["--train_dataset=standard_data", "--eval_datasets", "--test_datasets"]
FLAT = [*TINY, *DATA, "--model_name=flat_net", "--trainer.log_every_n_steps=1"]
# The preflight does not depend on the scheduler.
RATES = [*FLAT, "--preflight=false"]
TWICE = [*RATES, "--trainer.max_epochs=2", "--optimizer=SGD", f"--lr={LR}"]
LEARN = [
    *RATES,
    "--eval_datasets=standard_data",
    "--trainer.max_epochs=3",
    "--trainer.limit_train_batches=1.0",
    "--trainer.limit_val_batches=1.0",
    "--batch_size=100",
    "--lr=5e-5",
    "--lr_scheduler=ReduceLROnPlateau",
    "--lr_scheduler_args.patience=0",
]


def commands() -> dict[str, list[str]]:
    """Return what is typed for each choice, under the name of its run."""
    same = [*FLAT, "--trainer.overfit_batches=1", "--trainer.max_epochs=4", "--lr_scheduler=null"]
    rates = {
        name: [*TWICE, f"--lr_scheduler={chosen}", *(f"--lr_scheduler_args.{arg}" for arg in args)]
        for name, (chosen, args, _) in {**EPOCHS, **BATCHES}.items()
    }
    return {
        **{name: [*same, f"--optimizer={name}"] for name in [*OPTIMIZERS, "SparseAdam"]},
        **rates,
        **{name: [*LEARN, *typed] for name, (typed, _) in PLATEAU.items()},
        **{name: [*FLAT, f"--lr_scheduler={name}"] for name in FUNCTIONS},
    }


@pytest.fixture
def tried(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give a project in which everything was chosen once, in a run of its name."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        write(made, {"flat_net": FLAT_NET})
        cases = [(name, [*typed, f"--run_name={name}"]) for name, typed in commands().items()]
        drive(lab, made, "options.py", cases, folder / "outcomes.json")

    return once(tmp_path_factory, "choices", make)


def ended(tried: Path, run: str) -> dict[str, Any]:
    """Return how a run ended."""
    return json.loads((tried / "outcomes.json").read_text())[run]


def values(tried: Path, run: str, key: str) -> list[float]:
    """Return what a run logged under a key, in order, once each time."""
    (folder,) = (tried / "sample/Logs").glob(f"*/{run}")
    return [float(row[key]) for row in rows(folder, "metrics.csv") if row[key]]


def test_no_scheduler_of_pytorch_is_left_out(lab: Path, tmp_path: Path) -> None:
    """Every scheduler that PyTorch has is in the tables of these tests."""
    program = "from torch.optim.lr_scheduler import __all__ as names; print(*names)"
    known = {*python(lab, tmp_path, "-c", program).stdout.split()}
    chosen = {name for name, _, _ in [*EPOCHS.values(), *BATCHES.values()]}

    assert known == {*chosen, *FUNCTIONS, "ReduceLROnPlateau", "LRScheduler"}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers(tried: Path, optimizer: str) -> None:
    """An optimizer makes a batch's loss less by seeing it several times."""
    assert ended(tried, optimizer)["traceback"] == ""
    seen = values(tried, optimizer, "train_loss_step")
    assert len(seen) == 4
    assert seen[-1] < seen[0]


def test_an_optimizer_for_other_gradients(tried: Path) -> None:
    """What PyTorch refuses while it trains keeps PyTorch's own words."""
    assert "does not support dense gradients" in ended(tried, "SparseAdam")["traceback"]


@pytest.mark.parametrize("run", [*EPOCHS, *BATCHES])
def test_schedulers(tried: Path, run: str) -> None:
    """A scheduler is stepped at its own interval, over the length of the training."""
    assert ended(tried, run)["traceback"] == ""
    rates = BATCHES[run][2] if run in BATCHES else [rate for rate in EPOCHS[run][2] for _ in (1, 2)]
    assert values(tried, run, "lr-SGD") == pytest.approx(rates, rel=1e-5)


@pytest.mark.parametrize("run", PLATEAU)
def test_plateau_follows_the_monitor(tried: Path, run: str) -> None:
    """ReduceLROnPlateau looks at what is monitored, in the direction in which it is better."""
    assert ended(tried, run)["traceback"] == ""
    rates = values(tried, run, "lr-AdamW")
    assert (rates[-1] < rates[0]) == PLATEAU[run][1]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_schedulers_of_code(tried: Path, name: str) -> None:
    """What no text can build is refused."""
    require_refusal(ended(tried, name), "", "in a class of your own")
