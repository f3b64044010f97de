"""`plgen list`: what a project holds, without importing it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from conftest import checkout, contents, plgen, run
from plgen.commands.listing import Item, listing


def items(noun: str) -> dict[str, Item]:
    """Return the listed modules of one kind by name."""
    group = next(group for group in listing().groups if group.kind.noun == noun)
    return {item.name: item for item in group.items}


# Types and defaults that only Python knows, each in one line; list shows them as they stand there.
WRITTEN = {
    "norm": ("Norm", "Norm.BATCH"),
    "root": ("Path", 'Path("weights")'),
    "size": ("tuple[int, int]", "(28, 28)"),
    "names": ("set[str]", "frozenset()"),
    "sizes": ("Sizes", "Sizes(hidden=8)"),
    "act": (None, "nn.ReLU"),
    "drop": (None, "np.float32(0.5)"),
    "scale": ("Callable[[int], int]", "lambda x: x"),
    "missing": ("object", "_MISSING"),
    "eps": ("float", "1e-05"),
    "mask": ("int", "0x_ff"),
    "made": ("'list[int]'", "[*range(3)]"),
    "ends": ("float", "-math.inf"),
    "text": ("str", "'a  #b' \"c\""),
}
LINES = """
        pair=(1,  # first
              2),
        told='''one

  two''',
        joined="a  b"
               "c",
"""


def test_defaults_are_shown_as_written(project: Path) -> None:
    """No default is computed, and one of several lines keeps its value."""
    lines = "".join(
        f"        {name}{f': {kind}' if kind else ''}={value},\n"
        for name, (kind, value) in WRITTEN.items()
    )
    text = f"class StandardNet:\n    def __init__(self,\n{lines}{LINES}    ): ...\n"
    (project / "model/standard_net.py").write_text(text)

    data = json.loads(plgen("list", "--json").stdout)
    printed = plgen("list").stdout

    (net,) = (each for each in data["nets"] if each["name"] == "standard_net")
    shown = {each["name"]: (each["type"], each["default"]) for each in net["hyperparameters"]}
    assert shown == WRITTEN | {
        "pair": (None, "(1, 2)"),
        "told": (None, repr("one\n\n  two")),
        "joined": (None, repr("a  bc")),
    }
    for value in ("drop=np.float32(0.5)", "norm: Norm = Norm.BATCH", r"told='one\n\n  two'"):
        assert value in printed


DATACLASS = """\
import dataclasses
from torch import nn

@dataclasses.dataclass(eq=False)
class Sized:
    size: int = 7

