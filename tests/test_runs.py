"""Runs of a rendered project: their folders and records, repeated and tested."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import contents, once, run
from plgen.commands.new import new
from plgen.git import COMMITTED
from projects import TINY, drive, python, record, require_refusal, rows

SETS = ("--eval_datasets", "example_evaldata", "example_testdata")
TESTS = ("--test_datasets", "example_testdata", "example_rotated_testdata", "standard_data")
RUNS = "Logs/example_net"
SHORT = (*TINY, "--trainer.limit_train_batches=20", "--batch_size=32")
LAST = f"--ckpt_path={RUNS}/first/checkpoints/last.ckpt"
# In this order, each as `python main.py` with these arguments.
COMMANDS = {
    "first": ["--run_name=first", *SHORT, *SETS, *TESTS, "--net.width=12"],
    "again": [f"--config={RUNS}/first/config.yaml"],
    "test": ["--stage=test", LAST, "--run_name=test", "--trainer.limit_test_batches=2"],
}
# What a checkpoint does not fit, where no folder of a run can be made, and what is said.
REFUSED = {
    "changed rate": ([LAST, "--lr=0.001"], "--lr 0.001 differs"),
    "changed optimizer": ([LAST, "--optimizer=SGD"], "--optimizer SGD differs"),
    "a file": (["--log_dir=main.py"], "cannot be created: Not a directory"),
    "in a file": (["--log_dir=main.py/runs"], "cannot be created: Not a directory"),
    "a lost disk": (["--log_dir=lost"], "cannot be created: File exists"),
    "a long folder": ([f"--log_dir={'x' * 300}"], "cannot be created: File name too long"),
    "a long name": ([f"--run_name={'x' * 300}"], "is not a valid folder name"),
    "a path": (["--run_name=../up"], "is not a valid folder name"),
    "dots": (["--run_name=.."], "is not a valid folder name"),
    "more dots": (["--run_name=..."], "is not a valid folder name"),
    "a control character": (["--run_name=a\tb"], "is not a valid folder name"),
    "a variable": (["--run_name=$HOME"], "is not a valid folder name"),
    "an older run": (["--run_name=first"], f"the run {RUNS}/first already exists"),
    "seeds": (["--seeds", "1", "2", "--log_dir=main.py"], "cannot be created: Not a directory"),
}


@pytest.fixture
def place_of_runs(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give a project with a first commit in which COMMANDS were typed one after the other."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": ""})
        assert made.git == COMMITTED
        refused = [(case, typed) for case, (typed, _) in REFUSED.items()]
        (made.path / ".git/info/exclude").write_text("/lost\n")
        (made.path / "lost").symlink_to(folder / "lost")
        commands = [*COMMANDS.items(), *refused]
        drive(lab, made.path, "options.py", commands, folder / "outcomes.json")
        (made.path / "lost").unlink()

    return once(tmp_path_factory, "runs", make) / "sample"


@pytest.fixture
def told(place_of_runs: Path) -> dict[str, Any]:
    """Give how each of COMMANDS ended."""
    return json.loads((place_of_runs.parent / "outcomes.json").read_text())


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_typed_works(told: dict[str, Any], command: str) -> None:
    """Each command does what it says, without a traceback."""
    assert (told[command]["traceback"], told[command]["code"]) == ("", 0)


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(told: dict[str, Any], case: str) -> None:
    """An option that would be ignored or make no folder is refused at once."""
    _, error = REFUSED[case]

    require_refusal(told[case], error, "")


def test_a_commit_is_recorded(place_of_runs: Path) -> None:
    """In a repository run.json names the commit, and runs do not make it dirty."""
    commit = run("git", "rev-parse", "HEAD", cwd=place_of_runs).stdout.strip()

    assert record(place_of_runs / RUNS / "first")["git"] == {"commit": commit, "dirty": False}


def test_the_config_of_a_run_repeats_it(place_of_runs: Path) -> None:
    """`--config` with a run's config.yaml makes another run with equal results."""
    again = place_of_runs / RUNS / "version_0"

    assert rows(again) == rows(place_of_runs / RUNS / "first")
    first, second = (rows(run, "metrics.csv") for run in (place_of_runs / RUNS / "first", again))
    assert [row["val_loss"] for row in second] == [row["val_loss"] for row in first[: len(second)]]


