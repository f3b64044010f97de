"""The mean loss, the metrics and the confusion matrix of every stage and set, updated batch by batch."""

from collections.abc import Collection, Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn
from torchmetrics import ConfusionMatrix, Metric

from ..contract import Model
from ..errors import RunError, one_line
from ..loading.batches import shapes
from ..loading.processes import is_repeat
from .losses import BatchLoss, batch_loss, library_equivalent
from .metrics import build_metric, compute, first_pair, inferred_arguments, key, metric_input
from .targets import as_parts

RENAME_TERM = "give it another name, of letters, digits and underscores"
MAX_CLASSES = 200  # a confusion matrix of more could not be read


class MeanLoss(Metric):
    """A weighted mean that keeps NaN. torchmetrics' MeanMetric waits for the GPU to look for NaN."""

    total: Tensor
    weight: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", default=torch.tensor(0.0), dist_reduce_fx="sum")
        self.add_state("weight", default=torch.tensor(0.0), dist_reduce_fx="sum")

    def update(self, total: Tensor, weight: Any) -> None:
        self.total += total
        self.weight += weight

    def compute(self) -> Tensor:
        return self.total / self.weight


class SetScores(nn.Module):
    """The scores of one set, as sums over batches: correct for uneven batches and for several processes.

    Attributes:
        terms: the means of the named terms that your own loss returns beside its value.
        metrics: by their names, in the order of --metrics.
        confusion: None where the loss is not for classes.
        updated: whether the epoch had a batch, even one that another process counts. Scores without a
            batch, such as those that your own interface does not update, are not logged.
    """

    def __init__(self) -> None:
        super().__init__()
        self.loss = MeanLoss()
        self.terms: dict[str, MeanLoss] = {}  # of the loss, while an epoch lasts
        self.metrics: dict[str, Metric] = {}
        self.confusion: Metric | None = None
        self.updated = False

    def build(self, metric_args: dict[str, dict[str, Any]], inferred: dict[str, Any]) -> None:
        """Build the metrics, with the arguments that follow from the first output."""
        device = self.loss.device
        self.metrics = {
            name: build_metric(name, args, inferred).to(device) for name, args in metric_args.items()
        }
        self.registered = nn.ModuleList(self.metrics.values())
        if inferred.get("task") in ("binary", "multiclass") and inferred.get("num_classes", 2) <= MAX_CLASSES:
            known = {name: value for name, value in inferred.items() if name != "input_format"}
            self.confusion = ConfusionMatrix(**known).to(device)

    def update_losses(self, batch: BatchLoss, metrics: Collection[str]) -> None:
        """Add the loss of a batch and its terms.

        Raises RunError for a term that cannot be logged, and for other terms than those of the last batch.
        """
        names = sorted(batch.terms)
        for name in names:
            if name in ("loss", "loss_step", *metrics):  # train_loss_step is logged by MInterface
                raise RunError(f"the loss returns a term {name!r}, which is logged already", RENAME_TERM)
            if not name.isidentifier():
                raise RunError(f"the loss returns a term {name!r}, which is not a name", RENAME_TERM)
        if not self.loss.update_called:
            self.terms = {name: MeanLoss().to(self.loss.device) for name in names}
        if names != [*self.terms]:
            before, now = (", ".join(each) or "none" for each in (self.terms, names))
            message = f"the loss returns the terms {now}, and for another batch of the epoch {before}"
            raise RunError(message, "return the same terms for every batch")
        value = batch.value.detach().float()  # half precision ends at 65504
        self.loss.update(value if batch.is_sum else value * batch.weight, batch.weight)
        for name in names:
            self.terms[name].update(batch.terms[name].float() * batch.weight, batch.weight)

    def compute(self) -> dict[str, Tensor]:
        """Return the mean loss with its terms, and the metrics, which start over."""
        metrics: dict[str, Metric] = {"loss": self.loss, **self.terms, **self.metrics}
        values = {name: compute(name, metric) for name, metric in metrics.items()}
        for metric in metrics.values():
            metric.reset()
        self.terms, self.updated = {}, False
        return values


