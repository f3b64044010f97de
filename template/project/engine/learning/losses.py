"""Losses of torch.nn by name: how one is built, what it compares, and what it tells about the task."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import loss as losses

from ..choices.groups import arguments, leave_unsaved
from ..errors import OptionError
from .batches import first

LOSSES: dict[str, Any] = {name: getattr(nn, name) for name in losses.__all__}
CLASSES = ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss")  # scores (B, C, ...) and classes (B, ...)
LOGITS = ("BCEWithLogitsLoss", "MultiLabelSoftMarginLoss")  # a sigmoid makes probabilities of them
LABELS = (*LOGITS, "BCELoss")  # both (B, ...), 0 or 1 for each label
NUMBERS = ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "GaussianNLLLoss")  # both (B, ...)
ALIKE = (*LABELS, *NUMBERS, "PoissonNLLLoss", "SoftMarginLoss")  # output and target have one shape


def task(loss: str) -> str:
    """What a net learns by a loss: "classes", "labels", "numbers", or something else."""
    tasks = {"classes": CLASSES, "labels": LABELS, "numbers": NUMBERS}
    return next((task for task, known in tasks.items() if loss in known), "something else")


def facts(loss: str, output: Any) -> dict[str, Any]:
    """What metrics may want to know, as the loss and the shape of the net's output tell it."""
    scores = first(output)
    if loss in CLASSES and scores.ndim > 1:
        return {"task": "multiclass", "num_classes": scores.shape[1], "input_format": "mixed"}
    if loss in LABELS:
        labels = scores.shape[1] if scores.ndim > 1 else 1
        return {"task": "multilabel" if labels > 1 else "binary", "num_labels": labels}
    return {}


def build_loss(name: str, args: dict[str, Any]) -> nn.Module:
    """A loss of torch.nn; class weights given as a list become a tensor.

    Raises OptionError if it gives no number.
    """
    reductions = ("mean", "sum", "batchmean") if name == "KLDivLoss" else ("mean", "sum")
    if args.get("reduction", "mean") not in reductions:
        message = f"{name} with reduction {args['reduction']!r} gives no single number"
        raise OptionError(message, f"use --loss_args.reduction {' or '.join(reductions)}")
    args = arguments(LOSSES[name], "loss_args", args)
    args |= {key: args[key].float() for key in ("weight", "pos_weight") if args.get(key) is not None}
    loss = LOSSES[name](**args)
    leave_unsaved(loss)
    return loss


def library_name(loss: nn.Module) -> str:
    """The name of the loss of torch.nn whose `forward` runs; an empty string for a loss of one's own."""
    if "forward" in vars(loss):
        return ""
    kind = next(kind for kind in type(loss).__mro__ if "forward" in vars(kind))
    return kind.__name__ if LOSSES.get(kind.__name__) is kind else ""


def reshaped(target: Tensor, output: Tensor) -> Tensor:
    """A target (B,) as (B, 1) if that is the output's shape: torch would compare each with all others."""
    without = [tuple(size for size in part.shape[1:] if size != 1) for part in (target, output)]
    same = output.ndim and target.ndim and without[0] == without[1] and len(target) == len(output)
    return target.reshape(output.shape) if same else target


def measured(loss: str, output: Any, target: Any) -> tuple[Any, Any]:
    """What metrics get: the first output and target, the target in the output's shape.

    For labels these are probabilities, and 0 or 1.
    """
    scores, truth = first(output), first(target)
    if not isinstance(scores, Tensor) or not isinstance(truth, Tensor):
        return scores, truth
    if loss in ALIKE:
        truth = reshaped(truth, scores)
    if loss in LABELS:
        return (scores.sigmoid() if loss in LOGITS else scores), truth.long()
    if loss in NUMBERS:  # metrics subtract one from the other
        return scores.contiguous(), truth.to(torch.promote_types(scores.dtype, torch.float32)).contiguous()
    if loss in CLASSES and truth.is_floating_point() and truth.shape == scores.shape:  # a share for each class
        return scores, truth.argmax(1)
    return scores, truth.long() if loss in CLASSES and not truth.is_floating_point() else truth
