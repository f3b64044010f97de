"""Pieces of the engine, called by themselves with what is rare in a training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from projects import project, python

PROGRAM = """
import errno, json, pathlib, threading
from collections import UserDict, deque
import engine.runs.seeds
import numpy as np
import torch
import torchmetrics
from jsonargparse import Namespace
from torch import nn
from torchmetrics import Metric
from torchmetrics.text import Perplexity
from utils.top_k import TopK
from engine.checks.health_checks import refuse_own_streams
from engine.checks.samples import detached
from engine.choices.metrics import R2Score
from engine.errors import OptionError
from engine.launch import full_disk
from engine.learning import metrics
from engine.learning.losses import batch_loss
from engine.learning.metrics import build_metric, first_pair
from engine.learning.scores import Scores
from engine.loading.batches import samples_in, shapes, split_batch
from engine.runs import averaging, plots
from engine.runs.loggers import LearningRateMonitor
from engine.runs.plots import Confusions
from engine.runs.run import stopped_message
from engine.runs.saving import ModelCheckpoint
from engine.runs.seeds import args_of_seed

found = {}
shares = torch.tensor([[0.95, 0.05]])
found["shares"] = first_pair("BCEWithLogitsLoss", torch.zeros(1, 2), shares)[1].tolist()
seeds = {"seed": 1, "batch_size": 64, "patience": 3}
engine.runs.seeds.read_config = lambda path, stage: seeds | {"batch_size": 512}
args = args_of_seed(Namespace(config=seeds), 2, pathlib.Path("seeds"), "seed.ckpt")
found["finder"] = [args.batch_size, args.config["batch_size"], args.config["seed"]]
tokens = UserDict(text=torch.zeros(2, 3), label=torch.ones(2))
found["mapping"] = [shapes(part) for part in split_batch(tokens, nn.Identity())]
found["mapping"].append(samples_in(tokens))
predicted = torch.linspace(-1, 1, 100).outer(torch.tensor([10.0, 1.0]))
noise = torch.randn(100, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([2.0, 0.8])
found["weighted"] = [
    metric(multioutput="variance_weighted")(predicted, predicted + noise).item()
    for metric in (R2Score, torchmetrics.R2Score)
]
top, void = TopK(k=1, ignore_index=255), torch.tensor([0, 255, 1])
top.update(torch.tensor([[2.0, 1.0]] * 3), void)
found["ignored"] = top.compute().item()
words = torch.zeros(2, 5, 3)
labels = void.expand(2, 3)
found["perplexity"] = metrics.metric_input(Perplexity(), "NLLLoss", words, labels)[0].shape
drawn = []
plots.draw_confusion = lambda counts, file, title, names: drawn.append(names)


class Stub:
    def __getattr__(self, name):
        return Stub()


for classes in (2, np.array([3, 4]), ("a", "b", "c"), None):
    stub = Stub()
    stub.classes = classes
    stub.names, stub.sets = {"test": ["a"]}, {"test": [stub]}
    plots.data_of = lambda trainer: stub
    stub.scores = Stub()
    stub.scores.confusions = lambda stage: {"a": torch.zeros(2, 2)}
    plots.model_of = lambda trainer: stub
    Confusions(pathlib.Path("x")).draw(None, "test", "test")
found["classes"] = drawn
images, boxes = torch.zeros(3, 8, 8), [{"boxes": torch.zeros(n, 4)} for n in (5, 0)]
ragged = [torch.zeros(3), torch.zeros(1)]
batches = [((images,) * 2, tuple(boxes)), (torch.zeros(2, 3), ragged)]
batches.append((object(), [torch.zeros(3), torch.zeros(4)]))
found["samples"] = [samples_in(batch) for batch in batches]
net, loss = nn.Linear(1, 2), nn.CrossEntropyLoss(weight=torch.tensor([0.0, 1.0]))
target = torch.zeros(3, dtype=torch.long)
batch_loss(loss, net(torch.ones(3, 1)), target, (torch.ones(3, 1), target)).value.backward()
found["weightless"] = net.weight.grad.tolist()


class Judge(Metric):
    def __init__(self) -> None:
        super().__init__()
        self.judge = torch.jit.script(nn.Linear(1, 1))
        self.add_state("count", torch.tensor(3), persistent=True)

    def update(self, preds, target) -> None: ...

    def compute(self): ...


metrics.find_class = lambda kind, name: Judge
hparams = {"metric_args": {}, "metrics": [], "loss": "MSELoss", "usual_metrics": False}
scores = Scores({**hparams, "eval_datasets": ["a"], "test_datasets": []}, nn.MSELoss())
scores.all_scores[0].metrics["judge"] = build_metric("judge", {}, {})
model = nn.ModuleDict({"net": net, "scores": scores})
found["saved"] = [*model.state_dict()]
found["trained"] = [name for name, _ in model.named_parameters()]


class Stream(torch.utils.data.IterableDataset):
    def __iter__(self): ...


def refusal(workers: int, processes: int) -> str:
    loader = torch.utils.data.DataLoader(Stream(), num_workers=workers)
    try:
        trainer = Namespace(train_dataloader={"a": loader}, world_size=processes)
        return refuse_own_streams(trainer) or ""
    except OptionError as error:
        return error.message


found["streams"] = [refusal(1, 1), refusal(2, 1), refusal(0, 2)]
Stream.divides_itself = True
found["streams"].append(refusal(2, 2))
items = torch.utils.data.TensorDataset()
items.open = open("main.py")
items.numbers, items.random = [torch.zeros(1)], np.random.default_rng(0)
copied = detached(items)
shared = (copied.open, items.open), (copied.numbers[0], items.numbers[0])
found["detached"] = [one is other for one, other in (*shared, (copied.random, items.random))]
found["shared"] = 0
for lists in range(5):
    for locks in range(4):  # which cannot be copied
        items = torch.utils.data.TensorDataset()
        vars(items).update({f"list{number}": [object()] for number in range(lists)})
        vars(items).update({f"lock{number}": threading.Lock() for number in range(locks)})
        items.first, items.second = (np.random.default_rng(0) for _ in range(2))
        copied = detached(items)
        found["shared"] += copied.first is items.first or copied.second is items.second
found["unmonitored"] = ModelCheckpoint(pathlib.Path("x"), None, "min", save_top_k=3).save_top_k
found["full"] = full_disk(OSError(errno.ENOSPC, "full", "x/run.json")).message
found["rates"] = LearningRateMonitor("epoch").on_train_batch_start(None, None, None, 5)
last = pathlib.Path("damaged/checkpoints/last.ckpt")
last.parent.mkdir(parents=True)
last.write_text("cut")
found["damaged"] = stopped_message(last.parents[1])
averaging.swa_of, averaging.swa_is_over = (lambda trainer: Stub()), (lambda trainer: True)
averaging.load = lambda path: {"state_dict": {}, averaging.TRAINED: {}}
written = []
strategy = Namespace(barrier=dict, save_checkpoint=lambda *a: written.append(a))
averaging.save_average(Namespace(is_global_zero=True, strategy=strategy), last)
found["averaged"] = written
items, inner = (torch.utils.data.TensorDataset(torch.zeros(1)) for _ in range(2))
items.inner, items.whole = torch.utils.data.StackDataset(a=inner), items
inner.images, items.random = {"train": np.zeros(1)}, np.random.default_rng(0)
inner.rngs, inner.queue = {"a": items.random}, deque([1])
inner.transform = Namespace(rng=items.random)
whole = detached(torch.utils.data.Subset(items, [0])).dataset
copied = whole.inner.datasets["a"]
random = (whole.random, copied.rngs["a"]), (whole.random, copied.transform.rng)
queues = (copied.queue, inner.queue), (whole.random, items.random)
pairs = (copied.images["train"], inner.images["train"]), *random, (whole.whole, whole), *queues
found["detached deep"] = [one is other for one, other in pairs]
pathlib.Path("found.json").write_text(json.dumps(found))
"""


@pytest.fixture
def found(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> dict[str, Any]:
    """Give what the pieces returned."""

    def make(folder: Path) -> None:
        made = project(tmp_path_factory, "pieces", example=False)
        done = python(lab, made, "-c", PROGRAM)
        assert done.returncode == 0, done.stderr
        (made / "found.json").rename(folder / "found.json")

    return json.loads((once(tmp_path_factory, "found-pieces", make) / "found.json").read_text())


SHARED = "Stream would give the same samples to 2 processes or workers"
EXPECTED: dict[str, Any] = {
    "shares": [[1, 0]],
    "finder": [512, 512, 2],
    "mapping": ["(2, 3) float32", "", "(2,) float32", 2],
    "weighted": [pytest.approx(0.892, abs=0.05)] * 2,
    "ignored": 0.5,
    "perplexity": [2, 3, 5],
    "classes": [None, ["3", "4"], None, None],
    "samples": [2, 2, 4],
    "weightless": [[0]] * 2,
    "saved": ["net.weight", "net.bias"],
    "trained": ["net.weight", "net.bias"],
    "detached": [True, True, False],
    "shared": 0,
    "detached deep": [True, True, True, True, False, False],
    "streams": ["", SHARED, SHARED, ""],
    "unmonitored": 1,
    "full": "x/run.json cannot be written: full",
    "rates": None,
    "damaged": "stopped; damaged/checkpoints/last.ckpt cannot be loaded: it is damaged, "
    "or torch.save did not write it",
    "averaged": [],
}


@pytest.mark.parametrize("piece", EXPECTED)
def test_piece(found: dict[str, Any], piece: str) -> None:
    """Each piece of the engine handles its rare input."""
    assert found[piece] == EXPECTED[piece]
