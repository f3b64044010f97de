"""Metrics: their arguments, their inputs, and the keys of their values.

The values are logged, and may be monitored, under these keys:

- train_loss, train_acc: training, per epoch
- val_loss, val_acc: mean over the evaluation sets
- val_loss/<set>, val_acc/<set>: one evaluation set (the same with test for a test set)
"""

from numbers import Real
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric, classification
from torchmetrics.classification.stat_scores import MulticlassStatScores
from torchmetrics.text import Perplexity

from ..choices.groups import arguments, has_default, parameters_of
from ..choices.kinds import METRIC
from ..choices.metrics import SHORT
from ..choices.names import find_class, registered
from ..errors import OptionError, RunError, as_option_error, one_line, unknown_name_error
from ..loading.batches import first
from .targets import CLASSES, LABELS, LOGITS, NUMBERS, SAME_SHAPE, reshaped, task

# Inferred from the loss and the net's output.
INFERRED = ("task", "num_classes", "num_labels", "ignore_index", "input_format")
# Metrics that use the range of each batch unless a range is given.
RANGED = ("StructuralSimilarityIndexMeasure", "MultiScaleStructuralSimilarityIndexMeasure")


def key(stage: str, metric: str, set_name: str = "") -> str:
    """`val`, `acc` -> `val_acc`; with a set, `val_acc/<set>`."""
    return f"{stage}_{metric}/{set_name}" if set_name else f"{stage}_{metric}"


def is_evaluated(monitor: str) -> bool:
    """Return whether a key is logged by an evaluation, and not at the end of a training epoch."""
    return monitor.startswith(key("val", ""))


def suits(name: str, loss: str) -> bool:
    """Return whether a metric suits the task of a loss; one without a short name suits all."""
    return name not in SHORT or name in registered(METRIC) or task(loss) in SHORT[name][1]


def higher_is_better(name: str) -> bool | None:
    """Return whether higher values of a metric are better; None if it is not known."""
    metric_class = find_class(METRIC, name)
    for_classes = getattr(classification, f"Multiclass{metric_class.__name__}", None)
    return getattr(for_classes or metric_class, "higher_is_better", None)


def inferred_arguments(loss: str, output: Any) -> dict[str, Any]:
    """Return arguments of metrics that follow from the loss and the shape of the net's output."""
    predicted = first(output)
    if not isinstance(predicted, Tensor):
        return {}
    if loss in CLASSES and predicted.ndim > 1:
        return {"task": "multiclass", "num_classes": predicted.shape[1], "input_format": "mixed"}
    if loss in LABELS:
        labels = predicted.shape[1] if predicted.ndim > 1 else 1
        return {"task": "multilabel" if labels > 1 else "binary", "num_labels": labels}
    return {}


def build_metric(metric: str, args: dict[str, Any], inferred: dict[str, Any]) -> Metric:
    """Build a metric; arguments that are null are inferred.

    Raises OptionError for arguments that are missing or that the metric refuses.
    """
    metric_class = find_class(METRIC, metric)
    parameters = parameters_of(metric_class)
    args = arguments(metric_class, metric, args, derived=INFERRED)
    args |= {name: value for name, value in inferred.items() if name in parameters and name not in args}
    if "input_format" in parameters and inferred.get("num_labels"):
        args["num_classes"] = args.get("num_classes") or inferred["num_labels"]
    missing = [name for name, each in parameters.items() if not has_default(each) and args.get(name) is None]
    if missing:
        message = f"{metric} needs {missing[0]}, which cannot be inferred from the loss"
        raise OptionError(message, f"add --{metric}.{missing[0]}")
    if metric in RANGED and args.get("data_range") is None:
        message = (
            f"{metric} takes the range of the data from each batch, so its value would depend on the batches"
        )
        raise OptionError(message, f"add --{metric}.data_range, such as 1")
    with as_option_error(f"{metric} refuses its arguments", f"change --{metric}.*"):
        return metric_class(**args)


