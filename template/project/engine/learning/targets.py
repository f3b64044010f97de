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
LOG_PROBABILITIES = ("NLLLoss", "KLDivLoss", "CTCLoss")  # as outputs
SIGNS = ("SoftMarginLoss", "HingeEmbeddingLoss", "CosineEmbeddingLoss", "MarginRankingLoss")  # targets: 1, -1
# The losses of torch.nn for each task; your own losses with a `task` are treated as the first one.
TASKS = {"classes": CLASSES, "labels": LABELS, "numbers": NUMBERS}
SUITABLE = (
    "labels of 0 and 1: --loss BCEWithLogitsLoss; numbers: --loss MSELoss; "
    "classes are integers, with a score for each in the second dimension"
)


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
    outputs, targets = as_parts(output), as_parts(target)
    needs_targets = any(parameter.startswith("target") for parameter in parameters)
    if not needs_targets and len(targets) == 1:
        targets = []  # the loss compares outputs with one another
    count = len(outputs) + len(targets)
    are_tensors = all(isinstance(part, Tensor) for part in (*outputs, *targets))
    if not outputs or bool(targets) != needs_targets or count != len(parameters) or not are_tensors:
        what = f"output {shapes(output)} and target {shapes(target)}"
        hint = "let the net return a tensor and the items end in a target, which is a number or a tensor"
        hint += "; a loss of your own takes anything: plgen add-loss NAME"
        raise RunError(f"{name} takes {', '.join(parameters)} as tensors, not {what}", hint)
    return outputs, targets


def check_targets(name: str, loss: nn.Module, outputs: list[Tensor], targets: list[Tensor]) -> None:
    """Raise RunError for targets and outputs that a loss of torch.nn would refuse, or learn from wrongly."""
    if not targets:
        return
    output, target = outputs[0], targets[0]
    what = f"output {shapes(output)} and target {shapes(target)}"
    used: Any = target != getattr(loss, "ignore_index", None)
    if name in SAME_SHAPE and output.shape != reshaped(target, output).shape:
        raise RunError(f"{name} compares numbers one by one, not {what}", SUITABLE)
    if name in LOG_PROBABILITIES and (output > 0.01).any():  # torch would let them grow without limit
        hint = "end the net with nn.LogSoftmax; for classes, --loss CrossEntropyLoss takes logits"
        raise RunError(f"{name} takes log-probabilities, which are at most 0, not {what}", hint)
    if name in SIGNS and (target.abs() != 1).any():  # torch would learn nothing from 0
        raise RunError(f"{name} takes targets of 1 and -1, not others", SUITABLE)
    if name in LABELS and (((target < 0) | (target > 1)) & used).any():  # torch would learn from them
        raise RunError(f"{type(loss).__name__} takes labels of 0 and 1, not others", SUITABLE)
    if name in CLASSES and target.is_floating_point():
        shares = output.shape == target.shape and output.ndim > 1 and output.shape[1] > 1
        if not shares or ((target.float().sum(1) - 1).abs() > 0.01).any():
            message = f"{name} takes classes, or shares of each that sum to 1, not {what}"
            raise RunError(message, SUITABLE)
    elif name in CLASSES:
        if output.ndim < 2 or target.shape != output.shape[:1] + output.shape[2:]:
            raise RunError(f"{name} takes classes in the second dimension, not {what}", SUITABLE)
        classes = output.shape[1]
        unknown = ((target < 0) | (target >= classes)) & used
        if unknown.any():  # on a GPU the error of torch would not name them
            message = f"a target is {target[unknown][0]}, and the net has outputs for 0 to {classes - 1}"
            hint = "give the net an output for each class; a label to ignore: --loss_args.ignore_index N"
            raise RunError(message, f"{hint}; labels of 0 and 1: --loss BCEWithLogitsLoss")
