"""The project's git repository: the commit of a run, and the changes since."""

import os
import subprocess
from pathlib import Path
from typing import Any

from pytorch_lightning.utilities import rank_zero_only

from ..imports import PROJECT
from .folders import write_file

# Variables that git sets for hooks, and that may name another repository.
HOOK_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
# Options without which `git apply` might not read the diff.
DIFF = (
    *("diff", "--binary", "--no-color", "--no-ext-diff", "--no-textconv"),
    *("--src-prefix=a/", "--dst-prefix=b/"),
)
LARGEST = 1_000_000  # bytes of a new file in the diff; data and weights have more


def git(*command: str, codes: tuple[int, ...] = (0,)) -> bytes:
    """Return the output of a git command in the project. Raises CalledProcessError for other exit codes."""
    own = {name: value for name, value in os.environ.items() if name not in HOOK_VARIABLES}
    variables = own | {"GIT_OPTIONAL_LOCKS": "0"}  # the user may commit at the same time
    done = subprocess.run(["git", *command], cwd=PROJECT, env=variables, capture_output=True, check=False)
    if done.returncode not in codes:
        raise subprocess.CalledProcessError(done.returncode, command)
    return done.stdout


def git_state() -> dict[str, Any] | None:
    """Return the project's commit and whether files differ from it; None if no commit has the project."""
    try:
        commit, project = git("rev-parse", "HEAD"), git("ls-files", "main.py")
        # Only those of the project: the repository may be larger.
        changes = git("status", "--porcelain", "--ignore-submodules=dirty", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return None
    return {"commit": commit.decode().strip(), "dirty": bool(changes.strip())} if project else None


@rank_zero_only
def write_diff(file: Path) -> None:
    """Write the changes since the last commit, with new files that git does not ignore, for `git apply`."""
    try:
        parts = [git(*DIFF, "--relative", "HEAD", "--", ".")]
        for name in git("ls-files", "--others", "--exclude-standard", "-z", "--", ".").split(b"\0"):
            new = PROJECT / os.fsdecode(name)
            if new.is_file() and not new.is_symlink() and new.stat().st_size <= LARGEST:
                parts.append(git(*DIFF, "--no-index", "--", os.devnull, os.fsdecode(name), codes=(0, 1)))
    except (OSError, subprocess.CalledProcessError) as error:
        parts = [f"git failed: {error}\n".encode()]
    write_file(file, b"".join(parts))
