"""Several processes give the numbers of one."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.data import TensorDataset

from utils.processes import Share

PROJECT = Path(__file__).parent.parent
TINY = ["--trainer.max_epochs=1", "--trainer.limit_train_batches=2", "--trainer.accelerator=cpu"]


@pytest.mark.parametrize("size", [*range(1, 14), 100])
@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_each_sample_is_counted_once(size: int, processes: int) -> None:
    """The shares of all processes are the whole set, in as many batches each."""
    dataset = TensorDataset(torch.arange(size))
    shares = [Share(dataset, 3, processes, rank) for rank in range(processes)]
    assert sorted(index for share in shares for index in list(share)[: len(share.own)]) == list(range(size))
    assert len({-(-len(share) // 3) for share in shares}) == 1


def numbers_of(folder: Path, *args: str) -> list[list[float]]:
    """The numbers of each test set that a run of main.py leaves in a folder."""
    command = [sys.executable, "main.py", *TINY, f"--log_dir={folder}", *args]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (file,) = folder.glob("*/*/results.csv")
    with file.open(newline="") as lines:
        _, *rows = csv.reader(lines)
    return [[float(number) for number in numbers] for stage, _set, *numbers in rows if stage == "test"]


def test_two_processes_equal_one(tmp_path: Path) -> None:
    """A checkpoint has the same results whether one process tests it or two, up to the rounding of sums."""
    one = numbers_of(tmp_path / "one", "--trainer.devices=1")
    (checkpoint,) = tmp_path.glob("one/*/*/checkpoints/last.ckpt")
    two = numbers_of(tmp_path / "two", "--stage=test", f"--ckpt_path={checkpoint}", "--trainer.devices=2")
    assert two == [pytest.approx(numbers, rel=1e-4, nan_ok=True) for numbers in one]
