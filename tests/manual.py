"""The commands of README.md, run as a user types them."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, environment, once, run
from projects import variables

README = (ROOT / "README.md").read_text("utf-8")


def block(text: str, marker: str) -> str:
    """Return the fenced block that follows a marker."""
    found = re.search(rf"{re.escape(marker)}\n```\w*\n(.*?)```", text, re.DOTALL)
    assert found, f"no block after {marker}"
    return found[1]


def bash(command: str, cwd: Path, programs: Path) -> str:
    """Run a command as a user types it, with these programs first, and return what it printed."""
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    done = run("bash", "-c", command, cwd=cwd, env={**variables(), "PATH": path, "COLUMNS": "80"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def newcomer(folder: Path, lab: Path) -> Path:
    """Return the programs of an environment without plgen that finds torch in that of the lab."""
    programs = environment(folder, "pip")
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    there = Path(run(programs / "python", "-c", where).stdout.strip())
    (there / "lab.pth").write_text(run(lab / "python", "-c", where).stdout)
    return programs


def main_job(factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Return the project that the one command installed plgen for, made, and trained."""

    def make(folder: Path) -> None:
        left_out = shutil.ignore_patterns(".git", ".*_cache", ".hypothesis", ".venv", "dist")
        shutil.copytree(ROOT, folder / "checkout", ignore=left_out)
        programs = newcomer(folder / "venv", lab)
        printed = bash(block(README, "<!-- run: main job -->"), folder / "checkout", programs)
        (folder / "printed").write_text(printed)

    return once(factory, "main-job", make) / "myproject"
