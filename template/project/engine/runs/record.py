"""What a run's record (run.json) says of where it comes from: command, seed, commit and versions."""

import importlib.metadata
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "torchvision", "pytorch-lightning", "torchmetrics", "jsonargparse")


def new_record(seed: int) -> dict[str, Any]:
    """The record of a run that begins."""
    return {
        "status": "running",
        "command": shlex.join([Path(sys.executable).name, *sys.argv]),
        "seed": seed,
        "git": git_state(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "python": sys.version.split()[0],
    }


def git_state() -> dict[str, Any] | None:
    """The commit that runs and whether files differ from it; None without git or a commit."""
    try:
        commit, changes = (
            subprocess.run(["git", *command], capture_output=True, text=True, check=True).stdout.strip()
            for command in (["rev-parse", "HEAD"], ["status", "--porcelain"])
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return {"commit": commit, "dirty": bool(changes)}
