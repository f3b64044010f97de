"""Loss and metrics of every stage and set, and the keys under which they are logged.

- train_loss, train_acc: training, per epoch
- val_loss, val_acc: mean over the evaluation sets
- val_loss/<set>, val_acc/<set>: one evaluation set (the same with test for a test set)
"""

from typing import Any, cast

import torch
import torchmetrics
from torch import Tensor, nn
from torchmetrics import MeanMetric, Metric, MetricCollection, classification, regression, segmentation

from utils.errors import OptionError, unknown
from utils.names import load_class, registered

LIBRARY = (torchmetrics, classification, regression, segmentation)


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
    in_library = {known for module in LIBRARY for known in module.__all__ if known[:1].isupper()}
    raise unknown("metric", name, [*registered("utils"), *sorted(in_library)])


def watch(monitor: str | None, mode: str, metrics: list[str], eval_sets: list[str]) -> tuple[str | None, str]:
    """The monitored key and its mode ("min" or "max"), where None and "auto" stand for the usual choice.

    Raises OptionError for a key that is never logged, and for a metric that does not say which direction is better.
    """
    if monitor is None and not eval_sets:
        return None, "min"
    monitor = monitor or key("val", "loss")
    logged = {key("train", metric): metric for metric in ("loss", *metrics)}
    if eval_sets:
        logged |= {key("val", metric, name): metric for name in ("", *eval_sets) for metric in ("loss", *metrics)}
    if monitor not in logged:
        raise unknown("logged value to monitor", monitor, logged)
    if mode == "auto":
        higher = False if logged[monitor] == "loss" else metric_class(logged[monitor]).higher_is_better
        if higher is None:
            raise OptionError(f"{monitor} does not say whether higher is better", "add --monitor_mode min (or max)")
        mode = "max" if higher else "min"
    return monitor, mode


class Scores(nn.Module):
    """The mean loss and one collection of metrics of each stage and set.

    They are never shared and hold sums, not values of batches: right on uneven batches, several sets and processes.

    Args:
        metrics: name of each metric and the arguments of its constructor.
        sets: the sets of each stage, such as {"train": [""], "val": ["a_data", "b_data"]}.
    """

    def __init__(self, metrics: dict[str, dict[str, Any]], sets: dict[str, list[str]]) -> None:
        super().__init__()
        self.sets = sets
        self.order = {name: place for place, name in enumerate(["loss", *metrics])}
        self.losses, self.metrics = nn.ModuleDict(), nn.ModuleDict()
        for place in (key(stage, "scores", name) for stage, names in sets.items() for name in names):
            self.losses[place] = MeanMetric()
            self.metrics[place] = MetricCollection({name: metric_class(name)(**args) for name, args in metrics.items()})

    def of(self, stage: str, set_name: str) -> tuple[MeanMetric, MetricCollection]:
        """The mean loss and the metrics of one set."""
        place = key(stage, "scores", set_name)
        return cast(MeanMetric, self.losses[place]), cast(MetricCollection, self.metrics[place])

    @torch.no_grad()
    def update(self, stage: str, set_index: int, loss: Tensor, output: Any, target: Any, samples: int) -> None:
        """Count one batch of a stage's set: its mean loss, the net's output and the target (the first, of several)."""
        losses, metrics = self.of(stage, self.sets[stage][set_index])
        losses.update(loss, samples)
        metrics.update(*(part[0] if isinstance(part, (tuple, list)) else part for part in (output, target)))

    def summary(self, stage: str) -> dict[str, Tensor]:
        """The values of a stage's epoch under their keys, the mean over its sets included; the next epoch starts."""
        values: dict[str, list[Tensor]] = {}
        summary: dict[str, Tensor] = {}
        for name in self.sets[stage]:
            losses, metrics = self.of(stage, name)
            computed: dict[str, Tensor] = {"loss": losses.compute(), **metrics.compute()}
            for metric, value in sorted(computed.items(), key=lambda item: self.order.get(item[0], len(self.order))):
                values.setdefault(metric, []).append(value)
                summary[key(stage, metric, name)] = value
            losses.reset()
            metrics.reset()
        return summary | {key(stage, metric): torch.stack(found).mean() for metric, found in values.items()}
