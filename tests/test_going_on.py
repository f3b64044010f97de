"""Going on with a run, beginning one with other weights, and what is good for neither."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import contents, once
from noise import add_noise
from plgen.commands.new import new
from projects import TINY, drive, python, record, require_refusal, rows

RUNS = "Logs/noisy_net"
LAST = f"{RUNS}/first/checkpoints/last.ckpt"
NET = ["--model_name=noisy_net"]
SHORT = [*TINY, *NET, "--preflight=false", "--batch_size=16", "--trainer.max_epochs=2"]
WORKERS = [*SHORT, "--train_dataset=noisy_data", "--num_workers=2"]
STOPPED = f"{RUNS}/stopped/checkpoints/last.ckpt"
WATCHED = f"{RUNS}/watched/checkpoints/last.ckpt"
PREPARE = """
import pathlib, pickle, torch
held = torch.load("Logs/noisy_net/first/checkpoints/last.ckpt", weights_only=True)["state_dict"]
torch.save({"state_dict": held, "pytorch-lightning_version": "2.6"}, "foreign.ckpt")
torch.save({"config": {}, "object": pathlib.Path("x")}, "pickled.ckpt")
pickle.dump(pathlib.Path("x"), open("bare.ckpt", "wb"))
torch.save({"config": 3}, "number.ckpt")
torch.save([1], "list.ckpt")
plain = {key.replace("net.", "module._orig_mod."): value for key, value in held.items()}
torch.save(plain, "plain.pt")
plain["module._orig_mod.layers.4.weight"] = torch.zeros(3, 16)
plain["module._orig_mod.more"] = plain.pop("module._orig_mod.layers.4.bias")
torch.save(plain, "other.pt")
pathlib.Path("text.ckpt").write_text("no checkpoint")
"""
EARLY = [*SHORT, "--trainer.max_epochs=9", "--lr=1e-12", "--patience=1"]
# In this order; what each prints, and its exit status.
BEGUN = {
    "first": ["--run_name=first", *SHORT],
    "stopped": ["--run_name=stopped", *EARLY],
    "watched": ["--run_name=watched", *EARLY],
    "within": ["--run_name=within", *SHORT, "--trainer.val_check_interval=0.5"],
    "zero": ["--run_name=zero", *SHORT, "--seed=0"],
    "zero again": ["--run_name=again", *SHORT, "--seed=0"],
    "workers": ["--run_name=workers", *WORKERS],
    "workers again": ["--run_name=workers again", *WORKERS],
}
REPORT = (
    "other.pt: 7 of 9 tensors are loaded; not loaded: "
    "shape mismatch: layers.4.weight is (3, 16) in the file and (10, 16) in the net, "
    "layers.4.bias is not in the file, more is not in the net\n"
)
COPY = f"{RUNS}/copied/checkpoints/last.ckpt"  # of a run whose checkpoints/ is a link
FOLLOWING: dict[str, tuple[list[str], int, str]] = {
    "a copy": (
        [f"--ckpt_path={COPY}", "--trainer.max_epochs=3"],
        0,
        f"resuming {RUNS}/copied after 2 of 3 epochs\n",
    ),
    "nothing left": (
        [f"--ckpt_path={LAST}"],
        0,
        f"resuming {RUNS}/first after 2 of 2 epochs\n",
    ),
    "more": (
        [f"--ckpt_path={LAST}", "--trainer.max_epochs=3"],
        0,
        f"resuming {RUNS}/first after 2 of 3 epochs\n",
    ),
    "stopped early": (
        [f"--ckpt_path={STOPPED}"],
        0,
        ": it had stopped early; to continue, raise its patience (--patience)\n",
    ),
    "more patience": (
        [f"--ckpt_path={STOPPED}", "--patience=3"],
        0,
        f"resuming {RUNS}/stopped",
    ),
    "another value": (
        [f"--ckpt_path={WATCHED}", "--monitor=val_acc", "--trainer.max_epochs=3"],
        0,
        f"resuming {RUNS}/watched after 2 of 3 epochs\n",
    ),
    "finetuned": (
        [*TINY, f"--finetune={LAST}", "--run_name=finetuned"],
        0,
        f"{LAST}: 9 of 9 tensors are loaded\n",
    ),
    "gone on with the finetuned": (
        [f"--ckpt_path={RUNS}/finetuned/checkpoints/last.ckpt", "--trainer.max_epochs=2"],
        0,
        f"resuming {RUNS}/finetuned after 1 of 2 epochs\n",
    ),
    "plain weights": ([*TINY, *NET, "--finetune=plain.pt"], 0, "9 of 9 tensors are"),
    "weights of another project": (
        [*TINY, *NET, "--finetune=foreign.ckpt"],
        0,
        "foreign.ckpt: 9 of 9 tensors are loaded\n",
    ),
    "other weights": (
        [*TINY, *NET, "--finetune=other.pt"],
        0,
        REPORT,
    ),
}
TWO = "--finetune starts a new training"
REFUSED: dict[str, tuple[list[str], str, str]] = {
    "alone": (["--ckpt_path=alone.ckpt"], "was saved within an epoch", "start a new run"),
    "unsuited callback": (
        [
            *(f"--ckpt_path={LAST}", "--trainer.max_epochs=3", "--trainer.max_steps=99"),
            *("--callbacks", "StochasticWeightAveraging"),
            "--StochasticWeightAveraging.swa_lrs=0.1",
        ],
        "averages over epochs",
        "--trainer.max_epochs N",
    ),
    "missing": ([f"--ckpt_path={RUNS}/first/checkpoints/best.ckpt"], "no checkpoint", "last.ckpt"),
    "text": (["--ckpt_path=text.ckpt"], "torch.save did not write it", "start over"),
    **{
        name: ([f"--ckpt_path={name}.ckpt"], "is not a checkpoint of this project", "main.py")
        for name in ("foreign", "number", "list")
    },
    "pickled": (["--ckpt_path=pickled.ckpt"], "which are never loaded", "start over"),
    "pickle": (["--ckpt_path=bare.ckpt"], "which are never loaded", "start over"),
    "within an epoch": ([f"--ckpt_path={RUNS}/within/checkpoints/best.ckpt"], "an epoch", "last"),
    "wrong device": ([f"--ckpt_path={LAST}", "--trainer.accelerator=gpuu"], "gpuu", "--help"),
    "fewer epochs": (
        [f"--ckpt_path={LAST}", "--trainer.max_epochs=1"],
        "but you have set Trainer(max_epochs=1)",
        "--help",
    ),
    "another net": (
        [f"--ckpt_path={LAST}", "--model_name=standard_net"],
        "error: --model_name standard_net differs from the checkpoint's, noisy_net",
        "or start a new run without --ckpt_path",
    ),
    "another net to test": (
        [f"--ckpt_path={LAST}", "--model_name=standard_net", "--stage=test"],
        "error: --model_name standard_net differs from the checkpoint's, noisy_net",
        "help: leave it out",
    ),
    "an option of the net": (
        [f"--ckpt_path={LAST}", "--net.dropout=0.9"],
        "error: --net.dropout 0.9 differs from the checkpoint's, 0.2",
        "help: leave it out, or start a new run",
    ),
    "another loss": (
        [f"--ckpt_path={LAST}", "--loss=MultiMarginLoss"],
        "error: --loss MultiMarginLoss differs from the checkpoint's, CrossEntropyLoss",
        "help: leave it out, or start a new run",
    ),
    "finetune: missing": (["--finetune=no.ckpt"], "there is no checkpoint no.ckpt", "Logs/"),
    "finetune: text": (["--finetune=text.ckpt"], "torch.save did not write it", "start over"),
    "finetune: pickled": (["--finetune=pickled.ckpt"], "which are never loaded", "start over"),
    "finetune: none fits": (
        [f"--finetune={LAST}", "--model_name=standard_net"],
        f"nothing in {LAST} fits the net",
        "its tensors: net.layers.1.weight",
    ),
    "finetune and go on": ([f"--finetune={LAST}", f"--ckpt_path={LAST}"], TWO, "leave out"),
    "finetune and test": ([f"--finetune={LAST}", "--stage=test", f"--ckpt_path={LAST}"], TWO, ""),
}


@pytest.fixture
def tried(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> tuple[Path, dict[str, Any]]:
    """Give a project in which all of the above was typed, and how each ended."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        add_noise(made)
        drive(lab, made, "options.py", list(BEGUN.items()), folder / "begun.json")
        assert python(lab, made, "-c", PREPARE).returncode == 0
        (best,) = (made / RUNS / "within/checkpoints").glob("best-*.ckpt")
        best.rename(best.with_name("best.ckpt"))
        shutil.copy(best.with_name("best.ckpt"), made / "alone.ckpt")
        shutil.copytree(made / RUNS / "first", made / "kept")
        copy = shutil.copytree(made / RUNS / "first", made / RUNS / "copied")
        shutil.move(copy / "checkpoints", folder / "disk")
        (copy / "checkpoints").symlink_to(folder / "disk")
        refused = [(name, typed) for name, (typed, *_) in REFUSED.items()]
        drive(lab, made, "options.py", refused, folder / "refused.json")
        shutil.copytree(made / RUNS / "first", made / "after refusals")
        following = [(name, typed) for name, (typed, *_) in FOLLOWING.items()]
        drive(lab, made, "options.py", following, folder / "following.json")

    folder = once(tmp_path_factory, "going-on", make)
    files = (folder / f"{name}.json" for name in ("begun", "refused", "following"))
    told = [json.loads(file.read_text()) for file in files]
    return folder / "sample", {**told[0], **told[1], **told[2]}


