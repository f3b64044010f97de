"""The lock and the journal: they lie in the user's own folder, and serve every way to a project."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import checkout, contents, plgen, python
from plgen.commands.add import add
from plgen.errors import PlgenError
from plgen.naming.kinds import NET

HOLD = """
import sys
from collections.abc import Callable
from pathlib import Path
from plgen.changes import lock
lock.LONGEST_WAIT = float(sys.argv[1])
with lock.planning(Path.cwd(), dry_run=len(sys.argv) > 2):
    print("held", flush=True)
    sys.stdin.read()
"""


def entries(project: Path) -> set[str]:
    """Return every file and folder of a project and of its repository."""
    return {path.relative_to(project).as_posix() for path in project.rglob("*")}


def hold(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Start a program that holds the lock of the current folder until it has read its input."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, *arguments],
        env=checkout(**variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(("name", "code"), [("first_one", 0), ("standardnet", 2)])
def test_nothing_in_the_project(project: Path, home: Path, name: str, code: int) -> None:
    """A command leaves nothing of its own in the project or in the user's folder."""
    before = entries(project)

    assert plgen("add-model", name).returncode == code

    assert entries(project) - before == ({"model/first_one.py"} if code == 0 else set())
    assert not any(path.is_file() for path in (home / ".local").rglob("*"))


@pytest.mark.parametrize("way", ["same", "link", "dry run"])
def test_busy(project: Path, way: str) -> None:
    """A command that does not get its turn says so, by whatever path it came to the project."""
    link = project.parent / "link"
    link.symlink_to(project)
    with hold("60", TMPDIR=str(project.parent)) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        dry = ["dry"] if way == "dry run" else []

        second = python(
            *("-c", HOLD, "0.1", *dry),
            cwd=link if way == "link" else project,
            variables={"TMPDIR": str(project)},
        )

        first.communicate()
    assert second.returncode == 1
    assert f"another plgen command has been busy in {str(project)!r}" in second.stderr
    assert first.returncode == 0


def no_home(_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the user a home that is none, as services have it."""
    monkeypatch.setenv("XDG_STATE_HOME", os.devnull)


def within_the_project(_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the project be the user's home, or lie about it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(Path.cwd() / "state"))


def read_only(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be written to the home, by root neither."""
    mkdir = Path.mkdir

    def refuse(self: Path, *arguments: Any, **options: Any) -> None:
        if self.is_relative_to(home):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        mkdir(self, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", refuse)


def without_locks(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk of the home lock no files."""
    import fcntl

    real = fcntl.flock

    def fail(descriptor: int, operation: int) -> None:
        if str(home) in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", fail)


def in_a_circle(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the state folder be a link to itself."""
    (home / "loop").symlink_to(home / "loop")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "loop"))


HOMES = [no_home, within_the_project, read_only, without_locks, in_a_circle]


@pytest.mark.parametrize("make", HOMES)
def test_without_a_state_folder(
    project: Path,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Path, pytest.MonkeyPatch], None],
) -> None:
    """If the user's state folder cannot hold a lock, one among the temporary files does."""
    before = entries(project)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    make(home, monkeypatch)

    add(NET, "first_one")

    assert entries(project) - before == {"model/first_one.py"}
    folder = tmp_path / f"plgen-{os.getuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not any(folder.iterdir())


def planted_link(folder: Path) -> None:
    """Put a link where the folder for temporary files would be."""
    folder.symlink_to(folder.parent)


def open_to_all(folder: Path) -> None:
    """Make the folder for temporary files so that everybody can write to it."""
    folder.mkdir()
    folder.chmod(0o777)


@pytest.mark.parametrize("plant", [planted_link, open_to_all])
def test_no_safe_folder(
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[Path], None],
) -> None:
    """Without a safe place for a lock nothing is done, and the hint says how to get one."""
    before = contents(project)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", os.devnull)
    plant(tmp_path / f"plgen-{os.getuid()}")

    with pytest.raises(PlgenError) as refusal:
        add(NET, "first_one")
    planned = add(NET, "first_one", dry_run=True).plan.operations

    reason = f"{os.devnull + '/plgen'!r} cannot hold a lock: Not a directory"
    assert refusal.value.message == f"nothing was changed: {reason}"
    assert refusal.value.hint == "set XDG_STATE_HOME to a folder that you can write to"
    assert planned
    assert contents(project) == before


@pytest.mark.parametrize("repository", [True, False], ids=["repository", "none"])
def test_links_in_the_project(project: Path, *, repository: bool) -> None:
    """No file of plgen's own is written through a link of the project."""
    if not repository:
        shutil.rmtree(project / ".git")
    victim = project.parent / "victim"
    victim.write_text("precious")
    folders = [project / ".plgen/state", project / ".git/plgen"]
    for folder in folders[: 1 + repository]:
        folder.mkdir(parents=True)
        for name in (".gitignore", "lock", "journal", "journal.draft", "journal.done"):
            (folder / name).symlink_to(victim)

    for command in (["check", "--fix"], ["add-model", "first_one"], ["remove", "first_one"]):
        plgen(*command)

    assert victim.read_text() == "precious"
