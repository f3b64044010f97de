"""A project whose modules were renamed still trains."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Render
from plgen.commands.add import add
from plgen.commands.check import check
from plgen.commands.rename import rename
from plgen.naming.kinds import NET
from projects import python

LOAD = """
import data, engine, model, utils
for noun, names in ("dataset", data.DATASETS), ("net", model.NETS), ("metric", utils.METRICS):
    for name in names:
        engine.load_class(noun, name)
"""
TINY = ["--trainer.max_epochs=1", "--trainer.limit_train_batches=2", "--trainer.accelerator=cpu"]


def test_it_trains_by_its_new_names(
    render: Render, lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every registered module imports, and main.py's defaults are the new names."""
    project = render()
    monkeypatch.chdir(project)
    add(NET, "my_net")
    add(NET, "CNN")
    for old, new in (
        ("my_net", "our_net"),
        ("example_net", "lenet"),
        ("example_traindata", "digits"),
        ("example_evaldata", "held_out_digits"),
        ("top_k", "top_one"),
    ):
        rename(old, new)

    loaded = python(lab, project, "-c", LOAD)
    trained = python(lab, project, "main.py", *TINY, "--metrics=top_one", "--run_name=tiny")

    assert check().findings == ()
    assert loaded.returncode == 0, loaded.stderr
    assert trained.returncode == 0, trained.stderr
    record = json.loads((project / "Logs/lenet/tiny/run.json").read_text())
    assert record["status"] == "done"
    assert "val_top_one/held_out_digits" in (project / "Logs/lenet/tiny/metrics.csv").read_text()
