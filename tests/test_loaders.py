"""Loader options: --loader.* for training, --eval_loader.* for evaluation, test and prediction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.new import new
from projects import SHORT, drive, python, require_refusal, rows

LAST = "Logs/standard_net/trained/checkpoints/last.ckpt"
# 1,000 samples: 7 whole batches of 130, and one of 90.
TRAINED = [
    *SHORT,
    "--run_name=trained",
    "--net.width=12",
    "--trainer.log_every_n_steps=1",
    "--loader.batch_size=130",
    "--loader.drop_last=true",
    "--loader.num_workers=1",
    "--loader.prefetch_factor=3",
    "--loader.persistent_workers=true",
    "--loader.multiprocessing_context=fork",
    "--eval_loader.batch_size=500",
    "--eval_loader.pin_memory=false",
]
ACCEPTED = {
    "trained": TRAINED,
    "tested": ["--stage=test", f"--ckpt_path={LAST}", "--run_name=tested"],
    "other": ["--stage=test", f"--ckpt_path={LAST}", "--eval_loader.batch_size=7"],
    "file": [
        *("--config=loader.yaml", *SHORT, "--run_name=file"),
        *("--trainer.max_epochs=1", "--net.width=12"),
    ],
}
FILE = "loader:\n  batch_size: 250\n  in_order: false\neval_loader: {batch_size: 100}\n"
REFUSED = {
    "no workers": (
        ["--loader.prefetch_factor=3"],
        "standard_data: --loader.* is refused: prefetch_factor option could only be specified in",
        "change --loader.*",
    ),
    "none to keep": (
        ["--eval_loader.persistent_workers=true"],
        "--eval_loader.* is refused: persistent_workers option needs num_workers > 0",
        "change --eval_loader.*",
    ),
    "shuffled": (["--loader.shuffle=false"], "no option --loader.shuffle", "--help"),
    "in a file": (["--config=bad.yaml"], "no option --loader.generator", "--help"),
    "samples left out": (["--eval_loader.drop_last=true"], "no option --eval_loader.drop_last", ""),
    "mixed up": (["--eval_loader.in_order=false"], "no option --eval_loader.in_order", ""),
    "negative": (["--loader.batch_size=-3"], "batch_size should be a positive", "--loader.*"),
    "no worker": (
        ["--loader.timeout=5"],
        "--loader.timeout is the time to wait for workers, and there are none",
        "add --loader.num_workers 1, or leave it out",
    ),
    "start method": (
        ["--num_workers=2", "--loader.multiprocessing_context=frok"],
        "valid start method",
        "change --loader.*",
    ),
    "name": (["--loader.batchsize=3"], "no option --loader.batchsize", "--loader.batch_size?"),
}
# What only code can try, and what it finds.
PROGRAM = """
import json, sys
import main, torch, yaml
from data import DInterface
from pytorch_lightning.callbacks import BatchSizeFinder

sys.argv = ["main.py", *json.loads(sys.argv[1])]
saved = torch.load("Logs/standard_net/trained/checkpoints/last.ckpt", weights_only=True)
found = {
    "steps": saved["global_step"],
    "planned": saved["lr_schedulers"][0]["total_steps"],
    "config": {name: saved["config"][name] for name in ("batch_size", "loader", "eval_loader")},
    "data": saved["datamodule_hyper_parameters"]["loader"]["batch_size"],
}
options = {"batch_size": 5, "drop_last": None}
data = DInterface("standard_data", ["standard_data"], loader=options, eval_loader={"timeout": 0.0})
data.setup("fit")
loaders = [data.train_dataloader(), *data.val_dataloader()]
found["built"] = [[each.batch_size, each.drop_last, each.num_workers] for each in loaders]
usual = main.callbacks
main.callbacks = lambda args, run: [*usual(args, run), BatchSizeFinder()]
json.dump(found, open("found.json", "w"))
main.main()
"""

OWN = """
import main
from torch.utils.data import DataLoader


class NoLength:
    def __init__(self, loader) -> None:
        self.loader = loader

    def __iter__(self):
        return iter(self.loader)


