"""The kinds of classes that are chosen by name, a row for each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning import callbacks
from torch import nn
from torch.nn.modules import loss
from torch.optim import Optimizer, lr_scheduler
from torch.utils import data
from torchmetrics import Metric

from .metrics import MODULES, SHORT

Library = Mapping[str, Any]  # the classes of a library by name

# Callbacks and metrics that cannot be chosen: main.py or the engine does their work, they need code, or
# their values depend on how a set is divided into batches (the last two).
UNSUITED = {
    *("EarlyStopping", "LearningRateMonitor", "ModelCheckpoint", "OnExceptionCheckpoint"),
    *("ModelSummary", "ProgressBar", "RichModelSummary", "RichProgressBar", "TQDMProgressBar"),
    *("BackboneFinetuning", "BaseFinetuning", "BasePredictionWriter", "Callback", "Checkpoint"),
    *("LambdaCallback", "SpikeDetection", "WeightAveraging"),
    *("MeanAveragePrecision", "GeneralizedDiceScore", "SourceAggregatedSignalDistortionRatio"),
}


def classes_of(module: Any, base: type) -> Library:
    """Return the classes of a module that are derived from another one and can be chosen."""
    return {
        name: value
        for name, value in sorted(vars(module).items())
        if isinstance(value, type) and issubclass(value, base) and value is not base and name not in UNSUITED
    }


LOSSES: Library = {name: getattr(nn, name) for name in loss.__all__}
OPTIMIZERS = classes_of(torch.optim, Optimizer)
SCHEDULERS = {name: getattr(lr_scheduler, name) for name in lr_scheduler.__all__ if name != "LRScheduler"}
METRICS = {name: cls for name, (cls, _) in SHORT.items()} | {
    name: cls for module in reversed(MODULES) for name, cls in classes_of(module, Metric).items()
}
CALLBACKS = classes_of(callbacks, pl.Callback)
BALANCED = "balanced"  # it weights each item by its class
SAMPLERS = {**classes_of(data, data.Sampler), BALANCED: data.WeightedRandomSampler}


@dataclass(frozen=True)
class Kind:
    """One kind of classes.

    Attributes:
        noun: its name in messages.
        options: those of main.py that name such classes.
        package: the folder of the project's own classes; empty if it cannot have any.
        register: the tuple of their names in that package.
        group: the part of its options before the dot; if empty, this is the name of the class.
        library: classes that can be chosen as well.
        base: the base class of the project's own classes.
        set_by_project: parameters that the project sets.
        hidden: parameters of the library's classes that are not options: deprecated or without effect.
    """

    noun: str
    options: tuple[str, ...]
    package: str = ""
    register: str = ""
    group: str = ""
    library: Library = field(default_factory=dict[str, Any])
    base: type = object
    set_by_project: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()

    def is_of_library(self, cls: Any) -> bool:
        """Return whether a class belongs to the library, and not to the project."""
        return cls in self.library.values()


NET = Kind("net", ("model_name",), "model", "NETS", "net", base=nn.Module)
DATASET = Kind("dataset", ("train_dataset", "eval_datasets", "test_datasets"), "data", "DATASETS")
LOSS = Kind(
    "loss",
    ("loss",),
    "utils",
    "LOSSES",
    "loss_args",
    LOSSES,
    base=nn.Module,
    hidden=frozenset({"size_average", "reduce", "device", "dtype"}),
)
OPTIMIZER = Kind(
    "optimizer",
    ("optimizer",),
    group="optimizer_args",
    library=OPTIMIZERS,
    set_by_project=frozenset({"params", "lr"}),
)
SCHEDULER = Kind(
    "scheduler",
    ("lr_scheduler",),
    "utils",
    "SCHEDULERS",
    "lr_scheduler_args",
    SCHEDULERS,
    base=lr_scheduler.LRScheduler,
    set_by_project=frozenset({"optimizer", "last_epoch"}),
)
METRIC = Kind("metric", ("metrics",), "utils", "METRICS", library=METRICS, base=Metric)
CALLBACK = Kind("callback", ("callbacks",), "utils", "CALLBACKS", library=CALLBACKS, base=pl.Callback)
INTERFACE = Kind(
    "interface", ("interface",), "model", "INTERFACES", "interface_args", base=pl.LightningModule
)
SAMPLER = Kind(
    "sampler",
    ("sampler",),
    group="sampler_args",
    library=SAMPLERS,
    set_by_project=frozenset({"data_source", "generator"}),
)
KINDS = (NET, DATASET, LOSS, OPTIMIZER, SCHEDULER, METRIC, CALLBACK, INTERFACE, SAMPLER)
LIST_KINDS = tuple(kind for kind in KINDS if not kind.group)  # those whose options take several names