def test_a_copied_run(tried: tuple[Path, dict[str, Any]]) -> None:
    """A copy is resumed in its own folder, through its own link to another disk."""
    project, found = tried
    assert all(name.startswith(f"{RUNS}/copied/") for name in found["a copy"]["new"])
    assert record(project / RUNS / "copied")["status"] == "done"
    assert not list((project.parent / "disk").glob(".*"))
    assert len(rows(project / RUNS / "copied", "metrics.csv")) > len(
        rows(project / "kept", "metrics.csv")
    )


@pytest.mark.parametrize("case", FOLLOWING)
def test_what_is_said(tried: tuple[Path, dict[str, Any]], case: str) -> None:
    """One line says from where a run goes on, or why not; a few say which weights fit."""
    found, (_, code, text) = tried[1][case], FOLLOWING[case]

    assert (found["code"], found["traceback"]) == (code, "")
    assert text in found["stdout"]


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tried: tuple[Path, dict[str, Any]], case: str) -> None:
    """What is no good for it is refused in two lines, and makes nothing."""
    _, error, cure = REFUSED[case]

    require_refusal(tried[1][case], error, cure)


def test_refusals_change_nothing(tried: tuple[Path, dict[str, Any]]) -> None:
    """A run that was not gone on with is as it was."""
    assert contents(tried[0] / "after refusals") == contents(tried[0] / "kept")


