"""Rendered projects that are run: each is made once, with the programs of the environment `lab`."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, once
from forks import Fork, warm
from plgen.commands.add import add
from plgen.commands.new import new
from plgen.naming.kinds import DATASET, NET
from plgen.template import Answer

DRIVERS = ROOT / "tests" / "drivers"
# Those that a project imports late, too; `shortcuts` is one of the drivers.
LIBRARIES = (
    *("pytorch_lightning", "jsonargparse", "docstring_parser", "attr", "torchvision", "rich"),
    *("torchmetrics.clustering", "torchmetrics.segmentation", "torch.utils.tensorboard"),
    *("tensorboard.plugins.hparams.api_pb2", "matplotlib.backends.backend_agg"),
    *("filelock", "tensorboard.plugins.hparams.metadata", "fsspec.implementations.chained"),
    *("torch.utils.serialization.config", "rich._emoji_codes", "shortcuts"),
)
# One epoch of a second.
TINY = (
    "--trainer.max_epochs=1",
    "--trainer.limit_train_batches=2",
    "--trainer.limit_val_batches=2",
    "--trainer.limit_test_batches=2",
    "--trainer.enable_progress_bar=false",
    "--trainer.enable_model_summary=false",
    "--batch_size=4",
)
# Three epochs of small sets.
SHORT = (
    "--batch_size=32",
    "--trainer.max_epochs=3",
    "--trainer.accelerator=cpu",
    "--trainer.enable_progress_bar=false",
    "--trainer.enable_model_summary=false",
)


def project(factory: pytest.TempPathFactory, name: str, **answers: Answer) -> Path:
    """Return the folder of a project that all tests of this name share."""

    def make(folder: Path) -> None:
        new(str(folder / name), {"author": "", **answers}, git=False)

    return once(factory, f"project-{name}", make) / name


def tasks(factory: pytest.TempPathFactory, name: str) -> Path:
    """Return the folder of a project of this name with the nets and datasets of three drivers."""

    def make(folder: Path) -> None:
        project = new(str(folder / "tasks"), {"author": "", "example": False}, git=False).path
        for driver in ("tasks", "faults", "unusual"):
            text = (DRIVERS / f"{driver}.py").read_text()
            (project / "model" / f"{driver}.py").write_text(text)
            for begin, end in re.findall(r"^class (\w+)(Data|Net)\(", text, re.MULTILINE):
                class_name = f"{begin}{end}"
                made = add({"Data": DATASET, "Net": NET}[end], class_name, start=project)
                again = f"from model.{driver} import {class_name} as {class_name}\n"
                (project / made.file).write_text(again)

    def copy(folder: Path) -> None:
        shutil.copytree(once(factory, "project-tasks", make) / "tasks", folder / "tasks")

    # A test that looks for new files must be the only one at work in its folder.
    return once(factory, f"tasks-{name}", copy) / "tasks"


def chosen(net: str, data: str, evaluated: str = "", tested: str = "") -> list[str]:
    """Return the options that choose a net and sets of `tasks` by the beginnings of their names."""
    roles = {
        "train_dataset": data,
        "eval_datasets": evaluated or data,
        "test_datasets": tested or data,
    }
    return [f"--model_name={net}_net", *(f"--{role}={name}_data" for role, name in roles.items())]


def variables() -> dict[str, str]:
    """Return an environment in which PyTorch keeps to the CPU, and to one core of it."""
    return {
        **os.environ,
        "CUDA_VISIBLE_DEVICES": "",
        # Two processes with a thread for each core would wait for one another.
        "OMP_NUM_THREADS": "1",
        # Matplotlib looks through all fonts once for each new home.
        "MPLCONFIGDIR": str(Path(tempfile.gettempdir()) / f"plgen-fonts-{os.getuid()}"),
    }


def start(lab: Path, folder: Path, *arguments: str | Path, **more: str) -> Fork:
    """Start the Python of `lab` in a project's folder, with more variables; pictures are blank."""
    return warm(lab / "python", *LIBRARIES).start(*arguments, cwd=folder, env=variables() | more)


def python(
    lab: Path, folder: Path, *arguments: str | Path, draw: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the Python of `lab` in a project's folder; its pictures are blank but for `draw`."""
    drawing = {"DRAW": "1"} if draw else {}
    program = warm(lab / "python", *LIBRARIES)
    return program.run(*arguments, cwd=folder, env=variables() | drawing)


def rows(folder: Path, file: str = "results.csv") -> list[dict[str, str]]:
    """Return the rows of a table in a run's folder."""
    with (folder / file).open(newline="") as table:
        return list(csv.DictReader(table))


def record(folder: Path) -> dict[str, Any]:
    """Return what a run says about itself."""
    return json.loads((folder / "run.json").read_text())


def files(folder: Path) -> set[str]:
    """Return the names of the files in a run's folder, without TensorBoard's numbers."""
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {"events" if name.startswith("events.out.tfevents.") else name for name in names}


def drive(lab: Path, folder: Path, driver: str, cases: Sequence[Any], results: Path) -> None:
    """Let a driver try cases on a project in one process, and write what became of each."""
    given = results.with_name(f"{results.name}-cases")
    given.write_text(json.dumps(cases))
    done = python(lab, folder, DRIVERS / driver, given, results)
    assert done.returncode == 0, done.stdout + done.stderr


def outcomes(
    factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]
) -> dict[str, Any]:
    """Return what a driver wrote to the file that it was given; it runs once for all tests."""
    folder = once(factory, name, lambda folder: make(folder / "outcomes.json"))
    return json.loads((folder / "outcomes.json").read_text())


def require_refusal(found: Mapping[str, Any], error: str, cure: str) -> None:
    """Require that main.py refused a command: status 2, two lines, and nothing new on disk."""
    assert (found["code"], found["traceback"], found["new"]) == (2, "", [])
    first, second = found["stderr"].splitlines()[-2:]  # after warnings, as of made-up data
    assert first.startswith("error: ")
    assert error in first
    assert re.match("help: .", second)
    assert cure in second
