"""Train with losses and schedulers of a project, and repeat it as a plain loop of PyTorch.

python by_name.py CASES RESULTS, in the project of tests/test_by_name.py. CASES is not used. RESULTS
becomes a mapping of name -> the numbers of the project, and those of the plain loop.
"""

from __future__ import annotations

import contextlib
import csv
import importlib
import json
import math
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))


def library(name: str) -> Any:
    """Import what the project's environment has, and that of these tests has not."""
    return importlib.import_module(name)


torch = library("torch")
functional = torch.nn.functional

STEPS = 6
COMMON = [
    "--model_name=standard_net",
    "--net.width=4",
    "--train_dataset=standard_data",
    "--standard_data.size=26",
    "--batch_size=8",
    "--optimizer=SGD",
    "--lr=0.1",
    "--callbacks=recorder",
    "--trainer.accelerator=cpu",
    "--trainer.max_epochs=2",
    "--trainer.enable_progress_bar=false",
    "--trainer.enable_model_summary=false",
]
SHORT = ["--preflight=false", f"--trainer.max_steps={STEPS}", "--eval_datasets", "--test_datasets"]


def run(name: str, *options: str) -> Path:
    """Run main.py, and return the folder of the run."""
    sys.argv = ["main.py", *COMMON, *options, f"--run_name={name}"]
    runpy.run_path("main.py", run_name="__main__")
    return Path("Logs/standard_net") / name