step = main.MInterface.training_step
main.MInterface.training_step = lambda self, batch, index: step(self, batch["a"], index)
main.DInterface.train_dataloader = lambda self: {"a": DataLoader(self.sets["train"][0], 100)}
main.DInterface.val_dataloader = lambda self: NoLength(DataLoader(self.sets["eval"][0], 100))
main.DInterface.predict_dataloader = lambda self: DataLoader(self.sets["test"][0], batch_size=100)
main.main()
"""


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give a project in which every command was typed."""

    def make(folder: Path) -> None:
        made = new(str(folder / "loaders"), {"author": "", "example": False}, git=False).path
        (made / "loader.yaml").write_text(FILE)
        (made / "bad.yaml").write_text("loader:\n  generator: 3\n")
        cases = [*((case, typed) for case, (typed, _, _) in REFUSED.items()), *ACCEPTED.items()]
        drive(lab, made, "options.py", cases, made / "outcomes.json")
        typed = json.dumps([*TRAINED[:-2], "--run_name=found"])
        done = python(lab, made, "-c", PROGRAM, typed)
        short = (*SHORT, "--trainer.max_epochs=1", "--net.width=12")
        own = python(lab, made, "-c", OWN, *short, "--run_name=own")
        (made / "own.txt").write_text(f"{own.returncode}\n{own.stderr}")
        last = "--ckpt_path=Logs/standard_net/own/checkpoints/last.ckpt"
        python(lab, made, "-c", OWN, "--stage=predict", last, "--test_datasets=standard_data")
        (made / "finder.txt").write_text(f"{done.returncode}\n{done.stderr}")

    return once(tmp_path_factory, "loader-options", make) / "loaders"


def tried(place: Path) -> dict[str, Any]:
    """Return what became of each command."""
    return json.loads((place / "outcomes.json").read_text())


@pytest.mark.parametrize("case", REFUSED)
def test_refused(place: Path, case: str) -> None:
    """What a loader cannot do costs two lines before there is a run."""
    _, error, cure = REFUSED[case]

    require_refusal(tried(place)[case], error, cure)


def test_a_loader_of_ones_own(place: Path) -> None:
    """DInterface may return a loader of torch, alone or in a dict, in place of the engine's."""
    run = place / "Logs/standard_net/own"

    assert (place / "own.txt").read_text().startswith("0\n"), (place / "own.txt").read_text()
    assert [row["set"] for row in rows(run)][:1] == ["standard_data"]
    assert (run / "predictions/last/set_0.csv").is_file()


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted(place: Path, case: str) -> None:
    """They can be typed, stand in a file, and be left to the checkpoint."""
    found = tried(place)[case]

    assert (found["code"], found["traceback"]) == (0, "")


def test_the_training_follows(place: Path) -> None:
    """The loader of training drops the last batch, and the schedule has as many steps."""
    found = json.loads((place / "found.json").read_text())

    assert (found["steps"], found["planned"]) == (21, 21)
    trained, file = (
        rows(place / "Logs/standard_net" / run, "metrics.csv")
        for run in ACCEPTED
        if run in ("trained", "file")
    )
    assert max(int(row["step"]) for row in trained) == 21
    assert max(int(row["step"]) for row in file) == 4


def test_the_checkpoint_knows(place: Path) -> None:
    """Options are saved as they were given; null is what was inferred."""
    found = json.loads((place / "found.json").read_text())
    config = found["config"]

    assert config["batch_size"] == 32
    assert config["loader"] == {
        "batch_size": 130,
        "num_workers": 1,
        "pin_memory": None,
        "drop_last": True,
        "timeout": 0,
        "multiprocessing_context": "fork",
        "prefetch_factor": 3,
        "persistent_workers": True,
        "pin_memory_device": "",
        "in_order": True,
    }
    assert (config["eval_loader"]["batch_size"], config["eval_loader"]["num_workers"]) == (
        500,
        None,
    )
    assert found["data"] == 130


def test_loaders_of_the_interface(place: Path) -> None:
    """DInterface takes the same from Python: 1,000 samples in batches of 5, and of 64."""
    found = json.loads((place / "found.json").read_text())

    assert found["built"] == [[5, False, 0], [64, False, 0]]


def test_results_do_not_depend_on_them(place: Path) -> None:
    """Each sample of an evaluation counts once, in batches of whatever size."""
    runs = place / "Logs/standard_net"
    first, second = (rows(runs / run)[-1] for run in ("trained", "tested"))
    last = {row["set"]: row for row in rows(runs / "version_0")}

    assert float(first["loss"]) == pytest.approx(float(second["loss"]), rel=1e-5)
    assert float(last["standard_data"]["acc"]) == float(second["acc"])


def test_a_finder_of_the_batch_size(place: Path) -> None:
    """It looks for --batch_size, which the loader would not use."""
    code, *_, first, second = (place / "finder.txt").read_text().splitlines()

    assert code == "2"
    assert "--loader.batch_size 130 takes precedence" in first
    assert second == "help: leave out --loader.batch_size"
    assert not (place / "Logs/standard_net/found").exists()
