"""The SLURM job file, run with programs that stand for those of a cluster."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import Render, once, run
from plgen.commands.new import new
from projects import TINY, record, rows, variables

EPOCHS = 30  # they are short
QUICK = ("--preflight=false", "--eval_datasets", "--test_datasets")
JOB = (*QUICK, f"--trainer.max_epochs={EPOCHS}", "--patience=0", "--trainer.accelerator=cpu")

# A cluster runs the program as task 0, and ends it when its job goes back into the queue.
SRUN = """#!/bin/bash
echo $$ > "$CLUSTER/task"
export SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_NODEID=0
exec "$@"
"""
SCONTROL = """#!/bin/bash
echo "$@" >> "$CLUSTER/calls"
kill -TERM "$(cat "$CLUSTER/task")"
"""
# Stands for the Python that trains, and ends as it is told to.
PYTHON = """#!/bin/bash
echo "$@" > "$CLUSTER/typed"
exit "$CODE"
"""


def write_program(file: Path, text: str) -> None:
    """Write a program."""
    file.write_text(text)
    file.chmod(0o755)


def cluster(folder: Path, programs: Path, **more: str) -> dict[str, str]:
    """Return the environment of task 2 of an array of jobs, in which srun and scontrol are ours."""
    for name, text in {"srun": SRUN, "scontrol": SCONTROL}.items():
        write_program(folder / name, text)
    return {
        **variables(),
        "PATH": os.pathsep.join([str(folder), str(programs), os.environ["PATH"]]),
        "CLUSTER": str(folder),
        "SLURM_JOB_ID": "4321",
        "SLURM_ARRAY_JOB_ID": "4320",
        "SLURM_ARRAY_TASK_ID": "2",
        "SLURM_NTASKS": "1",
        "SLURM_NTASKS_PER_NODE": "1",
        "SLURM_NNODES": "1",
        **more,
    }


def submit(project: Path, environment: dict[str, str], *options: str) -> subprocess.Popen[bytes]:
    """Start the job file as a cluster does."""
    return subprocess.Popen(
        ["bash", "train.sbatch", *TINY, *options],
        cwd=project,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def requeued(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give the folder of a job whose time ended after its first checkpoint, and which came back."""

    def make(folder: Path) -> None:
        project = new(str(folder / "sample"), {"author": "", "slurm": True}, git=False).path
        environment = cluster(folder, lab)
        job = project / "Logs/standard_net/slurm-4320-seed-2"
        first = submit(project, environment, *JOB, "--model_name=standard_net")
        while first.poll() is None and not (job / "checkpoints/last.ckpt").exists():
            time.sleep(0.02)
        first.send_signal(signal.SIGUSR1)
        first.wait()
        shutil.copy(job / "run.json", folder)
        environment["SLURM_RESTART_COUNT"] = "1"
        second = submit(project, environment, *JOB, "--model_name=standard_net")
        (folder / "code").write_text(str(second.wait()))

    return once(tmp_path_factory, "slurm", make)


def test_a_job_at_its_end_goes_back_into_the_queue(requeued: Path) -> None:
    """The signal makes it ask for that, once and by its id, and its run is marked as stopped."""
    assert (requeued / "calls").read_text() == "requeue 4321\n"
    assert record(requeued)["status"] == "stopped"


def test_a_job_that_comes_back_goes_on(requeued: Path) -> None:
    """It trains each epoch once, with the seed of its task, in the folder where it began."""
    (job,) = (requeued / "sample/Logs").glob("*/slurm-4320-*")
    epochs = [int(row["epoch"]) for row in rows(job, "metrics.csv") if row["train_loss"]]

    assert job.name == "slurm-4320-seed-2"
    assert epochs == list(range(EPOCHS))
    assert (record(job)["status"], record(job)["seed"]) == ("done", 2)
    assert (requeued / "code").read_text() == "0"


def test_a_job_without_a_checkpoint_starts_again(render: Render, tmp_path: Path) -> None:
    """What was stopped before its first checkpoint is left alone, and begun in another folder."""
    project = render(slurm=True)
    (project / "Logs/example_net/slurm-99-seed-2").mkdir(parents=True)
    write_program(tmp_path / "python", PYTHON)
    restarted = {"SLURM_ARRAY_JOB_ID": "99", "SLURM_RESTART_COUNT": "1", "CODE": "0"}

    assert submit(project, cluster(tmp_path, tmp_path, **restarted), *QUICK).wait() == 0
    typed = (tmp_path / "typed").read_text()
    assert typed.startswith(f"main.py {' '.join([*TINY, *QUICK])} ")
    assert "--seed 2 --run_name slurm-99-seed-2-restart-1 " in typed
    assert "--ckpt_path" not in typed


def test_a_job_that_fails_says_so(render: Render, tmp_path: Path) -> None:
    """The exit status is that of main.py; several seeds in one job are refused before it."""
    project = render(slurm=True)
    write_program(tmp_path / "python", PYTHON)
    environment = cluster(tmp_path, tmp_path, CODE="3")

    assert submit(project, environment).wait() == 3
    (tmp_path / "task").unlink()
    assert submit(project, environment, "--seeds", "1", "2").wait() == 2
    assert not (tmp_path / "task").exists()


def test_the_job_file_is_a_shell_script(render: Render) -> None:
    """Bash can read it, and every line for sbatch stands before the first command."""
    file = render(slurm=True) / "train.sbatch"
    lines = file.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line and not line.startswith("#"))

    assert run("bash", "-n", file).returncode == 0
    asked = [line.split()[1] for line in lines[:first] if line.startswith("#SBATCH ")]
    assert {"--requeue", "--signal=B:USR1@120", "--array=1-3", "--open-mode=append"} <= {*asked}
    assert not any(line.startswith("#SBATCH") for line in lines[first:])
