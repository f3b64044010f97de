"""Pieces of the engine, called by themselves with what is rare in a training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from projects import project, python

PROGRAM = """
import json, pathlib
from collections import Counter, UserDict
import main
import numpy as np
import torch
import torchmetrics
from data import DInterface
from jsonargparse import Namespace
from pytorch_lightning.utilities import CombinedLoader, rank_zero_only
from torch import nn
from torchmetrics import Metric
from torchmetrics.text import Perplexity
from utils.top_k import TopK
from engine.choices.building import is_own
from engine.choices.groups import actions_of, arguments
from engine.choices.metrics import R2Score
from engine.checks.health_checks import refuse_own_streams
from engine.checks.readable import numpy_to_python, readable
from engine.checks.samples import detached, with_samples
from engine.errors import OptionError, RunError, as_option_error
from engine.imports import PROJECT
from engine.learning import metrics
from engine.learning.losses import batch_loss
from engine.learning.metrics import build_metric, compute, first_pair, inferred_arguments
from engine.learning.schedulers import refuse_overrun
from engine.learning.scores import Scores
from engine.learning.targets import check_targets
from engine.loading.batches import samples_in, shapes, split_batch
from engine.options.help import first_sentence
from engine.runs.checkpoints import net_options, read_config
from engine.runs.plots import Confusions
from engine.runs import plots
from engine.runs.predictions import columns_of
from engine.runs.run import found_by_finder
from engine.runs.saving import ModelCheckpoint
from engine.runs.seeds import args_of_seed, run_seeds

found = {}
actions = actions_of(main.options().parser)
found["help"] = [each.dest for each in actions if each.help and not first_sentence(each.help)]
shares = torch.tensor([[0.95, 0.05]])
found["shares"] = first_pair("BCEWithLogitsLoss", torch.zeros(1, 2), shares)[1].tolist()
try:
    with as_option_error("what", "hint"):
        error = ValueError("own")
        error.add_note("error: where")
        raise error
except ValueError as error:
    found["noted"] = str(error)
found["numbers"] = found_by_finder({"lr": 1, "mae": {"k": 1}}, {"lr": 2, "mae": 0.5})
files = ["model/a.py", ".venv/lib/site-packages/a.py", "engine/a.py"]
found["own"] = [is_own(PROJECT / file) for file in files]
given = {"net": nn.Identity(), "size": (1, 2), "kind": "(3, 4)"}
class Untyped:
    def __init__(self, net=None, size=0, kind=""): ...
passed = arguments(Untyped, "net", given)
found["objects"] = [passed["net"] is given["net"], *passed["size"], *passed["kind"]]
seeds = {"seed": 1, "batch_size": 64, "patience": 3}
torch.save({"config": seeds | {"batch_size": 512}}, "seed.ckpt")
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
found["texts"] = columns_of({"output": torch.ones(2), "target": ("a", "b")}, "")["target"].tolist()
top, void = TopK(k=1, ignore_index=255), torch.tensor([0, 255, 1])
top.update(torch.tensor([[2.0, 1.0]] * 3), void)
found["ignored"] = top.compute().item()
words = torch.zeros(2, 5, 3)
labels = void.expand(2, 3)
found["perplexity"] = metrics.metric_input(Perplexity(), "NLLLoss", words, labels)[0].shape
masked = nn.BCEWithLogitsLoss()
masked.ignore_index = -1
check_targets("BCEWithLogitsLoss", masked, [torch.zeros(2)], [torch.tensor([1.0, -1.0])])
try:
    empty, target = torch.zeros(2, 0), torch.ones(2).int()
    check_targets("CrossEntropyLoss", nn.CrossEntropyLoss(), [empty], [target])
except RunError as error:
    found["no output"] = error.message


class Both(DInterface):
    def train_dataloader(self):
        return CombinedLoader([super().train_dataloader()] * 2, "max_size")


data = Both("standard_data", batch_size=4)
data.setup("fit")
pair, _, _ = next(iter(with_samples(data).train_dataloader()))
found["combined"] = [len(pair), len(pair[0][1])]
kept = ModelCheckpoint(pathlib.Path("x"), "val_loss", "min", save_top_k=3)
found["kept"] = kept.save_top_k
parser = main.options()
parser.parser.set_defaults({"train_dataset": "standard_data", "eval_datasets": None})
args = parser.parse([])
found["lists"] = [args.train_dataset, args.eval_datasets]
for file in ("seed_1/run.json", "seed_1/results.csv"):
    path = pathlib.Path("Logs/standard_net") / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"status": "done"}' if path.suffix == ".json" else "")
rank_zero_only.rank, started = 1, []
run_seeds(main.options().parse(["--seeds", "1", "2"]), lambda args: started.append(args.seed))
rank_zero_only.rank = 0
found["second process"] = started
torch.save({"config": {"net": {}}}, "foreign.ckpt")
found["net"] = net_options("foreign.ckpt")
try:
    read_config("foreign.ckpt", "test")
