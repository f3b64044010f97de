"""What a run's record (run.json) says of where it comes from: command, seed, commit and versions."""

import importlib.metadata
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from ..choices.names import PROJECT

# Without the programs that a repository's configuration may name.
GIT = ("git", "-c", "core.fsmonitor=", "-c", "protocol.allow=never", "-c", "safe.bareRepository=explicit")
STATUS = ("status", "--porcelain", "--ignore-submodules=dirty", "--", ".")  # a folder above may be the repository's
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
    """The project's commit and whether its files differ from it; None without git, or if no commit has the project."""
    try:
        commit, known, changes = (
            subprocess.run(
                [*GIT, *command], cwd=PROJECT, env=environment(), capture_output=True, text=True, check=True
            ).stdout.strip()
            for command in (["rev-parse", "HEAD"], ["ls-files", "main.py"], STATUS)
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return {"commit": commit, "dirty": bool(changes)} if known else None


def environment() -> dict[str, str]:
    """The environment for git, without a repository that the caller (a hook of git, say) has set."""
    elsewhere = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
    kept = {name: value for name, value in os.environ.items() if name not in elsewhere}
    return kept | {"GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
