"""The parts: a project's own win, their errors have a place, and what they make works at once."""

from __future__ import annotations

import ast
import csv
import os
import sys
from pathlib import Path

import pytest
from conftest import Render, contents, run
from plgen.commands.add import add
from plgen.errors import NameRefused, PlgenError
from plgen.naming import names, words
from plgen.naming.kinds import (
    CALLBACK,
    DATASET,
    INTERFACE,
    KINDS,
    LOSS,
    METRIC,
    NET,
    SCHEDULER,
    Kind,
)
from projects import python

HOUSE_STYLE = '''"""{{ module_name }}, in the style of the house."""

from torch import nn


class {{ class_name }}(nn.Module):
    def __init__(
        self,
        width: int = 8,  # units
    ) -> None:
        super().__init__()
'''


def override(project: Path, text: str) -> None:
    """Give the project a part of its own for nets."""
    folder = project / ".plgen/parts"
    folder.mkdir(parents=True)
    (folder / "net.py.jinja").write_text(text)


def test_override(project: Path) -> None:
    """The project's part wins over the built-in one, and gets the parameters alike."""
    override(project, HOUSE_STYLE)

    add(NET, "first_one", ["depth:int=3"])
    add(METRIC, "first_one")

    text = (project / "model/first_one.py").read_text()
    assert text.startswith('"""first_one, in the style of the house."""\n')
    assert "\nclass FirstOne(nn.Module):\n" in text
    assert "        width: int = 8,  # units\n        depth: int = 3,\n    ) -> None:\n" in text
    assert text.endswith("        super().__init__()\n        self.depth = depth\n")
    assert "torchmetrics" in (project / "utils/first_one.py").read_text()


OWN: list[tuple[Kind, str, float]] = [
    (NET, "width:int", 16),
    (DATASET, "noise:float", 0.1),
    (METRIC, "top:int", 3),
    (LOSS, "smoothing:float", 0.1),
    (SCHEDULER, "lowest:float", 0.1),
    (CALLBACK, "order:float", 1.0),
    (INTERFACE, "noise:int", 16),
]


@pytest.mark.parametrize(("kind", "typed", "value"), OWN, ids=[kind.noun for kind, *_ in OWN])
@pytest.mark.parametrize("more", [[], ["depth:int=3"]], ids=["alone", "with another"])
def test_parameter_that_the_part_has(
    project: Path, kind: Kind, typed: str, value: float, more: list[str]
) -> None:
    """It gets the default that was typed, and stands where it stood."""
    add(kind, "first_one", [f"{typed}={value}", *more])

    file = kind.file("first_one")
    text = (project / file).read_text()
    assert text.count(f"{typed.replace(':', ': ')} = {value}") == 1
    assert text.count(f"        {typed.partition(':')[0]}: ") == 1 + ("\n        self,\n" in text)
    assert add(kind, "first_one", [f"{typed}={value}", *more]).plan.operations == ()
    with pytest.raises(NameRefused, match="already exists, and differs"):
        add(kind, "first_one", [f"{typed}=7"])
    for command in (["check"], ["format", "--check"]):
        done = run(sys.executable, "-m", "ruff", *command, project)
        assert done.returncode == 0, done.stdout


