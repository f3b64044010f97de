"""`--seeds` that were interrupted: one command completes them as if they had not been."""

from __future__ import annotations

import fcntl
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
import yaml
from conftest import contents, once
from plgen.commands.new import new
from projects import TINY, drive, python, record, require_refusal, rows, start

RUNS = "Logs/example_net"
SEEDS = ("1", "2", "3")
TYPED = ["main.py", "--seeds", *SEEDS, *TINY, "--trainer.max_epochs=12", "--patience=0"]
SAME = f"main.py --config {RUNS}/{{0}}/config.yaml --run_name {{0}}"
ONCE = [*SAME.format("whole").split()[1:]]
EXISTS = (f"error: the run {RUNS}/whole already exists", "several seeds by their config.yaml")
# What is typed; the error, and its hint.
REFUSED = {
    "other seeds": ([*ONCE, "--seeds", "1", "2"], *EXISTS),
    "rate": ([*ONCE, "--lr=0.1"], *EXISTS),
    "more": ([*ONCE, "--trainer.max_epochs=13"], *EXISTS),
    "folder": (
        [f"--ckpt_path={RUNS}/whole"],
        f"error: the folder {RUNS}/whole is not a checkpoint",
        f"to resume several seeds: python {SAME.format('whole')}",
    ),
    "moved": (
        ["--ckpt_path=moved/example_net/whole"],
        "error: the folder moved/example_net/whole is not a checkpoint",
        "--config moved/example_net/whole/config.yaml --run_name whole --log_dir /",
    ),
    "moved elsewhere": (
        ["--ckpt_path=moved/whole"],
        "error: the folder moved/whole is not a checkpoint",
        "to resume several seeds: first move moved/whole into a folder example_net, then",
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
        for seeds in (f"{RUNS}/whole", "moved/example_net/whole", "moved/whole"):
            shutil.copytree(whole, example / seeds)
        failed = shutil.copytree(whole, example / RUNS / "failed")
        (failed / "results.csv").unlink()
        change = record(failed / "seed_2") | {"status": "failed"}
        (failed / "seed_2/run.json").write_text(json.dumps(change))
        commit = record(failed / "seed_1") | {"git": {"commit": "0123456789", "dirty": True}}
        (failed / "seed_1/run.json").write_text(json.dumps(commit))
        shutil.copytree(failed, example / RUNS / "averaged")
        shutil.rmtree(failed / "seed_3/checkpoints")
        (failed / "seed_3/run.json").unlink()
        going_on = {
            "done": ONCE,
            "failed": SAME.format("failed").split()[1:],
            "averaged": SAME.format("averaged").split()[1:],
            "one": [f"--ckpt_path={RUNS}/whole/seed_1"],
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
        *(".lock", "config.yaml", "results.csv", "seed_1", "seed_2")
    }
    assert [row["seed"] for row in rows(stopped)] == ["1", "mean", "std"] * 2
    one, told = said.splitlines()[-2:]
    assert re.match(r"stopped after \d+ epochs, resume: python main.py --ckpt_path .*/seed_2/", one)
    assert told == f"resume all seeds: python {SAME.format('stopped')}"

    done = python(lab, whole.parents[2], *told.partition("python ")[2].split())

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"resuming {RUNS}/stopped after 1 of 3 seeds\n")
    assert "earlier" not in record(stopped / "seed_1")
    check_equal(stopped, whole)


def test_a_second_command(whole: Path, lab: Path) -> None:
    """While one command trains the seeds of a folder, another is refused and changes nothing."""
    before = contents(whole)
    with (whole / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = python(lab, whole.parents[2], *TYPED, "--run_name=whole")

    assert done.returncode == 2
    message = f"error: another command is training the seeds in {RUNS}/whole"
    assert done.stderr.splitlines()[-2] == message
    assert [name for name, content in contents(whole).items() if content != before[name]] == []


def test_seeds_that_moved(whole: Path, lab: Path, tmp_path: Path) -> None:
    """A folder that moved to another disk is resumed there."""
    shutil.copytree(whole, tmp_path / "example_net/whole")
    done = python(lab, whole.parents[2], *TYPED, "--run_name=whole", f"--log_dir={tmp_path}")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("resuming ")
    config = yaml.safe_load((tmp_path / "example_net/whole/config.yaml").read_text())
    assert config["log_dir"] == str(tmp_path)


def test_failed_seeds(tried: Path, whole: Path) -> None:
    """A seed that failed goes on from its checkpoint, and begins anew if it has none."""
    found = outcome(tried, "failed")

    assert (found["code"], found["traceback"]) == (0, "")
    assert f"resuming {RUNS}/failed/seed_2 after 12 of 12 epochs\n" in found["stdout"]
    assert f"{RUNS}/failed/seed_3 " not in found["stdout"]
    assert "\nthe code may have changed since seed 1: compare `git` in" in found["stdout"]
    check_equal(tried / RUNS / "failed", whole)


def test_seed_that_cannot_be_resumed(tried: Path) -> None:
    """It is named, with what lets the other seeds go on, and nothing of it is lost."""
    found = outcome(tried, "averaged")
    error, hint = found["stderr"].splitlines()[-2:]

    assert (found["code"], found["traceback"]) == (2, "")
    run = f"{RUNS}/averaged/seed_2"
    last = f"{run}/checkpoints/last.ckpt"
    assert error.startswith(f"error: {last} is from a run whose weights are being averaged")
    assert hint.startswith(f"help: delete or move {run}, then repeat this command")
    assert "resume all seeds" not in found["stderr"]
    assert (tried / RUNS / "averaged/seed_2/checkpoints/last.ckpt").is_file()


def test_folder_of_one_seed(tried: Path) -> None:
    """It is not a checkpoint, and nothing is said of several seeds."""
    found = outcome(tried, "one")

    assert found["code"] == 2
    assert found["stderr"].endswith("/checkpoints/last.ckpt\n")


def test_seeds_that_are_done(tried: Path, whole: Path) -> None:
    """Where nothing is left to do the table is printed, and no run changes."""
    found = outcome(tried, "done")

    assert (found["code"], found["new"]) == (0, [])
    said, title, *table = found["stdout"].splitlines()
    assert said == f"resuming {RUNS}/whole after 3 of 3 seeds"
    assert title == f"Results in {RUNS}/whole"
    assert sum(line.startswith(("│ mean", "│ std")) for line in table) == 4
    before, after = contents(whole), contents(tried / RUNS / "whole")
    assert [name for name in before if before[name] != after[name]] in ([], ["config.yaml"])


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
