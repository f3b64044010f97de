"""The kinds that share a folder: what a file is, which names meet, and what main.py sets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import contents
from plgen.commands.add import add
from plgen.commands.check import check
from plgen.commands.listing import listing
from plgen.commands.remove import remove
from plgen.commands.rename import rename
from plgen.errors import NameRefused, PlgenError, UsageError
from plgen.naming.kinds import CALLBACK, DATASET, INTERFACE, KINDS, LOSS, METRIC, Kind
from plgen.project import inventory, register

# A file of utils/ or model/ that no register lists, and the register that should, if any.
FILES = {
    "net of layers": ("model", "from torch import nn\nclass One(nn.Sequential): ...\n", "NETS"),
    "loss": ("utils", "from torch import nn\nclass One(nn.Module):\n{forward}", "LOSSES"),
    "derived loss": (
        "utils",
        "from torch import nn\nclass One(nn.CrossEntropyLoss): ...\n",
        "LOSSES",
    ),
    "metric": ("utils", "from torchmetrics import Metric\nclass One(Metric): ...\n", "METRICS"),
    "metric with a forward": (
        "utils",
        "from torchmetrics import Metric\nclass One(Metric):\n{forward}",
        "METRICS",
    ),
    "scheduler": (
        "utils",
        "from torch.optim import lr_scheduler\nclass One(lr_scheduler.StepLR): ...\n",
        "SCHEDULERS",
    ),
    "callback": (
        "utils",
        "import pytorch_lightning as pl\nclass One(pl.Callback): ...\n",
        "CALLBACKS",
    ),
    "derived callback": (
        "utils",
        "from pytorch_lightning.callbacks import Timer\nclass One(Timer): ...\n",
        "CALLBACKS",
    ),
    "helper": ("utils", "class One: ...\n", None),
    "layer": (
        "utils",
        "from torch import nn\nclass One(nn.Module):\n    def forward(self, x): ...\n",
        None,
    ),
    "net": ("model", "from torch import nn\nclass One(nn.Module): ...\n", "NETS"),
    "interface": (
        "model",
        "from model import MInterface\nclass One(MInterface): ...\n",
        "INTERFACES",
    ),
    "interface by its file": (
        "model",
        "from .model_interface import MInterface as Base\nclass One(Base): ...\n",
        "INTERFACES",
    ),
}
FORWARD = "    def forward(self, output, target): ...\n"


@pytest.mark.parametrize(("folder", "text", "wanted"), FILES.values(), ids=FILES)
def test_what_a_file_is(project: Path, folder: str, text: str, wanted: str | None) -> None:
    """The nearest base class says of which kind a file is; `--fix` registers it there alone."""
    (project / folder / "one.py").write_text(text.format(forward=FORWARD))

    messages = [each.cure for each in check(fix=True).findings]

    assert messages == ([f"add 'one' to {wanted}"] if wanted else [])
    lists = {kind.register for kind in KINDS if "one" in inventory.load(project, kind).names}
    assert lists == ({wanted} if wanted else set())
    assert check().findings == ()


def test_an_interface_of_an_interface(project: Path) -> None:
    """One that is derived from another is one, and main.py sets what MInterface takes."""
    add(INTERFACE, "first_one")
    (project / "model/second_one.py").write_text(
        "from model.first_one import FirstOne\n\n\nclass SecondOne(FirstOne):\n"
        "    def __init__(self, lr: float, depth: int = 2, batch_size: int = 8, **others):\n"
        "        ...\n"
    )

    check(fix=True)

    shown = {
        item.name: ([each.name for each in item.hyperparameters], item.unread)
        for group in listing().groups
        for item in group.items
        if group.kind is INTERFACE
    }
    assert shown == {
        "first_one": (["noise", "width", "image"], None),
        "second_one": (["depth"], "**others"),
    }


def test_the_interface_of_every_project(project: Path) -> None:
    """MInterface is not a module: it cannot be added, renamed or removed."""
    before = contents(project)

    with pytest.raises(NameRefused, match="plgen's template writes"):
        add(INTERFACE, "model_interface")
    with pytest.raises(NameRefused, match="would hide what the file itself imports"):
        add(INTERFACE, "MInterface")
    with pytest.raises(UsageError, match="there is no net"):
        rename("model_interface", "first_one")
    with pytest.raises(UsageError, match="there is no net"):
        remove("model_interface", force=True)

    assert contents(project) == before


PAIRS = [
    (kind, other)
    for kind in KINDS
    for other in KINDS
    if kind is not other and (kind.folder == other.folder or (kind.grouped and other.grouped))
]


@pytest.mark.parametrize(
    ("kind", "other"), PAIRS, ids=[f"{kind.noun} and {other.noun}" for kind, other in PAIRS]
)
def test_one_name_for_two(project: Path, kind: Kind, other: Kind) -> None:
    """Kinds that share a folder, or groups of options, share no name."""
    add(kind, "first_one")
    add(other, "second_one")
    before = contents(project)

    with pytest.raises(NameRefused) as added:
        add(other, "first_one")
    with pytest.raises(NameRefused) as renamed:
        rename("second_one", "first_one")

    for refusal in (added, renamed):
        assert re.search(r"first_one\b.* already |already .*first_one", refusal.value.message)
    assert added.value.hint == f"plgen {other.command} first_one_{other.suffix}"
    assert contents(project) == before


def test_a_name_in_two_registers(project: Path) -> None:
    """A name in two registers is found on both lines, as a file holds one class."""
    add(LOSS, "first_one")
    package = project / LOSS.package
    found = register.read(package.read_bytes(), CALLBACK)
    package.write_bytes(found.written({*found.names, "first_one"}))

    found = check().findings

    assert [(each.code, each.message) for each in found] == [
        ("PLG203", "'first_one' is in LOSSES and in CALLBACKS"),
        ("PLG203", "'first_one' is in CALLBACKS and in LOSSES"),
    ]
    with pytest.raises(UsageError, match="is a loss and a callback") as refusal:
        rename("utils/first_one.py", "second_one")
    assert refusal.value.hint == "plgen check"


def test_a_register_that_is_missing(project: Path) -> None:
    """A missing register is found, also by the command that would edit it."""
    package = project / LOSS.package
    text = package.read_text()
    package.write_text(text.replace("LOSSES = ()\n", "").replace('"LOSSES", ', ""))

    (found,) = check().findings
    with pytest.raises(PlgenError, match="the register LOSSES is missing") as refusal:
        add(LOSS, "first_one")

    cure = 'write LOSSES = ("a_loss", "b_loss") in utils/__init__.py'
    assert (found.code, found.cure, refusal.value.hint) == ("PLG201", cure, cure)


def test_names_of_metrics_are_no_callbacks(project: Path) -> None:
    """The short name of a metric that every project has is the name of a group of options."""
    assert project.is_dir()
    for kind in (DATASET, METRIC, CALLBACK):
        with pytest.raises(NameRefused, match=r"every project has the metric acc"):
            add(kind, "acc")
    assert add(LOSS, "acc").plan.operations
