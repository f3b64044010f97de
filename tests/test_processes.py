"""Several processes of a rendered project: the numbers, the predictions and the folder of one."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import once
from own_modules import write
from plgen.commands.new import new
from projects import drive, files, python, rows

RUNS = "Logs/example_net"
CPU = ("--trainer.accelerator=cpu", "--trainer.enable_progress_bar=false")
LAST = f"--ckpt_path={RUNS}/trained/checkpoints/last.ckpt"
# Of 37 samples in batches of 6 the second process has a batch fewer than the first.
SETS = ("standard_data", "even_data")
STREAM = """
from torch.utils.data import IterableDataset

from data.standard_data import StandardData


class StreamData(IterableDataset):
    def __iter__(self):
        items = StandardData(size=37)
        return (items[index] for index in range(len(items)))
"""
EVEN = """
from data.standard_data import StandardData


class EvenData(StandardData):
    def __init__(self, split: str = "train", size: int = 48) -> None:
        super().__init__(split, size)
"""
LOSS = '''
from torch import Tensor, nn
from torch.nn import functional


class TermLoss(nn.Module):
    """The cross entropy, with a term that is a mean over samples."""

    task = "classes"

    def forward(self, output: Tensor, target: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return functional.cross_entropy(output, target), {"spread": output.std(1).mean()}
'''
DATA = (*CPU, "--standard_data.size=37", "--batch_size=6")
# One that sums up, and one that keeps every sample.
KEEPING = ("MulticlassF1Score", "MulticlassAUROC")
METRICS = ("--metrics", "acc", *KEEPING, *(f"--{name}.num_classes=10" for name in KEEPING))
SHORT = ("--trainer.max_epochs=1", "--trainer.limit_train_batches=4", "--loss=term_loss")
TRAIN = [*DATA, *METRICS, *SHORT, "--lr_scheduler=CosineAnnealingLR", "--warmup=2"]
TEST = ["--stage=test", LAST, *DATA, *METRICS, "--test_datasets", *SETS]
PREDICT = ["--stage=predict", LAST, *DATA, "--test_datasets", *SETS]
TWO = ("--trainer.devices=2", "--trainer.strategy=ddp")
LIGHTNING = ("main.py", *TWO)
FORKED = ("main.py", "--trainer.devices=2", "--trainer.strategy=ddp_fork")
TORCHRUN = ("-m", "torch.distributed.run", "--nproc_per_node=2", *LIGHTNING)
# In this order, and in two processes.
COMMANDS = {
    "trained": [*FORKED, *TRAIN, "--eval_datasets", *SETS, "--test_datasets", "even_data"],
    "by-lightning": [*LIGHTNING, *TEST],
    "by-torchrun": [*TORCHRUN, *TEST],
    "predicted": [*FORKED, *PREDICT],
    # Nothing is monitored: all processes have to test the last checkpoint.
    "unwatched": [*LIGHTNING, *TRAIN, "--eval_datasets", "--test_datasets", *SETS],
}
# The same in one process.
ALONE = {
    "tested": TEST,
    "unwatched-alone": [TEST[0], LAST.replace("trained", "unwatched"), *TEST[2:]],
    "predicted-alone": PREDICT,
    "validated": ["--stage=validate", LAST, *DATA, *METRICS, "--eval_datasets", *SETS],
}


@pytest.fixture
def runs(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give the folder of runs in which COMMANDS were typed, and then ALONE."""

    def make(folder: Path) -> None:
        example = new(str(folder / "sample"), {"author": ""}, git=False).path
        write(example, {"stream_data": STREAM, "even_data": EVEN, "term_loss": LOSS})
        for run, command in COMMANDS.items():
            done = python(lab, example, *command, f"--run_name={run}")
            assert done.returncode == 0, done.stdout + done.stderr
        alone = [(run, [*command, f"--run_name={run}"]) for run, command in ALONE.items()]
        drive(lab, example, "options.py", alone, folder / "outcomes.json")

    return once(tmp_path_factory, "processes", make) / "sample" / RUNS


