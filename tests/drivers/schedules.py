"""Resume learning-rate schedules in trainings of another length, without training anything.

python schedules.py CASES RESULTS, in a project's folder. CASES is a list of [name, schedule,
before, after, epochs], where `before` and `after` say how long the training is: epochs, batches,
and the batches that are accumulated. RESULTS becomes a mapping of name -> the learning rates of
each step: of a whole training like `before`, and of one that is resumed after so many of its epochs
like `after`; or the error.
"""

# pyright: basic, reportMissingImports=false
# PyTorch and projects are not in the environment that checks these types.
from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch.optim import lr_scheduler

sys.path.insert(0, str(Path.cwd()))
from engine import OptionError
from engine.checks.loadable import numpy_to_python
from engine.learning.schedulers import build_scheduler, resume_schedules, training_length

ARGUMENTS: dict[str, dict[str, Any]] = {
    "OneCycleLR": {"cycle_momentum": False},
    "three phases": {"cycle_momentum": False, "three_phase": True},
    "typed length": {"cycle_momentum": False, "total_steps": 400},
    "CyclicLR": {"base_lr": 0.01, "step_size_up": 7, "cycle_momentum": False},
    "StepLR": {"step_size": 2},
    "ReduceLROnPlateau": {},
}
NAMES = {"three phases": "OneCycleLR", "typed length": "OneCycleLR"}


def optimizer() -> torch.optim.Optimizer:
    """Return one with two groups, of which the second learns at a hundredth of the rate."""
    first, second = (torch.nn.Parameter(torch.zeros(1)) for _ in range(2))
    groups = [{"params": [first]}, {"params": [second], "lr": 0.001}]
    return torch.optim.SGD(groups, lr=0.1)


class Falling(lr_scheduler.LRScheduler):
    """Falls to 0 in so many steps, which its state holds."""

    def __init__(self, optimizer: torch.optim.Optimizer, steps: int) -> None:
        self.steps = steps
        super().__init__(optimizer)

    def get_lr(self) -> list[float]:
        """Return the rate of each group."""
        share = 1 - min(self.last_epoch / self.steps, 1)
        return [float(rate) * share for rate in self.base_lrs]


def own(  # noqa: PLR0911 - one for each schedule
    name: str, optimizer: torch.optim.Optimizer, steps: int
) -> Any:
    """Return a schedule as somebody writes it in configure_optimizers, stepped after each batch."""
    if name == "own OneCycleLR":
        return lr_scheduler.OneCycleLR(optimizer, [0.1, 0.001], steps, cycle_momentum=False)
    if name == "own every second step":
        return lr_scheduler.OneCycleLR(optimizer, 0.1, steps // 2, cycle_momentum=False)
    if name == "own LambdaLR":
        return lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / (steps + 1))
    if name == "own Falling":
        return Falling(optimizer, steps)
    if name == "own warm-up":
        return lr_scheduler.LambdaLR(optimizer, lambda step: np.minimum(1.0, (step + 1) / 300))
    if name == "own LinearLR":
        return lr_scheduler.LinearLR(optimizer, 0.1, 1, total_iters=steps)
    if name == "own Fixed":
        return Falling(optimizer, 500)
    warm = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=4)
    rest = lr_scheduler.CosineAnnealingLR(optimizer, steps - 4)
    return lr_scheduler.SequentialLR(optimizer, [warm, rest], [4])


def trainer(name: str, length: dict[str, int]) -> Any:
    """Return what the engine asks a Trainer for, with a new schedule."""
    made: Any = SimpleNamespace(
        fit_loop=SimpleNamespace(setup_data=lambda: None),
        lightning_module=SimpleNamespace(automatic_optimization=True),
        max_epochs=length.get("epochs", -1),
        max_steps=length.get("max_steps", -1),
        num_training_batches=length["batches"],
        accumulate_grad_batches=length.get("accumulated", 1),
        callbacks=[],
        optimizers=[optimizer()],
    )
    if name.startswith("own"):
        scheduler = own(name, made.optimizers[0], training_length(made)["steps"])
        frequency = 2 if name == "own every second step" else 1
        described = {"scheduler": scheduler, "interval": "step", "frequency": frequency}
    else:
        training = {"lr": 0.1, "monitor": "val_loss", "mode": "min"} | training_length(made)
        given = NAMES.get(name, name), made.optimizers[0], ARGUMENTS.get(name, {})
        described = build_scheduler(*given, training)
    made.lr_scheduler_configs = [SimpleNamespace(**{"frequency": 1, **described})]
    return made


def train(made: Any, epochs: int, steps: int, stop: int) -> tuple[list[list[float]], int]:
    """Step the schedule as Lightning does until so many epochs are over; give its rates."""
    (config,), (optimizer,) = made.lr_scheduler_configs, made.optimizers
    rates: list[list[float]] = []
    while epochs < stop and steps != made.max_steps:
        for batch in range(made.num_training_batches):
            last = batch + 1 == made.num_training_batches
            if steps != made.max_steps and (last or not (batch + 1) % made.accumulate_grad_batches):
                rates.append([group["lr"] for group in optimizer.param_groups])
                optimizer.step()
                steps += 1
                if config.interval == "step" and not steps % config.frequency:
                    config.scheduler.step()
        epochs += 1
        if config.interval == "epoch" and config.frequency == 1:
            config.scheduler.step()
    return rates, steps


def outcome(name: str, before: dict[str, int], after: dict[str, int], stop: int) -> Any:
    """Train as before, and resume as after."""
    try:
        whole, _ = train(trainer(name, before), 0, 0, before.get("epochs", 99))
        first = trainer(name, before)
        _, steps = train(first, 0, 0, stop)
        scheduler = first.lr_scheduler_configs[0].scheduler
        saved = {
            "optimizer_states": [copy.deepcopy(first.optimizers[0].state_dict())],
            "config": {"trainer": {"max_epochs": first.max_epochs, "max_steps": first.max_steps}},
            "lr_schedulers": [numpy_to_python(copy.deepcopy(scheduler.state_dict()))],
        }
        resumed = trainer(name, after)
        resume_schedules(resumed, saved, stop, steps)
        resumed.optimizers[0].load_state_dict(saved["optimizer_states"][0])
        resumed.lr_scheduler_configs[0].scheduler.load_state_dict(saved["lr_schedulers"][0])
        rest, _ = train(resumed, stop, steps, after.get("epochs", 99))
    except OptionError as error:
        return str(error)
    at_the_end = [group["lr"] for group in resumed.optimizers[0].param_groups]
    return {"whole": whole, "rest": rest, "end": at_the_end}


def main() -> None:
    """Try every case."""
    cases, results = (Path(argument) for argument in sys.argv[1:])
    tried = {name: outcome(*case) for name, *case in json.loads(cases.read_text())}
    results.write_text(json.dumps(tried))


if __name__ == "__main__":
    main()
