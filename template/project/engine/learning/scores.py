"""Loss, metrics and confusion matrix of every stage and set, counted batch by batch."""

from collections.abc import Collection
from typing import Any, cast

import torch
from torch import Tensor, nn
from torchmetrics import ConfusionMatrix, Metric, MetricCollection

from ..errors import RunError
from .batches import shapes
from .losses import facts, measured
from .metrics import build_metric, key, suited
from .targets import parts

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


def value_of(name: str, metric: Metric) -> Tensor:
    """The value of a metric. Raises RunError if that is not one number.

    It is nan where one sample was counted, and the metric needs more: R2Score has no variance to compare with.
    """
    try:
        value = metric.compute()
    except Exception as error:
        if "at least two samples" in str(error):
            return torch.tensor(torch.nan, device=metric.device)
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise RunError(f"{name} cannot be computed: {reason}", "choose other --metrics") from error
    if not isinstance(value, Tensor) or value.numel() != 1:
        raise RunError(f"{name} gives no single number", f"leave it out, or set --{name}.* so that it does")
    return value.reshape(())


def are_classes(scores: Any, truth: Any, ignored: int | None) -> bool:
    """Whether a confusion matrix can compare them; a loss of one's own may compare something else."""
    if not isinstance(scores, Tensor) or not isinstance(truth, Tensor) or truth.is_floating_point():
        return False
    classes = scores.shape[1] if scores.ndim == truth.ndim + 1 else 2
    return scores.ndim - truth.ndim in (0, 1) and bool(((truth < classes) | (truth == ignored)).all())


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
        usual: whether nobody named the metrics: those that suit the loss were taken.
    """

    def __init__(
        self,
        loss: str,
        metrics: dict[str, dict[str, Any]],
        sets: dict[str, list[str]],
        ignore_index: int | None = None,
        usual: bool = False,
    ) -> None:
        super().__init__()
        self.loss, self.args, self.sets, self.ignore_index = loss, metrics, sets, ignore_index
        self.usual = usual
        self.weight: Any = 0  # of the latest batch that was trained on
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
                told = {name: value for name, value in known.items() if name != "input_format"}
                self.confusions[place] = ConfusionMatrix(**told).to(device)

    def place(self, stage: str, set_index: int = 0) -> str:
        """Under which name a stage's set is kept."""
        return key(stage, "scores", self.sets[stage][set_index])

    @torch.no_grad()
    def update(self, place: str, total: Tensor, terms: Any, output: Any, target: Any, confusion: bool = False) -> None:
        """Count one batch of a set: its loss (engine/learning/terms.py), the net's output and the target.

        Raises RunError for metrics that do not take these.
        """
        if place == self.place("train"):
            self.weight = terms
        cast(MeanLoss, self.losses[place]).update(total, terms)
        if not self.metrics:
            self.prepare(output)
        scores, truth = self.compared(output, target)
        for name, metric in self.each(place).items():
            try:
                metric.update(*suited(getattr(metric, "metric", metric), self.loss, scores, truth))
            except Exception as error:  # whatever torchmetrics or a metric of one's own raises
                what = f"output {shapes(scores)} and target {shapes(truth)}"
                reason = " ".join(f"{type(error).__name__}: {error}".split())
                raise RunError(f"{name} does not take {what}: {reason}", "choose other --metrics") from error
        if confusion and place in self.confusions and are_classes(scores, truth, self.ignore_index):
            cast(Metric, self.confusions[place]).update(scores, truth)

    def compared(self, output: Any, target: Any) -> tuple[Any, Any]:
        """What metrics get, which take one output and one target. Raises RunError if there is none, or several."""
        scores, truth = measured(self.loss, output, target)
        names = ", ".join(self.args)
        if self.args and self.usual and len(parts(target)) > 1:
            message = f"{names} would see the first alone of output {shapes(output)} and target {shapes(target)}"
            hint = f"name them for the first of each, as --metrics {names.replace(',', '')}, or type --metrics alone"
            raise RunError(message, f"{hint} for none")
        if self.args and not (isinstance(scores, Tensor) and isinstance(truth, Tensor)):
            message = f"{names} cannot compare output {shapes(output)} with target {shapes(target)}"
            raise RunError(message, "name other --metrics, or type --metrics alone for none")
        return scores, truth

    def each(self, place: str) -> dict[str, Metric]:
        """The metrics of a set by their names."""
        return dict(cast(MetricCollection, self.metrics[place]).items())

    def compute(self, place: str) -> dict[str, Tensor]:
        """The values of one set, in the order of --metrics; its next epoch starts."""
        losses = cast(MeanLoss, self.losses[place])
        values: dict[str, Tensor] = {"loss": losses.compute()}
        losses.reset()
        for name, metric in self.each(place).items():
            values[name] = value_of(name, metric)
            metric.reset()
        return dict(sorted(values.items(), key=lambda item: self.order[item[0]]))

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
