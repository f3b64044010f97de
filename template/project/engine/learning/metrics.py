"""Metrics by name: the project's own and those of torchmetrics; and which of their values may be monitored.

- train_loss, train_acc: training, per epoch
- val_loss, val_acc: mean over the evaluation sets
- val_loss/<set>, val_acc/<set>: one evaluation set (the same with test for a test set)
"""

import importlib
from pathlib import Path
from typing import Any

import torchmetrics
from torch import Tensor
from torchmetrics import Metric, classification
from torchmetrics.utilities import dim_zero_cat

from ..choices.groups import arguments, has_default, leave_unsaved, parameters_of
from ..choices.names import load_class, registered
from ..errors import OptionError, refusing, unknown
from .losses import task

SUBJECTS = "aggregation audio classification clustering image nominal regression retrieval segmentation text"
LIBRARY = [torchmetrics, *(importlib.import_module(f"torchmetrics.{subject}") for subject in SUBJECTS.split())]
FACTS = ("task", "num_classes", "num_labels", "ignore_index", "input_format")  # inferred from the loss and the net
RANGED = ("StructuralSimilarityIndexMeasure", "MultiScaleStructuralSimilarityIndexMeasure")  # else of each batch
WHOLE = ("GeneralizedDiceScore", "SourceAggregatedSignalDistortionRatio")  # their values depend on the batches


def key(stage: str, metric: str, set_name: str = "") -> str:
    """`val`, `acc` -> `val_acc`; with a set, `val_acc/<set>`."""
    return f"{stage}_{metric}/{set_name}" if set_name else f"{stage}_{metric}"


def metric_class(name: str) -> type[Metric]:
    """The project's own metric of that name (METRICS in utils/__init__.py), or the class of torchmetrics."""
    if name in registered("utils") or name.islower():  # torchmetrics has no name in lower case
        return load_class("utils", name)
    for module in LIBRARY:
        found = getattr(module, name, None)
        if isinstance(found, type) and issubclass(found, Metric):
            return found
    if extra := missing_extra(name):
        raise OptionError(f"{name} needs a package that is not installed", f"pip install 'torchmetrics[{extra}]'")
    raise unknown("metric", name, [*registered("utils"), *sorted(library_metrics())])


def missing_extra(name: str) -> str | None:
    """Return the extra of torchmetrics for a metric that it hides without the packages that it needs."""
    for file in Path(str(torchmetrics.__file__)).parent.glob("*/*.py"):
        if f"\nclass {name}(" in file.read_text(encoding="utf-8"):
            subject = file.parent.name
            return None if hasattr(importlib.import_module(f"torchmetrics.{subject}"), name) else subject
    return None


def library_metrics() -> set[str]:
    """The names of torchmetrics' classes."""
    return {name for module in LIBRARY for name in dir(module) if name[:1].isupper()}


def suits(name: str, loss: str) -> bool:
    """Whether a metric is for the task of a loss; one that names no tasks is for all."""
    return task(loss) in getattr(metric_class(name), "tasks", (task(loss),))


def refuse_unsuited(name: str, loss: str) -> None:
    """Raise OptionError for a metric that is for other tasks than the loss."""
    tasks = getattr(metric_class(name), "tasks", ())
    if tasks and task(loss) not in (*tasks, "something else"):
        message = f"{name} is for {' and '.join(tasks)}, and {loss} is for {task(loss)}"
        raise OptionError(message, "choose other --metrics, or leave them out for those that suit the loss")


def higher_is_better(name: str) -> bool | None:
    """Whether a metric says that more of it is better; such as Accuracy say it in their kind for each task."""
    for_classes = getattr(classification, f"Multiclass{name}", None)
    return getattr(for_classes or metric_class(name), "higher_is_better", None)


