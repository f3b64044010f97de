"""Losses of torch.nn by name: how one is built and called, and what it tells about the task."""

from inspect import Parameter, signature
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import loss as losses

from ..choices.groups import leave_unsaved
from ..errors import OptionError, RunError
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
    if loss in CLASSES:
        return {"task": "multiclass", "num_classes": scores.shape[1]}
    if loss in LABELS:
        labels = scores.shape[1] if scores.ndim > 1 else 1
        return {"task": "multilabel" if labels > 1 else "binary", "num_labels": labels}
    return {}


def build_loss(name: str, args: dict[str, Any]) -> nn.Module:
    """A loss of torch.nn; class weights given as a list become a tensor. Raises OptionError if it gives no number."""
    reductions = ("mean", "sum", "batchmean") if name == "KLDivLoss" else ("mean", "sum")
    if args.get("reduction", "mean") not in reductions:
        message = f"{name} with reduction {args['reduction']!r} gives no single number"
        raise OptionError(message, f"use --loss_args.reduction {' or '.join(reductions)}")
    weights = {key: args[key] for key in ("weight", "pos_weight") if args.get(key) is not None}
    args = {**args, **{key: torch.tensor(value, dtype=torch.float) for key, value in weights.items()}}
    loss = LOSSES[name](**args)
    leave_unsaved(loss)
    return loss


def call_loss(loss: nn.Module, output: Any, target: Any) -> Tensor:
    """Hand one or several outputs and targets to a loss in the order of its own `forward`.

    GaussianNLLLoss takes (input, target, var), CTCLoss (log_probs, targets, lengths...), TripletMarginLoss no target.
    Raises RunError for labels that do not exist.
    """
    if type(loss).__name__ in LABELS and (wrong := wrong_labels(loss, output, target)):
        raise RunError(*wrong)  # torch would learn from them
    outputs, targets = (tuple(part) if isinstance(part, (tuple, list)) else (part,) for part in (output, target))
    if type(loss).__name__ in ALIKE:
        dtype = torch.promote_types(outputs[0].dtype, torch.float32)  # half precision would round the targets
        targets = (reshaped(targets[0], outputs[0]).to(dtype), *targets[1:])
        outputs = (outputs[0].to(dtype), *outputs[1:])
    elif type(loss).__name__ in CLASSES and not targets[0].is_floating_point():
        targets = (targets[0].long(), *targets[1:])
    taken = signature(loss.forward).parameters
    place = next((i for i, name in enumerate(taken) if name.startswith("target")), len(outputs))
    values = outputs[:place] + targets + outputs[place:]
    takes_any = any(parameter.kind is Parameter.VAR_POSITIONAL for parameter in taken.values())
    try:
        return loss(*(values if takes_any else values[: len(taken)]))
    except (IndexError, RuntimeError) as error:  # as torch says on a CPU; a GPU can be asked nothing any more
        if first(output).device.type == "cpu" and (wrong := wrong_labels(loss, output, target)):
            raise RunError(*wrong) from error
        raise


def wrong_labels(loss: nn.Module, output: Any, target: Any) -> tuple[str, str] | None:
    """Which labels there are of those that do not exist, and what to do; None where all do."""
    name, scores, truth = type(loss).__name__, first(output), first(target)
    if name in LABELS and not ((truth >= 0) & (truth <= 1)).all():
        return "labels other than 0 and 1", f"{name} needs 0 or 1 for each label"
    if name not in CLASSES or truth.is_floating_point() or scores.ndim < 2:
        return None
    ignored, classes = getattr(loss, "ignore_index", None), scores.shape[1]
    counted = truth[truth != ignored]
    low, high = (int(counted.min()), int(counted.max())) if counted.numel() else (0, 0)
    if 0 <= low <= high < classes:
        return None
    hint = f"correct the labels, which begin at 0, or give the net {high + 1} outputs"
    if low < 0:
        leave_out = f"; for what is to be left out use {ignored}, or add --loss_args.ignore_index {low}"
        hint = f"correct the labels, which begin at 0{leave_out if ignored is not None else ''}"
    elif classes == high == 1:
        hint = "for labels of 0 and 1 use --loss BCEWithLogitsLoss, or give the net 2 outputs"
    elif ignored is not None and high > classes and (counted[counted != high] < classes).all():
        hint = f"if {high} stands for what is to be left out, add --loss_args.ignore_index {high}; else {hint}"
    return f"classes from {low} to {high}, and the net has outputs for 0 to {classes - 1}", hint


def reshaped(target: Tensor, output: Tensor) -> Tensor:
    """A target (B,) as (B, 1) if that is the output's shape, and the like: torch would pair each with all others."""
    without = [tuple(size for size in part.shape[1:] if size != 1) for part in (target, output)]
    return target.reshape(output.shape) if without[0] == without[1] and len(target) == len(output) else target


def measured(loss: str, output: Any, target: Any) -> tuple[Any, Any]:
    """What metrics get: the first output and target; for labels probabilities, and 0 or 1 in the output's shape."""
    scores, truth = first(output), first(target)
    if loss in ALIKE:
        truth = reshaped(truth, scores)
    if loss in LABELS:
        return (scores.sigmoid() if loss in LOGITS else scores), truth.long()
    if loss in CLASSES and truth.is_floating_point():  # a share for each class
        return scores, truth.argmax(1)
    return scores, truth