class Scores(nn.Module):
    """The scores of each stage and set, never shared between two of them.

    Args:
        hparams: of MInterface: the names of loss, metrics and sets, and the arguments of the metrics.
        loss: the loss; metrics use its `ignore_index` too.
    """

    def __init__(self, hparams: Mapping[str, Any], loss: nn.Module) -> None:
        super().__init__()
        metrics, args = hparams["metrics"] or [], hparams["metric_args"] or {}
        self.metric_args: dict[str, dict[str, Any]] = {name: args.get(name, {}) for name in metrics}
        self.loss_name = library_equivalent(hparams["loss"])
        self.ignore_index = getattr(loss, "ignore_index", None)
        self.usual_metrics = bool(hparams["usual_metrics"])  # --metrics was not given
        self.weight: Any = None  # of the training batch, for Accumulation; None before `update` and for a sum
        self.built = False
        sets = {"train": [""], "val": hparams["eval_datasets"] or [], "test": hparams["test_datasets"] or []}
        self.sets = {stage: {name: SetScores() for name in names} for stage, names in sets.items()}
        # A plain list, which registers no modules: a net in a metric must not be trained, averaged or saved.
        self.all_scores = [each for named in self.sets.values() for each in named.values()]

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """Move to a device or another precision; sums keep 32 bits: half-precision sums stop growing."""
        for each in self.all_scores:
            nn.Module._apply(each, fn, recurse)
            nn.Module._apply(each, in_32_bits, recurse)
        return super()._apply(fn, recurse)

    compute_loss = staticmethod(batch_loss)  # the loss of a batch, its weight and its named terms

    def update(
        self, model: Model, loss: BatchLoss, output: Any, target: Any, batch_idx: int, set_index: int = 0
    ) -> None:
        """Add the loss and the metrics of a batch to those of its stage and set.

        Raises RunError for an output and a target that the metrics do not take.
        """
        trainer = model.trainer
        stage = "train" if trainer.training else "test" if trainer.testing else "val"
        scores = list(self.sets[stage].values())[set_index]
        if scores.loss.device != trainer.strategy.root_device:  # FSDP moves only the modules that it finds
            self.to(trainer.strategy.root_device)
        scores.updated = True
        if stage == "train":
            self.weight = None if loss.is_sum else loss.weight  # a sum already counts each of its samples
        elif is_repeat(trainer, batch_idx, set_index):
            return
        with torch.no_grad():
            scores.update_losses(loss, self.metric_args)
            self.update_metrics(scores, output, target, confusion=trainer.state.fn != "fit")

    def update_metrics(self, scores: SetScores, output: Any, target: Any, confusion: bool) -> None:
        """Add a batch to the metrics of a set, and, if `confusion` is set, to its confusion matrix."""
        if not self.built:
            self.built, inferred = True, inferred_arguments(self.loss_name, output)
            for each in self.all_scores:
                each.build(self.metric_args, inferred | {"ignore_index": self.ignore_index})
        predicted, truth = first_pair(self.loss_name, output, target)
        self.refuse_uncomparable(predicted, truth, output, target)
        for name, metric in scores.metrics.items():
            try:
                metric.update(*metric_input(metric, self.loss_name, predicted, truth))
            except Exception as error:  # torchmetrics and your own metrics raise any kind
                what = f"output {shapes(predicted)} and target {shapes(truth)}"
                reason = one_line(f"{type(error).__name__}: {error}")
                hint = "choose other --metrics, or log what needs more in shared_step of MInterface"
                raise RunError(f"{name} does not take {what}: {reason}", hint) from error
        if confusion and scores.confusion and are_classes(predicted, truth, self.ignore_index):
            scores.confusion.update(predicted, truth)

    def refuse_uncomparable(self, predicted: Any, truth: Any, output: Any, target: Any) -> None:
        """Raise RunError for several outputs or targets, or none, which metrics cannot compare."""
        names = ", ".join(self.metric_args)
        targets = as_parts(tuple(target.values()) if isinstance(target, dict) else target)
        if names and self.usual_metrics and len(targets) > 1:
            what = f"output {shapes(output)} and target {shapes(target)}"
            hint = f"to use the first of each, type --metrics {' '.join(self.metric_args)}"
            message = f"{names} would use only the first of {what}"
            raise RunError(message, f"{hint}, or --metrics without names for none")
        if names and not (isinstance(predicted, Tensor) and isinstance(truth, Tensor)):
            message = f"{names} cannot compare output {shapes(predicted)} with target {shapes(truth)}"
            raise RunError(message, "choose other --metrics, or type --metrics without names for none")

    def compute(self, stage: str) -> dict[str, Tensor]:
        """Return the values of a stage's epoch by key, such as `val_acc/<set>` and their mean `val_acc`."""
        values: dict[str, list[Tensor]] = {}
        keyed: dict[str, Tensor] = {}
        for set_name, scores in self.sets[stage].items():
            for name, value in scores.compute().items() if scores.updated else ():
                keyed[key(stage, name, set_name)] = value
                values.setdefault(name, []).append(value)
        return keyed | {key(stage, name): torch.stack(each).mean() for name, each in values.items()}

    def confusions(self, stage: str) -> dict[str, Tensor]:
        """Return the confusion matrices (classes, classes) of the sets of a stage, which start over."""
        matrices: dict[str, Tensor] = {}
        for name, scores in self.sets[stage].items():
            if scores.confusion:
                matrices[name] = cast(Tensor, scores.confusion.compute())
                scores.confusion.reset()
        return matrices


def in_32_bits(state: Tensor) -> Tensor:
    return state.float() if state.dtype in (torch.float16, torch.bfloat16) else state


def are_classes(predicted: Any, truth: Any, ignored: int | None) -> bool:
    """Return whether a confusion matrix can compare them; your own loss may compare something else."""
    if not isinstance(predicted, Tensor) or not isinstance(truth, Tensor) or truth.is_floating_point():
        return False
    classes = predicted.shape[1] if predicted.ndim == truth.ndim + 1 else 2
    return predicted.ndim - truth.ndim in (0, 1) and bool(((truth < classes) | (truth == ignored)).all())
