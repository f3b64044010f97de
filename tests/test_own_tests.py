"""A project's own tests: sound nets and datasets pass, or are skipped with the reason."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from plgen.commands.check import check
from projects import project, python

PASSED = "passed"
UNUSED, OWN, UNEQUAL = (
    "more.weight is not used",
    "No module named 'model.nowhere'",
    "got [1] at entry 0",
)
FAILED = {UNUSED, OWN, UNEQUAL}
NET = """\
import torch
from torch import nn


class {}(nn.Module):
    def __init__(self, {}):
        super().__init__()
        {}

    def forward(self, x{}):
        {}
"""
BODY = "self.body = nn.Linear(784, 8); self.head = nn.Linear(8, 10)"
FORWARD = "return self.head(self.body(x.flatten(1)))"
# Its parameters, its constructor, what forward takes besides x, what it does; the outcome.
NETS: dict[str, tuple[str, str, str, str, str]] = {
    "frozen_net": ("", f"{BODY}; self.body.requires_grad_(False)", "", FORWARD, PASSED),
    "all_frozen_net": ("", f"{BODY}; self.requires_grad_(False)", "", FORWARD, "no parameters"),
    "detached_net": ("", BODY, "", "return self.head(self.body(x.flatten(1)).detach())", PASSED),
    "needed_net": ("width: int, *sizes, **more", BODY, "", FORWARD, "needs --net.width"),
    "pair_net": ("", BODY, ", y", FORWARD.replace("x.", "(x + y)."), PASSED),
    "three_net": ("", BODY, ", y, z", FORWARD, "no dataset that is here suits"),
    "weights_net": ("", "torch.load('gone.pt')", "", FORWARD, "No such file"),
    "package_net": ("", "import nowhere", "", FORWARD, "No module named 'nowhere'"),
    "asked_net": ("", "raise ImportError('pip install it')", "", FORWARD, "pip install it"),
    "lazy_net": (
        "",
        "self.body = nn.LazyConv2d(4, 3); self.head = nn.LazyLinear(10)",
        "",
        "return self.head(self.body(x).flatten(1))",
        PASSED,
    ),
    "norm_net": (
        "",
        f"{BODY}; self.norm = nn.BatchNorm1d(8)",
        "",
        "return self.head(self.norm(self.body(x.flatten(1))))",
        PASSED,
    ),
    "unused_net": ("", f"{BODY}; self.more = nn.Linear(1, 1)", "", FORWARD, UNUSED),
    "random_net": (
        "",
        BODY,
        "",
        "h = self.body(x.flatten(1)); return self.head(h + torch.randn_like(h))",
        PASSED,
    ),
    "own_net": ("", "import model.nowhere", "", FORWARD, OWN),
}
DATASET = """\
import torch
from torch.utils.data import Dataset, IterableDataset


class {}({}):
    def __init__(self, {}):
        {}

    def __len__(self):
        return {}

    def __getitem__(self, index):
        {}
        return torch.full((1, 28, 28), 0.1), torch.zeros(1, 28, 28), index % 10
"""
STREAM = """\
import torch
from torch.utils.data import IterableDataset


class StreamData(IterableDataset):
    def __iter__(self):
        while True:
            yield torch.zeros(1, 28, 28), torch.tensor(1)
"""
DICT = "image = torch.zeros(1, 28, 28); return {'left': image, 'right': image, 'label': 1}"
# Its parameters, its constructor, its length, and what it does for an item; the outcome.
DATASETS: dict[str, tuple[str, str, str, str, str]] = {
    "augmented_data": ("", "pass", "40", "return torch.rand(1, 28, 28), index % 10", PASSED),
    "dict_data": ("", "pass", "4", DICT, PASSED),
    "pair_data": ("", "pass", "1", "pass", PASSED),
    "rooted_data": ("root: str", "pass", "4", "pass", "needs --rooted_data.root"),
    "gone_data": ("", "open('gone')", "4", "pass", "No such file"),
    "later_gone_data": ("", "pass", "4", "open('gone')", "No such file"),
    "empty_data": ("", "pass", "0", "pass", "has no items"),
    "package_data": ("", "import nowhere", "4", "pass", "No module named 'nowhere'"),
    "unequal_data": ("", "pass", "4", "return torch.zeros(index + 1)", UNEQUAL),
}


def class_name(name: str) -> str:
    """Return the class of a module."""
    return "".join(part.capitalize() for part in name.split("_"))


def test_outcomes(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> None:
    """What can be tested passes, what cannot be built here is skipped, and what is wrong fails."""
    made = project(tmp_path_factory, "own-tests", example=False)
    for name, (*parts, _) in NETS.items():
        text = NET.format(class_name(name), *parts)
        (made / f"model/{name}.py").write_text(text)
    for name, (*parts, _) in DATASETS.items():
        text = DATASET.format(class_name(name), "Dataset", *parts)
        (made / f"data/{name}.py").write_text(text)
    (made / "data/stream_data.py").write_text(STREAM)
    check(fix=True, start=made)

    files = [f"tests/test_{name}.py" for name in ("nets", "datasets", "numbers")]
    report = tmp_path_factory.mktemp("report") / "report.xml"
    python(lab, made, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}", *files)
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        outcome = next(iter(case), None)
        kind = PASSED if outcome is None else outcome.tag
        text = PASSED if outcome is None else outcome.get("message", "")
        name = re.search(r"\[(\w+)", case.get("name", ""))
        found[name[1] if name else "numbers"].add((kind, text))

    wanted = {name: outcome for name, (*_, outcome) in {**NETS, **DATASETS}.items()}
    wanted |= dict.fromkeys(("numbers", "standard_net", "standard_data", "stream_data"), PASSED)
    kinds = {name: {kind for kind, _ in outcomes} for name, outcomes in found.items()}
    assert {name for name in wanted if "failure" in kinds[name]} == {
        name for name, outcome in wanted.items() if outcome in FAILED
    }
    assert {name for name in wanted if kinds[name] == {PASSED}} == {
        name for name, outcome in wanted.items() if outcome == PASSED
    }
    for name, outcome in wanted.items():
        assert any(outcome in text for _, text in found[name]), (name, found[name])
