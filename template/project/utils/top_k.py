"""Top-k accuracy, as `--metrics top_k --top_k.k 3`: an example of a metric of your own."""

import torch
from torch import Tensor
from torchmetrics import Metric


class TopK(Metric):
    """Share of the targets that are among the k highest logits, 0..1.

    Args:
        k: how many of the highest logits count.
        ignore_index: target that does not count; that of the loss unless given.
    """

    higher_is_better = True  # for --monitor
    hits: Tensor
    total: Tensor

    def __init__(self, k: int = 5, ignore_index: int | None = None) -> None:
        super().__init__()
        self.k, self.ignore_index = k, ignore_index
        # Sums over the batches of an epoch; "sum" adds up those of several processes too.
        self.add_state("hits", default=torch.tensor(0), dist_reduce_fx="sum")
        self.add_state("total", default=torch.tensor(0), dist_reduce_fx="sum")

    def update(self, output: Tensor, target: Tensor) -> None:
        """Count a batch: logits (B, classes, ...) and targets (B, ...)."""
        best = output.topk(self.k, dim=1).indices  # (B, k, ...)
        hits = (best == target.unsqueeze(1)).any(dim=1)  # (B, ...)
        if self.ignore_index is not None:
            hits = hits[target != self.ignore_index]
        self.hits += hits.sum()
        self.total += hits.numel()

    def compute(self) -> Tensor:
        """The value over all batches since the last reset."""
        return self.hits / self.total
