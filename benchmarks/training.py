"""Measure an epoch of a project against a bare PyTorch loop, by turns in one process.

In an environment with the requirements of a project, and with plgen:

    plgen new sample && python benchmarks/training.py sample

Both train the same net with the same optimizer on the same tensors in batches of the same size. An
epoch of the project is one of main.py with all that comes with it: logging, bar, checkpoints; the
bare loop has none of these, and no evaluation, whose time is therefore given apart. The medians are
over all epochs but the first, which warms up; the ratio is that of neighbours.
"""

from __future__ import annotations

import argparse
import copy
import importlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def library(name: str) -> Any:
    """Import what the project's environment has, and that of plgen has not."""
    return importlib.import_module(name)


def bare_epoch(net: Any, optimizer: Any, loss: Any, tensors: list[Any], batch_size: int) -> None:
    """Train an epoch with nothing but PyTorch."""
    order = library("torch").randperm(len(tensors[0]))
    for chosen in order.split(batch_size):
        images, labels = (tensor[chosen] for tensor in tensors)
        optimizer.zero_grad()
        loss(net(images), labels).backward()
        optimizer.step()


def stopwatch(epochs: list[float], evaluations: list[float], bare: list[float]) -> Any:
    """Return a callback that runs a bare epoch before each of the project's, and times both."""

    class Stopwatch(library("pytorch_lightning").Callback):
        """Notes when an epoch begins, and when what follows it does."""

        begun: float | None = None

        def on_train_start(self, trainer: Any, module: Any) -> None:
            dataset = trainer.datamodule.sets["train"][0]
            tensors = dataset.__getitems__(list(range(len(dataset))))
            net = copy.deepcopy(module.net)
            typed = module.hparams
            chosen = getattr(library("torch").optim, typed["optimizer"])
            optimizer = chosen(net.parameters(), lr=typed["lr"], **typed["optimizer_args"])
            loss = copy.deepcopy(module.loss)
            self.bare = (net, optimizer, loss, tensors, trainer.datamodule.batch_size)

        def on_train_epoch_start(self, *_: Any) -> None:
            self.note()
            begun = time.perf_counter()
            bare_epoch(*self.bare)
            bare.append(time.perf_counter() - begun)
            evaluations.append(0.0)
            self.begun = time.perf_counter()

        def on_validation_start(self, *_: Any) -> None:
            self.evaluated = time.perf_counter()

        def on_validation_end(self, *_: Any) -> None:
            if self.begun:
                evaluations[-1] += time.perf_counter() - self.evaluated

        def on_train_end(self, *_: Any) -> None:
            self.note()
            self.begun = None

        def note(self) -> None:
            """Take the time of the epoch that ends here."""
            if self.begun:
                epochs.append(time.perf_counter() - self.begun)

    return Stopwatch()


def main() -> None:
    """Train a project and print how long its epochs take."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("project", type=Path, help="folder of a project with the example")
    parser.add_argument("--epochs", type=int, default=9, help="how many of each, the first unused")
    asked = parser.parse_args()
    os.chdir(asked.project)
    sys.path.insert(0, str(Path.cwd()))
    epochs, evaluations, bare = list[float](), list[float](), list[float]()
    program = library("main")
    callbacks = program.callbacks
    watch = stopwatch(epochs, evaluations, bare)
    program.callbacks = lambda *given: [*callbacks(*given), watch]  # pyright: ignore[reportUnknownLambdaType]
    with tempfile.TemporaryDirectory() as logs:
        options = [f"--log_dir={logs}", f"--trainer.max_epochs={asked.epochs}", "--patience=0"]
        sys.argv = ["main.py", *options, "--trainer.accelerator=cpu", "--test_datasets"]
        program.main()

    rows = list(zip(epochs, evaluations, bare, strict=True))[1:]
    print(f"\n{'median of ' + str(len(rows)) + ' epochs':<34} project    bare  ratio")
    for title, with_evaluation in (
        ("training (aim 1.3)", False),
        ("training and evaluation", True),
    ):
        pairs = [(whole - (0 if with_evaluation else part), loop) for whole, part, loop in rows]
        ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(mine / other for mine, other in pairs)
        print(f"{title:<34} {ours * 1e3:4.0f} ms {theirs * 1e3:4.0f} ms   {ratio:.2f}")


if __name__ == "__main__":
    main()
