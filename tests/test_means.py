"""Loss and metrics of a set are those of all its values at once, whatever its batches are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from projects import drive, outcomes, project, python

LOSSES = """
MSELoss L1Loss SmoothL1Loss HuberLoss PoissonNLLLoss BCEWithLogitsLoss BCELoss SoftMarginLoss
HingeEmbeddingLoss KLDivLoss CrossEntropyLoss NLLLoss NLLLoss2d MultiMarginLoss
CosineEmbeddingLoss MarginRankingLoss MultiLabelMarginLoss TripletMarginLoss
TripletMarginWithDistanceLoss CTCLoss GaussianNLLLoss MultiLabelSoftMarginLoss
LinearCrossEntropyLoss
""".split()
TERMS = [
    "batchmean",
    "column",
    "pos_weight",
    "weight",
    "ignored",
    "class weights",
    "shares",
    "lengths of the net",
]
METRICS = """
MeanIoU DiceScore areas MulticlassAUROC R2Score PearsonCorrCoef
SpearmanCorrCoef ExplainedVariance years tiny
""".split()


@pytest.fixture(scope="module")
def compared(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what the project computed, and what a plain computation did."""

    def make(results: Path) -> None:
        drive(lab, project(tmp_path_factory, "means", example=False), "means.py", [], results)

    return outcomes(tmp_path_factory, "means", make)


@pytest.mark.parametrize("case", [*LOSSES, *TERMS, *METRICS])
def test_as_of_the_whole_set(compared: dict[str, Any], case: str) -> None:
    """Batches of several lengths, and one of a single sample, weigh as much as they hold."""
    found, expected = compared[case]

    assert found == pytest.approx(expected, rel=1e-4)


def test_no_loss_of_pytorch_is_left_out(lab: Path, tmp_path: Path) -> None:
    """Every loss that PyTorch has is compared."""
    program = "from torch.nn.modules.loss import __all__ as names; print(*names)"

    assert {*python(lab, tmp_path, "-c", program).stdout.split()} == {*LOSSES}