class StandardNet(Sized, nn.Module): ...
"""
BASE = "from torch import nn\nclass Base(nn.Module):\n    def __init__(self, depth=3): ...\n"
SOURCES: dict[str, tuple[str, list[tuple[str, str | None]], str | None]] = {
    "nothing": ("from torch import nn\nclass StandardNet(nn.Module): ...\n", [], None),
    "plain": ("class StandardNet: ...\n", [], None),
    "another folder": (
        "from utils.bases.base import Base\nclass StandardNet(Base): ...\n",
        [("depth", "3")],
        None,
    ),
    "passed on": (
        "import utils.bases as b\nclass StandardNet(b.Base): ...\n",
        [("depth", "3")],
        None,
    ),
    "dataclass": (DATACLASS, [], "the fields of a dataclass"),
    "dataclass without a constructor": (
        (
            "from dataclasses import dataclass\nfrom utils.bases import Base\n"
            "@dataclass(init=False)\nclass StandardNet(Base): ...\n"
        ),
        [("depth", "3")],
        None,
    ),
    "decorator that mentions one": (
        "@register('dataclass_net')\nclass StandardNet(nn.Module): ...\n",
        [],
        None,
    ),
    "library": (
        "from torchvision.models import ResNet\nclass StandardNet(ResNet): ...\n",
        [],
        "the constructor of torchvision.models.ResNet",
    ),
    "the rest": (
        "class StandardNet:\n    def __init__(self, a=1, **rest): ...\n",
        [("a", "1")],
        "**rest",
    ),
    "within if": (
        "if True:\n    class StandardNet:\n        def __init__(self, a=1): ...\n",
        [],
        "the constructor of a class in a block, or with two names",
    ),
    "in a circle": (
        "from model.standard_net import Other\nclass StandardNet(Other): ...\n",
        [],
        "the constructor of model.standard_net.Other",
    ),
}


@pytest.mark.parametrize(("text", "taken", "unread"), SOURCES.values(), ids=SOURCES)
def test_what_main_offers_is_listed(
    project: Path, text: str, taken: list[tuple[str, str | None]], unread: str | None
) -> None:
    """A constructor is found anywhere in the project; unreadable ones are reported."""
    bases = project / "utils/bases"
    bases.mkdir()
    (bases / "__init__.py").write_text("from .base import Base\n")
    (bases / "base.py").write_text(BASE)
    (project / "model/standard_net.py").write_text(text)

    found = items("net")["standard_net"]

    assert [(each.name, each.default) for each in found.hyperparameters] == taken
    assert found.unread == unread


def test_not_read_is_told_from_none(project: Path) -> None:
    """Text and JSON tell unknown hyperparameters from none."""
    text = "from torch import nn\nclass StandardNet(nn.Module): ...\n"
    (project / "model/standard_net.py").write_text(text)
    text = "from torchmetrics import MeanAbsoluteError\nclass TopK(MeanAbsoluteError): ...\n"
    (project / "utils/top_k.py").write_text(text)

    printed = plgen("list").stdout
    data = json.loads(plgen("list", "--json").stdout)

    (metric,) = data["metrics"]
    unread = "the constructor of torchmetrics.MeanAbsoluteError"
    assert f"    top_k  TopK  utils/top_k.py\n        not read: {unread}\n" in printed
    assert (metric["hyperparameters"], metric["unread"]) == (None, unread)
    assert (data["nets"][1]["hyperparameters"], data["nets"][1]["unread"]) == ([], None)


BROKEN = {
    "no Python": ("class StandardNet(\n", "model/standard_net.py:1: "),
    "no class": ("x = 1\n", "model/standard_net.py has no class StandardNet"),
    "not UTF-8": ("# é\n", "model/standard_net.py is not Python in UTF-8: 'utf-8' codec can't"),
    "no file": (None, "model/standard_net.py cannot be read: "),
}


@pytest.mark.parametrize(("text", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_listed_with_the_reason(
    project: Path, text: str | None, reason: str
) -> None:
    """One broken file does not hide the others."""
    file = project / "model/standard_net.py"
    if text is None:
        file.unlink()
    else:
        file.write_text(text, "latin-1")

    nets = items("net")

    assert (nets["standard_net"].error or "").startswith(reason)
    assert nets["example_net"].error is None


def test_a_broken_register_is_listed_with_the_reason(project: Path) -> None:
    """A register that cannot be read leaves the other kinds alone."""
    (project / "model/__init__.py").write_text("NETS = (\n")

    nets, datasets, *_ = listing().groups

    assert (nets.error or "").startswith("model/__init__.py:1: ")
    assert nets.items == ()
    assert datasets.items


def test_nothing_is_imported(project: Path) -> None:
    """A file that would do harm when imported is read all the same."""
    (project / "model/standard_net.py").write_text(
        "raise SystemExit\nclass StandardNet:\n    def __init__(self, a: int = 1): ...\n"
    )

    assert [each.name for each in items("net")["standard_net"].hyperparameters] == ["a"]


def test_text_and_json(project: Path) -> None:
    """From any folder, the text is for a reader and the JSON for a program; nothing changes."""
    before = contents(project)
    (project / "notes/deep").mkdir(parents=True)

    text = plgen("list", cwd=project / "notes/deep")
    data = json.loads(plgen("list", "--json", "--dry-run").stdout)

    assert text.returncode == 0
    assert "    top_k  TopK  utils/top_k.py\n        k: int = 5" in text.stdout
    assert data["nets"][0]["hyperparameters"][0] == {
        "name": "width",
        "type": "int",
        "default": "16",
    }
    assert data["errors"] == []
    assert contents(project) == before


def test_in_a_folder_that_is_gone(place: Path) -> None:
    """A shell may stand in a folder that somebody has removed."""
    program = f"rmdir '{place}' && exec '{sys.executable}' -m plgen list"

    done = run("sh", "-c", program, cwd=place, env=checkout())

    assert done.returncode == 1
    assert done.stderr == "error: the current folder is gone\nhelp: cd into a project\n"
