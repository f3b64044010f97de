"""Several processes give the results of one."""

import csv
import sys
from collections.abc import Callable, Sized
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import build_dataset
from torch.utils.data import TensorDataset

from engine.loading.processes import Share

TINY = [
    *("--preflight=false", "--trainer.max_epochs=1"),
    *("--trainer.limit_train_batches=2", "--trainer.limit_val_batches=1"),
]


@pytest.mark.parametrize("size", [*range(8, 21), 100])
@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_each_sample_is_counted_once(size: int, processes: int) -> None:
    """The shares of all processes together are the whole set, in the same number of batches each."""
    dataset, found, numbers = TensorDataset(torch.arange(size)), list[int](), set[int]()
    for rank in range(processes):
        share = Share(dataset, 3, processes, rank)
        batches = [list(share)[start : start + 3] for start in range(0, len(share), 3)]
        numbers.add(len(batches))
        found += [index for number, batch in enumerate(batches) if number != share.repeat for index in batch]
    assert sorted(found) == list(range(size))
    assert len(numbers) == 1


def uneven(names: list[str]) -> tuple[int, int]:
    """A number of processes that does not divide the first test set; a batch size that leaves one sample."""
    dataset = build_dataset(names[0], "test") if names else None
    if not isinstance(dataset, Sized) or len(dataset) < 4:
        pytest.skip("main.py tests no set of known length by default")
    size = len(dataset)
    processes = next(number for number in range(2, size) if size % number)
    return processes, size // processes


@pytest.mark.usefixtures("without_plots")
@pytest.mark.skipif(sys.platform != "linux", reason="the processes are forks of this one")
def test_several_processes_equal_one(defaults: Any, run_main: Callable[..., None], tmp_path: Path) -> None:
    """A checkpoint has the same results for any number of processes, up to rounding."""
    processes, batch_size = uneven(defaults.test_datasets)
    run_main(*TINY, "--trainer.devices=1", f"--log_dir={tmp_path / 'one'}")
    (checkpoint,) = tmp_path.glob("one/*/*/checkpoints/last.ckpt")
    forked = ["--trainer.strategy=ddp_fork", f"--trainer.devices={processes}"]  # no new process imports torch
    typed = ["--stage=test", f"--ckpt_path={checkpoint}", f"--log_dir={tmp_path / 'several'}"]
    run_main(*typed, *forked, f"--batch_size={batch_size}")
    one, several = results(tmp_path / "one"), results(tmp_path / "several")
    assert several == [pytest.approx(numbers, rel=1e-4, nan_ok=True) for numbers in one]


def results(folder: Path) -> list[list[float]]:
    """Return loss and metrics of each test set, from the only run in a folder."""
    (file,) = folder.glob("*/*/results.csv")
    with file.open(newline="") as lines:
        _, *rows = csv.reader(lines)
    return [[float(number) for number in numbers] for stage, _set, *numbers in rows if stage == "test"]
