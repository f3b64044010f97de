"""Coefficient of determination, as `--metrics r2`: torchmetrics' under a name of the project's own."""

from torch import Tensor
from torchmetrics import R2Score


class R2(R2Score):
    """1 for outputs that equal their targets, 0 for the targets' mean; of several numbers (B, D) the mean over them.

    Maps of numbers (B, D, H, ...) count as one long list.
    """

    tasks = ("numbers",)

    def update(self, preds: Tensor, target: Tensor) -> None:
        if preds.ndim > 2:
            preds, target = preds.flatten(), target.flatten()
        super().update(preds, target)

    def compute(self) -> Tensor:
        if self.total < 2:
            return self.sum_error.new_tensor(float("nan")).squeeze()  # one sample has no variance
        return super().compute()
