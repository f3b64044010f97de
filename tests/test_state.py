"""The lock and the journal: where they are, who finds them, and that they are gone in the end."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import checkout, contents, plgen, run
from plgen.commands.add import add
from plgen.errors import PlgenError
from plgen.making import parts
from plgen.naming.kinds import NET
from plgen.writing import state

HOLD = """
import sys
from pathlib import Path
from plgen.writing import lock
lock.SECONDS = float(sys.argv[1])
with lock.held(Path()):
    print("held", flush=True)
    sys.stdin.read()
"""


def entries(project: Path) -> set[str]:
    """Return every file and folder of a project but those of its repository."""
    found = {path.relative_to(project).as_posix() for path in project.rglob("*")}
    return {name for name in found if not name.startswith(".git/")}


def test_in_the_repository(project: Path) -> None:
    """Neither git nor the user's tree shows the lock."""
    before = entries(project)

    add(NET, "first_one")

    status = run("git", "status", "--porcelain", "--ignored", cwd=project).stdout
    assert status.split() == ["M", "model/__init__.py", "??", "model/first_one.py"]
    assert state.of(project).lock.is_relative_to(project / ".git")
    assert entries(project) == before | {"model/first_one.py"}


def test_of_a_work_tree(project: Path) -> None:
    """A work tree has its lock in its own part of the repository."""
    run("git", "worktree", "add", project.parent / "tree", cwd=project)

    assert state.of(project.parent / "tree").lock.is_relative_to(project / ".git/worktrees/tree")


def test_in_a_repository_that_is_read_only(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the repository cannot be written to, nothing of the lock is left in it or beside it."""
    before = entries(project)
    monkeypatch.setattr(os, "access", read_only)

    add(NET, "first_one")

    assert entries(project) == before | {"model/first_one.py"}
    assert not (project / ".git/plgen").exists()


@pytest.mark.parametrize(("name", "code"), [("first_one", 0), ("standardnet", 2)])
def test_without_a_repository(alone: Path, name: str, code: int) -> None:
    """What a command without a repository makes for itself is gone with it, done or refused."""
    before = entries(alone)

    assert plgen("add-model", name).returncode == code

    assert entries(alone) - before == ({"model/first_one.py"} if code == 0 else set())


def test_a_dry_run_makes_nothing(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dry run takes no lock."""
    before = entries(alone)
    monkeypatch.setattr(Path, "mkdir", refuse)

    add(NET, "first_one", dry_run=True)

    assert entries(alone) == before


@pytest.mark.parametrize("repository", [True, False], ids=["repository", "none"])
def test_busy(project: Path, *, repository: bool) -> None:
    """A command that does not get its turn says so, wherever it has its temporary files."""
    if not repository:
        shutil.rmtree(project / ".git")
    with start("60", TMPDIR=str(project.parent)) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"

        second = run(sys.executable, "-c", HOLD, "0.1", env=checkout(TMPDIR=str(project)))

        first.communicate()
    assert second.returncode == 1
    assert f"another plgen command has been busy in {str(project)!r}" in second.stderr
    assert first.returncode == 0


def start(timeout: str, **variables: str) -> subprocess.Popen[str]:
    """Start a program that holds the lock of the current folder until it has read its input."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, timeout],
        env=checkout(**variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted(alone: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    """A signal that ends a command before it has changed anything leaves nothing of its lock."""
    before = entries(alone)

    def stop(*_: object) -> None:
        signal.raise_signal(number)

    monkeypatch.setattr(parts, "render", stop)
    with pytest.raises(KeyboardInterrupt):
        add(NET, "first_one")

    assert entries(alone) == before


def read_only(*_: object) -> bool:
    """Tell that nothing can be written, to root too."""
    return False


def refuse(*_: object, **__: object) -> None:
    """Fail as a read-only folder does, for root too."""
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def test_in_a_folder_that_is_read_only(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there can be no lock nothing is done, and the cure is said."""
    before = entries(alone)
    monkeypatch.setattr(Path, "mkdir", refuse)

    with pytest.raises(PlgenError) as refusal:
        add(NET, "first_one")

    assert refusal.value.message == (
        f"nothing was changed: {str(alone)!r} cannot be locked: Permission denied"
    )
    assert refusal.value.hint == "make the folder writable, then type it again"
    assert entries(alone) == before


def test_made_while_it_is_removed(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command makes the folder again that the one before removed as it was being made."""
    before = entries(alone)
    tries = iter([FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))])
    mkdir = Path.mkdir

    def late(path: Path, *arguments: Any, **options: Any) -> None:
        for error in tries:
            raise error
        mkdir(path, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", late)
    add(NET, "first_one")

    assert entries(alone) - before == {"model/first_one.py"}


@pytest.mark.parametrize("name", [".plgen", ".plgen/state"])
def test_in_the_way_of_the_folder(alone: Path, name: str) -> None:
    """A file where the folder would be is left alone, and said at once."""
    (alone / name).parent.mkdir(exist_ok=True)
    (alone / name).write_text("mine")
    before = contents(alone)

    with pytest.raises(PlgenError, match=r"cannot be locked: (File exists|Not a directory)"):
        add(NET, "first_one")

    assert contents(alone) == before


def test_on_a_disk_without_locks(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that cannot lock files is said to be one, and nothing is left on it."""
    before = entries(alone)

    def fail(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", fail)
    with pytest.raises(PlgenError, match=f"cannot be locked: {os.strerror(errno.ENOLCK)}"):
        add(NET, "first_one")

    assert entries(alone) == before


def test_through_a_link(alone: Path) -> None:
    """A link is not followed out of the project."""
    outside = alone.parent / "outside"
    (outside / "state").mkdir(parents=True)
    (alone / ".plgen").symlink_to(outside)

    with pytest.raises(PlgenError, match="goes through a link") as refusal:
        add(NET, "first_one")

    assert "put a folder in place of the link" in refusal.value.hint
    assert [path.name for path in outside.rglob("*")] == ["state"]
