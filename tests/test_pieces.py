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
import numpy as np
import torch
from engine.errors import OptionError, as_option_error
from engine.learning.metrics import first_pair
from engine.runs.checkpoints import net_options, read_config
from engine.runs.plots import Confusions
from engine.runs import plots
from engine.runs.predictions import columns_of
from engine.runs.run import found_by_finder

found = {}
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
boxes = [{"boxes": torch.zeros(2), "label": torch.ones(())}] * 3
found["boxes"] = {name: column.shape for name, column in columns_of({"output": boxes}, "").items()}
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


# What each returned.
EXPECTED: dict[str, Any] = {
    "shares": [[1, 0]],
    "noted": "own",
    "numbers": {"lr": 2},
    "boxes": {"boxes": [3, 2], "label": [3]},
    "net": {},
    "foreign": "foreign.ckpt is not a checkpoint of this project: it holds no options of main.py",
    "classes": [None, ["3", "4"], None, None],
}


@pytest.mark.parametrize("piece", EXPECTED)
def test_piece(found: dict[str, Any], piece: str) -> None:
    """Labels are rounded, errors stay the user's own, and nothing is taken for what it is not."""
    assert found[piece] == EXPECTED[piece]
