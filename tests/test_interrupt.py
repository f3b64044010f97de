"""Signals at whichever moment leave a whole project or none."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import checkout, contents, python, run, start
from forks import Fork
from plgen import signals
from plgen.commands.new import new

RUNS = 8
# Says when the program has begun: before that it is Python that is interrupted.
PROGRAM = "import os, sys; from plgen.__main__ import main; os.write(2, b'.'); sys.exit(main())"


def begin(path: str) -> Fork:
    """Start `plgen new` in a group of its own, as a shell does, and wait until it has begun."""
    process = start("-c", PROGRAM, "new", path)
    end = time.monotonic() + 60
    while process.err.read_text() != "." and time.monotonic() < end:
        time.sleep(0.001)
    return process


def check_whole_or_absent(place: Path, expected: set[str]) -> bool:
    """Fail unless the place holds nothing or the whole project; tell whether it does."""
    if not os.listdir(place):
        return False
    assert os.listdir(place) == ["first"]
    assert set(contents(place / "first")) == expected
    # Read-only commands: the index is not refreshed by a check.
    assert run("git", "fsck", "--strict", cwd=place / "first").returncode == 0
    assert run("git", "status", "--porcelain", cwd=place / "first").stdout == ""
    return True


@pytest.fixture
def expected(tmp_path: Path) -> set[str]:
    """Give the files of a whole project."""
    return set(new(str(tmp_path / "sample"), {}, dry_run=True).files)


def test_interrupt_at_any_moment(place: Path, expected: set[str]) -> None:
    """Ctrl-C, once or twice, at any moment: the project is there and said to be, or neither."""
    begun = time.monotonic()
    assert begin("first").wait().returncode == 0
    duration = time.monotonic() - begun
    moments = random.Random(0)  # noqa: S311 - the moments are to be the same in every run
    outcomes: list[bool] = []

    for number in range(RUNS):
        shutil.rmtree(place / "first", ignore_errors=True)
        process = begin("first")
        time.sleep(moments.uniform(0, duration))
        # To the group, as a terminal sends it: git gets it too.
        os.killpg(process.pid, signal.SIGINT)
        if number % 2:
            time.sleep(moments.uniform(0, 0.02))
            os.killpg(process.pid, signal.SIGINT)
        done = process.wait()

        whole = check_whole_or_absent(place, expected)
        said = (done.returncode, done.stdout[:8], done.stderr)
        assert said == ((0, "created ", ".") if whole else (130, "", ".error: interrupted\n"))
        outcomes.append(whole)

    assert False in outcomes


# Code that sends Ctrl-C at a moment of a command, which is then to end with this code.
SEND = "import os, signal, sys; send = lambda *_: os.kill(os.getpid(), signal.SIGINT)\n"
DROPPED = """
left = [{number}]
def trace(frame, event, argument):
    if frame.f_code.co_name == "cb" and "importlib" in frame.f_code.co_filename:
        left[0] -= 1
        if left[0] == 0:
            send()
import plgen.__main__
sys.settrace(trace)
"""
PRINTED = """
import builtins
real = print
builtins.print = lambda *words, **options: (send(), real(*words, **options), send())
"""
IMPATIENT = """
import shutil
from pathlib import Path
remove, find = shutil.rmtree, Path.rglob
shutil.rmtree = lambda *words, **options: (send(), remove(*words, **options))
Path.rglob = lambda *words: (send(), find(*words))[1]
"""
MOMENTS: dict[str, tuple[str, str, int]] = {
    "in the first import": (DROPPED.format(number=1), "check", 130),
    "in a later import": (DROPPED.format(number=20), "check", 130),
    "in an import of the template's": (DROPPED.format(number=90), "new first --no-git", 130),
    "while the result is printed": (PRINTED, "add-model first_one", 0),
    "while an error is printed": (PRINTED, "add-model class", 2),
    "while Python ends": ("import atexit; atexit.register(send)", "list", 0),
    "while the first is handled": (
        IMPATIENT,
        "new ../first --no-git",
        130,
    ),
}


@pytest.mark.parametrize("options", ["", " --json"], ids=["text", "json"])
@pytest.mark.parametrize(("moment", "line", "code"), MOMENTS.values(), ids=MOMENTS)
def test_interrupt_at_a_moment(
    project: Path, moment: str, line: str, code: int, options: str
) -> None:
    """The output matches the changes, even where Python would drop the handler's exception."""
    words = f"{line}{options}".split()
    before = contents(project.parent)
    program = f"{SEND}{moment}\nfrom plgen.__main__ import main; sys.exit(main())"

    if "settrace" in moment:
        # Only a fresh Python imports anything.
        done = run(sys.executable, "-c", program, *words, cwd=project, env=checkout())
    else:
        done = python("-c", program, *words, cwd=project)

    result: Any = json.loads(done.stdout) if options else done.stdout
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    if code:
        assert contents(project.parent) == before
        assert not options or result["exit_code"] == code
    if code == signals.INTERRUPTED:
        assert done.stderr == "error: interrupted\n"
        error = {"error": "interrupted", "help": None, "exit_code": code}
        assert result == (error if options else "")
    if code == 0:
        assert done.stderr == ""
        assert result
        assert (contents(project.parent) == before) is not line.startswith("add")


@pytest.mark.parametrize(
    ("path", "number"),
    [("first", signal.SIGINT), ("a/b", signal.SIGTERM), (".", signal.SIGHUP)],
)
def test_signal_while_rendering(
    place: Path, monkeypatch: pytest.MonkeyPatch, path: str, number: signal.Signals
) -> None:
    """Each signal that ends a program ends it with nothing left behind."""
    write = Path.write_bytes

    def write_and_stop(self: Path, data: bytes) -> int:
        if not os.environ.get("STOPPED"):
            monkeypatch.setenv("STOPPED", "1")
            signal.raise_signal(number)
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", write_and_stop)
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        new(path, {"name": "first"})

    assert os.listdir(place) == []
    assert signal.getsignal(number) == before


def test_signal_while_moving(
    place: Path, expected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Ctrl-C that comes while the project is moved into place comes too late."""
    rename = Path.rename

    def stop_and_rename(self: Path, target: Path) -> Path:
        signal.raise_signal(signal.SIGINT)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stop_and_rename)
    new(".", {"name": "first"})

    assert set(contents(place)) == expected


def test_ignored_signal_stays_ignored(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under nohup a lost terminal does not stop the command."""
    write = Path.write_bytes

    def write_and_signal(self: Path, data: bytes) -> int:
        signal.raise_signal(signal.SIGHUP)
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", write_and_signal)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        new("first", {}, git=False)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert os.listdir(place) == ["first"]
