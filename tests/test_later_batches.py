"""What only a batch amid a training shows ends the run with the set and the batch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from projects import SHORT, chosen, drive, outcomes, record, tasks


def odd(role: str, wrong: str, *more: str) -> list[str]:
    """Return a command line with a set that has something wrong with one item in its middle."""
    roles = {"train": "fine", "eval": "fine", "test": "fine", role: "odd"}
    return [*chosen("fine", *roles.values()), f"--odd_data.wrong={wrong}", *more]


# What is typed; what the error says, and the help.
Case = tuple[list[str], str, str]
CLASSES = "a target is 2, and the net has outputs for 0 to 1"
LABELS = "BCEWithLogitsLoss takes labels of 0 and 1, not others"
BCE = ("--model_name=binary_net", "--loss=BCEWithLogitsLoss")
# Two lines.
FAILED: dict[str, Case] = {
    "class": (
        odd("train", "class"),
        f"odd_data (train), batch ?: {CLASSES}",
        "give the net an output for each class",
    ),
    "class to evaluate on": (odd("eval", "class"), f"odd_data (eval), batch 3: {CLASSES}", ""),
    "class to test on": (
        odd("test", "class", "--run_name=tested"),
        f"odd_data (test), batch 3: {CLASSES}",
        "give the net an output for each class",
    ),
    "class below 0": (
        odd("train", "negative"),
        "odd_data (train), batch ?: a target is -1, and the net has",
        "a label to ignore: --loss_args.ignore_index N",
    ),
    "label": (
        odd("train", "class", *BCE),
        f"odd_data (train), batch ?: {LABELS}",
        "labels of 0 and 1: --loss",
    ),
    "class, of several seeds": (
        odd("train", "class", "--seeds", "1", "2", "--run_name=seeds"),
        f"odd_data (train), batch ?: {CLASSES}",
        "a label to ignore: --loss_args.ignore_index N",
    ),
    "nan": (
        odd("train", "nan"),
        "(train), batch ?: the loss is nan at step ? (epoch 0), as inputs (32, 4) float32 hold nan",
        "help: clean the data, or change how the dataset reads them",
    ),
    "nan to evaluate on": (
        odd("eval", "nan"),
        "val_loss/odd_data is nan at step 6 (epoch 0)",
        "look for nan in the data",
    ),
    "net": (
        [*chosen("exploding", "fine"), "--run_name=exploded"],
        "fine_data (train), batch 1: the loss is nan at step 13 (epoch 2)",
        "help: use a smaller --lr, or --trainer.gradient_clip_val 1",
    ),
    "net in its first step": (
        odd("train", "huge", "--batch_size=192"),
        "odd_data (train), batch 0: the loss is ",
        "division by 0",
    ),
    "rate": (
        [*chosen("fine", "fine"), "--lr=1e30", "--preflight=false"],
        "fine_data (train), batch 1: the loss is nan at step 1 (epoch 0)",
        "help: use a smaller --lr, or --trainer.gradient_clip_val 1",
    ),
}
# An error in the user's own code: how the traceback ends.
OWN: dict[str, Case] = {
    "dataset": (
        odd("train", "error"),
        "of this set is on fire'\nerror: odd_data (train) cannot load batch ?\n",
        "help: look at data/odd_data.py",
    ),
    "dataset, of a worker": (
        odd("eval", "error", "--num_workers=1"),
        "error: odd_data (eval) cannot load batch 3\n",
        "help: look at data/odd_data.py",
    ),
    "items of several sizes": (
        odd("train", "size"),
        "stack expects each tensor to be equal size, but got [4] at entry 0 and [3] at entry",
        "help: look at data/odd_data.py",
    ),
    "dataset, too slow": (
        odd("eval", "slow", "--num_workers=1", "--eval_loader.timeout=1"),
        "error: odd_data (eval) cannot load batch 3\n",
        "help: look at data/odd_data.py",
    ),
    "net": (
        odd("eval", "huge", "--model_name=picky_net"),
        "ValueError: too large\nerror: odd_data (eval), batch 3: (32, 4) float32, (32,) int64\n",
        "help: see how model/picky_net.py uses them",
    ),
}


@pytest.fixture(scope="module")
def tried(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what became of each command line."""
    cases = [(f"failed {case}", typed) for case, (typed, _, _) in FAILED.items()]
    cases += [(f"own {case}", typed) for case, (typed, _, _) in OWN.items()]
    lines = [(case, [*SHORT, *typed]) for case, typed in cases]

    def make(results: Path) -> None:
        drive(lab, tasks(tmp_path_factory, "later_batches"), "options.py", lines, results)

    return outcomes(tmp_path_factory, "later", make)


def holds(text: str, expected: str) -> bool:
    """Tell whether a text holds another, in which a question mark stands for a number."""
    return re.search(re.escape(expected).replace(r"\?", r"\d+"), text) is not None


@pytest.mark.parametrize("case", FAILED)
def test_run_fails_in_two_lines(tried: dict[str, Any], case: str) -> None:
    """A batch that does not fit costs status 1 and two lines, with the set and the batch."""
    found, (_, error, cure) = tried[f"failed {case}"], FAILED[case]

    assert (found["code"], found["traceback"]) == (1, "")
    *_, first, second = found["stderr"].splitlines()
    assert first.startswith("error: ")
    assert holds(first, error)
    assert second.startswith("help: ")
    assert cure in second


@pytest.mark.parametrize("case", OWN)
def test_error_of_ones_own_keeps_its_traceback(tried: dict[str, Any], case: str) -> None:
    """An error in the code of a net or a dataset keeps its traceback, with a note of the set."""
    found, (_, error, cure) = tried[f"own {case}"], OWN[case]

    assert found["code"] == 1
    assert found["traceback"].startswith("Traceback")
    assert holds(found["traceback"], error)
    assert found["traceback"].splitlines()[-1].startswith(cure)


@pytest.mark.parametrize(
    ("case", "net", "run"),
    [("net", "exploding", "exploded"), ("class to test on", "fine", "tested")],
)
def test_failed_run_keeps_what_was_good(
    tried: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, case: str, net: str, run: str
) -> None:
    """A run that fails after an epoch leaves the best checkpoint."""
    assert tried[f"failed {case}"]["code"] == 1
    folder = tasks(tmp_path_factory, "later_batches") / f"Logs/{net}_net" / run

    assert list((folder / "checkpoints").glob("best-*.ckpt"))
    assert record(folder)["status"] == "failed"
    assert FAILED[case][1] in record(folder)["error"]
