"""Targets that a loss would learn wrongly, or not at all, are refused with what is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from projects import SHORT, chosen, drive, outcomes, require_refusal, tasks

# What is typed; what the error says, and the help.
Case = tuple[list[str], str, str]
REFUSED: dict[str, Case] = {
    "several labels as floats": (
        chosen("multilabel", "sums"),
        "CrossEntropyLoss takes a share for each class, and they do not sum to 1: output (32, 3)",
        "--loss BCEWithLogitsLoss",
    ),
    "several labels": (
        chosen("multilabel", "multilabel"),
        "takes classes in the second dimension, not output (32, 3) float32 and target (32, 3) int",
        "--loss BCEWithLogitsLoss",
    ),
    "no dimension of classes, for labels": (
        chosen("plain", "probability"),
        "CrossEntropyLoss takes a score for each class, not output (32,) float32 and target (32,)",
        "for labels of 0 and 1 use --loss BCEWithLogitsLoss",
    ),
    "no dimension of classes, for numbers": (
        chosen("plain", "regression"),
        "CrossEntropyLoss takes a score for each class, not output (32,) float32 and target (32,)",
        "--loss MSELoss",
    ),
    "one output for two classes": (
        chosen("binary", "binary"),
        "binary_data (train): classes from 0 to 1, and the net has outputs for 0 to 0",
        "for labels of 0 and 1 use --loss BCEWithLogitsLoss",
    ),
    "a label for what is to be left out": (
        chosen("segmentation", "sea"),
        "sea_data (train): classes from 0 to 255, and the net has outputs for 0 to 2",
        "if 255 marks labels to ignore, add --loss_args.ignore_index 255; else correct",
    ),
    "outputs with names": (
        [*chosen("named", "regression"), "--loss=MSELoss"],
        "MSELoss takes no dict, as in output value: (32,) float32, square: (32, 1) float32 and",
        "a loss of your own: plgen add-loss NAME",
    ),
    "two outputs and two targets": (
        chosen("two_heads", "two_targets"),
        "CrossEntropyLoss takes one output and one target, not output (32, 2) float32, (32, 2)",
        "in a loss of your own (plgen add-loss NAME), and name your --metrics",
    ),
    "an output that no target is for": (
        chosen("two_heads", "fine"),
        "takes one output and one target, not output (32, 2) float32, (32, 2) float32 and target (",
        "plgen add-loss",
    ),
    "a target that no output is for": (
        chosen("fine", "two_targets"),
        "CrossEntropyLoss takes one output and one target, not output (32, 2) float32 and target (",
        "plgen add-loss",
    ),
    "targets with names": (
        chosen("fine", "target_names"),
        "CrossEntropyLoss takes no dict, as in output (32, 2) float32 and target digit: (32,)",
        "plgen add-loss",
    ),
    "labels as text": (
        chosen("fine", "named_labels"),
        "named_labels_data (train): CrossEntropyLoss takes tensors, not target 32 x str",
        "classes.index(label)",
    ),
    "numbers without a loss for them": (
        chosen("fine", "regression"),
        "CrossEntropyLoss takes classes as integers, not output (32, 2) float32 and target (32,)",
        "--loss MSELoss",
    ),
    "one number without a loss for it": (
        chosen("regression", "regression"),
        "not output (32, 1) float32 and target (32,) float32",
        "--loss MSELoss",
    ),
    "inputs with other names": (
        chosen("two_inputs", "strangers"),
        "items hold the inputs one, two, and the net's forward takes left, right",
        "give its parameters the names",
    ),
    "no targets": (
        chosen("fine", "bare"),
        "bare_data (train): there are no targets",
        "target or label",
    ),
}
SAID = {
    "same items": ("same", "same_data is train and eval and test set, and its constructor"),
    "items of its own for each": ("fine", ""),
}


@pytest.fixture(scope="module")
def tried(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what became of each command line."""
    lines = [(case, [*SHORT, *typed]) for case, (typed, _, _) in REFUSED.items()]
    lines += [(case, [*SHORT, *chosen("fine", data)]) for case, (data, _) in SAID.items()]

    def make(results: Path) -> None:
        drive(lab, tasks(tmp_path_factory, "unfit_targets"), "options.py", lines, results)

    return outcomes(tmp_path_factory, "unfit", make)


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_loss_that_is_meant(tried: dict[str, Any], case: str) -> None:
    """What a loss does not suit costs status 2 and two lines, which name another."""
    _, error, cure = REFUSED[case]

    require_refusal(tried[case], error, cure)


@pytest.mark.parametrize("case", SAID)
def test_one_set_in_several_roles(tried: dict[str, Any], case: str) -> None:
    """A dataset that cannot know its role is said to be the same in each, once, and is trained."""
    found, (_, said) = tried[case], SAID[case]

    assert (found["code"], found["traceback"]) == (0, "")
    assert found["stdout"].count("takes no split") == bool(said)
    assert said in found["stdout"]
