"""Losses, schedulers and callbacks of one's own that cannot be used cost two lines, and no run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from own_modules import enter, write
from plgen.commands.new import new
from projects import TINY, drive, outcomes, require_refusal

LOSS = """
from torch import nn
from torch.nn import functional


class {name}(nn.Module):
    def forward(self, output, target):
        loss = functional.cross_entropy(output, target, reduction="none")
        return {returned}
"""
RETURNED = {
    "DictLoss": '{"loss": loss.mean()}',
    "TupleLoss": "loss.mean(), loss.sum()",
    "EmptyLoss": "{}",
    "NumberLoss": "loss.mean().item()",
    "NoneLoss": "None",
    "VectorLoss": "loss",
    "SpacedLoss": 'loss.mean(), {"two words": loss.mean()}',
    "MetricLoss": 'loss.mean(), {"acc": loss.mean()}',
    "TotalLoss": 'loss.mean(), {"loss": loss.mean()}',
    "TextLoss": 'loss.mean(), {"note": "fine"}',
    "TermsLoss": 'loss.mean(), {"parts": loss}',
    "RowLoss": "loss.mean().reshape(1)",
}
TASK = """
from torch import nn


class TaskLoss(nn.CrossEntropyLoss):
    task = "pixels"
"""
SCHEDULER = """
from torch.optim.lr_scheduler import LRScheduler


class SlowScheduler(LRScheduler):
    def __init__(self, optimizer, total_steps: int):
        self.total_steps = total_steps
        super().__init__(optimizer)
"""
STREAM = """
import torch
from torch.utils.data import IterableDataset


class StreamData(IterableDataset):
    def __iter__(self):
        for index in range(16):
            yield torch.zeros(1, 28, 28), index % 10
"""
CALLBACK = """
from pytorch_lightning import Callback


class StreamData(Callback):
    pass
"""
UNSIZED = """
import torch
from torch.utils.data import Dataset


class UnsizedData(Dataset):
    def __getitem__(self, index):
        return torch.zeros(1, 28, 28), 0
"""
LENGTH = "\n    def __len__(self):\n        return 16\n"
HALF = ("--trainer.limit_train_batches=0.5", "--lr_scheduler=null")
ACCEPTED = {
    "a share of a stream with a length": ["--train_dataset=sized_data", *HALF],
    "a loss in a row": ["--loss=row_loss"],
}
MODULES = {
    **{
        f"{name.removesuffix('Loss').lower()}_loss": LOSS.format(name=name, returned=returned)
        for name, returned in RETURNED.items()
    },
    "task_loss": TASK,
    "classless_loss": "VALUE = 1\n",
    "slow_scheduler": SCHEDULER,
    "stream_data": STREAM,
    "sized_data": STREAM.replace("StreamData", "SizedData") + LENGTH,
    "empty_data": STREAM.replace("StreamData", "EmptyData").replace("range(16)", "range(0)"),
    "unsized_data": UNSIZED,
    "odd_metric": "class OddMetric: ...\n",
}
STREAMED = "--train_dataset=stream_data"
FORM = "let its forward return one number, such as loss.mean(), or that and a dict of named terms"
RENAME = "give it another name, of letters, digits and underscores"
REFUSED = {
    "no items": (
        ["--train_dataset=empty_data"],
        "empty_data (train) has no items",
        "data/empty_data.py",
    ),
    "no size": (
        ["--test_datasets=unsized_data"],
        "unsized_data has no length",
        "write __len__ in data/unsized_data.py",
    ),
    "no metric": (
        ["--metrics", "odd_metric"],
        "OddMetric in utils/odd_metric.py is not a subclass of Metric",
        "class OddMetric(Metric):",
    ),
    "share of a stream": (
        [STREAMED, "--lr_scheduler=null", "--trainer.limit_train_batches=0.5"],
        "`Trainer(limit_train_batches)` must be `1.0` or an int",
        "--help",
    ),
    "warmup of a stream": (
        [STREAMED, "--lr_scheduler=null", "--warmup=0.1", "--trainer.limit_train_batches=1.0"],
        "is a share of the training, whose length is not known",
        "--trainer.max_steps N",
    ),
    "dict": (["--loss=dict_loss"], "DictLoss returns loss: () float32, not a tensor", FORM),
    "tuple": (["--loss=tuple_loss"], "TupleLoss returns () float32, () float32, not a", FORM),
    "empty": (["--loss=empty_loss"], "EmptyLoss returns dict, not a tensor", FORM),
    "number": (["--loss=number_loss"], "NumberLoss returns float, not a tensor", FORM),
    "none": (["--loss=none_loss"], "NoneLoss returns NoneType, not a tensor", FORM),
    "vector": (["--loss=vector_loss"], "VectorLoss returns (4,) float32, not a tensor", FORM),
    "spaced": (["--loss=spaced_loss"], "a term 'two words', which is not a name", RENAME),
    "metric": (
        ["--loss=metric_loss", "--metrics", "acc"],
        "a term 'acc', which is logged already",
        RENAME,
    ),
    "total": (["--loss=total_loss"], "a term 'loss', which is logged already", RENAME),
    "text": (["--loss=text_loss"], "TextLoss, term 'note', returns str, not a tensor", FORM),
    "terms": (
        ["--loss=terms_loss"],
        "TermsLoss, term 'parts', returns (4,) float32, not a tensor",
        FORM,
    ),
    "task": (
        ["--loss=task_loss"],
        "task of TaskLoss is 'pixels'",
        "set `task` in utils/task_loss.py to one of 'classes', 'labels', 'numbers'",
    ),
    "classless": (
        ["--loss=classless_loss"],
        "utils/classless_loss.py must hold exactly one class called ClasslessLoss",
        "write it, in any upper and lower case",
    ),
    "no end": (
        ["--lr_scheduler=slow_scheduler", "--trainer.max_epochs=-1"],
        "slow_scheduler needs to know how long the training is",
        "add --trainer.max_steps N",
    ),
    "no length": (
        ["--lr_scheduler=slow_scheduler", STREAMED, "--trainer.limit_train_batches=1.0"],
        "slow_scheduler needs to know how long the training is",
        "add --trainer.max_steps N",
    ),
    "two kinds": (
        ["--callbacks", "stream_data", STREAMED],
        "--stream_data.* would be the options of dataset stream_data and of callback stream_data",
        "rename one of them, or choose another",
    ),
}


@pytest.fixture
def tried(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> dict[str, Any]:
    """Give what became of each command line."""

    def make(results: Path) -> None:
        folder = results.parent / "sample"
        made = new(str(folder), {"author": "", "example": False}, git=False).path
        write(made, MODULES)
        (made / "utils/stream_data.py").write_text(CALLBACK)
        enter(made, "utils", "CALLBACKS", "stream_data")
        refused = [(case, typed) for case, (typed, _, _) in REFUSED.items()]
        cases = [(case, [*TINY, *typed]) for case, typed in [*refused, *ACCEPTED.items()]]
        drive(lab, made, "options.py", cases, results)

    return outcomes(tmp_path_factory, "unfit-modules", make)


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted(tried: dict[str, Any], case: str) -> None:
    """Lightning knows how many batches a share is, and a row of one number is a number."""
    found = tried[case]

    assert (found["code"], found["traceback"]) == (0, ""), found["stderr"]


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tried: dict[str, Any], case: str) -> None:
    """The error says what is wrong, the help what to write or to type."""
    _, error, cure = REFUSED[case]

    require_refusal(tried[case], error, cure)
