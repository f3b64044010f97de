"""What does not fit is found before the first batch, and said with the set and the shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from projects import SHORT, chosen, drive, outcomes, require_refusal, tasks

# What is typed; what the error says, and the help.
Case = tuple[list[str], str, str]
FINE = chosen("fine", "fine")
REFUSED: dict[str, Case] = {
    "empty": (chosen("fine", "empty"), "empty_data (train) has no items", "data/empty_data.py"),
    "empty to evaluate on": (
        chosen("fine", "fine", "empty"),
        "empty_data (eval) has",
        "empty_data",
    ),
    "class too many": (
        chosen("fine", "fine", "many"),
        "many_data (eval): a target is 6, and the net has outputs for 0 to 1",
        "give the net an output for each class",
    ),
    "class too many in the last item": (
        chosen("fine", "fine", "fine", "last"),
        "last_data (test): a target is 2, and the net has outputs for 0 to 1",
        "give the net an output for each class",
    ),
    "class below 0": (
        chosen("fine", "below"),
        "below_data (train): a target is -1, and",
        "a label to ignore: --loss_args.ignore_index N",
    ),
    "names of a dict": (
        chosen("two_inputs", "one_in_dict"),
        "not take inputs image: (32, 4) float32 of one_in_dict_data (train), but left, right (miss",
        "model/two_inputs_net.py",
    ),
    "too few names": (
        chosen("dicts", "half"),
        "inputs left: (32, 2) float32, note: 32 x str of half_data (train), but right, left (miss",
        "model/dicts_net.py",
    ),
    "too many inputs": (
        chosen("fine", "two_inputs"),
        "(32, 2) float32, (32, 2) float32 of two_inputs_data (train), but x (too many",
        "model/fine_net.py",
    ),
    "nan in targets": (
        [*chosen("regression", "regression", "nan_target"), "--loss=MSELoss"],
        "nan_target_data (eval): MSELoss is nan for output (32, 1) float32 and target (32,)",
        "targets hold nan: clean the data",
    ),
    "nan": (chosen("fine", "nan"), "inputs (32, 4) float32 of nan_data (train) hold nan", "clean"),
    "labels of three kinds": (
        [*chosen("binary", "thirds", "fine", "fine"), "--loss=BCEWithLogitsLoss"],
        "thirds_data (train): BCEWithLogitsLoss takes labels of 0 and 1, not others",
        "classes are integers",
    ),
    "a class for each word": (
        chosen("fine", "words"),
        "words_data (train): CrossEntropyLoss takes classes in the second dimension, not output",
        "in the second dimension",
    ),
    "classes in the last place": (
        chosen("turned", "words"),
        "output (32, 4, 6) float32 and target (32, 4) int64",
        "in the second dimension",
    ),
    "no target": (
        chosen("fine", "fine", "fine", "bare"),
        "bare_data (test): CrossEntropyLoss takes input, target as tensors, not output (32, 2)",
        "the items end in a target",
    ),
    "shapes of numbers": (
        [*FINE, "--loss=MSELoss"],
        "MSELoss compares numbers one by one, not output (32, 2) float32 and target (32,) int64",
        "numbers: --loss MSELoss",
    ),
    "shares": (
        [*FINE, "--loss=KLDivLoss"],
        "KLDivLoss compares numbers one by one, not output (32, 2) float32 and target (32,) int64",
        "--loss",
    ),
    "loss of other targets": (
        [*FINE, "--loss=MultiLabelMarginLoss"],
        "MultiLabelMarginLoss does not take output (32, 2) float32 and target (32,) int64",
        "--loss",
    ),
    "metric of another task": (
        [*FINE, "--metrics=BinaryAccuracy"],
        "BinaryAccuracy does not take output (32, 2) float32",
        "--metrics",
    ),
    "metric of many numbers": (
        [*FINE, "--metrics=MulticlassROC"],
        "MulticlassROC does not return a single number",
        "leave it out",
    ),
    "metric that asks": (
        [*chosen("regression", "regression"), "--loss=MSELoss", "--metrics=MulticlassF1Score"],
        "MulticlassF1Score needs num_classes, which cannot be inferred from the loss",
        "add --MulticlassF1Score.num_classes",
    ),
}
# An error in the code of a net or a dataset: how the traceback ends.
OWN: dict[str, Case] = {
    "inputs": (
        chosen("fine", "fine", "fine", "wide"),
        "error: fine_net does not take inputs (32, 5) float32 of wide_data (test)",
        "help: change model/fine_net.py",
    ),
    "dataset": (
        chosen("fine", "fine", "raising"),
        "is on fire'\nerror: raising_data (eval) cannot load batch 0",
        "data/raising_data.py",
    ),
    "items of several sizes": (
        chosen("fine", "unequal"),
        "error: unequal_data (train) cannot load batch 0",
        "data/unequal_data.py",
    ),
    "one sample and batch norm": (
        [*chosen("norm", "fine"), "--batch_size=1"],
        "error: norm_net does not take inputs (1, 4) float32 of fine_data (train)",
        "help: ",
    ),
}
PASSED = {
    "nothing wrong": FINE,
    "one sample left": [*chosen("norm", "fine"), "--fine_data.size=33"],
}


@pytest.fixture(scope="module")
def tried(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what became of each command line."""
    wrong = {case: typed for cases in (REFUSED, OWN) for case, (typed, _, _) in cases.items()}
    lines = [(case, [*SHORT, *typed]) for case, typed in {**PASSED, **wrong}.items()]

    def make(results: Path) -> None:
        drive(lab, tasks(tmp_path_factory, "preflight"), "options.py", lines, results)

    return outcomes(tmp_path_factory, "preflight", make)


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_the_first_batch(tried: dict[str, Any], case: str) -> None:
    """What does not fit costs status 2 and two lines, and leaves no run."""
    _, error, cure = REFUSED[case]

    require_refusal(tried[case], error, cure)


@pytest.mark.parametrize("case", OWN)
def test_error_of_ones_own_keeps_its_traceback(tried: dict[str, Any], case: str) -> None:
    """An error in the code of a net or a dataset keeps its traceback, with a note of the set."""
    found, (_, error, cure) = tried[case], OWN[case]

    assert found["code"] == 1
    assert error in found["traceback"]
    assert cure in found["traceback"].splitlines()[-1]


@pytest.mark.parametrize("case", PASSED)
def test_what_fits_is_trained(tried: dict[str, Any], case: str) -> None:
    """What fits is trained without a word."""
    assert (tried[case]["code"], tried[case]["stderr"]) == (0, "")
