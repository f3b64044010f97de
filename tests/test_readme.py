"""What the manuals show is what happens."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path

import pytest
from conftest import Render, plgen
from manual import README, bash, block, main_job
from plgen import template
from projects import python, rows

ELLIPSIS = "..."
FEW_BATCHES = (
    "--preflight=false",
    "--trainer.max_epochs=1",
    "--trainer.limit_train_batches=2",
    "--trainer.limit_val_batches=2",
    "--trainer.limit_test_batches=2",
    "--trainer.limit_predict_batches=2",
    "--trainer.enable_progress_bar=false",
)


def comparable(text: str) -> list[str]:
    """Return the lines of an output without what differs from run to run: the numbers' digits."""
    return [re.sub(r"\d\.\d{4}", "0.0000", line.rstrip()) for line in text.splitlines()]


def pattern(shown: list[str]) -> str:
    """Return the expression of a shown output, in which dots stand for anything."""
    lines = [re.escape(line).replace(re.escape(ELLIPSIS), "[^\n]*") for line in shown]
    whole = "\n".join(r"(?:[^\n]*\n)*?[^\n]*" if line == "[^\n]*" else line for line in lines)
    return whole + r"\s*"


def transcript(marker: str) -> list[tuple[str, str]]:
    """Return the commands after a marker, each with what it is shown to print."""
    shown = re.split(r"^\$ ", block(README, marker), flags=re.MULTILINE)[1:]
    return [(command, printed) for command, _, printed in (each.partition("\n") for each in shown)]


def check_printed(printed: str, shown: str) -> None:
    """Compare what a command printed with what is shown."""
    lines = "\n".join(comparable(printed))
    assert re.fullmatch(pattern(comparable(shown)), lines), lines


def accuracy(project: Path) -> float:
    """Return the accuracy on the test digits in the results of a project's first run."""
    results = project / "Logs" / "example_net" / "version_0" / "results.csv"
    with results.open(encoding="utf-8", newline="") as file:
        return next(float(row["acc"]) for row in csv.DictReader(file) if row["stage"] == "test")


def test_transcript(tmp_path_factory: pytest.TempPathFactory, place: Path, lab: Path) -> None:
    """The commands of the first screen print what it shows, but for the digits of the numbers."""
    (create, made), (train, trained) = transcript("<!-- transcript -->")
    assert train == "cd myproject && python main.py"

    check_printed(bash(create, place, lab), made)
    # The main job ends with the same training.
    check_printed((main_job(tmp_path_factory, lab).parent / "printed").read_text(), trained)


def test_growing(place: Path, lab: Path) -> None:
    """The commands that grow a project print what the manual shows."""
    bash("plgen new myproject --author ''", place, lab)
    for command, shown in transcript("<!-- run: grow -->"):
        short = " ".join(FEW_BATCHES) if command.startswith("python main.py") else ""
        check_printed(bash(f"{command} {short}", place / "myproject", lab), shown)


def test_main_job(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> None:
    """The one command installs plgen, makes a project beside the checkout, and trains it."""
    assert accuracy(main_job(tmp_path_factory, lab)) >= 0.97


def test_tree(render: Render) -> None:
    """Every path of the tree is there in a new project, and every entry of the project in it."""
    project = render()
    tree = re.search(r"```\nmyproject/\n(.*?)```", README, re.DOTALL)
    assert tree
    shown: set[str] = set()
    folder = ""
    for line in tree[1].splitlines():
        indent = len(line) - len(line.lstrip())
        names = [name.rstrip(",") for name in re.split(r"  +", line.strip())[0].split(", ")]
        folder = folder if indent > 4 else names[0]
        shown |= {name if indent == 4 else folder + name for name in names}
    assert all(any(project.glob(name)) for name in shown - {"Logs/"}), shown
    assert {entry.name for entry in project.iterdir()} | {"Logs"} == {
        name.rstrip("/") for name in shown if "/" not in name.rstrip("/")
    }


def test_flags() -> None:
    """The table of flags is that of the questions, with their defaults."""
    rows = re.findall(r"^\| (`--.*?) \| .* \| (.*?) \|$", README, re.MULTILINE)
    flags = {re.search(r"--(\w+)", flag)[1]: default for flag, default in rows}  # type: ignore[index]
    expected = {
        question.key: f"from {question.guessed_from}"
        if question.guessed_from
        else ("with it" if question.default else "without it")
        if question.type is bool
        else str(question.default)
        for question in template.questions()
    }
    assert flags == expected


def test_commands_of_the_projects_manual(render: Render, lab: Path) -> None:
    """The commands of a project's manual, and those amid plgen's, work one after the other."""
    project = render()
    manual = (project / "README.md").read_text("utf-8").replace("\\\n", "")
    modules = dict(
        re.findall(r"^```python\n# (\w+/\w+\.py)\n(.*?)```", manual, re.MULTILINE | re.DOTALL)
    )
    commands = re.findall(r"^\$ (python main\.py|plgen)\b(.*?)(?:  +#.*)?$", manual, re.MULTILINE)
    assert len(commands) >= 20
    inline = re.findall(r"`(python main\.py)( [^`]*)`", README)
    commands += [command for command in inline if ELLIPSIS not in command[1]]
    for program, options in commands:
        words: list[str] = []
        for typed in shlex.split(options):  # a pattern means the file that it matches
            is_path = "*" in typed and typed.startswith("Logs/")
            words += map(str, project.glob(typed)) if is_path else [typed]
        if program == "plgen":
            done = plgen(*words, cwd=project)
            for file in [file for file in modules if (project / file).exists()]:
                (project / file).write_text(modules.pop(file))
        else:
            done = python(lab, project, "main.py", *FEW_BATCHES, *words)
        assert done.returncode == 0, (options, done.stdout, done.stderr)
    assert not modules
    # The example of a metric of one's own counts more than the most likely class.
    tables = (project / "Logs").glob("*/*/results.csv")
    found = [row for table in tables for row in rows(table.parent) if "top_k" in row]
    assert all(float(row["acc"]) <= float(row["top_k"]) <= 1 for row in found)
    assert any(float(row["acc"]) < float(row["top_k"]) for row in found)
    shown = re.search(r"```python\n(.*?load_net.*?)```", manual, re.DOTALL)
    assert shown
    done = python(lab, project, "-c", shown[1])
    assert done.returncode == 0, done.stderr