def test_each_epoch_once(tried: tuple[Path, dict[str, Any]]) -> None:
    """A run that goes on logs each epoch once, and none when it had stopped by itself."""
    for name, epochs in (("first", 3), ("stopped", 4), ("finetuned", 2)):
        found = rows(tried[0] / RUNS / name, "metrics.csv")
        assert [row["epoch"] for row in found if row["train_loss"]] == [*map(str, range(epochs))]


def test_earlier_sessions_are_kept(tried: tuple[Path, dict[str, Any]]) -> None:
    """The record of a run that went on tells of every time that it was worked on."""
    found = record(tried[0] / RUNS / "first")

    assert found["status"] == "done"
    assert [before["status"] for before in found["earlier"]] == ["done", "done"]
    assert "--run_name=first" in found["earlier"][0]["command"]


@pytest.mark.parametrize(
    ("name", "again"), [("zero", "again"), ("workers", "workers again")], ids=["0", "workers"]
)
def test_same_seed_same_numbers(tried: tuple[Path, dict[str, Any]], name: str, again: str) -> None:
    """Two runs of the same command log the same numbers, and others than with another seed."""
    first, second, other = (
        (tried[0] / RUNS / run / "metrics.csv").read_text() for run in (name, again, "within")
    )

    assert first == second
    assert first != other
