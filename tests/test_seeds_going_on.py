"""`--seeds` that were interrupted: one command completes them as if they had not been."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from conftest import contents, once
from plgen.commands.new import new
from projects import TINY, drive, python, record, require_refusal, rows, start

RUNS = "Logs/example_net"
SEEDS = ("1", "2", "3")
TYPED = ["main.py", "--seeds", *SEEDS, *TINY, "--trainer.max_epochs=12", "--patience=0"]
WHOLE = f"--ckpt_path={RUNS}/whole"
FIRST = f"{RUNS}/whole/seed_1"
DIFFERS = f"differs from that of {RUNS}/whole,"
NEITHER = "is not a checkpoint"
# What is typed; the error, and its hint.
REFUSED = {
    "other seeds": ([WHOLE, "--seeds", "1", "2"], f"--seeds 1 2 {DIFFERS} 1 2 3", "leave it out"),
    "one seed": ([WHOLE, "--seed=7"], f"--seed 7 {DIFFERS} 42", "leave it out"),
    "rate": ([WHOLE, "--lr=0.1"], f"--lr 0.1 {DIFFERS} 0.002", "or start a new run"),
    "more": ([WHOLE, "--trainer.max_epochs=13"], f"--trainer.max_epochs 13 {DIFFERS} 12", "leave"),
    "another name": (
        [WHOLE, "--run_name=other"],
        "--run_name other: a resumed run stays in its folder",
        "leave it out",
    ),
    "test": (
        [WHOLE, "--stage=test"],
        "has several seeds, and --stage test takes one",
        f"give a checkpoint of one, such as {FIRST}/checkpoints/last.ckpt",
    ),
    "a run": ([f"--ckpt_path={FIRST}"], f"the folder {FIRST} {NEITHER}", "give one, such as Logs"),
    "no run": (
        ["--ckpt_path=data"],
        f"the folder data {NEITHER}",
        "give one, such as Logs",
    ),
    "again": (
        ["--seeds", "1", "--run_name=whole"],
        "whole already exists",
        "or resume this run with --ckpt_path",
    ),
}
# Makes each checkpoint of a seed one that StochasticWeightAveraging has begun to average.
AVERAGED = f"""
import torch
from pathlib import Path
for file in Path("{RUNS}/averaged/seed_2/checkpoints").iterdir():
    content = torch.load(file, weights_only=True)
    content["callbacks"]["average"] = {{"average_model_state": {{}}, "n_averaged": 1}}
    torch.save(content, file)
"""


@pytest.fixture
def whole(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give the folder of seeds that nothing interrupted, in a project that all tests share."""

    def make(folder: Path) -> None:
        example = new(str(folder / "sample"), {"author": ""}, git=False).path
        done = python(lab, example, *TYPED, "--run_name=whole")
        assert done.returncode == 0, done.stderr

    return once(tmp_path_factory, "whole-seeds", make) / "sample" / RUNS / "whole"


@pytest.fixture
def tried(tmp_path_factory: pytest.TempPathFactory, lab: Path, whole: Path) -> Path:
    """Give a project with copies of `whole`, in which commands were tried.

    They are those of REFUSED, and two that go on: with seeds that are done, and with others.
    """

    def make(folder: Path) -> None:
        example = new(str(folder / "sample"), {"author": ""}, git=False).path
        shutil.copytree(whole, example / RUNS / "whole")
        failed = shutil.copytree(whole, example / RUNS / "failed")
        (failed / "results.csv").unlink()
        change = record(failed / "seed_2") | {"status": "failed"}
        (failed / "seed_2/run.json").write_text(json.dumps(change))
        shutil.copytree(failed, example / RUNS / "averaged")
        shutil.rmtree(failed / "seed_3/checkpoints")
        (failed / "seed_3/run.json").unlink()
        going_on = {
            "done": [WHOLE],
            "failed": [f"--ckpt_path={RUNS}/failed", "--trainer.accelerator=cpu"],
            "averaged": [f"--ckpt_path={RUNS}/averaged"],
        }
        python(lab, example, "-c", AVERAGED)
        cases = {name: typed for name, (typed, *_) in REFUSED.items()} | going_on
        drive(lab, example, "options.py", [*cases.items()], folder / "outcomes.json")

    return once(tmp_path_factory, "seeds-gone-on-with", make) / "sample"


def outcome(tried: Path, command: str) -> dict[str, Any]:
    """Return how a command ended."""
    return json.loads((tried.parent / "outcomes.json").read_text())[command]


