"""Targets that a loss would learn wrongly, or not at all, are refused with what is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from projects import SHORT, chosen, drive, outcomes, require_refusal, tasks

# What is typed; what the error says, and the help.
Case = tuple[list[str], str, str]
REFUSED: dict[str, Case] = {
    "labels for signs": (
        [*chosen("binary", "binary"), "--loss=SoftMarginLoss"],
        "binary_data (train): SoftMarginLoss takes targets of 1 and -1, not others",
        "labels of 0 and 1: --loss BCEWithLogitsLoss",
    ),
    "several labels as floats": (
        chosen("multilabel", "sums"),
        "CrossEntropyLoss takes classes, or shares of each that sum to 1, not output (32, 3)",
        "labels of 0 and 1: --loss BCEWithLogitsLoss",
    ),
    "several labels": (
        chosen("multilabel", "multilabel"),
        "takes classes in the second dimension, not output (32, 3) float32 and target (32, 3) int",
        "labels of 0 and 1: --loss BCEWithLogitsLoss",
    ),
    "no dimension of classes": (
        chosen("plain", "fine"),
        "takes classes in the second dimension, not output (32,) float32 and target (32,) int64",
        "a score for each in the second dimension",
    ),
    "one output for two classes": (
        chosen("binary", "binary"),
        "binary_data (train): a target is 1, and the net has outputs for 0 to 0",
        "labels of 0 and 1: --loss BCEWithLogitsLoss",
    ),
    "a reduction of another loss": (
        [*chosen("regression", "regression"), "--loss=MSELoss", "--loss_args.reduction=batchmean"],
        "batchmean is not a valid value for reduction",
        "change the net, the dataset, --loss or --loss_args",
    ),
    "a label for what is to be left out": (
        chosen("segmentation", "sea"),
        "sea_data (train): a target is 255, and the net has outputs for 0 to 2",
        "a label to ignore: --loss_args.ignore_index N",
    ),
    "outputs with names": (
        [*chosen("named", "regression"), "--loss=MSELoss"],
        "MSELoss takes input, target as tensors, not output value: (32,) float32, square: (32, 1)",
        "a loss of your own takes anything: plgen add-loss NAME",
    ),
    "two outputs and two targets": (
        chosen("two_heads", "two_targets"),
        "takes input, target as tensors, not output (32, 2) float32, (32, 2) float32 and target (",
        "plgen add-loss NAME",
    ),
    "an output that no target is for": (
        chosen("two_heads", "fine"),
        "takes input, target as tensors, not output (32, 2) float32, (32, 2) float32 and target (",
        "plgen add-loss NAME",
    ),
    "a target that no output is for": (
        chosen("fine", "two_targets"),
        "CrossEntropyLoss takes input, target as tensors, not output (32, 2) float32 and target (",
        "plgen add-loss NAME",
    ),
    "targets with names": (
        chosen("fine", "target_names"),
        "takes input, target as tensors, not output (32, 2) float32 and target digit: (32,)",
        "plgen add-loss NAME",
    ),
    "labels as text": (
        chosen("fine", "named_labels"),
        "takes input, target as tensors, not output (32, 2) float32 and target 32 x str",
        "a target, which is a number or a tensor",
    ),
    "numbers without a loss for them": (
        chosen("fine", "regression"),
        "CrossEntropyLoss takes classes, or shares of each that sum to 1, not output (32, 2)",
        "numbers: --loss MSELoss",
    ),
    "one number without a loss for it": (
        chosen("regression", "regression"),
        "not output (32, 1) float32 and target (32,) float32",
        "numbers: --loss MSELoss",
    ),
    "inputs with other names": (
        chosen("two_inputs", "strangers"),
        "items hold the inputs one, two, and the net's forward takes left, right",
        "give its parameters the names",
    ),
    "no targets": (
        chosen("fine", "bare"),
        "bare_data (train): CrossEntropyLoss takes input, target as tensors, not output (32, 2)",
        "let the net return a tensor and the items end in a target",
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
