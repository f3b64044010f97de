"""What acc.py and f1.py share: a metric that chooses one of torchmetrics for its task and leaves the counting to it."""

from typing import Literal

from torch import Tensor
from torchmetrics import Metric

Task = Literal["binary", "multiclass", "multilabel"]


class Delegate(Metric):
    """Counts and computes with `counted`, which does its own adding up over processes."""

    def __init__(self, counted: Metric) -> None:
        super().__init__()
        self.counted = counted

    def update(self, output: Tensor, target: Tensor) -> None:
        self.counted.update(output, target)

    def compute(self) -> Tensor:
        return self.counted.compute()

    def reset(self) -> None:
        super().reset()
        self.counted.reset()
