"""A project that is somebody else's: what it holds is refused or handled at once, and never run."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, checkout, contents, python, run
from plgen.project.project import ANSWERS

LIBRARIES = "__future__ copier gc json platformdirs signal subprocess typer yaml".split()
PRIVATE = "from torch import nn\n\n\nclass OutNet(nn.Module):\n    secret = 1\n"


@pytest.mark.parametrize("folder", ["", "model"])
@pytest.mark.parametrize("path", ["", "project"])
def test_modules_of_the_project(project: Path, folder: str, path: str) -> None:
    """Whatever modules a project has, plgen imports its own libraries."""
    ran = project.parent / "ran"
    for name in LIBRARIES:
        for place in (project, project / "model"):
            (place / f"{name}.py").write_text(f"open({str(ran)!r}, 'w')\n")
    found = {"": "", "project": str(project)}[path]
    found = os.pathsep.join([found, str(ROOT / "generator")])

    command = (sys.executable, "-m", "plgen", "list")
    done = run(*command, cwd=project / folder, env=checkout(PYTHONPATH=found))

    assert done.returncode == 0, done.stderr
    assert not ran.exists()


def answers(text: str) -> Callable[[Path], object]:
    """Return what puts an answer of a text in place of the version."""
    return lambda p: (p / ANSWERS).write_text(
        f"a: &a [x, x]\nb: &b [*a, *a]\n_src_path: plgen\n_commit: {text}\n".removeprefix(
            "" if "*" in text else "a: &a [x, x]\nb: &b [*a, *a]\n"
        )
    )


def link(file: str, target: str) -> Callable[[Path], object]:
    """Return what puts a link in place of a file or a folder."""

    def plant(project: Path) -> None:
        path = project / file
        if path.is_dir():
            path.rename(project.parent / "away")
        path.unlink(missing_ok=True)
        path.symlink_to(target.format(project.parent))

    return plant


def pipe(file: str) -> Callable[[Path], object]:
    """Return what puts a pipe in place of a file."""

    def plant(project: Path) -> None:
        (project / file).unlink(missing_ok=True)
        os.mkfifo(project / file)

    return plant


def sparse(file: str) -> Callable[[Path], object]:
    """Return what makes a file of 50 GB that holds nothing."""

    def plant(project: Path) -> None:
        with (project / file).open("ab") as opened:
            opened.truncate(50_000_000_000)

    return plant


def write(file: str, text: str) -> Callable[[Path], object]:
    """Return what writes a file."""
    return lambda p: (p / file).write_text(text)


REGISTER = "NETS = (\n{})\n"
PLANTS: dict[str, Callable[[Path], object]] = {
    "answers from a device": link(ANSWERS, "/dev/zero"),
    "answers from a pipe": pipe(ANSWERS),
    "answers by a link": link(ANSWERS, "{}/away"),
    "answers in a circle": link(ANSWERS, ANSWERS),
    "large answers": sparse(ANSWERS),
    "a number of 5,000 digits": answers("9" * 5000),
    "a version of 5,000 digits": answers(f"{'9' * 5000}.0.0"),
    "a command for a version": answers("9.9.9' ; touch ran ; '"),
    "aliases": answers("*b"),
    "deep answers": answers("[" * 5000 + "]" * 5000),
    "a device for a net": link("model/x_net.py", "/dev/zero"),
    "a pipe for a net": pipe("model/x_net.py"),
    "a net in a circle": link("model/x_net.py", "x_net.py"),
    "a net elsewhere": link("model/x_net.py", "{}/out_net.py"),
    "large net": sparse("model/x_net.py"),
    "nets elsewhere": link("model", "{}/away"),
    "a register in a circle": link("model/__init__.py", "__init__.py"),
    "a pipe for a register": pipe("model/__init__.py"),
    "large register": sparse("model/__init__.py"),
    "a long register": write(
        "model/__init__.py", REGISTER.format("".join(f'    "n{n}",\n' for n in range(10_000)))
    ),
    "long names": write("model/__init__.py", REGISTER.format(f'    "{"a" * 5000}",\n')),
    "names of paths": write("model/__init__.py", REGISTER.format('    "../../out_net",\n')),
    "zeros in names": write("model/__init__.py", REGISTER.format('    "a\\0b",\n')),
    "zeros": write("model/x_net.py", "x = 1\0\n"),
    "deep Python": write("model/x_net.py", f"x = {'(' * 150}1{')' * 150}{'.a' * 5000}\n"),
    "deep classes": write(
        "model/x_net.py", "".join(f"{' ' * n}class A{n}:\n" for n in range(99)) + " " * 99 + "x = 1"
    ),
    "main.py from a device": link("main.py", "/dev/zero"),
    "a pipe for main.py": pipe("main.py"),
    "a pipe for git's ignores": pipe("model/.gitignore"),
    "a long .git": write("model/.git", f"gitdir: {'a' * 100_000}\n"),
    "aliases in options": write(
        "a.yaml", "a: &a [example_net]\n" + "".join(f"{n}: [*a, *a]\n" for n in range(1000))
    ),
    "a project elsewhere": link("model/.copier-answers.yml", "/dev/zero"),
    "deep folders": lambda p: (p / "/".join("d" * 900)).mkdir(parents=True),
}
COMMANDS = (
    ("list", "--json"),
    ("check",),
    ("check", "--fix", "--dry-run"),
    ("rename", "example_net", "other_net", "--dry-run"),
    ("remove", "example_net", "--dry-run"),
    ("add-model", "c_net", "--like", "x_net", "--dry-run"),
    ("add-model", "d_net", "--dry-run"),
)


# Runs each command in a child and prints how they end; git, which may wait forever, is stopped.
DRIVER = """
import gc, json, os, sys, traceback
from plgen import git
from plgen import cli
from plgen.commands import add, check, listing, remove, rename
gc.disable()
git.TIMEOUT = 0.5
codes = []
for words in json.loads(sys.argv[1]):
    child = os.fork()
    if not child:
        sys.argv = ["plgen", *words]
        try:
            code = cli.main()
        except BaseException:
            traceback.print_exc()
            code = 70
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(codes, file=sys.stderr)
"""


def typed(*more: str) -> tuple[str, str]:
    """Run all commands and return what they print; none ends in a traceback."""
    words = json.dumps([[*words, *({*more} - {*words})] for words in COMMANDS])
    done = python("-c", DRIVER, words)
    assert {*json.loads(done.stderr.splitlines()[-1])} <= {0, 1, 2}, done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_planted(project: Path, plant: Callable[[Path], object]) -> None:
    """No command ends in a traceback, takes long, or shows what lies outside of the project."""
    (project.parent / "out_net.py").write_text(PRIVATE)
    plant(project)

    begun = time.monotonic()
    stdout, stderr = typed()

    assert time.monotonic() - begun < 60
    assert "secret" not in stdout
    assert not [line for line in stderr.splitlines() if line.startswith("help:") and "ran" in line]


SIGNS = "\033]52;c;ZXZpbA==\007 \x9b31m \u202e \u200b \u2028 \x7f \U000e0001"


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_what_is_printed(project: Path, form: tuple[str, ...]) -> None:
    """Signs that a terminal obeys, and those that nobody sees, are printed as escapes."""
    (project / "notes.py").write_text(f"EVIL = 'example_net {SIGNS}'\n")
    (project / f"model/a{chr(27)}[2J_net.py").write_text(PRIVATE)
    before = contents(project)

    stdout, stderr = typed(*form)

    assert not {*(stdout + stderr)} & {*SIGNS} - {*" ];[ccm52ZXZpbA==31"}
    assert ("\\u001b" if form else "\\x1b") in stdout
    assert form or "\\U000e0001" in stdout
    assert contents(project) == before
