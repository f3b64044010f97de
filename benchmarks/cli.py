"""Measure the command against its neighbours, side by side in one run: `python benchmarks/cli.py`.

Needs plgen, Copier and cookiecutter in this environment. Prints the medians of a pair of commands
that were run by turns, and their ratio with the aim.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent
ROUNDS = 15


def seconds(command: list[str | Path], made: Path) -> float:
    """Return how long a command takes, and remove what it made."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    taken = time.perf_counter() - begun
    shutil.rmtree(made, ignore_errors=True)
    return taken


def compare(title: str, ours: list[str | Path], theirs: list[str | Path], made: Path) -> None:
    """Run two commands by turns, after one round to warm up, and print their ratio."""
    pairs = [(seconds(ours, made), seconds(theirs, made)) for _ in range(ROUNDS + 1)][1:]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(ours_took / theirs_took for ours_took, theirs_took in pairs)
    print(f"{title:<44} {mine * 1e3:6.0f} ms {other * 1e3:6.0f} ms   {ratio:.2f}")


def main() -> None:
    """Compare making a project, and asking for help."""
    plgen, copier, cookiecutter = (PROGRAMS / name for name in ("plgen", "copier", "cookiecutter"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = folder / "made"
        # A folder, not a repository, which Copier would clone first.
        source = folder / "source"
        shutil.copytree(ROOT / "template", source / "template")
        shutil.copy(ROOT / "copier.yml", source)
        copy = [copier, "copy", "--quiet", "--defaults", source, made]
        print(f"{'median of ' + str(ROUNDS) + ' rounds':<46}   ours    theirs  ratio")
        compare(
            "new --no-git : copier copy (aim 1.2)", [plgen, "new", made, "--no-git"], copy, made
        )
        compare("new : copier copy", [plgen, "new", made], copy, made)
        compare("--help : copier (aim 0.4)", [plgen, "--help"], [copier, "--help"], made)
        compare("--help : cookiecutter", [plgen, "--help"], [cookiecutter, "--help"], made)


if __name__ == "__main__":
    main()
