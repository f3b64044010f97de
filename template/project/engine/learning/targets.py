"""Whether a loss of torch.nn can compare what a net returns with the targets of a batch, and what else to do."""

from typing import Any

from torch import Tensor, nn

from ..errors import RunError
from .batches import shapes
from .losses import ALIKE, CLASSES, LABELS, reshaped

SEVERAL = "for several labels an item, each 0 or 1, use --loss BCEWithLogitsLoss"
OWN = "configure_loss of model/model_interface.py"
NUMBERS = ("one", "two", "three", "four")


def pair(name: str, takes: list[str], output: Any, target: Any) -> tuple[list[Tensor], list[Tensor]]:
    """The outputs and targets for the parameters of a loss of torch.nn, which takes all of them.

    Raises RunError if there are others than it takes: nothing is dropped.
    """
    wanted = [parameter for parameter in takes if parameter.startswith("target")]
    outputs, targets = parts(output), parts(target)
    what = f"output {shapes(output)} and target {shapes(target)}"
    if isinstance(output, dict) or isinstance(target, dict):
        hint = f"let the net return a tensor or a tuple, or take the dict in a loss of your own: see {OWN}"
        raise RunError(f"{name} takes no dict, as in {what}", hint)
    if wanted and not targets:
        hint = "let items end in a target (a dict holds it under target or label), or use --stage predict"
        raise RunError(f"there are no targets, and {name} needs them", hint)
    for kind, found in (("output", outputs), ("target", targets)):
        if not all(isinstance(part, Tensor) for part in found):
            hint = "let the net return a tensor"
            if kind == "target":
                hint = "let the dataset give numbers, such as the index of a label: classes.index(label)"
            raise RunError(f"{name} takes tensors, not {kind} {shapes(found[0] if len(found) == 1 else found)}", hint)
    if not wanted and len(outputs) == len(takes) and len(targets) < 2:
        return outputs, []  # the loss compares outputs with one another
    if len(outputs) + len(targets) != len(takes) or (len(takes) == 2 and len(targets) != 1):
        count = f"{several(len(takes) - len(wanted), 'output')} and {several(len(wanted), 'target')}"
        hint = f"take them all in a loss of your own, in {OWN}, and name your --metrics; or let both give less"
        raise RunError(f"{name} takes {count}, not {what}", hint)
    return outputs, targets


def several(number: int, noun: str) -> str:
    return f"{NUMBERS[number - 1] if number else 'no'} {noun}{'s' if number != 1 else ''}"


def parts(value: Any) -> list[Any]:
    """Several outputs or targets, or the one that there is."""
    if isinstance(value, (tuple, list)):
        return list(value)
    return [] if value is None else [value]


def check_targets(name: str, loss: nn.Module, outputs: list[Tensor], targets: list[Tensor]) -> None:
    """Raise RunError for targets that a loss of torch.nn would refuse, or learn from wrongly."""
    if not targets:
        return
    output, target = outputs[0], targets[0]
    what = f"output {shapes(output)} and target {shapes(target)}"
    if name in CLASSES:
        check_classes(name, output, target, what)
    if name in LABELS and not ((target >= 0) & (target <= 1)).all():  # torch would learn from them
        raise RunError("labels other than 0 and 1", f"{name} needs 0 or 1 for each label")
    if name in CLASSES and not target.is_floating_point():
        check_labels(target, output.shape[1], getattr(loss, "ignore_index", None))
    if name in ALIKE and output.shape != reshaped(target, output).shape:
        raise RunError(f"{name} compares numbers one by one, not {what}", "give both one shape, or change --loss")


def check_classes(name: str, output: Tensor, target: Tensor, what: str) -> None:
    """Refuse an output without classes in its second dimension, and floats that are not shares of them."""
    if output.ndim < 2:
        raise RunError(f"{name} takes a score for each class, not {what}", without_classes(target))
    shared = target.is_floating_point() and target.shape == output.shape
    if shared and output.shape[1] > 1:
        if target.isfinite().all() and ((target.float().sum(1) - 1).abs() > 0.01).any():
            hint = SEVERAL if is_binary(target) else "let them sum to 1, or use --loss MSELoss for numbers"
            raise RunError(f"{name} takes a share for each class, and they do not sum to 1: {what}", hint)
    elif target.is_floating_point():
        raise RunError(f"{name} takes classes as integers, not {what}", without_classes(target))
    elif output.ndim != target.ndim + 1 or output.shape[2:] != target.shape[1:]:
        turned = output.ndim == target.ndim + 1 and output.shape[:-1] == target.shape
        hint = "move the classes there: output.movedim(-1, 1)" if turned else "change the net, the dataset or --loss"
        if output.shape == target.shape and is_binary(target):
            hint = SEVERAL
        raise RunError(f"{name} takes classes in the second dimension, not {what}", hint)


def check_labels(target: Tensor, classes: int, ignored: int | None) -> None:
    """Refuse classes that the net has no output for; on a GPU torch could not tell them afterwards."""
    if not target.numel():
        return
    low, high = map(int, target.aminmax())
    if 0 <= low <= high < classes:
        return
    labels = target[target != ignored]
    low, high = map(int, labels.aminmax()) if labels.numel() else (0, 0)
    if 0 <= low <= high < classes:
        return
    hint = f"correct the labels, which begin at 0, or give the net {high + 1} outputs"
    if low < 0:
        leave_out = f"; for what is to be left out use {ignored}, or add --loss_args.ignore_index {low}"
        hint = f"correct the labels, which begin at 0{leave_out if ignored is not None else ''}"
    elif classes == high == 1:
        hint = "for labels of 0 and 1 use --loss BCEWithLogitsLoss, or give the net 2 outputs"
    elif ignored is not None and high > classes and (labels[labels != high] < classes).all():
        hint = f"if {high} stands for what is to be left out, add --loss_args.ignore_index {high}; else {hint}"
    raise RunError(f"classes from {low} to {high}, and the net has outputs for 0 to {classes - 1}", hint)


def without_classes(target: Tensor) -> str:
    """Which loss an output without classes is for."""
    if is_binary(target):
        return "for labels of 0 and 1 use --loss BCEWithLogitsLoss, else give the net an output for each class"
    if target.is_floating_point():
        return "for numbers use --loss MSELoss; for classes let the dataset give integers, and the net an output each"
    return "give the net an output for each class"


def is_binary(target: Tensor) -> bool:
    """Whether there is nothing but 0 and 1."""
    return bool(((target == 0) | (target == 1)).all())
