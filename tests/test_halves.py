"""What a killed command leaves half done: who undoes it, and who says so."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from conftest import checkout, contents, plgen, run
from filelock import FileLock
from plgen.commands.add import add
from plgen.commands.check import check
from plgen.commands.remove import remove
from plgen.commands.rename import rename
from plgen.errors import PlgenError
from plgen.naming.kinds import NET
from plgen.writing import journal, state
from plgen.writing.journal import Swap

PART = ".plgen/parts/net.py.jinja"
# Runs a command that is killed before it gives a file its name for the given time.
KILLED = """
import os, signal, sys
from pathlib import Path
from plgen.__main__ import main
replace, left = Path.replace, [None] * int(sys.argv.pop(1))
def counted(self, target):
    left.pop()
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
Path.replace = counted
sys.exit(main())
"""
SWAP = Swap("main.py", "00000000-0", creates=False, replaces=True, digest="")
RENAME = ("rename", "example_net", "b_net")


def kill(number: int, *words: str, **variables: str) -> bool:
    """Tell whether a command was killed at this renaming of a file, or was done before."""
    command = (sys.executable, "-c", KILLED, str(number), *words)
    return run(*command, env=checkout(**variables)).returncode == -signal.SIGKILL


def marked(project: Path) -> set[str]:
    """Return the files and folders that are of plgen, not of the user."""
    found = {path.relative_to(project).as_posix() for path in project.rglob(".plgen*")}
    return {name for name in found if not name.startswith(".git/")}


@pytest.mark.parametrize("repository", [False, True], ids=["none", "made since"])
def test_undone_from_elsewhere(alone: Path, *, repository: bool) -> None:
    """The next command undoes it, also one that has its temporary files in another folder."""
    before, number = contents(alone), 1

    while kill(number, *RENAME, TMPDIR=str(alone)):
        if repository:
            run("git", "init", cwd=alone)
        fixed = plgen("check", "--fix", TMPDIR=str(alone.parent))

        assert (fixed.returncode, fixed.stdout) == (0, "nothing is wrong\n")
        assert contents(alone) == before
        assert marked(alone) == set()
        shutil.rmtree(alone / ".git", ignore_errors=True)
        number += 1

    assert number > 3
    assert (alone / "model/b_net.py").is_file()


def test_out_of_sight(alone: Path) -> None:
    """Who makes the project a repository then sees the parts of it, and not the journal."""
    (alone / PART).parent.mkdir(parents=True)
    (alone / PART).write_text("class {{ class_name }}:\n    pass\n")

    assert kill(2, *RENAME)

    assert (alone / ".plgen/state/journal").is_file()
    run("git", "init", cwd=alone)
    status = run("git", "status", "--porcelain", "--untracked-files=all", cwd=alone).stdout
    assert [line for line in status.splitlines() if " .plgen/" in line] == [f"?? {PART}"]
    assert plgen("check", "--fix").returncode == 0
    assert marked(alone) == {".plgen"}
    assert [path.name for path in (alone / ".plgen").iterdir()] == ["parts"]


LOOKING: dict[str, Callable[[], object]] = {
    "add": lambda: add(NET, "c_net", dry_run=True),
    "rename": lambda: rename("example_net", "b_net", dry_run=True),
    "remove": lambda: remove("standard_net", force=True, dry_run=True),
    "check": check,
    "fix": lambda: check(fix=True, dry_run=True),
}


def test_not_judged(project: Path) -> None:
    """What changes nothing says in one line what the next command does first, and no more."""
    assert kill(3, *RENAME)
    before = contents(project)

    for look in LOOKING.values():
        with pytest.raises(PlgenError) as refusal:
            look()
        assert "a plgen command was cut short while it changed model/b_net.py" in str(refusal.value)
        assert "the next one that changes the project undoes that first" in str(refusal.value)
        assert refusal.value.hint == "plgen check --fix"

    assert contents(project) == before
    assert plgen(*RENAME).returncode == 0
    assert check().findings == ()


def test_judged_when_it_was_done(project: Path) -> None:
    """A command that was killed when it only had to clean up left nothing half done."""
    assert SWAP.old
    left = project / SWAP.old
    left.write_text("what main.py was\n")
    files = state.of(project)
    files.make()
    journal.write(files, [SWAP])
    files.journal.replace(files.done)

    assert check().findings == ()
    assert rename("example_net", "b_net", dry_run=True).plan.operations
    add(NET, "c_net")

    assert not left.exists()


def test_at_work(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that is still at work is waited for, and then there is nothing to say."""
    files = state.of(project)
    files.make()
    journal.write(files, [SWAP])
    other = FileLock(files.lock)
    other.acquire()

    def end(_seconds: float) -> None:
        files.journal.unlink()
        other.release()

    monkeypatch.setattr("plgen.writing.lock.time.sleep", end)

    assert check().findings == ()


def entry(**changed: object) -> str:
    """Return a journal as a project may bring it along."""
    return json.dumps([asdict(SWAP) | {"creates": True, "replaces": False} | changed])


@pytest.mark.parametrize(
    "text",
    [
        entry(path="../../victim.py"),
        entry(path="outside/victim.py"),
        entry(path="main.py", mark="/../../../victim"),
        entry(path=1),
        entry(mark=None),
        '[{"path": "x", "new": "../victim.py", "old": null, "digest": ""}]',
        "[" * 100_000,
        "null",
    ],
    ids=["path", "link", "mark", "number", "null", "fields", "deep", "none"],
)
@pytest.mark.parametrize("name", ["journal", "journal.done"])
def test_brought_along(alone: Path, name: str, text: str) -> None:
    """What a project that is somebody else's has for a journal changes nothing outside of it."""
    (alone.parent / "victim.py").touch()
    (alone.parent / "victim.old").touch()
    (alone / "outside").symlink_to(alone.parent)
    before = contents(alone.parent)
    files = state.of(alone)
    files.make()
    files.journal.with_name(name).write_text(text)

    assert plgen("check", "--fix").stdout == "nothing is wrong\n"

    assert contents(alone.parent) == before
