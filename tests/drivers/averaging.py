"""Train with averaged weights, and repeat it as a plain loop of PyTorch.

python averaging.py CASES RESULTS, in the project of tests/test_averaging.py. CASES is not used.
RESULTS becomes a mapping of name -> the numbers of the project, and those that are expected.
"""

from __future__ import annotations

import contextlib
import copy
import csv
import importlib
import json
import runpy
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))


def library(name: str) -> Any:
    """Import what the project's environment has, and that of these tests has not."""
    return importlib.import_module(name)


torch = library("torch")
RUNS = Path("Logs/noisy_net")
DATA = "noisy_data"
COMMON = [
    "--model_name=noisy_net",
    "--net.dropout=0",
    f"--train_dataset={DATA}",
    f"--eval_datasets={DATA}",
    f"--test_datasets={DATA}",
    f"--{DATA}.size=24",
    "--batch_size=8",
    "--optimizer=SGD",
    "--lr=0.1",
    "--preflight=false",
    "--trainer.accelerator=cpu",
    "--trainer.enable_progress_bar=false",
    "--trainer.enable_model_summary=false",
]
SCHEDULED = [
    "--optimizer=AdamW",
    "--lr=0.01",
    "--lr_scheduler=OneCycleLR",
    "--trainer.max_epochs=6",
]
AVERAGE = {
    "ema": ["own_ema", "--own_ema.decay=0.6"],
    "EMAWeightAveraging": ["EMAWeightAveraging", "--EMAWeightAveraging.decay=0.6"],
    "later": [
        "EMAWeightAveraging",
        "--EMAWeightAveraging.decay=0.6",
        "--EMAWeightAveraging.update_starting_at_step=2",
    ],
    "swa": [
        "StochasticWeightAveraging",
        "--StochasticWeightAveraging.swa_lrs=0.1",
        "--StochasticWeightAveraging.swa_epoch_start=2",
    ],
}


def main_py(*options: str) -> str:
    """Run main.py, and return what it printed."""
    sys.argv = ["main.py", *options]
    out = library("io").StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        runpy.run_path("main.py", run_name="__main__")
    return out.getvalue()


def run(name: str, average: str, *options: str) -> dict[str, Any]:
    """Train with an average, and return what last.ckpt holds."""
    more = ["--callbacks", "recorder", *AVERAGE[average]]
    main_py(*COMMON, *options, *more, f"--run_name={name}")
    return last(name)


def last(name: str) -> dict[str, Any]:
    """Return what last.ckpt of a run holds."""
    return torch.load(RUNS / name / "checkpoints/last.ckpt", weights_only=True)


def rows(name: str) -> list[dict[str, str]]:
    """Return the results of a run."""
    with (RUNS / name / "results.csv").open(newline="") as table:
        return list(csv.DictReader(table))


def numbers(state: dict[str, Any]) -> list[float]:
    """Return some numbers of each tensor of a net."""
    state = {key.removeprefix("net."): value for key, value in state.items()}
    floats = [state[key] for key in sorted(state) if not key.endswith("num_batches_tracked")]
    return [float(value) for each in floats for value in each.flatten()[:5]]


def plain(epochs: Iterable[int]) -> list[dict[str, Any]]:
    """Repeat the recorded training, and return the net after each step."""
    recorded = torch.load("recorded.pt")
    net = library("model.noisy_net").NoisyNet(dropout=0)
    net.load_state_dict(recorded["weights"])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    states: list[dict[str, Any]] = []
    for images, labels in (batch for epoch in epochs for batch in recorded["batches"][epoch]):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(images), labels).backward()
        optimizer.step()
        states.append(copy.deepcopy(net.state_dict()))
    return states


