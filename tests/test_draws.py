"""Random numbers that datasets draw: those of a set do not depend on the other sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.add import add
from plgen.commands.new import new
from plgen.naming.kinds import DATASET
from projects import TINY, drive, rows

RUNS = "Logs/example_net"
DRAWN = '''
"""Made of random numbers: of all three generators, as it is built."""

import random

import numpy as np
import torch
from torch.utils.data import Dataset


class DrawnData(Dataset):
    def __init__(self, split: str = "train", size: int = 40) -> None:
        self.images = torch.randn(size, 1, 28, 28) + random.random() + float(np.random.rand())
        self.labels = torch.randint(10, (size,))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int):
        return self.images[index], self.labels[index]
'''
NOISY = DRAWN.replace("DrawnData", "NoisyData").replace(
    "return self.images[index],",
    "return self.images[index] + torch.randn(1) + random.random() + float(np.random.rand()),",
)
STREAM = '''
"""A stream of random items."""

import torch
from torch.utils.data import IterableDataset


class StreamData(IterableDataset):
    def __iter__(self):
        for label in torch.randint(10, (10,)).tolist():
            yield torch.randn(1, 28, 28), label
'''
WRITTEN = {"drawn_data": DRAWN, "noisy_data": NOISY, "stream_data": STREAM}
LAST = f"--ckpt_path={RUNS}/whole/checkpoints/last.ckpt"
DROPPING = (
    *(*TINY, "--trainer.max_epochs=2", "--trainer.limit_train_batches=4", "--num_workers=0"),
    *("--trainer.val_check_interval=2", "--trainer.log_every_n_steps=1", "--train_dataset"),
    *("noisy_data", "--eval_datasets"),
)
PLACES = {
    "alone": ["noisy_data"],
    "last": ["drawn_data", "noisy_data"],
    "first": ["noisy_data", "example_testdata", "drawn_data"],
    "beside a stream": ["stream_data", "noisy_data", "drawn_data"],
    "before a stream": ["drawn_data", "noisy_data", "stream_data"],
}
COMMANDS = {
    "whole": [
        *(*TINY, "--train_dataset=drawn_data", "--eval_datasets=drawn_data"),
        "--test_datasets=drawn_data",
    ],
    "test": ["--stage=test", LAST, "--trainer.limit_test_batches=2"],
    "validate": ["--stage=validate", LAST, "--trainer.limit_val_batches=2"],
    **{name: ["--stage=test", LAST, "--test_datasets", *sets] for name, sets in PLACES.items()},
    "with workers": ["--stage=test", LAST, "--test_datasets=noisy_data", "--num_workers=2"],
    "with workers, last": [
        *("--stage=test", LAST, "--num_workers=2", "--test_datasets", "drawn_data", "noisy_data"),
    ],
    "stream": ["--stage=test", LAST, "--test_datasets=stream_data"],
    "one set": [*DROPPING, "example_evaldata"],
    "other sets": [*DROPPING, "noisy_data", "example_evaldata", "--test_datasets", "drawn_data"],
    "streams": [*DROPPING, "stream_data", "noisy_data", "--test_datasets", "stream_data"],
    "no set": [*DROPPING, "--test_datasets"],
}


@pytest.fixture
def runs(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give the folder of runs in which COMMANDS were typed."""

    def make(folder: Path) -> None:
        example = new(str(folder / "sample"), {"author": ""}, git=False).path
        for name, text in WRITTEN.items():
            (example / add(DATASET, name, start=example).file).write_text(text.lstrip())
        cases = [(run, [f"--run_name={run}", *typed]) for run, typed in COMMANDS.items()]
        drive(lab, example, "options.py", cases, folder / "outcomes.json")

    return once(tmp_path_factory, "draws", make) / "sample" / RUNS


def numbers(folder: Path, name: str, stage: str = "test") -> dict[str, str]:
    """Return the row of a set."""
    (found,) = (row for row in rows(folder) if (row["stage"], row["set"]) == (stage, name))
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_typed_works(runs: Path, command: str) -> None:
    """Each command ends without a traceback."""
    told: dict[str, Any] = json.loads((runs.parents[2] / "outcomes.json").read_text())

    assert (told[command]["traceback"], told[command]["code"]) == ("", 0)


@pytest.mark.parametrize(("run", "stage"), [("test", "test"), ("validate", "val")])
def test_a_stage_has_the_data_of_the_training(runs: Path, run: str, stage: str) -> None:
    """A set that draws as it is built has the same data whatever else is built."""
    assert numbers(runs / run, "drawn_data", stage) == numbers(runs / "whole", "drawn_data", stage)


def test_splits_differ(runs: Path) -> None:
    """A class that draws as it is built has other data to test on than to evaluate on."""
    evaluated, tested = (numbers(runs / "whole", "drawn_data", stage) for stage in ("val", "test"))

    assert evaluated["loss"] != tested["loss"]


@pytest.mark.parametrize("place", PLACES)
def test_neighbours_shift_nothing(runs: Path, place: str) -> None:
    """A set that draws for each item has the same numbers in any place of the list."""
    assert numbers(runs / place, "noisy_data") == numbers(runs / "alone", "noisy_data")


def test_neighbours_of_workers_shift_nothing(runs: Path) -> None:
    """The same where workers draw."""
    found, alone = runs / "with workers, last", runs / "with workers"

    assert numbers(found, "noisy_data") == numbers(alone, "noisy_data")


@pytest.mark.parametrize("place", ["beside a stream", "before a stream"])
def test_neighbours_shift_no_stream(runs: Path, place: str) -> None:
    """The same for a stream, of which Lightning loads a batch too early."""
    assert numbers(runs / place, "stream_data") == numbers(runs / "stream", "stream_data")


@pytest.mark.parametrize("run", ["other sets", "streams", "no set"])
def test_training_does_not_depend_on_what_is_evaluated(runs: Path, run: str) -> None:
    """With dropout, noise and evaluations within an epoch each step has the same loss."""
    losses, expected = (
        [row["train_loss_step"] for row in rows(runs / name, "metrics.csv")]
        for name in (run, "one set")
    )

    assert len(list(filter(None, expected))) == 8
    assert list(filter(None, losses)) == list(filter(None, expected))
