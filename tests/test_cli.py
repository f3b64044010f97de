"""The command line: what it prints where, how it exits, and what it asks."""

from __future__ import annotations

import json
import os
import pty
import select
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import checkout, contents, plgen, run
from plgen.template import questions, version


def test_new_prints_what_was_made(place: Path) -> None:
    """The result is where the project is, its repository and the next two commands."""
    done = plgen("new", "first", "--description", "x")

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.splitlines()[:-1] == [
        f"created {place / 'first'}",
        "git: a repository with a first commit",
        "",
        "next:",
        "    cd first",
        "    python main.py",
    ]


def test_next_commands_are_literal(place: Path) -> None:
    """The command to type next leads into the project, whatever its name."""
    made = json.loads(plgen("new", "it's a $HOME", "--name", "x", "--json").stdout)

    there = run("sh", "-c", f"{made['next'][0]} && pwd")

    assert there.stdout.strip() == str(place / "it's a $HOME")


def test_dry_run_lists_what_would_appear(place: Path) -> None:
    """The dry run prints a line for each file, and makes none."""
    dry = plgen("new", "first", "--dry-run")
    left = os.listdir(place)
    plgen("new", "first")

    planned = {
        line.removeprefix("create ")
        for line in dry.stdout.splitlines()
        if line.startswith("create ")
    }
    assert left == []
    assert planned == set(contents(place / "first"))


@pytest.mark.parametrize("dry_run", [False, True], ids=["real", "dry"])
def test_json(place: Path, *, dry_run: bool) -> None:
    """The result is one object on stdout, and nothing else is."""
    done = plgen("new", "first", "--json", "--no-example", *(["--dry-run"] if dry_run else []))

    made = json.loads(done.stdout)
    assert made["path"] == str(place / "first")
    assert made["name"] == "first"
    assert made["answers"]["example"] is False
    assert made["git"] == "a repository with a first commit"
    assert made["next"] == ["cd first", "python main.py"]
    assert made["dry_run"] is dry_run
    assert dry_run or set(made["files"]) == set(contents(place / "first"))


def test_every_question_has_a_flag(place: Path) -> None:
    """An answer that is typed as a flag is recorded; the flags are those of copier.yml."""
    flags: list[str] = []
    expected: dict[str, object] = {}
    for question in questions():
        if question.type is bool:
            flags.append(
                question.flag.replace("--", "--no-") if question.default else question.flag
            )
            expected[question.key] = not question.default
        else:
            expected[question.key] = question.choices[-1] if question.choices else "mine"
            flags += [question.flag, str(expected[question.key])]

    made = json.loads(plgen("new", str(place / "first"), *flags, "--json").stdout)

    assert made["answers"] == expected


REFUSED = {
    "no folder": (["new"], 2, "Missing argument 'DIR'", "plgen new --help"),
    "unknown choice": (["new", "x", "--license", "GPL"], 2, "not one of", "plgen new --help"),
    "unknown flag": (["new", "x", "--autor", "me"], 2, "--author", "plgen new --help"),
    "unknown command": (["nwe"], 2, "Did you mean 'new'?", "plgen --help"),
    "dependency": (["new", "torch"], 2, "cannot name a project", "plgen new torch --name my-torch"),
    "full folder": (["new", ".."], 1, "not an empty folder", "plgen new another_folder"),
    "no terminal": (["new", "x", "-i"], 2, "-i needs a terminal", "plgen new --help"),
}


@pytest.mark.parametrize(("arguments", "code", "error", "hint"), REFUSED.values(), ids=REFUSED)
def test_errors(place: Path, arguments: list[str], code: int, error: str, hint: str) -> None:
    """An error is one line of what and why and one of what to type, on stderr."""
    done = plgen(*arguments)

    what, cure = done.stderr.splitlines()
    assert done.returncode == code
    assert done.stdout == ""
    assert what.startswith("error: ")
    assert error in what
    assert cure == f"help: {hint}"
    assert os.listdir(place) == []