def first_pair(loss: str, output: Any, target: Any) -> tuple[Any, Any]:
    """Return the first output and target for metrics, the target in the output's shape.

    For labels these are probabilities, and 0 or 1.
    """
    predicted, truth = first(output), first(target)
    if not isinstance(predicted, Tensor) or not isinstance(truth, Tensor):
        return predicted, truth
    if loss in SAME_SHAPE:
        truth = reshaped(truth, predicted)
    if loss in LABELS:
        truth = truth.round() if truth.is_floating_point() else truth  # 0.95 is the label 1
        return (predicted.sigmoid() if loss in LOGITS else predicted), truth.long()
    if loss in NUMBERS:  # metrics subtract one from the other
        dtype = torch.promote_types(predicted.dtype, torch.float32)
        return predicted.contiguous(), truth.to(dtype).contiguous()
    if loss in CLASSES and not truth.is_floating_point():
        return predicted, truth.long()
    if loss in CLASSES and truth.shape == predicted.shape:  # a share for each class
        return predicted, truth.argmax(1)
    return predicted, truth


def metric_input(metric: Metric, loss: str, predicted: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Return the inputs of a metric. Your own metrics get logits, and those of torchmetrics do not.

    For classes they get probabilities: torchmetrics would make these of each batch, unless all its logits
    happen to lie between 0 and 1. Metrics of segmentation take labels as 0 or 1, others their probability.
    """
    if task(loss) == "labels" and hasattr(metric, "input_format"):
        return (predicted > 0.5).long(), truth
    if task(loss) == "classes" and type(metric).__module__.startswith("torchmetrics.classification"):
        only_highest = isinstance(metric, MulticlassStatScores)  # which is the same for logits
        return predicted if only_highest else predicted.float().softmax(1), truth
    is_checked = task(loss) == "classes" and predicted.shape[2:] == truth.shape[1:]  # (B, classes, ...)
    if is_checked and isinstance(metric, Perplexity):  # it takes the classes last
        return predicted.float().movedim(1, -1), truth
    return predicted, truth


def compute(name: str, metric: Metric) -> Tensor:
    """Return the value of a metric. Raises RunError if that is not one number.

    It is NaN after a single sample if the metric needs more, as R2Score does for a variance.
    """
    try:
        value = metric.compute()
    except Exception as error:
        if "at least two samples" in str(error):
            return torch.tensor(torch.nan, device=metric.device)
        reason = one_line(f"{type(error).__name__}: {error}")
        raise RunError(f"{name} cannot be computed: {reason}", "choose other --metrics") from error
    if isinstance(value, Real):
        value = torch.tensor(float(value), device=metric.device)
    if not isinstance(value, Tensor) or value.numel() != 1:
        hint = f"leave it out, or set --{name}.* so that it does"
        raise RunError(f"{name} does not return a single number", hint)
    value = value.reshape(())
    return value if value.is_floating_point() else value.float()


def known_values(metrics: list[str], eval_sets: list[str]) -> dict[str, str]:
    """Return the keys of all values that MInterface logs, each with its metric."""
    evaluated = ["", *eval_sets] if eval_sets else []  # "": the mean over the sets
    pairs = [("train", ""), *(("val", name) for name in evaluated)]
    return {key(stage, metric, name): metric for stage, name in pairs for metric in ("loss", *metrics)}


def monitor_and_mode(
    monitor: str | None, mode: str, metrics: list[str], eval_sets: list[str]
) -> tuple[str | None, str]:
    """Return the monitored key and its mode, "min" or "max"; None and "auto" mean the usual choice.

    Raises OptionError if it is not known whether higher values are better.
    """
    if monitor is None and not eval_sets:
        return None, "min"
    monitor = monitor or key("val", "loss")
    if mode != "auto":
        return monitor, mode
    known = known_values(metrics, eval_sets)
    if monitor not in known:
        own = "; a value that you log yourself needs --monitor_mode min (or max)"
        raise unknown_name_error("logged value to monitor", monitor, known, own)
    if known[monitor] == "loss":
        return monitor, "min"
    higher = higher_is_better(known[monitor])
    if higher is None:
        hint = "add --monitor_mode min (or max)"
        raise OptionError(f"{monitor} does not say whether higher is better", hint)
    return monitor, "max" if higher else "min"
