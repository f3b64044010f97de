"""Over how much the loss of a batch is a mean, so that the mean over batches is that over the whole set."""

from typing import Any

from torch import Tensor, nn

from .batches import first, samples_in
from .losses import call_loss


def counted(loss: nn.Module, output: Any, target: Any, batch: Any) -> tuple[Tensor, Tensor, Any]:
    """The loss of a batch; its sum over what it is a mean of; and over how much that is.

    A batch whose targets the loss leaves out, every one, has no mean: its loss is 0, and nothing is learnt from it.
    """
    value, terms = call_loss(loss, output, target), loss_terms(loss, target, samples_in(batch))
    if isinstance(terms, Tensor):
        value = value.where(terms > 0, 0)
    if getattr(loss, "reduction", "mean") == "sum":
        return value, value.detach(), terms
    return value, value.detach().float() * terms, terms  # half precision ends at 65504


def loss_terms(loss: nn.Module, target: Any, samples: int) -> Any:
    """Over how much a batch's loss is a mean: its samples, or all targets that count, with their classes' weights.

    Batches of several lengths weigh as much as they hold, so that the mean over batches is that over the whole set.
    """
    ignored = getattr(loss, "ignore_index", None)
    if ignored is None or first(target).is_floating_point():
        return samples
    counts = first(target) != ignored
    weight = getattr(loss, "weight", None)
    return counts.sum() if weight is None else (weight[first(target).long() * counts] * counts).sum()