def numbers(folder: Path, stage: str) -> dict[str, list[float]]:
    """Return the numbers of each set in a run's results."""
    return {
        row["set"]: [float(value) for key, value in row.items() if key not in ("stage", "set")]
        for row in rows(folder)
        if row["stage"] == stage
    }


@pytest.mark.parametrize(
    ("two", "one", "stage"),
    [
        ("by-lightning", "tested", "test"),
        ("by-torchrun", "tested", "test"),
        ("trained", "validated", "val"),
        ("unwatched", "unwatched-alone", "test"),
    ],
)
def test_two_processes_have_the_numbers_of_one(runs: Path, two: str, one: str, stage: str) -> None:
    """Each sample is counted once: results differ by no more than the rounding of a sum."""
    expected = numbers(runs / one, stage)

    assert list(expected) == [*SETS, "mean"]
    for name, found in numbers(runs / two, stage).items():
        assert found == pytest.approx(expected[name], rel=1e-6)


def test_the_validation_after_a_training_is_not_logged_again(runs: Path) -> None:
    """The hooks of the training ran in other processes."""
    events = [file.read_bytes() for file in (runs / "trained").glob("events.out.tfevents.*")]

    assert sum(each.count(b"val_loss/even_data") for each in events) == 1


@pytest.mark.parametrize("name", SETS)
def test_predictions_are_whole_and_in_order(runs: Path, name: str) -> None:
    """The predictions of two processes are those of one, line by line."""
    two, one = (
        rows(runs / run / "predictions", f"{name}.csv") for run in ("predicted", "predicted-alone")
    )

    for key in ("index", "target", "prediction"):
        assert [row[key] for row in two] == [row[key] for row in one]
    for found, expected in zip(two, one, strict=True):
        assert [float(found[f"score_{label}"]) for label in range(10)] == pytest.approx(
            [float(expected[f"score_{label}"]) for label in range(10)], abs=1e-4
        )


@pytest.mark.parametrize(
    ("two", "one"),
    [
        ("by-lightning", "tested"),
        ("by-torchrun", "tested"),
        ("predicted", "predicted-alone"),
    ],
)
def test_two_processes_write_the_files_of_one(runs: Path, two: str, one: str) -> None:
    """One folder holds one config, one record and one table, whoever starts the processes."""
    assert files(runs / two) == files(runs / one)
    assert {folder.name for folder in runs.iterdir()} == {*COMMANDS, *ALONE}


STREAMS = {
    "train": [
        "--train_dataset=stream_data",
        "--lr_scheduler=null",
        "--eval_datasets=standard_data",
    ],
    "eval": ["--eval_datasets", "standard_data", "stream_data"],
}
SAID = {
    "train": "error: stream_data would give the same samples to 2 processes or workers",
    "eval": "error: stream_data is an IterableDataset, which 2 processes cannot evaluate together",
}


@pytest.mark.parametrize("role", STREAMS)
def test_a_stream_that_does_not_divide_itself(runs: Path, lab: Path, role: str) -> None:
    """Each process would read all of it: that is refused before the training."""
    typed = [*TRAIN[:-2], *STREAMS[role], f"--log_dir=stream-{role}"]
    done = python(lab, runs.parents[1], *LIGHTNING, *typed)

    assert done.returncode == 2
    assert SAID[role] in done.stderr
    assert "Traceback" not in done.stderr
    assert not (runs.parents[1] / f"stream-{role}").exists()


def test_more_processes_than_samples(runs: Path, lab: Path) -> None:
    """A set that is too small for its processes is refused, and makes nothing."""
    command = [*LIGHTNING, *TRAIN, "--eval_datasets", "standard_data", "--standard_data.size=1"]
    done = python(lab, runs.parents[1], *command, "--log_dir=few")

    assert done.returncode == 2
    assert "error: StandardData has 1 samples for 2 processes" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (runs.parents[1] / "few").exists()
