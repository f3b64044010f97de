"""--sampler: classes that come equally often, samplers of torch, and several processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from projects import drive, outcomes, project, require_refusal

ACCEPTED = ("counts", "processes", "epochs", "usual", "named", "labels")
REFUSED = {
    "stream": (
        "--sampler balanced cannot draw from toy_data: an IterableDataset has its own order",
        "help: leave out --sampler",
    ),
    "one_hot": ("needs one class for each item of toy_data", "`targets`"),
    "numbers": ("needs one class for each item of toy_data", "let data/toy_data.py have"),
    "too_few": ("--sampler_args.weights has 2 numbers, and toy_data has 1000 items", "one number"),
    "negative": ("WeightedRandomSampler refuses its arguments", "change --sampler_args.*"),
    "outside": ("draws 1 to 1000 of the 1000 items of toy_data", "change --sampler_args.*"),
    "of_an_evaluation": (
        "toy_data (eval) cannot be drawn by this sampler: only --sampler is used, in training",
        "return a DataLoader of torch in data/data_interface.py",
    ),
    "an_object": ("toy_data (train) cannot be drawn by this sampler", "return a DataLoader"),
    "batches": ("toy_data (train) cannot be drawn by this sampler", "return a DataLoader"),
    "batches_of_nothing": ("toy_data: --eval_loader.* is refused", "change --eval_loader.*"),
    "none": ("RandomSampler refuses its arguments: num_samples", "change --sampler_args.*"),
}
TYPED = {
    "name": (["--sampler=balance"], "no sampler is called 'balance'", "did you mean balanced?"),
    "of torch": (["--sampler=Randomsampler"], "no sampler is called", "mean RandomSampler?"),
    "of batches": (["--sampler=BatchSampler"], "needs 'sampler', which cannot be given", "data_"),
    "argument": (
        ["--sampler=balanced", "--sampler_args.weights=[1]"],
        "no option --sampler_args.weights",
        "help: ",
    ),
    "missing": (["--sampler=WeightedRandomSampler"], "sampler_args.weights", "help: "),
    "without": (["--sampler_args.num_samples=3"], "no option --sampler_args.num_samples", "help"),
}


@pytest.fixture
def drawn(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> dict[str, Any]:
    """Give what the cases of the driver returned."""
    place = project(tmp_path_factory, "samplers", example=False)
    cases = [*ACCEPTED, *REFUSED]
    return outcomes(
        tmp_path_factory, "sampling", lambda file: drive(lab, place, "sampling.py", cases, file)
    )


@pytest.fixture
def typed(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> dict[str, Any]:
    """Give what became of what was typed."""
    place = project(tmp_path_factory, "samplers", example=False)
    cases = [(case, line) for case, (line, _, _) in TYPED.items()]
    return outcomes(
        tmp_path_factory, "samplers", lambda file: drive(lab, place, "options.py", cases, file)
    )


def test_classes_come_equally_often(drawn: dict[str, Any]) -> None:
    """900, 90 and 10 items are drawn 333 times each, as by WeightedRandomSampler of torch."""
    (counts, is_torchs, batches), printed = drawn["counts"]

    assert sum(counts.values()) == 1000
    assert all(abs(count - 1000 / 3) < 75 for count in counts.values())
    assert (is_torchs, batches) == (True, 20)
    assert printed == (
        "--sampler balanced: toy_data has items of each class: 0: 900, 1: 90, 7: 10; "
        "about 333 of each are drawn an epoch\n"
    )


def test_said_once(drawn: dict[str, Any]) -> None:
    """The counts are printed once, however many loaders are built of the set."""
    assert drawn["epochs"][1] == ""


def test_two_processes_share_one_sequence(drawn: dict[str, Any]) -> None:
    """Together they draw what one process would; without replacement they share no item."""
    assert drawn["processes"][0] == [True, 0, True]


def test_an_epoch_can_be_repeated(drawn: dict[str, Any]) -> None:
    """What is drawn depends on the seed and the epoch alone, so that a run can be resumed."""
    assert drawn["epochs"][0] == [True, True]


def test_null_shuffles(drawn: dict[str, Any]) -> None:
    """Without a sampler each item comes once."""
    assert drawn["usual"] == [True, ""]


def test_samplers_of_torch(drawn: dict[str, Any]) -> None:
    """They draw what they draw in PyTorch; a last batch of one item is dropped as ever."""
    first, few, chosen, weighted, short = drawn["named"][0]

    assert first == [0, 1, 2, 3]
    assert few == [100, 2, True]
    assert chosen == [3, 5, 8]
    assert weighted == [2, 2, 2]
    assert short == 60


def test_where_classes_are_read(drawn: dict[str, Any]) -> None:
    """An attribute spares reading the items, which are read only once."""
    counts = [[0, 900], [1, 90], [7, 10]]

    assert drawn["labels"][0] == {
        "attribute": [counts, 10],
        "changing": [[[0, 900], [1, 100]], 1010],
        "items": [counts, 1000],
        "whole": [counts, None],
        "half": [[[0, 400], [1, 90], [7, 10]], None],
        "domains": [[[0, 10], [1, 30]], None],
    }


@pytest.mark.parametrize("case", REFUSED)
def test_refused(drawn: dict[str, Any], case: str) -> None:
    """What a sampler cannot draw from costs two lines."""
    error, cure = drawn[case][0].splitlines()

    assert REFUSED[case][0] in error
    assert REFUSED[case][1] in cure


@pytest.mark.parametrize("case", TYPED)
def test_typed_wrongly(typed: dict[str, Any], case: str) -> None:
    """A wrong name or argument costs two lines and leaves no run."""
    _, error, cure = TYPED[case]

    require_refusal(typed[case], error, cure)