except OptionError as error:
    found["foreign"] = error.message
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
norm = nn.BatchNorm1d(1)
weights = norm.state_dict()
del weights["num_batches_tracked"]  # allowed in weights of an old version, which have no metadata
plain = numpy_to_python(Counter({np.int64(3): 1}))
found["counter"] = readable({"a": Counter({"b": torch.tensor(3)})})["a"]["b"].item()
found["plain"] = [type(plain).__name__, *(type(key).__name__ for key in plain)]
found["plain"] += norm.load_state_dict(numpy_to_python(weights), strict=False).missing_keys


class Judge(Metric):
    def __init__(self) -> None:
        super().__init__()
        self.judge = torch.jit.script(nn.Linear(1, 1))
        self.add_state("count", torch.tensor(3), persistent=True)
        self.value = 0.5

    def update(self, preds, target) -> None: ...

    def compute(self):
        return self.value


metrics.find_class = lambda kind, name: Judge
judge = build_metric("judge", {}, {})
judge.update(None, None)
hparams = {"metric_args": {}, "metrics": [], "loss": "MSELoss", "usual_metrics": False}
scores = Scores({**hparams, "eval_datasets": ["a"], "test_datasets": []}, nn.MSELoss())
scores.every[0].metrics["judge"] = judge
scores.are_default, scores.metric_args = True, {"acc": {}}
try:
    scores.refuse_uncomparable(shares, shares, shares, {"digit": shares, "angle": shares})
except RunError as error:
    found["two targets"] = error.message
model = nn.ModuleDict({"net": net, "scores": scores})
found["saved"] = [*model.state_dict()]
found["trained"] = [name for name, _ in model.named_parameters()]
found["computed"] = [compute("judge", judge).item()]
judge.value = torch.tensor(3)
judge.update(None, None)
found["computed"].append(compute("judge", judge).dtype == torch.float32)
found["object"] = inferred_arguments("CrossEntropyLoss", object())
cycle = torch.optim.lr_scheduler.OneCycleLR(torch.optim.SGD(net.parameters()), 0.1, 50)
found["overrun"] = refuse_overrun(cycle, float("inf"))


class Items(torch.utils.data.Dataset):
    def __len__(self):
        return 1


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
items = Items()
items.open = open("main.py")
items.numbers, items.random = [torch.zeros(1)], np.random.default_rng(0)
copied = detached(items, {})
shared = (copied.open, items.open), (copied.numbers[0], items.numbers[0])
own = (copied.numbers, items.numbers), (copied.random, items.random)
found["detached"] = [one is other for one, other in (*shared, *own)]
items = Items()
items.inner = torch.utils.data.ConcatDataset([Items()])
deep = items.inner.datasets[0]
items.random = deep.random = torch.Generator()
copied = detached(torch.utils.data.Subset(items, [0]), {}).dataset
random = copied.inner.datasets[0].random
found["detached deep"] = [copied.random is random, random is deep.random]
items = Items()
items.parts, items.whole = [items], items
copied = detached(items, {})
found["circle"] = [each is copied for each in (items, copied.whole, copied.parts[0])]
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
    "help": [],
    "shares": [[1, 0]],
    "noted": "own",
    "numbers": {"lr": 2},
    "own": [True, False, False],
    "objects": [True, 1, 2, 3, 4],
    "finder": [512, 512, 2],
    "mapping": ["(2, 3) float32", "", "(2,) float32", 2],
    "weighted": [pytest.approx(0.892, abs=0.05)] * 2,
    "two targets": "acc would use only the first of output (1, 2) float32 and target "
    "digit: (1, 2) float32, angle: (1, 2) float32",
    "texts": ["a", "b"],
    "ignored": 0.5,
    "perplexity": [2, 3, 5],
    "no output": "a target is 1, and the net has outputs for 0 to -1",
    "combined": [2, 4],
    "kept": 3,
    "lists": [["standard_data"], []],
    "second process": [1, 2],
    "net": {},
    "foreign": "foreign.ckpt is not a checkpoint of this project: it holds no options of main.py",
    "classes": [None, ["3", "4"], None, None],
    "samples": [2, 2, 4],
    "weightless": [[0]] * 2,
    "counter": 3,
    "overrun": None,
    "plain": ["Counter", "int", "num_batches_tracked"],
    "saved": ["net.weight", "net.bias"],
    "trained": ["net.weight", "net.bias"],
    "computed": [0.5, True],
    "object": {},
    "detached": [True, True, False, False],
    "streams": ["", SHARED, SHARED, ""],
    "detached deep": [True, False],
    "circle": [False, True, True],
}


@pytest.mark.parametrize("piece", EXPECTED)
def test_piece(found: dict[str, Any], piece: str) -> None:
    """Each piece of the engine handles its rare input."""
    assert found[piece] == EXPECTED[piece]