FILLED_IN = "{{ class_name }} and {{ module_name }} are filled in, and nothing else"
BROKEN = {
    "misspelt variable": ("\n\n{{ clas_name }}\n", f":3: {FILLED_IN}"),
    "expression": ("{{ ''.__class__.__mro__[1].__subclasses__() }}", f":1: {FILLED_IN}"),
    "statement": ('\n{% include "metric.py.jinja" %}', f":2: {FILLED_IN}"),
    "comment": ("{# mine #}", f":1: {FILLED_IN}"),
    "no Python": ("class {{ class_name }}\n", " renders to invalid Python: model/first_one.py:1: "),
    "no class": ("x = 1\n", " defines no class FirstOne"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_override(project: Path, text: str, message: str) -> None:
    """An error in a part of the project is said with its place, and nothing is written."""
    override(project, text)
    before = contents(project)

    with pytest.raises(PlgenError) as refusal:
        add(NET, "first_one")

    assert f".plgen/parts/net.py.jinja{message}" in refusal.value.message
    assert refusal.value.hint
    assert contents(project) == before


PRIVATE = 'class {{ class_name }}: """precious"""\n'


@pytest.mark.parametrize("link", [".plgen/parts/net.py.jinja", ".plgen/parts", ".plgen"])
def test_links_out_of_the_project(project: Path, link: str) -> None:
    """A part is not read from outside of the project, by whatever link."""
    outside = project.parent / "outside"
    (outside / ".plgen/parts").mkdir(parents=True)
    (outside / ".plgen/parts/net.py.jinja").write_text(PRIVATE)
    (project / link).parent.mkdir(parents=True, exist_ok=True)
    (project / link).symlink_to(outside / link)

    with pytest.raises(PlgenError, match=rf"^{link} is a link"):
        add(NET, "first_one")

    assert not (project / "model/first_one.py").exists()


@pytest.mark.parametrize("decorator", ["", "import dataclasses\n@dataclasses.dataclass\n"])
def test_override_without_a_constructor(project: Path, decorator: str) -> None:
    """A part without a constructor takes no `--param`, and is good for a name alone."""
    override(project, f"{decorator}class {{{{ class_name }}}}:\n    depth: int = 3\n")
    before = contents(project)

    with pytest.raises(PlgenError, match="FirstOne has no constructor that takes --param"):
        add(NET, "first_one", ["depth:int=3"])

    assert contents(project) == before
    assert add(NET, "first_one").plan.operations


def test_class_that_the_part_imports(project: Path) -> None:
    """A name whose class would hide what the file imports is refused, with another one."""
    override(project, "from lab import Block as Stem\nclass {{ class_name }}(Stem): ...\n")

    with pytest.raises(NameRefused, match="its class would hide what") as refusal:
        add(NET, "stem")

    assert refusal.value.hint == "plgen add-model stem_net"
    assert not (project / "model/stem.py").exists()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_what_the_parts_import_is_reserved(project: Path, kind: Kind) -> None:
    """No module can have a class that is called like what its own part imports."""
    added = add(kind, "first_one", ["act:Literal['a']=a"])
    tree = ast.parse((project / added.file).read_bytes())
    imported = {node.name for node in ast.walk(tree) if isinstance(node, ast.alias)}

    assert "Literal" in imported
    for name in filter(str.istitle, imported):
        with pytest.raises(NameRefused):
            names.decide(name.lower(), kind)


# What an independent look finds in the metric's first blank, and the attributes that PyTorch has.
SCRIPT = """
import runpy, sys
import pytorch_lightning as pl
import torch
from torch import nn
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import Dataset
from torchmetrics import Metric
from utils.first_metric import FirstMetric

torch.manual_seed(0)
metric, hits, total = FirstMetric(top=2), 0, 0
for size in (5, 1, 8):
    output, target = torch.randn(size, 4, 3), torch.randint(4, (size, 3))
    metric.update(output, target)
    for row, labels in zip(output.permute(0, 2, 1).reshape(-1, 4), target.reshape(-1)):
        hits += int(labels) in sorted(range(4), key=lambda i: -row[i])[:2]
        total += 1
assert metric.compute().item() == torch.tensor(hits / total).item()

bases = {"metric": Metric, "scheduler": LRScheduler, "callback": pl.Callback}
bases |= {"interface": pl.LightningModule, "": nn.Module, "dataset": Dataset}
for noun, base in bases.items():
    names = (name for name in dir(base) if not name.startswith(("_", "on_")))
    print("attributes:", noun, *names)
runpy.run_path("main.py", run_name="__main__")
sys.argv[1:] = ["--interface", "first_interface", "--run_name", "second", "--trainer.max_epochs=1"]
sys.argv += ["--trainer.limit_train_batches=4", "--trainer.accelerator=cpu"]
runpy.run_path("main.py", run_name="__main__")
"""


@pytest.fixture
def whole(render: Render, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project with its whole engine, which the test is in."""
    monkeypatch.chdir(render())
    return Path.cwd()


@pytest.mark.skipif(os.name == "nt", reason="the same everywhere, and it takes long")
def test_trained(lab: Path, whole: Path) -> None:
    """A new net, with parameters as options, learns a new dataset; the new metric is right."""
    add(
        NET,
        "first_net",
        ["depth:int=2", "act:Literal['relu','gelu']='relu'", "sizes:tuple[int,...]=()"],
    )
    add(NET, "second_net", other="first_net")
    add(DATASET, "first_data", ["root:str=there", "crop:int|None=None"])
    for kind in (METRIC, LOSS, SCHEDULER, CALLBACK, INTERFACE):
        add(kind, f"first_{kind.noun}", ["weight:float=1"])
    chosen = ["--loss=first_loss", "--lr_scheduler=first_scheduler", "--callbacks=first_callback"]
    sets = [f"--{role}=first_data" for role in ("train_dataset", "eval_datasets", "test_datasets")]
    options = ["--net.depth=3", "--net.act=gelu", "--net.sizes=[1,2]", "--first_data.crop=4"]

    done = python(
        *(lab, whole, "-c", SCRIPT, "--model_name=second_net", *sets, *options, *chosen),
        *("--metrics", "acc", "first_metric", "--first_metric.top=2", "--run_name=first"),
        *("--trainer.max_epochs=2", "--trainer.accelerator=cpu", "--lr=0.01"),
    )

    assert done.returncode == 0, done.stderr
    with (whole / "Logs/second_net/first/results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["stage"] for row in rows] == ["val", "test"]
    assert all(float(row["acc"]) > 0.9 for row in rows)
    assert all(float(row["first_metric"]) >= float(row["acc"]) for row in rows)
    config = (whole / "Logs/second_net/first/config.yaml").read_text()
    assert "depth: 3" in config
    assert "act: gelu" in config
    with (whole / "Logs/second_net/first/metrics.csv").open(newline="") as file:
        assert {"weight_norm", "lr-AdamW"} <= {*(csv.DictReader(file).fieldnames or ())}
    with (whole / "Logs/example_net/second/results.csv").open(newline="") as file:
        assert all(float(row["loss_d"]) > 0 for row in csv.DictReader(file))
    lines = [line for line in done.stdout.splitlines() if line.startswith("attributes:")]
    assert len(lines) == 6
    for line in lines:
        _, noun, *attributes = line.split(" ")
        assert words.ATTRIBUTES | words.ATTRIBUTES_OF.get(noun, frozenset()) >= {*attributes}