def rows(table: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with table.open(newline="") as file:
        return list(csv.DictReader(file))


def focal(output: Any, target: Any, gamma: float = 2.0) -> tuple[Any, Any]:
    """Return the focal loss, and the cross entropy that it is made of."""
    entropy = functional.cross_entropy(output, target, reduction="none")
    return ((1 - (-entropy).exp()) ** gamma * entropy).mean(), entropy.mean()


def weights(net: Any) -> list[float]:
    """Return some numbers of each tensor of a net."""
    return [float(value) for each in net.state_dict().values() for value in each.flatten()[:5]]


def plain(rate: Callable[[int], float], gamma: float) -> list[float]:
    """Train as long as the recorded run did, on its batches and from its first weights."""
    recorded = torch.load("recorded.pt")
    net = library("model.standard_net").StandardNet(width=4)
    net.load_state_dict(recorded["weights"])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for step, (images, labels) in enumerate(recorded["batches"]):
        optimizer.param_groups[0]["lr"] = 0.1 * rate(step)
        optimizer.zero_grad()
        focal(net(images), labels, gamma)[0].backward()
        optimizer.step()
    return weights(net)


def trained(folder: Path) -> list[float]:
    """Return the same numbers of the net that a run has trained."""
    return weights(library("engine").load_net(folder / "checkpoints/last.ckpt"))


def cosine(step: int, steps: int) -> float:
    """Return the share of the learning rate."""
    return 0.5 * (1 + math.cos(math.pi * step / steps))


def recipes() -> dict[str, Any]:
    """Train each recipe, and the same by hand."""
    found: dict[str, Any] = {}
    focal_loss = ["--loss=focal_loss", "--loss_args.gamma=3"]
    own_cosine, warmup = "--lr_scheduler=half_cosine", "--warmup=2"
    cases: dict[str, tuple[list[str], Callable[[int], float]]] = {
        "focal loss": (["--lr_scheduler=null"], lambda _: 1.0),
        "own scheduler": ([own_cosine], lambda step: cosine(step, STEPS)),
        "own scheduler of epochs": (["--lr_scheduler=by_epochs"], lambda step: 1 - step // 4 / 2),
        "warmup": (
            ["--lr_scheduler=null", warmup],
            lambda step: min((step + 1) / 2, 1),
        ),
        "warmup and cosine": (
            [own_cosine, warmup],
            lambda step: cosine(step, STEPS) * min((step + 1) / 2, 1),
        ),
        "warmup share": (
            ["--lr_scheduler=ExponentialLR", "--lr_scheduler_args.gamma=0.5", "--warmup=0.7"],
            lambda step: 0.5 ** (step // 4) * min((step + 1) / round(0.7 * STEPS), 1),
        ),
    }
    for name, (options, rate) in cases.items():
        folder = run(name.replace(" ", "-"), *focal_loss, *SHORT, *options)
        found[name] = trained(folder), plain(rate, 3.0)
    return found


def logged_rates() -> tuple[list[float], list[float]]:
    """Return the learning rates in metrics.csv, and those that the optimizer had in its steps."""
    logged = [
        float(row["lr-SGD"])
        for row in rows(Path("Logs/standard_net/curves/metrics.csv"))
        if row["lr-SGD"]
    ]
    return logged, torch.load("recorded.pt")["rates"]


def means() -> dict[str, Any]:
    """Evaluate a loss with a named term on two sets of uneven batches."""
    folder = run(
        "means",
        "--loss=focal_loss",
        "--lr_scheduler=null",
        "--trainer.max_epochs=1",
        "--eval_datasets",
        "standard_data",
        "other_data",
        "--test_datasets",
        "--other_data.size=11",
    )
    net = library("engine").load_net(next(folder.glob("checkpoints/best-*")))
    sets = library("data.standard_data").StandardData, library("data.other_data").OtherData
    expected: dict[str, float] = {}
    for name, made in zip(("standard_data", "other_data"), sets, strict=True):
        dataset = made("eval", size=26 if name == "standard_data" else 11)
        batch = [
            torch.stack(parts)
            for parts in zip(*map(dataset.__getitem__, range(len(dataset))), strict=True)
        ]
        with torch.no_grad():
            loss, entropy = focal(net(batch[0]), batch[1])
        expected |= {f"loss/{name}": float(loss), f"entropy/{name}": float(entropy)}
    results = {row["set"]: row for row in rows(folder / "results.csv")}
    ours = {key: float(results[key.partition("/")[2]][key.partition("/")[0]]) for key in expected}
    best = [row["val_entropy"] for row in rows(folder / "metrics.csv") if row.get("val_entropy")]
    mean = (expected["entropy/standard_data"] + expected["entropy/other_data"]) / 2
    return {
        "terms": (list(ours.values()), list(expected.values())),
        "mean of the sets": ([float(best[-1])], [mean]),
    }


def nothing_counts() -> tuple[list[float], list[float]]:
    """Return the loss and the term of a batch whose targets are all left out."""

    class Ignoring(torch.nn.Module):
        ignore_index = -100

        def forward(self, output: Any, target: Any) -> tuple[Any, dict[str, Any]]:
            loss = functional.cross_entropy(output, target)
            return loss, {"part": loss}

    output, target = torch.randn(4, 3, requires_grad=True), torch.full((4,), -100)
    batch_loss = library("engine.learning.losses").batch_loss
    found = batch_loss(Ignoring(), output, target, (output, target))
    return [float(found.value), float(found.terms["part"])], [0.0, 0.0]


def resumed() -> tuple[list[float], list[float]]:
    """Return the weights of a run that was resumed in its warmup, and of one that was not."""
    options = [
        "--loss=focal_loss",
        "--lr_scheduler=half_cosine",
        "--warmup=6",
        "--eval_datasets",
        "--test_datasets",
    ]
    whole = trained(run("whole", *options))
    sys.argv = ["main.py", *COMMON, *options, "--run_name=cut", "--callbacks", "recorder", "cut"]
    with contextlib.suppress(SystemExit):
        runpy.run_path("main.py", run_name="__main__")
    last = "Logs/standard_net/cut/checkpoints/last.ckpt"
    sys.argv = ["main.py", f"--ckpt_path={last}", "--callbacks"]
    runpy.run_path("main.py", run_name="__main__")
    return trained(Path("Logs/standard_net/cut")), whole


def main() -> None:
    """Run every case."""
    results = Path(sys.argv[2])
    found = recipes()
    run(
        "curves",
        "--lr_scheduler=half_cosine",
        "--warmup=4",
        "--eval_datasets",
        "--test_datasets",
        "--trainer.log_every_n_steps=1",
    )
    found["curves"] = logged_rates()
    run("tried", "--lr_scheduler=null", "--warmup=50", "--trainer.fast_dev_run=true")
    found |= means()
    found["nothing counts"] = nothing_counts()
    found["resumed"] = resumed()
    results.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
