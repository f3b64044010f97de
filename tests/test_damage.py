"""Checkpoints that are damaged, disks that are full, and trackers that are not there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import once, run
from plgen.commands.new import new
from projects import TINY, project, python, record, rows

TYPED = ["main.py", *TINY, "--trainer.max_epochs=2"]


def cut(whole: bytes) -> bytes:
    """Lose the second half."""
    return whole[: len(whole) // 2]


def flip(whole: bytes) -> bytes:
    """Change one byte of the weights."""
    middle = len(whole) // 2
    return whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]


def blank(whole: bytes) -> bytes:
    """Keep nothing but the length."""
    return bytes(len(whole))


def empty(whole: bytes) -> bytes:
    """Keep nothing."""
    return whole[:0]


# A disk on which no file can be larger than so many bytes.
FULL = """
import resource, runpy, sys
size, sys.dont_write_bytecode = int(sys.argv[1]), True  # it would be cut, and shared
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
sys.argv = ["main.py", *sys.argv[2:]]
runpy.run_path("main.py", run_name="__main__")
"""
DAMAGE = {"empty": empty, "cut": cut, "flipped": flip, "zeros": blank}


@pytest.fixture
def whole(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give a run of two epochs, in a project without the example."""
    made = project(tmp_path_factory, "plain-trained", example=False)

    def make(_folder: Path) -> None:
        done = python(lab, made, *TYPED, "--run_name=whole")
        assert done.returncode == 0, done.stderr

    once(tmp_path_factory, "plain-run", make)
    return made / "Logs/standard_net/whole"


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged(whole: Path, lab: Path, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """A damaged checkpoint is refused, and the others beside it are named."""
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    last = folder / "checkpoints/last.ckpt"
    last.write_bytes(damage(last.read_bytes()))
    (best,) = last.parent.glob("best-*.ckpt")

    done = python(lab, whole.parents[2], "main.py", f"--ckpt_path={last}")

    assert done.returncode == 2
    hint = f"give another checkpoint of its folder, newest first: {best.name}, or start over"
    reason = "it is damaged, or torch.save did not write it"
    assert done.stderr == f"error: {last} cannot be loaded: {reason}\nhelp: {hint}\n"


def test_ended_before_an_evaluation(whole: Path, lab: Path) -> None:
    """A training that ends before its first evaluation has no best checkpoint, and is no error."""
    typed = [*TYPED, "--trainer.max_steps=1", "--run_name=ended"]

    done = python(lab, whole.parents[2], *typed)

    assert done.returncode == 0, done.stderr
    folder = whole.with_name("ended") / "checkpoints"
    assert [file.name for file in folder.iterdir()] == ["last.ckpt"]


def test_full_disk(whole: Path, lab: Path) -> None:
    """A full disk ends a run in two lines; it goes on to the same end when it is full no more."""
    # The first checkpoint is smaller than those that hold the state of an optimizer.
    size = (whole / "checkpoints/last.ckpt").stat().st_size * 2 // 3
    typed = (str(size), *TYPED[1:], "--run_name=full")
    ended = python(lab, whole.parents[2], "-c", FULL, *typed)
    full = whole.with_name("full")
    last = "Logs/standard_net/full/checkpoints/last.ckpt"

    assert ended.returncode == 1
    error, hint = ended.stderr.splitlines()[-2:]
    assert error == "error: a file cannot be written: File too large"
    assert hint.startswith("help: free some space, then resume the run from its last.ckpt")
    assert "Traceback" not in ended.stderr
    assert record(full)["status"] == "failed"
    assert [path.name for path in (full / "checkpoints").iterdir()] == ["last.ckpt"]

    assert python(lab, whole.parents[2], "main.py", f"--ckpt_path={last}").returncode == 0
    assert rows(full, "metrics.csv") == rows(whole, "metrics.csv")


@pytest.mark.parametrize("seeds", [[], ["--seeds", "1", "2"]], ids=["one run", "seeds"])
def test_a_disk_that_is_full_from_the_start(whole: Path, lab: Path, seeds: list[str]) -> None:
    """It costs two lines, and leaves no run."""
    typed = [*TYPED[1:], "--run_name=none", *seeds]
    ended = python(lab, whole.parents[2], "-c", FULL, "1500", *typed)

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-2] == "error: a file cannot be written: File too large"
    assert not whole.with_name("none").exists()


@pytest.mark.parametrize("tracker", ["wandb", "mlflow"])
def test_tracker_that_is_missing(lab: Path, tmp_path: Path, tracker: str) -> None:
    """A tracker that is not installed is asked for, and no run is left behind."""
    if run(lab / "python", "-c", f"import {tracker}").returncode == 0:
        pytest.skip(f"{tracker} is installed")
    answers = {"author": "", "example": False, "tracker": tracker}
    made = new(str(tmp_path / "sample"), answers, git=False).path

    done = python(lab, made, "main.py", *TINY)

    assert done.returncode == 2
    error, hint = done.stderr.splitlines()[-2:]
    assert error.startswith("error: ")
    assert tracker in error
    assert hint.startswith("help: install the package that provides it")
    assert not (made / "Logs").exists()
