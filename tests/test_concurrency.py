"""Many commands at once, and commands that are killed: nothing is lost and nothing is half done."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import checkout, contents, run
from plgen.commands.check import check
from plgen.naming.kinds import NET
from plgen.project import register

COMMANDS = 32
KILLS = 60


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start plgen in the current folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "plgen", *arguments],
        env=checkout(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def registered(project: Path) -> set[str]:
    """Return the nets of a project, whose register has to be readable at every moment."""
    return set(register.read((project / NET.package).read_bytes(), NET).names)


@pytest.mark.parametrize("repository", [True, False], ids=["repository", "none"])
def test_many_at_once(project: Path, *, repository: bool) -> None:
    """Of 32 commands at once each adds its net, and the register holds them all."""
    if not repository:
        shutil.rmtree(project / ".git")
    before = registered(project)
    wanted = {f"net_{number}" for number in range(COMMANDS)}

    processes = [start("add-model", name) for name in sorted(wanted)]

    for process in processes:
        _, talk = process.communicate(timeout=120)
        assert process.returncode == 0, talk
    assert registered(project) == before | wanted
    assert {file.stem for file in (project / "model").glob("net_*.py")} == wanted
    assert not list(project.rglob(".plgen*"))


def test_the_same_at_once(project: Path) -> None:
    """Of eight equal commands at once one adds the net, and the others find it there."""
    processes = [start("add-model", "first_net") for _ in range(8)]

    talk = [process.communicate(timeout=120)[0] for process in processes]

    assert sum(text.startswith("added") for text in talk) == 1
    assert sum(text.startswith("unchanged") for text in talk) == 7
    assert "first_net" in registered(project)


ADD = ("add-model", "second_net")
RENAME = ("rename", "first_net", "second_net")
REMOVE = ("remove", "first_net", "--force")

# Runs commands in children that need not start anew, so that a kill hits the work itself: one a
# line, after the seconds or the call at which it is to be killed. Answers with how it ended.
SERVER = """
import os, signal, sys, time
from pathlib import Path
import jinja2.sandbox, platformdirs, yaml
from plgen import cli
from plgen.commands import add, check, remove, rename
from plgen.rendering import new_module
from plgen.changes import lock

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def sabotage(owner, name, number):
    real, calls = getattr(owner, name), []
    def counted(*given, **words):
        calls.append(given)
        if len(calls) == number:
            kill()
        return real(*given, **words)
    setattr(owner, name, counted)

OWNERS = {"replace": Path, "unlink": Path, "fsync": os}
for line in sys.stdin:
    moment, *words = line.split()
    name, _, number = moment.partition(":")
    begun = time.monotonic()
    child = os.fork()
    if not child:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        if name in OWNERS:
            sabotage(OWNERS[name], name, int(number))
        sys.argv[1:] = words
        try:
            os._exit(cli.main())
        except BaseException:
            os._exit(70)
    if name == "after":
        time.sleep(float(number))
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(code, time.monotonic() - begun, flush=True)
"""

Files = dict[str, bytes]


class Server:
    """Commands in a project that has a net of its own, and that can be killed and begun again."""

    def __init__(self, project: Path, command: tuple[str, ...]) -> None:
        self.project = project
        self.command = command
        self.kills = 0
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER],
            cwd=project,
            env=checkout(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.run("add-model", "first_net")
        run("git", "add", "--all", cwd=project)
        run("git", "commit", "--message", "First", cwd=project)
        self.before = self.files()
        self.code, _ = self.run(*command)
        self.after = self.files()

    def run(self, *words: str, moment: str = "never") -> tuple[int, float]:
        """Run a command, and return its exit code and the seconds that it took."""
        assert self.process.stdin
        assert self.process.stdout
        print(moment, *words, file=self.process.stdin, flush=True)
        code, seconds = self.process.stdout.readline().split()
        return int(code), float(seconds)

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

    def kill(self, moment: str) -> int:
        """Kill the command at a moment, go on after it, and fail if anything is half done."""
        self.restore()
        code, _ = self.run(*self.command, moment=moment)
        for name, content in self.files().items():
            if "/.plgen-" not in f"/{name}":
                assert content in {self.before.get(name), self.after.get(name)}, name
        for name in registered(self.project):
            assert (self.project / NET.file(name)).is_file(), name
        # Every other time.
        self.kills += 1
        if self.kills % 2:
            assert self.run("check", "--fix")[0] == 0
            assert self.files() in (self.before, self.after)
            assert check(start=self.project).findings == ()
        # One that was done before the kill says so, or that there is no such net.
        self.run(*self.command)
        assert self.files() == self.after
        return code


@pytest.fixture(params=[ADD, RENAME, REMOVE], ids=lambda command: command[0])
def server(project: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """Give each command that changes a project."""
    made = Server(project, request.param)
    assert made.code == 0
    yield made
    made.process.communicate(timeout=60)


def test_killed_at_any_moment(server: Server) -> None:
    """Whenever a command is killed each file is the old or the new, and the next makes it whole."""
    server.restore()
    _, duration = server.run(*server.command)
    moments = random.Random(0)  # noqa: S311 - the moments are to be the same in every run

    killed = tried = 0
    while killed < KILLS // 3 and tried < KILLS:
        moment = moments.uniform(0, duration)
        if server.kill(f"after:{moment}") == -signal.SIGKILL:
            killed += 1
        else:
            # It was done by then: the first run was slower, on a machine that was busy with others.
            duration = moment
        tried += 1

    assert killed == KILLS // 3
    assert server.run("check")[0] == 0
    assert server.files() == server.after


@pytest.mark.parametrize("call", ["replace", "unlink", "fsync"])
def test_killed_at_every_change(server: Server, call: str) -> None:
    """A command that is killed before any change of a file is undone by the next one."""
    killed = 0

    while server.kill(f"{call}:{killed + 1}") == -signal.SIGKILL:
        killed += 1

    assert killed > 0
