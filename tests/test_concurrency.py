"""Many commands at once, and commands that are killed: nothing is lost and nothing is half done."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import contents, python, start, succeed
from plgen.commands.add import add
from plgen.commands.check import check
from plgen.commands.remove import remove
from plgen.commands.rename import rename
from plgen.errors import PlgenError
from plgen.naming.kinds import NET
from plgen.project import register

AT_ONCE = 32


def registered(project: Path) -> set[str]:
    """Return the nets of a project, whose register has to be readable at every moment."""
    return set(register.read((project / NET.package).read_bytes(), NET).names)


@pytest.mark.parametrize("repository", [True, False], ids=["repository", "none"])
def test_many_at_once(project: Path, *, repository: bool) -> None:
    """Of 32 commands at once each adds its net, and the register holds them all."""
    if not repository:
        shutil.rmtree(project / ".git")
    before = registered(project)
    wanted = {f"net_{number}" for number in range(AT_ONCE)}

    processes = [start("-m", "plgen", "add-model", name) for name in sorted(wanted)]

    for done in [process.wait() for process in processes]:
        assert done.returncode == 0, done.stderr
    assert registered(project) == before | wanted
    assert {file.stem for file in (project / "model").glob("net_*.py")} == wanted
    assert not list(project.rglob(".plgen*"))


def test_the_same_at_once(project: Path) -> None:
    """Of eight equal commands at once one adds the net, and the others find it there."""
    processes = [start("-m", "plgen", "add-model", "first_net") for _ in range(8)]

    talk = [process.wait().stdout for process in processes]

    assert sum(text.startswith("added") for text in talk) == 1
    assert sum(text.startswith("unchanged") for text in talk) == 7
    assert "first_net" in registered(project)


# Each command, as it is typed and as it is called.
COMMANDS: dict[str, Callable[[], object]] = {
    "add-model second_net": lambda: add(NET, "second_net"),
    "rename first_net second_net": lambda: rename("first_net", "second_net"),
    "remove first_net --force": lambda: remove("first_net", force=True),
}
# Runs a command that is killed before a function is called for the given time.
KILLED = """
import os, signal, sys
from pathlib import Path
from plgen.__main__ import main

name, number = sys.argv.pop(1), int(sys.argv.pop(1))
owner = {"replace": Path, "unlink": Path, "fsync": os}[name]
real, left = getattr(owner, name), [None] * number
def counted(*given, **words):
    left.pop()
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **words)
setattr(owner, name, counted)
sys.exit(main())
"""

Files = dict[str, bytes]


class Victim:
    """A command in a project that has a net of its own; it can be killed and begun again."""

    def __init__(self, project: Path, typed: str) -> None:
        self.project = project
        self.words = typed.split()
        self.call = COMMANDS[typed]
        self.kills = 0
        add(NET, "first_net")
        succeed("git", "add", "--all")
        succeed("git", "commit", "--quiet", "--message", "First")
        self.before = self.files()
        self.call()
        self.after = self.files()

    def files(self) -> Files:
        """Return what the files of the project hold."""
        return {name: content for name, (content, _) in contents(self.project).items()}

    def restore(self) -> None:
        """Bring back the project as it was before the command."""
        now = self.files()
        for name in now.keys() - self.before.keys():
            (self.project / name).unlink()
        for name, content in self.before.items():
            if now.get(name) != content:
                (self.project / name).write_bytes(content)

    def check_whole(self) -> None:
        """Fail if anything is half done after a kill, or cannot be made whole."""
        for name, content in self.files().items():
            if "/.plgen-" not in f"/{name}":
                assert content in {self.before.get(name), self.after.get(name)}, name
        for name in registered(self.project):
            assert (self.project / NET.file(name)).is_file(), name
        # Every other time.
        self.kills += 1
        if self.kills % 2:
            assert check(fix=True).left == ()
            assert self.files() in (self.before, self.after)
        # One that was done before the kill says so, or that there is no such net.
        with suppress(PlgenError):
            self.call()
        assert self.files() == self.after
        assert check().findings == ()


@pytest.fixture(params=COMMANDS, ids=lambda typed: typed.split()[0])
def victim(project: Path, request: pytest.FixtureRequest) -> Victim:
    """Give each command that changes a project."""
    return Victim(project, request.param)


@pytest.mark.parametrize("call", ["replace", "unlink", "fsync"])
def test_killed_at_every_change(victim: Victim, call: str) -> None:
    """A command that is killed before any change of a file is undone by the next one."""
    killed = 0
    while True:
        victim.restore()
        done = python("-c", KILLED, call, str(killed + 1), *victim.words)
        victim.check_whole()
        if done.returncode != -signal.SIGKILL:
            break
        killed += 1

    assert done.returncode == 0, done.stderr
    assert killed > 0
