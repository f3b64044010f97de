"""Before the first batch: a batch of each set passes net, loss and metrics, so that no run dies of them later."""

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from copy import deepcopy
from inspect import signature
from typing import Any

import torch
from pytorch_lightning.utilities import rank_zero_only
from pytorch_lightning.utilities.seed import isolate_rng
from torch import nn

from ..errors import OptionError, RunError, noting
from ..learning.batches import CLEAN, ONE_SIZE, UnequalItems, is_finite, others, shapes, split_batch, unlike
from ..learning.scores import value_of
from ..learning.terms import counted

say = rank_zero_only(print)
STAGES = {"train": "train", "eval": "val", "test": "test"}  # whose scores a split is counted in


def preflight(trainer: Any, model: Any) -> None:
    """Let some samples of every set pass, and leave no trace of it.

    Raises OptionError for what does not fit; an error in the code of the net or of a dataset keeps its traceback, with
    a note of the set and the shapes.
    """
    data, precision = trainer.datamodule, trainer.precision_plugin
    for split, sets in data.sets.items() if data else ():
        for index, (name, dataset) in enumerate(zip(data.names[split], sets, strict=True)):
            where = f"{name} ({split})"
            with isolate_rng(), untouched(model), precision.forward_context():
                with noting(f"{where} gives no batch", f"look at data/{name}.py"):
                    batch = trainer.strategy.batch_to_device(take_batch(data, dataset, where))
                model.train(split == "train")
                try:
                    output, target = pass_net(model, precision.convert_input(batch), where)
                    if trainer.state.fn != "predict":
                        check_loss(model, output, target, batch)
                        check_metrics(model, STAGES[split], index, output, target)
                except RunError as error:
                    raise OptionError(f"{where}: {error.message}", error.hint) from error


def say_same(data: Any) -> None:
    """Say which dataset is several sets at once, where nothing of it tells them apart."""
    for name in dict.fromkeys(name for names in (data.names.values() if data else ()) for name in names):
        roles = [split for split, names in data.names.items() if name in names]
        if len(roles) > 1 and "split" not in signature(data.load_data_module(name)).parameters:
            same = "its numbers are of what was trained on" if "train" in roles else "the items are the same"
            say(f"{name} is {' and '.join(roles)} set, and its constructor takes no split: {same}")


def take_batch(data: Any, dataset: Any, where: str) -> Any:
    """A few samples of a set. Raises OptionError for items that make no batch."""
    try:
        return data.first_batch(dataset)
    except UnequalItems as error:
        raise OptionError(f"{where}: no batch of {error}", ONE_SIZE) from error


def pass_net(model: Any, batch: Any, where: str) -> tuple[Any, Any]:
    """The net's output for a batch, and the target."""
    name, (inputs, named, target) = model.hparams["model_name"], split_batch(batch, model.net)
    what = f"inputs {shapes(others(batch) if isinstance(batch, dict) else inputs)} of {where}"
    if taken := unlike(inputs, named, model.net):
        raise OptionError(f"{name} does not take {what}, but {taken}", f"let model/{name}.py name what the items hold")
    with noting(f"{name} does not take {what}", f"change model/{name}.py, --net.* or the dataset until they fit"):
        output = model(*inputs, **named)
    if not is_finite((*inputs, named)):
        raise OptionError(f"{what} hold nan or infinity", CLEAN)
    return output, target


def check_loss(model: Any, output: Any, target: Any, batch: Any) -> None:
    """Refuse targets that the loss does not take, or that have no finite loss."""
    value = counted(model.loss, output, target, batch)[0]
    if not value.isfinite():
        cure = "look at the scale of both, or at --loss" if is_finite(target) else f"targets hold nan: {CLEAN}"
        what = f"output {shapes(output)} and target {shapes(target)}"
        raise RunError(f"{type(model.loss).__name__} is {value.item()} for {what}", cure)


def check_metrics(model: Any, stage: str, index: int, output: Any, target: Any) -> None:
    """Refuse metrics that do not take what the net gives, or do not give one number."""
    scores = deepcopy(model.scores)
    place = scores.place(stage, index)
    scores.update(place, torch.tensor(0.0), 1, output, target)
    for name, metric in scores.each(place).items():
        value_of(name, metric)


@contextmanager
def untouched(model: nn.Module) -> Generator[None]:
    """Compute no gradients, warn of nothing, and put back which modules train, and running means and the like."""
    modes = {module: module.training for module in model.modules()}
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    try:
        with torch.no_grad(), warnings.catch_warnings(action="ignore"):  # a few samples may lack a class, say
            yield
    finally:
        for module, training in modes.items():
            module.training = training
        for name in buffers:  # others came with the metrics
            model.get_buffer(name).copy_(buffers[name])
