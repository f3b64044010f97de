"""Each code of `plgen check` by the smallest breach that has it, and what `--fix` does about it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, contents
from plgen.commands.check import check

NET = "from torch import nn\n\n\nclass {}(nn.Module):\n    pass\n"
Break = Callable[[Path], object]


def write(file: str, text: str) -> Break:
    """Return what writes a file of a project."""
    return lambda project: (project / file).write_text(text)


def net(name: str, held: str) -> Break:
    """Return what writes a file of model/ that holds a net."""
    return write(f"model/{name}.py", NET.format(held))


def register(*names: str, also: Break = lambda _: None) -> Break:
    """Return what makes the register of nets hold these names."""

    def change(project: Path) -> None:
        also(project)
        file = project / "model/__init__.py"
        listed = "".join(f'    "{name}",\n' for name in names)
        text = re.sub(
            r"NETS = \(.*?\n\)", f"NETS = (\n{listed})", file.read_text(), flags=re.DOTALL
        )
        file.write_text(text)

    return change


def all_of(*steps: Break) -> Break:
    """Return what does all of it."""
    return lambda project: [step(project) for step in steps]


def link(project: Path) -> None:
    """Put a link that leads nowhere in place of a net."""
    (project / "model/standard_net.py").unlink()
    (project / "model/standard_net.py").symlink_to("nowhere.py")


OURS = ("example_net", "standard_net")
# A change of a clean project, the code that is found, and whether `--fix` makes it clean.
BROKEN: dict[str, tuple[Break, list[str], bool]] = {
    "no main.py": (lambda p: (p / "main.py").unlink(), ["main.py:1 PLG101"], False),
    "no interface": (
        lambda p: (p / "data/data_interface.py").unlink(),
        ["data/__init__.py:3 PLG401", "data/data_interface.py:1 PLG101"],
        False,
    ),
    "no package": (
        lambda p: (p / "utils/__init__.py").unlink(),
        ["utils/__init__.py:1 PLG101"],
        False,
    ),
    "import of nothing": (
        write("model/a.py", "\nfrom model.standard_net import Gone\n"),
        ["model/a.py:2 PLG401"],
        False,
    ),
    "package not required": (write("utils/a.py", "import timm\n"), ["utils/a.py:1 PLG402"], False),
    "register missing": (
        write("utils/__init__.py", "LOSSES = ()\nSCHEDULERS = ()\nCALLBACKS = ()\n"),
        ["utils/__init__.py:1 PLG201"],
        False,
    ),
    "register computed": (
        write(
            "utils/__init__.py",
            "LOSSES = ()\nSCHEDULERS = ()\nCALLBACKS = ()\nMETRICS = tuple('top_k')\n",
        ),
        ["utils/__init__.py:4 PLG201"],
        False,
    ),
    "register unsorted": (
        register("standard_net", "example_net"),
        ["model/__init__.py:6 PLG202"],
        True,
    ),
    "registered twice": (
        register("example_net", "standard_net", "standard_net"),
        ["model/__init__.py:9 PLG203"],
        True,
    ),
    "no file": (
        register("example_net", "gone_net", "standard_net"),
        ["model/__init__.py:8 PLG204"],
        True,
    ),
    "no file of that spelling": (
        register("example_net", "standardnet"),
        ["model/__init__.py:8 PLG204", "model/standard_net.py:9 PLG205"],
        True,
    ),
    "no file, and two of nearly its name": (
        register("a_b_net", *OURS, also=all_of(net("ab_net", "AbNet"), net("a_bnet", "ABnet"))),
        [
            "model/__init__.py:7 PLG204",
            "model/a_bnet.py:1 PLG304",
            "model/ab_net.py:1 PLG304",
        ],
        False,
    ),
    "file that may be meant": (
        register("big_net", *OURS, also=net("BigNet", "BigNet")),
        ["model/BigNet.py:4 PLG303", "model/__init__.py:7 PLG204"],
        False,
    ),
    "file of another spelling": (
        register("b_net", *OURS, also=net("B_net", "BNet")),
        ["model/B_net.py:4 PLG303", "model/__init__.py:7 PLG204"],
        False,
    ),
    "not registered": (net("new_net", "NewNet"), ["model/new_net.py:4 PLG205"], True),
    "metric not registered": (
        write("utils/top_one.py", "import torchmetrics as m\nclass TopOne(m.Metric): ...\n"),
        ["utils/top_one.py:2 PLG205"],
        True,
    ),
    "dataset of a dataset not registered": (
        write(
            "data/a_data.py",
            "from .standard_data import StandardData\nclass AData(StandardData): 1\n",
        ),
        ["data/a_data.py:2 PLG205"],
        True,
    ),
    "no Python": (
        write("model/standard_net.py", "class StandardNet:\n    x = (\n"),
        ["model/standard_net.py:2 PLG301"],
        False,
    ),
    "register no Python": (
        write("model/__init__.py", "from .model_interface import MInterface\nNETS = (\n"),
        ["model/__init__.py:2 PLG301"],
        False,
    ),
    "main.py no Python": (write("main.py", "\n\n)"), ["main.py:3 PLG301"], False),
    "link to nowhere": (link, ["model/standard_net.py:1 PLG301"], False),
    "link to itself": (
        lambda p: (p / "model/loop_net.py").symlink_to("loop_net.py"),
        ["model/loop_net.py:1 PLG301"],
        False,
    ),
    "link to a folder": (
        lambda p: (p / "data/there_data.py").symlink_to(p),
        ["data/there_data.py:1 PLG301"],
        False,
    ),
    "pipe": (lambda p: os.mkfifo(p / "model/a_net.py"), ["model/a_net.py:1 PLG301"], False),
    "binary": (
        lambda p: (p / "utils/nul.py").write_bytes(b"\0\xff"),
        ["utils/nul.py:1 PLG301"],
        False,
    ),
    "not registered, of another spelling": (
        net("resnet", "ResNet"),
        ["model/resnet.py:4 PLG205"],
        True,
    ),
    "two classes of one name": (
        write("model/standard_net.py", NET.format("StandardNet") + NET.format("STANDARDNet")),
        ["model/standard_net.py:1 PLG302"],
        False,
    ),
    "class of another name": (
        net("standard_net", "Mlp"),
        ["model/standard_net.py:4 PLG302"],
        False,
    ),
    "class that is imported": (
        write("model/standard_net.py", "from torchvision.models import VGG as StandardNet\n"),
        ["model/standard_net.py:1 PLG302"],
        False,
    ),
    "no class": (
        write("model/standard_net.py", "x = 1\n"),
        ["model/standard_net.py:1 PLG302"],
        False,
    ),
    "plumbing registered": (
        register("example_net", "model_interface", "standard_net"),
        ["model/model_interface.py:1 PLG302"],
        False,
    ),
    "name breaks the rule": (net("ResNet", "ResNet"), ["model/ResNet.py:4 PLG303"], False),
    "name reserved": (
        register("example_net", "standard_net", "trainer", also=net("trainer", "Trainer")),
        ["model/trainer.py:4 PLG303"],
        False,
    ),
    "names clash": (
        register("a_net", *OURS, also=all_of(net("a_net", "ANet"), net("anet", "Anet"))),
        ["model/a_net.py:1 PLG304", "model/anet.py:1 PLG304"],
        False,
    ),
    "folder of that name": (
        lambda p: (p / "model/standard_net").mkdir(),
        ["model/standard_net.py:1 PLG304"],
        False,
    ),
}


@pytest.mark.parametrize(("do", "found", "fixable"), BROKEN.values(), ids=BROKEN)
def test_codes(project: Path, do: Break, found: list[str], *, fixable: bool) -> None:
    """Each breach is found at its place; `--fix` repairs it, or leaves the project as it is."""
    do(project)
    before = contents(project)

    findings = check().findings
    planned = check(fix=True, dry_run=True)
    unchanged = contents(project) == before
    fixed = check(fix=True)

    assert [f"{each.file}:{each.line} {each.code}" for each in findings] == found
    assert all(each.cure and each.message for each in findings)
    assert unchanged
    assert planned.plan == fixed.plan
    assert [each.code for each in planned.left] == [each.code for each in fixed.left]
    assert (fixed.left == ()) is fixable
    assert check().findings == fixed.left
    assert fixable or any(each.fix is None for each in findings)


def test_every_code_is_tested_and_explained() -> None:
    """These tests, the manual and the command know the same codes."""
    tested = {line.split()[1] for _, found, _ in BROKEN.values() for line in found}
    modules = (ROOT / "generator/plgen").rglob("*.py")

    assert tested == set(re.findall(r"PLG\d+", (ROOT / "README.md").read_text()))
    assert tested == set(re.findall(r"\bPLG\d+", "".join(each.read_text() for each in modules)))


HARMLESS: dict[str, Break] = {
    "long sum": write("utils/table.py", "x = " + " + ".join(["1"] * 1200) + "\n"),
    "spelt in capitals": register("cnn", *OURS, also=net("cnn", "CNN")),
    "class with an underscore": register(
        *("example_net", "standard_net", "unet_2d"), also=net("unet_2d", "UNet_2D")
    ),
    "namesake that is imported": register(
        *("example_net", "standard_net", "vgg"),
        also=write("model/vgg.py", "from torchvision.models import VGG\nclass Vgg(VGG): ...\n"),
    ),
    "helper": write("utils/plots.py", "class Plots:\n    pass\n"),
    "module that is not a metric": write("utils/blocks.py", NET.format("Blocks")),
    "private helper": write("model/_attention.py", NET.format("Attention")),
    "helper of a net of its name": write("model/_standard_net.py", NET.format("StandardNet")),
    "blocks": write("model/layers.py", NET.format("Block") + NET.format("Stem")),
    "functions": write("data/transforms_of_mine.py", "def flip(image):\n    return image\n"),
    "class by rule, of no kind": write("model/tools.py", "class Tools:\n    pass\n"),
    "folder": lambda project: (project / "model/parts").mkdir(),
    "base in a pipe": lambda project: (
        os.mkfifo(project / "piped.py"),
        write("model/a_net.py", "from piped import Base\nclass ANet(Base): ...\n")(project),
    ),
    "notes": write("model/notes.txt", "class ("),
}


@pytest.mark.parametrize("do", HARMLESS.values(), ids=HARMLESS)
def test_what_is_no_module_is_no_finding(project: Path, do: Break) -> None:
    """Helpers beside nets, datasets and metrics are the user's own."""
    do(project)

    assert check().findings == ()
