"""Signals at whichever moment leave a whole project or none."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import checkout, contents, run
from plgen.commands.new import new

RUNS = 50


def start(path: str) -> subprocess.Popen[str]:
    """Start `plgen new` in a group of its own, as a shell does."""
    return subprocess.Popen(
        [sys.executable, "-m", "plgen", "new", path],
        env=checkout(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


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
    """Ctrl-C at 50 moments of a run: the folder is whole or absent, and nothing else is there."""
    begun = time.monotonic()
    start("first").communicate()
    duration = time.monotonic() - begun
    moments = random.Random(0)  # noqa: S311 - the moments are to be the same in every run
    outcomes: list[bool] = []

    for _ in range(RUNS):
        shutil.rmtree(place / "first", ignore_errors=True)
        process = start("first")
        time.sleep(moments.uniform(0, duration * 1.1))
        # To the group, as a terminal sends it: git gets it too.
        os.killpg(process.pid, signal.SIGINT)
        _, talk = process.communicate(timeout=60)

        whole = check_whole_or_absent(place, expected)
        # Before the program's first line it is Python that is interrupted, which ends variously.
        begun = "interrupted" in talk or "plgen" in talk or whole
        # After its last line too, which leaves the code to Python; and Python ends by the signal
        # itself when it came while a text was executed, as dataclasses do, though it was caught.
        codes = {0, 130, -signal.SIGINT} if whole else {130, -signal.SIGINT}
        assert not begun or process.returncode in codes, talk
        assert "Traceback" not in talk or "Exception ignored" in talk or not begun, talk
        outcomes.append(whole)

    assert False in outcomes


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("path", ["first", "a/b", "."])
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


def test_signal_in_a_finalizer(
    place: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal that arrives where Python drops exceptions stops the command all the same."""

    class Finalized:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    write = Path.write_bytes

    def write_and_finalize(self: Path, data: bytes) -> int:
        Finalized()
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", write_and_finalize)
    with pytest.raises(KeyboardInterrupt):
        new("first", {}, git=False)

    assert capfd.readouterr().err == ""
    assert os.listdir(place) == []


def test_signal_while_removing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An impatient second Ctrl-C does not interrupt the cleaning up after the first."""
    write, remove = Path.write_bytes, shutil.rmtree

    def write_and_stop(self: Path, data: bytes) -> int:
        write(self, data)
        signal.raise_signal(signal.SIGINT)
        return 0

    def stop_and_remove(path: Path, *, ignore_errors: bool = False) -> None:
        signal.raise_signal(signal.SIGINT)
        remove(path, ignore_errors)

    monkeypatch.setattr(Path, "write_bytes", write_and_stop)
    monkeypatch.setattr(shutil, "rmtree", stop_and_remove)
    with pytest.raises(KeyboardInterrupt):
        new("first", {})

    assert os.listdir(place) == []


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