def moving(states: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the exponential moving average of some states, which starts with the first."""
    average = copy.deepcopy(states[0])
    for state in states[1:]:
        average = {key: 0.6 * average[key] + 0.4 * state[key] for key in state}
    return average


def with_statistics(average: dict[str, Any], batches: list[Any]) -> dict[str, Any]:
    """Return an average with the batch norm statistics that it has on some batches."""
    inputs = [
        torch.nn.functional.linear(
            images.flatten(1), average["layers.1.weight"], average["layers.1.bias"]
        )
        for images, _ in batches
    ]
    means, variances = ([getattr(each, name)(0) for each in inputs] for name in ("mean", "var"))
    return average | {
        "layers.2.running_mean": torch.stack(means).mean(0),
        "layers.2.running_var": torch.stack(variances).mean(0),
    }


def moving_averages() -> dict[str, Any]:
    """Compare the exponential moving averages of three steps."""
    found: dict[str, Any] = {}
    for name, first in (("ema", 0), ("EMAWeightAveraging", 0), ("later", 2)):
        checkpoint = run(name, name, "--lr_scheduler=null", "--trainer.max_epochs=1")
        states = plain([0])
        found[name] = numbers(checkpoint["state_dict"]), numbers(moving(states[first:]))
        raw = checkpoint["current_model_state"]
        found[f"{name}: trained"] = numbers(raw), numbers(states[-1])
    never = [*AVERAGE["later"][:-1], "--EMAWeightAveraging.update_starting_at_step=100"]
    AVERAGE["never"] = never
    checkpoint = run("never", "never", "--lr_scheduler=null", "--trainer.max_epochs=1")
    found["never"] = numbers(checkpoint["state_dict"]), numbers(plain([0])[-1])
    return found


def average_at_the_end() -> dict[str, Any]:
    """Compare what StochasticWeightAveraging makes of the weights after the first two epochs."""
    checkpoint = run("swa", "swa", "--lr_scheduler=null", "--trainer.max_epochs=3")
    states, batches = plain(range(3)), torch.load("recorded.pt")["batches"]
    average = {key: (states[2][key] + states[5][key]) / 2 for key in states[0]}
    path = next((RUNS / "swa/checkpoints").glob("best-*"))
    best, epoch = torch.load(path, weights_only=True), int(path.name.split("-")[1])
    return {
        "swa": (
            numbers(checkpoint["state_dict"]),
            numbers(with_statistics(average, batches[3])),
        ),
        "swa: trained": (numbers(checkpoint["current_model_state"]), numbers(states[-1])),
        "swa: best": (numbers(best["state_dict"]), numbers(states[3 * epoch + 2])),
    }


def evaluated_again() -> dict[str, Any]:
    """Evaluate the checkpoints that the runs have evaluated."""
    found: dict[str, Any] = {}
    for name in ("ema", "swa"):
        folder = RUNS / name / "checkpoints"
        path = folder / "last.ckpt" if name == "swa" else next(folder.glob("best-*"))
        again: list[dict[str, str]] = []
        for stage in ("validate", "test"):
            main_py(f"--stage={stage}", f"--ckpt_path={path}", f"--run_name={name}-{stage}")
            again += rows(f"{name}-{stage}")
        found[f"{name}: again"] = again, rows(name)
    return found


def resumed() -> dict[str, Any]:
    """Stop a run twice in its fifth epoch, resume it, and compare it with one in one go."""
    found: dict[str, Any] = {}
    whole = run("ema-whole", "ema", *SCHEDULED)
    more = ["--callbacks", "recorder", "cut", *AVERAGE["ema"]]
    main_py(*COMMON, *SCHEDULED, *more, "--run_name=ema-cut")
    path = RUNS / "ema-cut/checkpoints/last.ckpt"
    main_py(f"--ckpt_path={path}", "--callbacks", "recorder", "cut", "own_ema")
    main_py(f"--ckpt_path={path}", "--callbacks", "recorder", "own_ema")
    parts = last("ema-cut")
    for key in ("state_dict", "current_model_state"):
        found[f"ema: {key}"] = numbers(parts[key]), numbers(whole[key])
    losses = [[float(row["loss"]) for row in rows(f"ema-{part}")] for part in ("cut", "whole")]
    found["ema: results"] = tuple(losses)
    return found


def main() -> None:
    """Run every case."""
    results = Path(sys.argv[2])
    found = {**moving_averages(), **average_at_the_end(), **evaluated_again(), **resumed()}
    results.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
