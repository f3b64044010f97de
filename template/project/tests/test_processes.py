"""Several processes give the numbers of one."""

import csv
import subprocess
import sys
from collections.abc import Sized
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import build_dataset
from torch.utils.data import TensorDataset

from engine.loading.processes import Share

PROJECT = Path(__file__).parent.parent
TINY = ["--trainer.max_epochs=1", "--trainer.limit_train_batches=2", "--trainer.accelerator=cpu"]


@pytest.mark.parametrize("size", [*range(8, 21), 100])
@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_each_sample_is_counted_once(size: int, processes: int) -> None:
    """The shares of all processes are the whole set, in as many batches each."""
    dataset, found, numbers = TensorDataset(torch.arange(size)), list[int](), set[int]()
    for rank in range(processes):
        share = Share(dataset, 3, processes, rank)
        batches = [list(share)[start : start + 3] for start in range(0, len(share), 3)]
        numbers.add(len(batches))
        found += [index for number, batch in enumerate(batches) if number != share.repeat for index in batch]
    assert sorted(found) == list(range(size))
    assert len(numbers) == 1


def numbers_of(folder: Path, *args: str) -> list[list[float]]:
    """The numbers of each test set that a run of main.py leaves in a folder."""
    command = [sys.executable, "main.py", *TINY, f"--log_dir={folder}", *args]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (file,) = folder.glob("*/*/results.csv")
    with file.open(newline="") as lines:
        _, *rows = csv.reader(lines)
    return [[float(number) for number in numbers] for stage, _set, *numbers in rows if stage == "test"]


def uneven(names: list[str]) -> tuple[int, int]:
    """Processes that do not divide the first test set, and a batch size that gives the first one a batch more."""
    dataset = build_dataset(names[0], "test")[1] if names else None
    if not isinstance(dataset, Sized) or len(dataset) < 4:
        pytest.skip("main.py tests no set of known length by default")
    size = len(dataset)
    processes = next(number for number in range(2, size) if size % number)
    return processes, size // processes


def test_several_processes_equal_one(defaults: Any, tmp_path: Path) -> None:
    """A checkpoint has the same results however many processes test it, up to the rounding of sums."""
    processes, batch_size = uneven(defaults.test_datasets)
    one = numbers_of(tmp_path / "one", "--trainer.devices=1")
    (checkpoint,) = tmp_path.glob("one/*/*/checkpoints/last.ckpt")
    typed = ["--stage=test", f"--ckpt_path={checkpoint}", f"--batch_size={batch_size}"]
    several = numbers_of(tmp_path / "several", *typed, f"--trainer.devices={processes}")
    assert several == [pytest.approx(numbers, rel=1e-4, nan_ok=True) for numbers in one]
