"""Loss, metrics and confusion matrix of every stage and set, counted batch by batch."""

from collections.abc import Collection
from typing import Any, cast

import torch
from torch import Tensor, nn
from torchmetrics import ConfusionMatrix, Metric, MetricCollection

from .losses import facts, measured
from .metrics import build_metric, key

READABLE = 200  # classes: a confusion matrix of more could not be read


class MeanLoss(Metric):
    """Mean loss over the terms of all batches; nan if one was, where torchmetrics' MeanMetric would leave it out."""

    total: Tensor
    terms: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", default=torch.tensor(0.0), dist_reduce_fx="sum")
        self.add_state("terms", default=torch.tensor(0.0), dist_reduce_fx="sum")

    def update(self, total: Tensor, terms: Any) -> None:
        self.total += total
        self.terms += terms

    def compute(self) -> Tensor:
        return self.total / self.terms


def widened(state: Tensor) -> Tensor:
    """What is added up in 32 bits: sums of half precision soon stand still."""
    return state.float() if state.dtype in (torch.float16, torch.bfloat16) else state


class Scores(nn.Module):
    """The mean loss and one collection of metrics of each stage and set.

    They are never shared and hold sums, not values of batches: right on uneven batches, several sets and processes.

    Args:
        loss: the name of the loss, which tells what metrics get.
        metrics: name of each metric and the arguments of its constructor.
        sets: the sets of each stage, such as {"train": [""], "val": ["a_data", "b_data"]}.
        ignore_index: the class that the loss leaves out.
    """

    def __init__(
        self,
        loss: str,
        metrics: dict[str, dict[str, Any]],
        sets: dict[str, list[str]],
        ignore_index: int | None = None,
    ) -> None:
        super().__init__()
        self.loss, self.args, self.sets, self.ignore_index = loss, metrics, sets, ignore_index
        self.order = {name: place for place, name in enumerate(["loss", *metrics])}
        self.past: dict[str, Any] = {"evaluations": 0, "latest": {}}  # of the training; its checkpoints keep them
        self.losses, self.metrics, self.confusions = nn.ModuleDict(), nn.ModuleDict(), nn.ModuleDict()
        for stage, names in sets.items():
            self.losses.update({key(stage, "scores", name): MeanLoss() for name in names})

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """Move to a device or another precision, as torch does; what is added up keeps 32 bits."""
        return nn.Module._apply(super()._apply(fn, recurse), widened, recurse)

    def prepare(self, output: Any) -> None:
        """Build the metrics, now that an output tells what they want to know. Raises OptionError if it does not."""
        known: dict[str, Any] = facts(self.loss, output) | {"ignore_index": self.ignore_index}
        for place, losses in self.losses.items():
            device = cast(Metric, losses).device
            built = {name: build_metric(name, args, known) for name, args in self.args.items()}
            # torchmetrics would take metrics for one that have counted the same in the first batch.
            self.metrics[place] = MetricCollection(dict(built), compute_groups=False).to(device, torch.float32)
            if known.get("task") in ("binary", "multiclass") and known.get("num_classes", 2) <= READABLE:
                self.confusions[place] = ConfusionMatrix(**known).to(device)

    def place(self, stage: str, set_index: int = 0) -> str:
        """Under which name a stage's set is kept."""
        return key(stage, "scores", self.sets[stage][set_index])

    @torch.no_grad()
    def update(self, place: str, total: Tensor, terms: Any, output: Any, target: Any, confusion: bool = False) -> None:
        """Count one batch of a set: its loss (engine/learning/terms.py), the net's output and the target."""
        if not self.metrics:
            self.prepare(output)
        scores, truth = measured(self.loss, output, target)
        cast(MeanLoss, self.losses[place]).update(total, terms)
        cast(MetricCollection, self.metrics[place]).update(scores, truth)
        if confusion and place in self.confusions:
            cast(Metric, self.confusions[place]).update(scores, truth)

    def compute(self, place: str) -> dict[str, Tensor]:
        """The values of one set, in the order of --metrics; its next epoch starts."""
        losses, metrics = cast(MeanLoss, self.losses[place]), cast(MetricCollection, self.metrics[place])
        values: dict[str, Tensor] = {"loss": losses.compute(), **metrics.compute()}
        losses.reset()
        metrics.reset()
        return dict(sorted(values.items(), key=lambda item: self.order.get(item[0], len(self.order))))

    def summary(self, stage: str, skipped: Collection[str] = ()) -> dict[str, Tensor]:
        """The values of a stage's epoch under their keys, the mean over its sets included.

        A set that was skipped stands there with its latest values.
        """
        latest: dict[str, dict[str, Tensor]] = self.past["latest"]
        values: dict[str, list[Tensor]] = {}
        summary: dict[str, Tensor] = {}
        for name in self.sets[stage]:
            place = key(stage, "scores", name)
            if name not in skipped:
                latest[place] = self.compute(place)
            for metric, value in latest[place].items():
                summary[key(stage, metric, name)] = value = value.to(cast(Metric, self.losses[place]).device)
                values.setdefault(metric, []).append(value)
        return summary | {key(stage, metric): torch.stack(found).mean() for metric, found in values.items()}