def build_metric(metric: str, args: dict[str, Any], known: dict[str, Any]) -> Metric:
    """A metric with its arguments, of which those that are null take what is known of the task.

    Raises OptionError for arguments that are missing or that the metric refuses.
    """
    found = metric_class(metric)
    parameters = parameters_of(found)
    args = arguments(found, metric, args, derived=FACTS)
    args = {name: known.get(name, value) if value is None else value for name, value in args.items()}
    args |= {name: value for name, value in known.items() if name in parameters and name not in args}
    if "input_format" in parameters and known.get("num_labels"):
        args["num_classes"] = args.get("num_classes") or known["num_labels"]
    for needed in (needed for needed, p in parameters.items() if not has_default(p) and args.get(needed) is None):
        raise OptionError(f"{metric} needs {needed}, which the loss does not tell", f"add --{metric}.{needed}")
    if metric in RANGED and args.get("data_range") is None:
        message = f"{metric} takes the range of the data from each batch, so its value would depend on the batches"
        raise OptionError(message, f"add --{metric}.data_range, such as 1")
    with refusing(f"{metric} refuses its arguments", f"change --{metric}.*"):
        built = found(**args)
    leave_unsaved(built)
    return WholeSet(built) if metric in WHOLE else built


class WholeSet(Metric):
    """A metric of torchmetrics that is computed from a whole set at once, since it is no sum over batches.

    Args:
        metric: the metric.
    """

    preds: list[Tensor]
    target: list[Tensor]

    def __init__(self, metric: Metric) -> None:
        super().__init__()
        self.metric = metric
        self.add_state("preds", [], dist_reduce_fx="cat")
        self.add_state("target", [], dist_reduce_fx="cat")

    def update(self, preds: Tensor, target: Tensor) -> None:
        self.preds.append(preds)
        self.target.append(target)

    def compute(self) -> Tensor:
        self.metric.reset()
        self.metric.update(dim_zero_cat(self.preds), dim_zero_cat(self.target))
        return self.metric.compute()


def suited(metric: Metric, loss: str, scores: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """What a metric of torchmetrics takes of the net's scores; those of the project get them as they are.

    For classes these are probabilities: torchmetrics would make them of each batch, but not where all logits happen
    to lie between 0 and 1. Metrics of segmentation take labels as 0 or 1, where others take their probability.
    """
    if task(loss) == "labels" and hasattr(metric, "input_format"):
        return (scores > 0.5).long(), truth
    of_classes = task(loss) == "classes" and type(metric).__module__.startswith("torchmetrics.classification")
    return (scores.float().softmax(1) if of_classes else scores), truth


def known_values(metrics: list[str], eval_sets: list[str]) -> dict[str, str]:
    """The keys of all values that MInterface logs, each with its metric."""
    known = {key("train", metric): metric for metric in ("loss", *metrics)}
    if eval_sets:
        known |= {key("val", metric, name): metric for name in ("", *eval_sets) for metric in ("loss", *metrics)}
    return known


def watch(
    monitor: str | None, mode: str, metrics: list[str], eval_sets: list[str], tried: bool
) -> tuple[str | None, str]:
    """The monitored key and its mode ("min" or "max"), where None and "auto" stand for the usual choice.

    Args:
        tried: whether the preflight will tell if a key is logged that MInterface does not know.

    Raises OptionError for a key or a metric that does not say which direction is better.
    """
    if monitor is None and not eval_sets:
        return None, "min"
    monitor = monitor or key("val", "loss")
    known = known_values(metrics, eval_sets)
    if mode == "auto" and monitor not in known and tried:
        return monitor, "min"
    if mode == "auto":
        metric = known.get(monitor)
        higher = False if metric == "loss" else higher_is_better(metric) if metric else None
        if higher is None:
            raise OptionError(f"{monitor} does not say whether higher is better", "add --monitor_mode min (or max)")
        mode = "max" if higher else "min"
    return monitor, mode


def of_training(monitor: str | None) -> bool:
    """Whether a monitored value is looked at after each epoch, not after each evaluation."""
    return monitor is not None and not monitor.startswith("val_")