@pytest.mark.parametrize("name", REFUSED)
def test_errors_as_json(place: Path, name: str) -> None:
    """A program gets an error as an object on stdout, with the same exit code."""
    arguments, code, error, hint = REFUSED[name]

    done = plgen(*arguments, "--json")

    said = json.loads(done.stdout)
    assert error in said["error"]
    assert (said["help"], said["exit_code"], done.returncode) == (hint, code, code)
    assert done.stderr == f"error: {said['error']}\nhelp: {hint}\n"
    assert os.listdir(place) == []


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
def test_without_output(project: Path, first: str, output: str, code: int, error: str) -> None:
    """If printing fails, the change is made; only a reader that went away is no error."""
    program = shlex.quote(f"{first}import sys; from plgen.__main__ import main; sys.exit(main())")
    command = f"'{sys.executable}' -c {program} add-model first_one {output}"

    done = run("sh", "-c", command, cwd=project, env=checkout())

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr == (error and f"{error}help: check where its output goes\n")
    assert (project / "model/first_one.py").is_file()


def test_version() -> None:
    """The version is that of copier.yml."""
    assert plgen("--version").stdout == f"plgen {version()}\n"


def test_alone_it_helps() -> None:
    """Without arguments the program says what it can do."""
    assert plgen().stdout == plgen("--help").stdout != ""


def test_completion() -> None:
    """The shell completes flags and choices, which are those of copier.yml."""
    words = "plgen new x --license "

    done = plgen(_PLGEN_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD="4")

    license_question = next(question for question in questions() if question.key == "license")
    assert done.stdout.split() == list(license_question.choices)


def test_help_shows_examples_and_defaults() -> None:
    """The help of `new` lists the flags, one a line."""
    shown = plgen("new", "--help").stdout

    assert "\n    plgen new myproject --dry-run\n" in shown
    for question in questions():
        assert question.flag in shown


def read_until(terminal: int, awaited: str | None) -> str:
    """Return what a program writes to a terminal up to a text, or until it has ended."""
    text = b""
    while awaited is None or awaited not in text.decode(errors="replace"):
        ready, _, _ = select.select([terminal], [], [], 30)
        try:
            text += os.read(terminal, 4096) if ready else b""
        except OSError:
            ready = []
        if not ready:
            break
    return text.decode(errors="replace")


def ask(*arguments: str, keys: dict[str, bytes], out: Path) -> tuple[int, str]:
    """Run `plgen new -i` in a terminal, press the key for each text; return its code and talk."""
    ours, theirs = pty.openpty()
    with out.open("wb") as result:
        process = subprocess.Popen(
            [sys.executable, "-m", "plgen", "new", "-i", *arguments],
            # A real terminal says at once where its cursor is; this one would never.
            env=checkout(TERM="xterm", PROMPT_TOOLKIT_NO_CPR="1"),
            stdin=theirs,
            stdout=result,
            stderr=theirs,
            start_new_session=True,
        )
    os.close(theirs)
    talk = ""
    for awaited, key in keys.items():
        talk += read_until(ours, awaited)
        os.write(ours, key)
    talk += read_until(ours, None)
    code = process.wait(timeout=60)
    os.close(ours)
    return code, talk


def test_interactive_asks_what_no_flag_answers(place: Path) -> None:
    """Every question is asked in the terminal, with the guesses as defaults; stdout is JSON."""
    asked = questions()[1:]
    keys = {question.help[:30]: b"\r" for question in asked}

    code, talk = ask("first", "--name", "mine", "--json", keys=keys, out=place / "out")

    made = json.loads((place / "out").read_text())
    assert code == 0
    assert made["answers"]["name"] == "mine"
    assert made["answers"]["author"] == "Ada Tester"
    assert {question.key for question in asked} < set(made["answers"])
    for shown in keys:
        assert shown in talk
    assert (place / "first/.copier-answers.yml").is_file()


def test_interrupt_at_a_question(place: Path, tmp_path: Path) -> None:
    """Ctrl-C at a question ends the program with nothing made."""
    first, second, *_ = (question.help[:30] for question in questions())

    code, talk = ask("first", keys={first: b"\r", second: b"\x03"}, out=tmp_path / "out")

    assert code == 130
    assert "error: interrupted" in talk
    assert os.listdir(place) == []