def test_a_checkpoint_is_enough_to_test(place_of_runs: Path, told: dict[str, Any]) -> None:
    """The net and its arguments come from the checkpoint, and the numbers are those of before."""
    tested = [row for row in rows(place_of_runs / RUNS / "first") if row["stage"] == "test"]

    assert rows(place_of_runs / RUNS / "test") == tested
    assert all(name in told["test"]["stdout"] for name in (*TESTS[1:], "mean"))


INTERRUPTED = """
from torch.utils.data import Dataset


class StandardData(Dataset):
    def __init__(self) -> None:
        raise KeyboardInterrupt
"""


def test_ctrl_c_before_a_run(lab: Path, tmp_path: Path) -> None:
    """While the data are read it leaves one line, and no run."""
    made = new(str(tmp_path / "sample"), {"author": "", "example": False}, git=False).path
    (made / "data/standard_data.py").write_text(INTERRUPTED)

    done = python(lab, made, "main.py", *TINY)

    assert (done.returncode, done.stderr) == (130, "\nstopped\n")
    assert not (made / "Logs").exists()


# Runs main.py with a standard output that nobody reads.
UNREAD = """
import os, runpy, sys
reader, writer = os.pipe()
os.close(reader)
os.dup2(writer, 1)
sys.argv = sys.argv[1:]
sys.path[0] = os.path.dirname(sys.argv[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_main_py_is_called_from_elsewhere(lab: Path, tmp_path: Path) -> None:
    """The run lies in the project, Logs on another disk, and nobody reads what is printed.

    The record names the project's commit, not that of the caller's folder.
    """
    made = new(str(tmp_path / "sample"), {"author": ""}).path
    (tmp_path / "disk").mkdir()
    (made / "Logs").symlink_to(tmp_path / "disk")
    (tmp_path / "caller").mkdir()
    run("git", "init", "-q", ".", cwd=tmp_path / "caller")
    typed = (made / "main.py", *TINY, "--run_name=elsewhere")
    done = python(lab, tmp_path / "caller", "-c", UNREAD, *typed)

    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    found = record(made / RUNS / "elsewhere")
    commit = run("git", "rev-parse", "HEAD", cwd=made).stdout.strip()
    assert (found["status"], found["git"]) == ("done", {"commit": commit, "dirty": False})
    assert [path.name for path in (tmp_path / "caller").iterdir()] == [".git"]


def test_uncommitted_changes_and_a_copied_link(lab: Path, tmp_path: Path) -> None:
    """git.diff holds changes and new files; a copy of a run cannot write to the original's disk."""
    made = new(str(tmp_path / "sample"), {"author": ""}).path
    (made / "weights.bin").write_bytes(os.urandom(2_000_000))
    net = made / "model/example_net.py"
    net.write_text(net.read_text() + "# changed\n")
    (made / "model/new_net.py").write_text("# new\n")
    (made / "figure.png").write_bytes(bytes(range(256)))
    run("git", "config", "diff.noprefix", "true", cwd=made)
    done = python(lab, made, "main.py", *TINY, "--run_name=dirty")
    assert done.returncode == 0, done.stderr
    folder = made / RUNS / "dirty"
    assert record(folder)["git"]["dirty"]
    run("git", "clone", "-q", made, tmp_path / "clone")
    assert (folder / "git.diff").stat().st_size < 10_000
    applied = run("git", "apply", folder / "git.diff", cwd=tmp_path / "clone")
    assert applied.returncode == 0, applied.stderr
    for name in ("model/example_net.py", "model/new_net.py", "figure.png"):
        assert (tmp_path / "clone" / name).read_bytes() == (made / name).read_bytes()

    (folder / "checkpoints").rename(tmp_path / "disk")
    (folder / "checkpoints").symlink_to(tmp_path / "disk")
    shutil.copytree(made, tmp_path / "copy", symlinks=True)
    before = contents(tmp_path)
    last = f"--ckpt_path={RUNS}/dirty/checkpoints/last.ckpt"
    done = python(lab, tmp_path / "copy", "main.py", last, "--trainer.max_epochs=2")
    assert done.returncode == 2
    assert "is a copy of" in done.stderr
    assert {name: found for name, found in contents(tmp_path).items() if "pycache" not in name} == {
        name: found for name, found in before.items() if "pycache" not in name
    }
    shutil.rmtree(made)
    done = python(lab, tmp_path / "copy", "main.py", last, "--trainer.max_epochs=2")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy" / RUNS / "dirty/git-2.diff").is_file()