def tensors(run: Path) -> list[bytes]:
    """Return the tensors of a run's last checkpoint: the net's and the optimizer's."""
    with zipfile.ZipFile(run / "checkpoints/last.ckpt") as archive:
        return [archive.read(name) for name in archive.namelist() if "/data/" in name]


def check_equal(seeds: Path, whole: Path) -> None:
    """Fail unless seeds ended as those that nothing interrupted, bit for bit."""
    assert (seeds / "results.csv").read_bytes() == (whole / "results.csv").read_bytes()
    for run in ("seed_1", "seed_2", "seed_3"):
        assert record(seeds / run)["status"] == "done"
        assert rows(seeds / run, "metrics.csv") == rows(whole / run, "metrics.csv")
        assert tensors(seeds / run) == tensors(whole / run)


def interrupt(lab: Path, seeds: Path) -> tuple[int, str]:
    """Press Ctrl-C in the second of several seeds; return the exit status and what was said."""
    process = start(lab, seeds.parents[2], *TYPED, f"--run_name={seeds.name}")
    end = time.monotonic() + 600
    while time.monotonic() < end and not (seeds / "seed_2/checkpoints/last.ckpt").exists():
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    done = process.wait()
    return done.returncode, done.stderr


def test_ctrl_c_and_what_it_says_to_type(whole: Path, lab: Path) -> None:
    """Whoever stops the second seed wants no third yet, and is told the command for all of them."""
    stopped = whole.with_name("stopped")

    code, said = interrupt(lab, stopped)

    assert code == 130
    assert {path.name for path in stopped.iterdir()} == {
        *("config.yaml", "results.csv", "seed_1", "seed_2")
    }
    assert [row["seed"] for row in rows(stopped)] == ["1", "mean", "std"] * 2
    told = re.search(r"^stopped after \d+ epochs, resume: python (.*)", said, re.MULTILINE)
    assert told is not None, said
    assert told[1] == f"main.py --ckpt_path {RUNS}/stopped"

    done = python(lab, whole.parents[2], *told[1].split())

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"resuming {RUNS}/stopped after 1 of 3 seeds\n")
    assert "earlier" not in record(stopped / "seed_1")
    check_equal(stopped, whole)


def test_failed_seeds(tried: Path, whole: Path) -> None:
    """A seed that failed goes on from its checkpoint, and begins anew if it has none."""
    found = outcome(tried, "failed")

    assert (found["code"], found["traceback"]) == (0, "")
    assert (
        f"resuming {RUNS}/failed/seed_2 after 12 of 12 epochs: nothing is left" in found["stdout"]
    )
    assert f"{RUNS}/failed/seed_3 " not in found["stdout"]
    check_equal(tried / RUNS / "failed", whole)


def test_seed_that_cannot_be_resumed(tried: Path) -> None:
    """It is named, with what lets the other seeds go on, and nothing of it is lost."""
    found = outcome(tried, "averaged")
    error, hint = found["stderr"].splitlines()[-2:]

    assert (found["code"], found["traceback"], found["new"]) == (2, "", [])
    assert error == f"error: no checkpoint of {RUNS}/averaged/seed_2 can be resumed"
    assert hint == f"help: delete {RUNS}/averaged/seed_2: then this seed starts over"
    assert (tried / RUNS / "averaged/seed_2/checkpoints/last.ckpt").is_file()


def test_seeds_that_are_done(tried: Path, whole: Path) -> None:
    """Where nothing is left to do the table is printed, and no file changes."""
    found = outcome(tried, "done")

    assert (found["code"], found["new"]) == (0, [])
    said, title, *table = found["stdout"].splitlines()
    assert (said, title) == (f"{RUNS}/whole has all of its 3 seeds", f"Results in {RUNS}/whole")
    assert sum(line.startswith(("│ mean", "│ std")) for line in table) == 4
    assert contents(tried / RUNS / "whole") == contents(whole)


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused(tried: Path, case: str) -> None:
    """It gets two lines, and leaves nothing."""
    _, error, cure = REFUSED[case]

    require_refusal(outcome(tried, case), error, cure)


def test_a_folder_repeats_its_seeds(whole: Path, lab: Path) -> None:
    """The config.yaml of all seeds repeats them."""
    config = f"--config={whole / 'config.yaml'}"

    done = python(lab, whole.parents[2], "main.py", config, "--run_name=repeated")

    assert done.returncode == 0, done.stderr
    check_equal(whole.with_name("repeated"), whole)
