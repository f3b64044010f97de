"""The classes of torchmetrics by name, and short names for the usual ones."""

import importlib
from pathlib import Path
from typing import Literal

import torchmetrics
from torch import Tensor
from torchmetrics import Metric

SUBJECTS = "aggregation audio classification clustering image nominal regression retrieval segmentation text"
MODULES = [
    torchmetrics,
    *(importlib.import_module(f"torchmetrics.{subject}") for subject in SUBJECTS.split()),
]


class F1Score(torchmetrics.F1Score):
    """The F1 score, 0..1, in which each class or label has the same weight unless `average` is given."""

    def __new__(  # pyright: ignore[reportInconsistentConstructor] (it returns the metric of its task)
        cls,
        task: Literal["binary", "multiclass", "multilabel"],
        threshold: float = 0.5,
        num_classes: int | None = None,
        num_labels: int | None = None,
        average: Literal["micro", "macro", "weighted", "none"] | None = "macro",
        ignore_index: int | None = None,
    ) -> Metric:
        return torchmetrics.F1Score(
            task, threshold, num_classes, num_labels, average, ignore_index=ignore_index
        )


class R2Score(torchmetrics.R2Score):
    """The coefficient of determination. Maps of numbers (B, D, H, ...) count as one long list."""

    def update(self, preds: Tensor, target: Tensor) -> None:
        if preds.ndim > 2:
            preds, target = preds.flatten(), target.flatten()
        super().update(preds, target)


# Short names: the class, and the tasks that it is for.
SHORT: dict[str, tuple[type[Metric], tuple[str, ...]]] = {
    "acc": (torchmetrics.Accuracy, ("classes", "labels")),
    "f1": (F1Score, ("classes", "labels")),
    "mae": (torchmetrics.MeanAbsoluteError, ("numbers",)),
    "r2": (R2Score, ("numbers",)),
}


def missing_extra(name: str) -> str | None:
    """Return the extra of torchmetrics for a metric that it hides without the packages that it needs."""
    for file in Path(str(torchmetrics.__file__)).parent.glob("*/*.py"):
        if f"\nclass {name}(" in file.read_text(encoding="utf-8"):
            subject = file.parent.name
            return None if hasattr(importlib.import_module(f"torchmetrics.{subject}"), name) else subject
    return None
