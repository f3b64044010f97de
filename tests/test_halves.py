"""What a killed command leaves half done: who undoes it, and who says so."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import contents, plgen, python, run
from plgen.commands.add import add
from plgen.commands.check import check
from plgen.commands.remove import remove
from plgen.commands.rename import rename
from plgen.errors import PlgenError
from plgen.naming.kinds import NET

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
MARK = f".plgen-{'0' * 16}"
RENAME = ("rename", "example_net", "b_net")


def kill(number: int, *words: str, **variables: str) -> bool:
    """Tell whether a command was killed at this renaming of a file, or was done before."""
    return (
        python("-c", KILLED, str(number), *words, variables=variables).returncode == -signal.SIGKILL
    )


def marked(project: Path) -> set[str]:
    """Return the files and folders that are of plgen, not of the user."""
    found = {path.relative_to(project).as_posix() for path in project.rglob(".plgen*")}
    return {name for name in found if not name.startswith(".git/")}


@pytest.mark.parametrize("repository", [False, True], ids=["none", "made since"])
def test_undone_from_elsewhere(alone: Path, *, repository: bool) -> None:
    """The next command undoes it, also one that comes by a link and has other temporary files."""
    before, number = contents(alone), 1
    link = alone.parent / "link"
    link.symlink_to(alone)

    while kill(number, *RENAME, TMPDIR=str(alone)):
        if repository:
            run("git", "init", cwd=alone)
        fixed = plgen("check", "--fix", cwd=link, TMPDIR=str(alone.parent))

        assert (fixed.returncode, fixed.stdout) == (0, "nothing is wrong\n")
        assert contents(alone) == before
        assert marked(alone) == set()
        shutil.rmtree(alone / ".git", ignore_errors=True)
        number += 1

    assert number > 3
    assert (alone / "model/b_net.py").is_file()


LOOKING: dict[str, Callable[[], object]] = {
    "add": lambda: add(NET, "c_net", dry_run=True),
    "rename": lambda: rename("example_net", "b_net", dry_run=True),
    "remove": lambda: remove("standard_net", force=True, dry_run=True),
    "check": check,
    "fix": lambda: check(fix=True, dry_run=True),
}


def test_not_judged(project: Path) -> None:
    """A command that changes nothing reports in one line that the next one undoes the rest."""
    assert kill(3, *RENAME)
    before = contents(project)

    for look in LOOKING.values():
        with pytest.raises(PlgenError) as refusal:
            look()
        assert refusal.value.message == (
            "a plgen command was killed while it changed model/b_net.py, model/__init__.py, "
            "main.py, model/example_net.py; the next command that changes the project undoes that "
            "first"
        )
        assert refusal.value.hint == "plgen check --fix"

    assert contents(project) == before
    assert plgen(*RENAME).returncode == 0
    assert check().findings == ()


def entry(path: str) -> dict[str, object]:
    """Return what a journal says of a file that is created, as main.py is now."""
    return {"path": path, "before": None, "after": Path("main.py").read_text("latin-1")}


def journal(project: Path, home: Path, *entries: dict[str, object]) -> Path:
    """Write a journal of a project where plgen has its own, and return its file."""
    folder = home / ".local/state/plgen"
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(os.fsencode(project.resolve())).hexdigest()[:32]
    file = folder / f"{name}.journal"
    file.write_text(json.dumps([MARK, entries]))
    return file


def test_journal_without_its_mark(project: Path, home: Path) -> None:
    """The journal of a finished command or of an earlier project is not undone."""
    before = contents(project)
    left = journal(project, home, entry("main.py"))

    assert plgen("check").stdout == "nothing is wrong\n"
    assert rename("example_net", "b_net", dry_run=True).plan.operations
    assert plgen("check", "--fix").stdout == "nothing is wrong\n"

    assert contents(project) == before
    assert not left.exists()


@pytest.mark.parametrize(
    "path", ["../victim.py", "/etc/hostname", "outside/victim.py"], ids=["up", "absolute", "link"]
)
def test_leads_out_of_the_project(alone: Path, home: Path, path: str) -> None:
    """A journal touches nothing outside of its project, whatever became of the folders since."""
    (alone.parent / "victim.py").write_bytes((alone / "main.py").read_bytes())
    (alone / "outside").symlink_to(alone.parent)
    (alone / MARK).touch()
    before = contents(alone.parent)
    journal(alone, home, entry("main.py"), entry(path))

    assert plgen("check", "--fix").stdout == "nothing is wrong\n"

    assert contents(alone.parent) == before


def test_brought_along(project: Path) -> None:
    """A file that comes with a project is never taken for a journal."""
    text = json.dumps([MARK, [entry(".git/HEAD"), entry("main.py")]])
    (project / MARK).touch()
    name = hashlib.sha256(os.fsencode(project)).hexdigest()
    for folder in (".plgen/state", ".git/plgen", ".local/state/plgen", "plgen"):
        (project / folder).mkdir(parents=True)
        for stem in ("", name[:16], name[:32]):
            for end in ("journal", "journal.done", ".journal", ".done"):
                (project / folder / f"{stem}{end}").write_text(text)
    before = contents(project)

    assert plgen("check", "--fix").stdout == "nothing is wrong\n"

    assert contents(project) == before
    assert (project / ".git/HEAD").is_file()
