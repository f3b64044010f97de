"""A line that only names what to add does without the parser what it does with it."""

from __future__ import annotations

import hashlib
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import LIBRARIES, checkout, contents, python, run
from plgen.commands.add import add
from plgen.naming.kinds import KINDS, NET
from plgen.project.project import ANSWERS

ALONE = "import sys; sys.modules['typer'] = None; from plgen.__main__ import main"
PARSED = "import sys; from plgen.cli import main"
# What adding a module imports late.
ADDING = ("jinja2.sandbox", "yaml", "plgen.output", "plgen.reports", "plgen.commands.add")
# Interrupts the command before the first file gets its name.
INTERRUPTING = """
import signal
from pathlib import Path
replace = Path.replace
def interrupt(self, target):
    signal.raise_signal(signal.SIGINT)
    return replace(self, target)
Path.replace = interrupt
"""


class Outcome(NamedTuple):
    """The outcome of a command: its exit code, its output and the files."""

    code: int
    out: str
    err: str
    files: dict[str, str]


def digests(project: Path) -> dict[str, str]:
    """Return what tells one content of the files from another, which a failure can print."""
    return {
        name: f"{hashlib.sha256(data).hexdigest()} {runs}"
        for name, (data, runs) in contents(project).items()
    }


def outcome(project: Path, start: str, words: tuple[str, ...]) -> Outcome:
    """Run a command, take down its outcome, and make the project what it was."""
    kept = project.parent / "kept"
    shutil.copytree(project, kept)
    # Without the parser it must not find it imported either.
    libraries = ADDING if start.endswith(ALONE) else LIBRARIES
    program = f"{start}; sys.exit(main())"
    done = python("-c", program, *words, cwd=project, libraries=libraries)
    files = digests(project)
    shutil.rmtree(project)
    kept.rename(project)
    return Outcome(done.returncode, done.stdout, done.stderr, files)


def added_before(project: Path) -> None:
    """Let the net be there already."""
    add(NET, "first_one", start=project)


def no_project(project: Path) -> None:
    """Let the folder be none that plgen made."""
    (project / ANSWERS).unlink()


def broken_register(project: Path) -> None:
    """Let the register be no Python."""
    (project / "model/__init__.py").write_text("NETS = (")


LINES: dict[str, tuple[str, int]] = {
    **{kind.command: (f"{kind.command} first_one", 0) for kind in KINDS},
    "normalised": ("add-model FirstOne", 0),
    "of the template": ("add-model model_interface", 2),
    "acronym": ("add-model CNN", 0),
    "word of Python": ("add-dataset class", 2),
    "clash": ("add-model standardnet", 2),
    "empty": ("add-metric ", 2),
    "no text": ("add-metric \udcff", 2),
    "of the parser": ("add-metric @first_one", 2),
}
STATES: dict[str, tuple[Callable[[Path], None], int]] = {
    "added before": (added_before, 0),
    "no project": (no_project, 1),
    "broken register": (broken_register, 1),
}


@pytest.mark.parametrize(("line", "code"), LINES.values(), ids=LINES)
def test_same_as_parsed(project: Path, line: str, code: int) -> None:
    """Output, exit code and files are the same either way."""
    words = tuple(line.split(" "))

    alone = outcome(project, ALONE, words)

    assert alone == outcome(project, PARSED, words)
    assert alone.code == code


@pytest.mark.parametrize(("prepare", "code"), STATES.values(), ids=STATES)
def test_same_in_any_state(project: Path, prepare: Callable[[Path], None], code: int) -> None:
    """If there is nothing to do or an error, both ways report the same."""
    prepare(project)

    alone = outcome(project, ALONE, ("add-model", "first_one"))

    assert alone == outcome(project, PARSED, ("add-model", "first_one"))
    assert alone.code == code
    assert alone.files == digests(project)


def test_same_interrupt(project: Path) -> None:
    """Ctrl-C ends either with the same line, and the project is as before."""
    alone = outcome(project, INTERRUPTING + ALONE, ("add-model", "first_one"))

    assert alone == outcome(project, INTERRUPTING + PARSED, ("add-model", "first_one"))
    assert alone == Outcome(130, "", "error: interrupted\n", digests(project))


# Nobody reads what the command prints.
UNREAD = "import os; reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 1); "
UNPRINTED = "error: done, but the result could not be printed: "
OUTPUTS: dict[str, tuple[str, str, int, str]] = {
    "closed": ("", ">&-", 1, f"{UNPRINTED}Bad file descriptor\n"),
    "full": ("", ">/dev/full", 1, f"{UNPRINTED}No space left on device\n"),
    "broken": (UNREAD, "", 0, ""),
    "no stderr either": ("", ">/dev/full 2>&-", 1, ""),
}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize(("first", "output", "code", "error"), OUTPUTS.values(), ids=OUTPUTS)
def test_same_without_output(project: Path, first: str, output: str, code: int, error: str) -> None:
    """If printing fails, the module is there, and both ways report it alike."""
    found: list[tuple[str, str, str, dict[str, str]]] = []
    for start in (ALONE, PARSED):
        kept = project.parent / "kept"
        shutil.copytree(project, kept)
        program = shlex.quote(f"{first}{start}; sys.exit(main())")
        command = f"'{sys.executable}' -c {program} add-model first_one {output}; echo $? >code"
        done = run("sh", "-c", command, cwd=project, env=checkout())
        code_found = (project / "code").read_text()
        found.append((code_found, done.stdout, done.stderr, digests(project)))
        shutil.rmtree(project)
        kept.rename(project)

    alone, parsed = found
    assert alone == parsed
    assert alone[0] == f"{code}\n"
    assert alone[1:3] == ("", error and f"{error}help: check where its output goes\n")
    assert "model/first_one.py" in alone[3]


@pytest.mark.parametrize(
    "line",
    [
        "add-model",
        "add-model first_one second_one",
        "add-model first_one --dry-run",
        "add-model --help",
        "add-model --",
        "list first_one",
    ],
)
def test_left_to_the_parser(place: Path, line: str) -> None:
    """The parser gets every command line that is not one plain name."""
    parser = "import sys; from plgen import cli; cli.main = lambda: 42"

    done = outcome(place, f"{parser}; from plgen.__main__ import main", tuple(line.split()))

    assert done == Outcome(42, "", "", {})


def test_left_to_the_shell(place: Path) -> None:
    """A shell that completes a line is not taken for one that runs it."""
    asking = {"_PLGEN_COMPLETE": "complete_bash", "COMP_WORDS": "plgen add-mo", "COMP_CWORD": "1"}
    command = (sys.executable, "-m", "plgen", "add-model", "first_one")

    done = run(*command, cwd=place, env=checkout(**asking))

    assert (done.returncode, done.stdout, done.stderr) == (0, "add-model\n", "")
