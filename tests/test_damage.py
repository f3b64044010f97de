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

# Checkpoints that load and are of no use: without weights, or of another net.
OTHERS = """
import pathlib, torch
good = torch.load("Logs/standard_net/whole/checkpoints/last.ckpt", weights_only=True)
pathlib.Path("others").mkdir()
torch.save({**good, "state_dict": {}}, "others/empty.ckpt")
torch.save({**good, "config": {**good["config"], "model_name": "other_net"}}, "others/net.ckpt")
torch.save({key: good[key] for key in good if key != "state_dict"}, "others/none.ckpt")
"""


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
        assert python(lab, made, "-c", OTHERS).returncode == 0

    once(tmp_path_factory, "plain-run", make)
    return made / "Logs/standard_net/whole"


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged(whole: Path, lab: Path, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """A damaged checkpoint is said to be one, and the newest good one beside it is named."""
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    last = folder / "checkpoints/last.ckpt"
    last.write_bytes(damage(last.read_bytes()))
    (best,) = last.parent.glob("best-*.ckpt")
    for other in (whole.parents[2] / "others").iterdir():
        shutil.copyfile(other, last.with_name(other.name))

    done = python(lab, whole.parents[2], "main.py", f"--ckpt_path={last}")

    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {last} is damaged\n")
    assert done.stderr.endswith(f"\nhelp: use {best}, the newest undamaged checkpoint\n")


def test_last_one_damaged(whole: Path, lab: Path, tmp_path: Path) -> None:
    """Where no other checkpoint is good, that is said."""
    alone = shutil.copy(whole / "checkpoints/last.ckpt", tmp_path)
    Path(alone).write_bytes(cut(Path(alone).read_bytes()))

    done = python(lab, whole.parents[2], "main.py", f"--finetune={alone}")

    assert done.returncode == 2
    assert done.stderr == (
        f"error: {alone} is damaged\n"
        f"help: {tmp_path} has no undamaged checkpoint: use a backup, or start a new run\n"
    )


def test_damaged_beside_one_within_an_epoch(whole: Path, lab: Path) -> None:
    """A good checkpoint that a run cannot go on from is named for what it is good for."""
    typed = [*TYPED, "--trainer.val_check_interval=0.5", "--run_name=within"]
    within = python(lab, whole.parents[2], *typed)
    last = whole.with_name("within") / "checkpoints/last.ckpt"
    last.write_bytes(cut(last.read_bytes()))
    (best,) = last.parent.glob("best-*.ckpt")

    done = python(lab, whole.parents[2], "main.py", f"--ckpt_path={last}")

    assert within.returncode == 0, within.stderr
    assert done.stderr.endswith(
        f"help: test {best}, or start over with --finetune {best}: no run can be resumed from it\n"
    )


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
    assert error == "error: Logs/standard_net/full cannot be written to: File too large"
    assert hint == f"help: free some space, then resume: python main.py --ckpt_path {last}"
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
    error, hint = ended.stderr.splitlines()[-2:]
    assert error == "error: Logs/standard_net/none cannot be written to: File too large"
    assert hint == "help: free some space, then start over"
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
    assert done.stderr.splitlines()[-2].startswith("error: runs cannot be logged: ")
    assert done.stderr.splitlines()[-1] == "help: pip install -r requirements.txt"
    assert not (made / "Logs").exists()
