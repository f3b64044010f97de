"""Check that a loss of torch.nn can compare a net's outputs with a batch's targets."""

from typing import Any

from torch import Tensor, nn

from ..errors import RunError
from ..loading.batches import shapes

CLASSES = ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss")  # scores (B, C, ...) and classes (B, ...)
LOGITS = ("BCEWithLogitsLoss", "MultiLabelSoftMarginLoss")  # a sigmoid makes probabilities of them
LABELS = (*LOGITS, "BCELoss")  # both (B) or (B, labels, ...), 0 or 1 for each
NUMBERS = ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "GaussianNLLLoss")  # both (B, ...)
# Output and target have one shape.
SAME_SHAPE = (*LABELS, *NUMBERS, "PoissonNLLLoss", "SoftMarginLoss", "HingeEmbeddingLoss", "KLDivLoss")
# The losses of torch.nn for each task; the first one stands in for your own losses.
TASKS = {"classes": CLASSES, "labels": LABELS, "numbers": NUMBERS}
SEVERAL = "for several labels an item, each 0 or 1, use --loss BCEWithLogitsLoss"
COUNTS = ("no", "one", "two", "three", "four")


def task(loss: str) -> str:
    """Return the task of a loss: "classes", "labels", "numbers" or "something else"."""
    return next((task for task, known in TASKS.items() if loss in known), "something else")


def reshaped(target: Tensor, output: Tensor) -> Tensor:
    """Return a target (B,) as (B, 1) if the output is: torch would compare each with all others."""
    target_shape, output_shape = ([size for size in part.shape[1:] if size != 1] for part in (target, output))
    same = output.ndim and target.ndim and target_shape == output_shape and len(target) == len(output)
    return target.reshape(output.shape) if same else target


def as_parts(value: Any) -> list[Any]:
    """Return several outputs or targets, or a single one, as a list."""
    if isinstance(value, (tuple, list)):
        return list(value)
    return [] if value is None else [value]


def outputs_and_targets(
    name: str, parameters: list[str], output: Any, target: Any
) -> tuple[list[Any], list[Any]]:
    """Return the outputs and targets for the parameters of a loss of torch.nn, which takes all of them.

    Raises RunError if there are others than it takes: nothing is dropped.
    """
    expected = sum(parameter.startswith("target") for parameter in parameters)
    outputs, targets = as_parts(output), as_parts(target)
    what, own = f"output {shapes(output)} and target {shapes(target)}", "plgen add-loss NAME"
    if isinstance(output, dict) or isinstance(target, dict):
        hint = f"let the net return a tensor or a tuple, or take the dict in a loss of your own: {own}"
        raise RunError(f"{name} takes no dict, as in {what}", hint)
    if expected and not targets:
        hint = "let items end in a target (a dict holds it under target or label), or use --stage predict"
        raise RunError(f"there are no targets, and {name} needs them", hint)
    if not all(isinstance(part, Tensor) for part in outputs):
        raise RunError(f"{name} takes tensors, not output {shapes(output)}", "let the net return a tensor")
    if not all(isinstance(part, Tensor) for part in targets):
        hint = "let the dataset give numbers, such as the index of a label: classes.index(label)"
        raise RunError(f"{name} takes tensors, not target {shapes(target)}", hint)
    if not expected and len(outputs) == len(parameters) and len(targets) < 2:
        return outputs, []  # the loss compares outputs with one another
    if len(outputs) + len(targets) != len(parameters) or (len(parameters) == 2 and len(targets) != 1):
        count = f"{counted(len(parameters) - expected, 'output')} and {counted(expected, 'target')}"
        hint = f"take them all in a loss of your own ({own}), and name your --metrics"
        hint += "; or return fewer outputs and targets"
        raise RunError(f"{name} takes {count}, not {what}", hint)
    return outputs, targets


def counted(number: int, noun: str) -> str:
    return f"{COUNTS[number]} {noun}{'s' if number != 1 else ''}"


