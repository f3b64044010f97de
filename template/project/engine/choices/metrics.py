"""The classes of torchmetrics by name, and short names for the usual ones."""

import importlib
from typing import Any, Literal

import torch
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not torch.backends.mps.is_available():  # it has no float64
            self.set_dtype(torch.float64)  # in float32, sums of large targets such as years hide the variance

    def update(self, preds: Tensor, target: Tensor) -> None:
        if preds.ndim > 2:
            preds, target = preds.flatten(), target.flatten()
        super().update(preds.to(self.residual.dtype), target.to(self.residual.dtype))

    def compute(self) -> Tensor:
        squares = self.sum_squared_error - self.sum_error**2 / self.total
        if (squares > 1e4 * torch.finfo(squares.dtype).eps * self.sum_squared_error).all():
            # Let the targets have a deviation of 1: torchmetrics takes small sums for 0.
            deviation = (squares / self.total).sqrt()
            if self.multioutput == "variance_weighted":  # the variances are the weights
                deviation = deviation.max()
            self.sum_error = self.sum_error / deviation
            self.sum_squared_error = self.sum_squared_error / deviation**2
            self.residual = self.residual / deviation**2
        return super().compute().float()


# Short names: the class, and the tasks that it is for.
SHORT: dict[str, tuple[type[Metric], tuple[str, ...]]] = {
    "acc": (torchmetrics.Accuracy, ("classes", "labels")),
    "f1": (F1Score, ("classes", "labels")),
    "mae": (torchmetrics.MeanAbsoluteError, ("numbers",)),
    "r2": (R2Score, ("numbers",)),
}
