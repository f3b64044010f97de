"""Measure how a project grows, side by side in one run: `python benchmarks/grow.py`.

Needs plgen, cookiecutter and the requirements of a project in this environment. Prints the
medians of a pair of commands that were run by turns, and their ratio with the aim.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAMS = Path(sys.executable).parent
PLGEN = PROGRAMS / "plgen"
ROUNDS = 15
STARTS = 4  # of main.py, which imports PyTorch each time
FEW, MANY = 10, 1000


def seconds(command: list[str | Path], folder: Path) -> float:
    """Return how long a command takes in a folder."""
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - begun


def template(folder: Path, net: str) -> Path:
    """Make a template of cookiecutter that renders one file, with the content of a net."""
    inner = folder / "{{cookiecutter.folder}}"
    inner.mkdir(parents=True)
    answers = {"folder": "made", "module": "first_net", "name": "FirstNet"}
    (folder / "cookiecutter.json").write_text(json.dumps(answers))
    content = net.replace("StandardNet", "{{ cookiecutter.name }}")
    (inner / "{{cookiecutter.module}}.py").write_text(content)
    return folder


def project(folder: Path, nets: int) -> Path:
    """Make a project that has a number of nets."""
    seconds([PLGEN, "new", folder, "--no-git", "--no-example"], folder.parent)
    text = (folder / "model/standard_net.py").read_text()
    names = [f"net_{number:04}" for number in range(nets)]
    for name in names:
        held = "".join(part.capitalize() for part in name.split("_"))
        (folder / f"model/{name}.py").write_text(text.replace("StandardNet", held))
    register = folder / "model/__init__.py"
    lines = "".join(f'    "{name}",\n' for name in names)
    standard = '"standard_net",'
    many = register.read_text().replace(f"({standard})", f"(\n{lines}    {standard}\n)")
    register.write_text(many)
    return folder


def show(title: str, pairs: list[tuple[float, float]]) -> None:
    """Print the medians of both columns and the median of their ratios."""
    ours, theirs = (statistics.median(column) * 1e3 for column in zip(*pairs, strict=True))
    ratio = statistics.median(mine / other for mine, other in pairs)
    print(f"{title:<52} {ours:6.0f} ms {theirs:6.0f} ms   {ratio:.2f}")


def main() -> None:
    """Compare adding a net with rendering a file, and a large project with a small one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, many = (project(folder / f"with_{nets}", nets) for nets in (FEW, MANY))
        net = (few / "model/standard_net.py").read_text()
        render = [PROGRAMS / "cookiecutter", "--no-input", template(folder / "template", net)]
        start: list[str | Path] = [sys.executable, "main.py", "--help"]
        starts = [(seconds(start, many), seconds(start, few)) for _ in range(STARTS + 1)]
        cookies: list[tuple[float, float]] = []
        sizes: list[tuple[float, float]] = []
        checks: list[tuple[float, float]] = []
        for number in range(ROUNDS + 1):
            add: list[str | Path] = [PLGEN, "add-model", f"added_{number}"]
            here = seconds(add, few)
            cookies.append((here, seconds([*render], folder)))
            shutil.rmtree(folder / "made")
            sizes.append((seconds(add, many), here))
            check: list[str | Path] = [PLGEN, "check"]
            checks.append((seconds(check, many), seconds(check, few)))
        print(f"{'median of ' + str(ROUNDS) + ' rounds':<54}   first   second  ratio")
        show("add-model : cookiecutter, one file (aim 0.5)", cookies[1:])
        show(f"add-model, {MANY:,} nets : {FEW} nets (aim 1.5)", sizes[1:])
        show(f"main.py --help, {MANY:,} nets : {FEW} nets (aim 1.0)", starts[1:])
        show(f"check, {MANY:,} nets : {FEW} nets (aim 1000 ms)", checks[1:])


if __name__ == "__main__":
    main()