def check_targets(name: str, loss: nn.Module, outputs: list[Tensor], targets: list[Tensor]) -> None:
    """Raise RunError for targets that a loss of torch.nn would refuse, or learn from wrongly."""
    if not targets:
        return
    output, target = outputs[0], targets[0]
    what = f"output {shapes(output)} and target {shapes(target)}"
    if name in CLASSES:
        check_shapes(name, output, target, what)
    if name in LABELS:
        is_label = (target >= 0) & (target <= 1) | (target == getattr(loss, "ignore_index", None))
        if not is_label.all():  # torch would learn from them
            raise RunError("labels other than 0 and 1", f"{type(loss).__name__} needs 0 or 1 for each label")
    if name in CLASSES and not target.is_floating_point():
        check_classes(target, output.shape[1], getattr(loss, "ignore_index", None))
    if name in SAME_SHAPE and output.shape != reshaped(target, output).shape:
        hint = "give both one shape, or change --loss"
        raise RunError(f"{name} compares numbers one by one, not {what}", hint)


def check_shapes(name: str, output: Tensor, target: Tensor, what: str) -> None:
    """Refuse an output without classes in its second dimension, and floats that are not shares of them."""
    if output.ndim < 2:
        raise RunError(f"{name} takes a score for each class, not {what}", suitable_loss(target))
    shares = target.is_floating_point() and target.shape == output.shape
    if shares and output.shape[1] > 1:
        if target.isfinite().all() and ((target.float().sum(1) - 1).abs() > 0.01).any():
            hint = SEVERAL if is_binary(target) else "let them sum to 1, or use --loss MSELoss for numbers"
            raise RunError(f"{name} takes a share for each class, and they do not sum to 1: {what}", hint)
    elif target.is_floating_point():
        raise RunError(f"{name} takes classes as integers, not {what}", suitable_loss(target))
    elif output.ndim != target.ndim + 1 or output.shape[2:] != target.shape[1:]:
        hint = "change the net, the dataset or --loss"
        if output.ndim == target.ndim + 1 and output.shape[:-1] == target.shape:
            hint = "move the classes there: output.movedim(-1, 1)"
        if target.ndim == output.ndim and target.shape == (len(output), 1, *output.shape[2:]):
            hint = "let the dataset give the target without its dimension of size 1: target.squeeze(0)"
        if output.shape == target.shape and is_binary(target):
            hint = SEVERAL
        raise RunError(f"{name} takes classes in the second dimension, not {what}", hint)


def check_classes(target: Tensor, classes: int, ignored: int | None) -> None:
    """Refuse classes that the net has no output for; on a GPU the error of torch would not name them."""
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
        leave_out = f"; to ignore labels use {ignored}, or add --loss_args.ignore_index {low}"
        hint = f"correct the labels, which begin at 0{leave_out if ignored is not None else ''}"
    elif classes == high == 1:
        hint = "for labels of 0 and 1 use --loss BCEWithLogitsLoss, or give the net 2 outputs"
    elif ignored is not None and high > classes and (labels[labels != high] < classes).all():
        hint = f"if {high} marks labels to ignore, add --loss_args.ignore_index {high}; else {hint}"
    raise RunError(f"classes from {low} to {high}, and the net has outputs for 0 to {classes - 1}", hint)


def suitable_loss(target: Tensor) -> str:
    """Suggest a loss for an output without classes."""
    classes = "give the net an output for each class"
    if is_binary(target):
        return f"for labels of 0 and 1 use --loss BCEWithLogitsLoss, else {classes}"
    if target.is_floating_point():
        return f"for numbers use --loss MSELoss; for classes let the dataset give integers, and {classes}"
    return classes


def is_binary(target: Tensor) -> bool:
    """Return whether a tensor holds nothing but 0 and 1."""
    return bool(((target == 0) | (target == 1)).all())
