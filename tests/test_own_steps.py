"""What a project's own MInterface does is what counts: its steps are tried before the training."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.add import add
from plgen.naming.kinds import DATASET, NET
from projects import DRIVERS, SHORT, chosen, drive, outcomes, require_refusal, rows, tasks

# What is typed; what the error says, and the help.
Case = tuple[list[str], str, str]


def net(name: str, *more: str, data: str = "fine") -> list[str]:
    """Return a command line that trains a net for one epoch."""
    return [*chosen(name, data), "--trainer.max_epochs=1", f"--run_name={name}", *more]


def own(way: str, *more: str, data: str = "fine") -> list[str]:
    """Return a command line that trains the net with which the interface does something."""
    return [*net("own", data=data), f"--net.way={way}", f"--run_name={way}", *more]


def stage(name: str, run: str, *more: str) -> list[str]:
    """Return a command line that uses the last checkpoint of a net."""
    last = f"--ckpt_path=Logs/{run}_net/{run}/checkpoints/last.ckpt"
    return [f"--stage={name}", last, f"--run_name={run}-{name}", *more]


CALLBACKS = "engine_callbacks(args, run)"
UNGRADED = "--trainer.inference_mode=false"
# In this order.
TRAINED = {
    "autoencoder": net("auto", "--loss=MSELoss"),
    "own value": own("margin", "--monitor=val_margin", "--monitor_mode=max"),
    "own value without the name of a stage": [
        *own("margin", "--monitor=epochs", "--monitor_mode=max"),
        "--run_name=epochs",
    ],
    "unknown value without preflight": [
        *own("margin", "--monitor=val_later", "--monitor_mode=max", "--preflight=false"),
        "--run_name=later",
    ],
    "by hand": own("manual"),
    "a step that returns a dict": own("dict"),
    "a step that leaves out a batch": own("none"),
    "lists of optimizers and schedulers": own("several"),
    "number of numpy in a checkpoint": own("numpy"),
    "number of numpy in a callback": own("recorded"),
    "gradients in the net": net("force", UNGRADED),
    "gradients in the net, validated": stage("validate", "force"),
    "gradients in the net, tested": stage("test", "force"),
    "missing inputs": net("missing", data="missing"),
    "lazy": net("deep"),
    "lazy, tested": stage("test", "deep"),
    "lazy, predicted": stage("predict", "deep"),
    "lazy layer of the interface": own("headed", "--stage=fit", data="numbered"),
    "lazy, more epochs": [
        "--ckpt_path=Logs/deep_net/deep/checkpoints/last.ckpt",
        "--trainer.max_epochs=2",
    ],
    "lazy, finetuned": [
        *net("deep", "--finetune=Logs/deep_net/deep/checkpoints/last.ckpt", "--preflight=false"),
        "--run_name=finetuned",
    ],
    "with a preflight": net("traceless", "--trainer.max_epochs=3", data="drawn"),
    "without one": [
        *net("traceless", "--trainer.max_epochs=3", "--preflight=false", data="drawn"),
        "--run_name=without",
    ],
}
REFUSED: dict[str, Case] = {
    "value without a direction": (
        own("margin", "--monitor=val_margin", "--run_name=undirected"),
        "no logged value to monitor is called 'val_margin'",
        "a value that you log yourself needs --monitor_mode min (or max)",
    ),
    "value that is not logged": (
        own("margin", "--monitor=val_margn", "--monitor_mode=max", "--run_name=misspelt"),
        "no logged value to monitor is called 'val_margn'",
        "did you mean val_margin? known: train_loss, train_acc, ",
    ),
    "value for a scheduler that is not logged": (
        own("plateau"),
        "no logged value for the scheduler to monitor is called 'val_los'",
        "did you mean val_loss?",
    ),
    "optimizer that counts no steps": (
        own("bare"),
        "MInterface steps an optimizer that Lightning does not know: it counts no step",
        "use `optimizer = self.optimizers()` in training_step",
    ),
    "gradients in the net": (
        chosen("force", "fine"),
        "force_net cannot be evaluated in inference mode",
        "add --trainer.inference_mode false",
    ),
    "lazy layer that is never called": (
        chosen("idle", "fine"),
        "no step calls the lazy layers net.idle",
        "give these layers their sizes",
    ),
    "path in a checkpoint": (
        own("path"),
        "could not be loaded again: its entry 'own' holds more than plain values",
        "numbers, strings",
    ),
    "function in a checkpoint": (
        own("lambda"),
        "a checkpoint could not be loaded again: its entry 'own' holds more than plain values",
        "numbers, strings",
    ),
}
# How the traceback ends.
FAILED: dict[str, Case] = {
    "step that returns a word": (own("word"), "`training_step` must return", "--preflight false"),
    "name of an optimizer": (own("named"), "Unknown configuration for", "--preflight false"),
    "test that ends": (
        own("test"),
        "the end of the test\nerror: the preflight failed on stage test",
        "--preflight false",
    ),
    "predictions": (
        own("predict"),
        "predict\nerror: the preflight failed on (32, 4) float32, (32,) int64 of fine_data (test)",
        "--preflight false",
    ),
    "optimizer that does not reload": (own("forgetful"), "NotImplementedError", "--preflight"),
}
# In two lines, wherever it is raised.
LATER: dict[str, Case] = {
    "state": (
        own("stored", "--trainer.max_epochs=3"),
        "the state of Record holds more than plain values",
        "x.tolist()",
    ),
    "worker": (
        [*chosen("fine", "refusing"), "--num_workers=1"],
        "error: an option of an item",
        "leave it out",
    ),
    "another error": (chosen("wrapped", "fine"), "error: an option of the net", "leave it out"),
}


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project with an interface of its own and a callback."""

    def make(folder: Path) -> None:
        own = Path(shutil.copytree(tasks(tmp_path_factory, "own_steps"), folder / "own"))
        text = (DRIVERS / "own.py").read_text()
        (own / "model/own.py").write_text(text)
        for name, end in re.findall(r"^class (\w+)(Data|Net)\(", text, re.MULTILINE):
            made = add({"Data": DATASET, "Net": NET}[end], f"{name}{end}", start=own)
            again = f"from model.own import {name}{end} as {name}{end}\n"
            (own / made.file).write_text(again)
        main = own / "main.py"
        changed = main.read_text().replace(
            "from model import MInterface", "from model.own import MInterface, Record"
        )
        main.write_text(changed.replace(CALLBACKS, f"[Record(), *{CALLBACKS}]"))

    return once(tmp_path_factory, "project-own", make) / "own"


