"""The kinds of classes that are chosen by name. A new kind is one row here, and a register in its package."""

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

Library = Mapping[str, Any]  # the classes of a library by name


def classes_of(module: Any, base: type) -> Library:
    """Return the classes of a module that are derived from another one."""
    found = {name: value for name, value in sorted(vars(module).items()) if isinstance(value, type)}
    return {name: value for name, value in found.items() if issubclass(value, base) and value is not base}


LOSSES: Library = {name: getattr(nn, name) for name in loss.__all__}
OPTIMIZERS = classes_of(torch.optim, Optimizer)
SCHEDULERS: Library = {name: getattr(lr_scheduler, name) for name in lr_scheduler.__all__ if name != "LRScheduler"}
CALLBACKS = classes_of(callbacks, pl.Callback)
BALANCED = "balanced"  # its weights are those of the classes
SAMPLERS = {**classes_of(data, data.Sampler), BALANCED: data.WeightedRandomSampler}
IN_MODEL, IN_DATA = "of model/model_interface.py", "of data/data_interface.py"


@dataclass(frozen=True)
class Kind:
    """One kind of classes.

    Attributes:
        noun: what messages call it.
        options: those of main.py that name such classes.
        package: the folder of the project's own; empty if there can be none.
        register: the tuple of their names in that package.
        group: the options of a class before the dot; if empty, those of each class stand under its own name.
        library: classes that can be chosen as well.
        base: what the project's own are derived from.
        given: parameters that the project gives.
        hidden: parameters of the library's classes that are no options, as they are deprecated or change nothing.
        method: the method of an interface in which code can build one, with its file.
    """

    noun: str
    options: tuple[str, ...]
    package: str = ""
    register: str = ""
    group: str = ""
    library: Library = field(default_factory=dict[str, Any])
    base: type = object
    given: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    method: str = ""


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
    method=f"configure_loss {IN_MODEL}",
)
OPTIMIZER = Kind(
    "optimizer",
    ("optimizer",),
    group="optimizer_args",
    library=OPTIMIZERS,
    given=frozenset({"params", "lr"}),
    method=f"configure_optimizers {IN_MODEL}",
)
SCHEDULER = Kind(
    "scheduler",
    ("lr_scheduler",),
    "utils",
    "SCHEDULERS",
    "lr_scheduler_args",
    SCHEDULERS,
    base=lr_scheduler.LRScheduler,
    given=frozenset({"optimizer", "last_epoch"}),
    method=f"configure_optimizers {IN_MODEL}",
)
METRIC = Kind("metric", ("metrics",), "utils", "METRICS")
CALLBACK = Kind("callback", ("callbacks",), "utils", "CALLBACKS", library=CALLBACKS, base=pl.Callback)
INTERFACE = Kind("interface", ("interface",), "model", "INTERFACES", "interface_args", base=pl.LightningModule)
SAMPLER = Kind(
    "sampler",
    ("sampler",),
    group="sampler_args",
    library=SAMPLERS,
    given=frozenset({"data_source", "generator"}),
    method=f"train_dataloader {IN_DATA}",
)
KINDS = (NET, DATASET, LOSS, OPTIMIZER, SCHEDULER, METRIC, CALLBACK, INTERFACE, SAMPLER)
