"""Whether a loss can compare the targets of a set with what the net gives, and what else to do."""

from typing import Any

from torch import Tensor

from ..errors import OptionError
from .batches import CLEAN, first, is_finite, shapes
from .losses import ALIKE, CLASSES, LOSSES, call_loss, reshaped, wrong_labels

SEVERAL = "for several labels an item, each 0 or 1, use --loss BCEWithLogitsLoss"


def check_target(model: Any, output: Any, target: Any, where: str) -> None:
    """Refuse targets that the loss cannot compare with the output."""
    loss = type(model.loss).__name__
    what = f"output {shapes(output)} and target {shapes(target)} of {where}"
    if target is None:
        cure = "let its items end in one (a dict holds it under target or label), or use --stage predict"
        raise OptionError(f"{where} has no targets", cure)
    if loss in LOSSES and isinstance(output, dict):
        cure = "let the net return a tensor or a tuple, or take the dict in a loss of your own: see configure_loss"
        raise OptionError(f"{loss} takes no dict, as in {what}", f"{cure} of model/model_interface.py")
    if loss in CLASSES:
        check_classes(loss, first(output), first(target), what)
    if wrong := wrong_labels(model.loss, output, target):
        raise OptionError(f"{where} has {wrong[0]}", wrong[1])
    if loss in ALIKE and first(output).shape != reshaped(first(target), first(output)).shape:
        raise OptionError(f"{loss} compares numbers one by one, not {what}", "give both one shape, or change --loss")
    try:
        value = call_loss(model.loss, output, target)
    except Exception as error:
        raise OptionError(f"{loss} does not take {what}: {error}", "change the net, the dataset or --loss") from error
    if value.numel() != 1 or not value.isfinite():
        cure = "look at the scale of both, or at --loss" if is_finite(target) else f"targets hold nan: {CLEAN}"
        raise OptionError(f"{loss} is {value.tolist()} for {what}", cure)


def check_classes(loss: str, output: Tensor, target: Tensor, what: str) -> None:
    """Refuse an output without scores for classes in its second dimension, and floats that are no shares of them."""
    if output.ndim < 2:
        raise OptionError(f"{loss} takes a score for each class, not {what}", without_classes(target))
    if target.is_floating_point():
        shared = target.shape == output.shape
        if shared and target.isfinite().all() and ((target.float().sum(1) - 1).abs() > 0.01).any():
            cure = SEVERAL if is_binary(target) else "let them sum to 1, or use --loss MSELoss for numbers"
            raise OptionError(f"{loss} takes a share for each class, and they do not sum to 1: {what}", cure)
    elif output.ndim != target.ndim + 1 or output.shape[2:] != target.shape[1:]:
        turned = output.ndim == target.ndim + 1 and output.shape[:-1] == target.shape
        hint = "move the classes there: output.movedim(-1, 1)" if turned else "change the net, the dataset or --loss"
        if output.shape == target.shape and is_binary(target):
            hint = SEVERAL
        raise OptionError(f"{loss} takes classes in the second dimension, not {what}", hint)


def without_classes(target: Tensor) -> str:
    """Which loss an output without classes is for."""
    if is_binary(target):
        return "for labels of 0 and 1 use --loss BCEWithLogitsLoss, else give the net an output for each class"
    return "give the net an output for each class" + (", or use --loss MSELoss" if target.is_floating_point() else "")


def is_binary(target: Tensor) -> bool:
    """Whether there is nothing but 0 and 1."""
    return bool(((target == 0) | (target == 1)).all())