@pytest.fixture
def tried(lab: Path, project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what became of each command line."""
    lines = [(f"trained {case}", typed) for case, typed in TRAINED.items()]
    lines += [(f"refused {case}", typed) for case, (typed, _, _) in REFUSED.items()]
    lines += [(f"failed {case}", typed) for case, (typed, _, _) in FAILED.items()]
    lines += [(f"later {case}", typed) for case, (typed, _, _) in LATER.items()]
    short = [(case, [*SHORT, *typed]) for case, typed in lines]
    return outcomes(
        tmp_path_factory, "own-steps", lambda file: drive(lab, project, "options.py", short, file)
    )


@pytest.mark.parametrize("case", TRAINED)
def test_runs(tried: dict[str, Any], case: str) -> None:
    """What the steps of the interface can do is no error."""
    found = tried[f"trained {case}"]

    assert (found["code"], found["stderr"], found["traceback"]) == (0, "", "")


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_the_training(tried: dict[str, Any], case: str) -> None:
    """What would end or spoil a run late costs two lines, and makes no run."""
    _, error, cure = REFUSED[case]

    require_refusal(tried[f"refused {case}"], error, cure)


@pytest.mark.parametrize("case", FAILED)
def test_fails_before_the_training(tried: dict[str, Any], case: str) -> None:
    """An error in a late stage comes before the training, with what to do in its last line."""
    found, (_, error, cure) = tried[f"failed {case}"], FAILED[case]

    assert found["code"] == 1
    assert error in found["traceback"]
    assert found["traceback"].splitlines()[-1].startswith("help: ")
    assert cure in found["traceback"].splitlines()[-1]
    assert not [file for file in found["new"] if file.endswith(".ckpt")]


@pytest.mark.parametrize("case", LATER)
def test_two_lines(tried: dict[str, Any], case: str) -> None:
    """A refusal is two lines without a traceback, wherever and whenever it is raised."""
    found, (_, error, cure) = tried[f"later {case}"], LATER[case]

    assert (found["code"], found["traceback"]) == (2, "")
    first, second = found["stderr"].splitlines()
    assert error in first
    assert cure in second


@pytest.mark.usefixtures("tried")
def test_state_that_becomes_unreadable(project: Path) -> None:
    """It ends the run where it appears, and the checkpoint before it stays good."""
    assert (project / "Logs/own_net/stored/checkpoints/last.ckpt").is_file()


@pytest.mark.usefixtures("tried")
@pytest.mark.parametrize("run", ["margin", "epochs", "manual"])
def test_best_checkpoint(project: Path, run: str) -> None:
    """A monitored value of one's own, and training by hand, have a best checkpoint."""
    files = (project / f"Logs/own_net/{run}/checkpoints").iterdir()

    assert {file.name.partition("-")[0] for file in files} == {"best", "last.ckpt"}


def test_preflight_leaves_no_trace(tried: dict[str, Any], project: Path) -> None:
    """The run is the same to the last digit, whatever is drawn and counted, and says no more."""
    runs = [project / "Logs/traceless_net" / name for name in ("traceless", "without")]

    assert rows(runs[0], "metrics.csv") == rows(runs[1], "metrics.csv")
    assert rows(runs[0]) == rows(runs[1])
    said = [tried[f"trained {case}"]["stdout"] for case in ("with a preflight", "without one")]
    assert said[0].count("forward") == said[1].count("forward")
    made = [tried[f"trained {case}"]["new"] for case in ("with a preflight", "without one")]
    assert len(made[0]) - len(made[1]) in (0, 1)  # the folder of the net
