"""Programs that fork from one process with their libraries, instead of importing them each time."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DRIVER = Path(__file__).parent / "drivers" / "warm.py"


class Warm:
    """A Python that has imported libraries, of which programs are forks."""

    def __init__(self, python: Path, libraries: tuple[str, ...], env: Mapping[str, str]) -> None:
        self.compiled = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            [python, DRIVER, self.compiled, *libraries],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=env,
            text=True,
        )
        self.lock = threading.Lock()
        atexit.register(self.end)

    def end(self) -> None:
        """End the process, which has nothing to lose."""
        self.process.kill()
        self.process.communicate()
        shutil.rmtree(self.compiled, ignore_errors=True)

    def ask(self, **request: Any) -> int:
        """Return the number that the process answers."""
        with self.lock:
            assert self.process.stdin
            assert self.process.stdout
            print(json.dumps(request), file=self.process.stdin, flush=True)
            return int(self.process.stdout.readline())

    def start(self, *arguments: str | Path, cwd: Path | None, env: Mapping[str, str]) -> Fork:
        """Start what follows `python` in a shell, in a group of processes of its own."""
        fork = Fork(self, arguments)
        fork.pid = self.ask(
            arguments=[str(argument) for argument in arguments],
            folder=str(cwd or Path.cwd()),
            variables=dict(env),
            out=str(fork.out),
            err=str(fork.err),
        )
        return fork

    def run(
        self, *arguments: str | Path, cwd: Path | None, env: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run what follows `python` in a shell to its end, and return what it printed."""
        return self.start(*arguments, cwd=cwd, env=env).wait()


class Fork:
    """A program that was started; it writes to the files `out` and `err`."""

    pid: int

    def __init__(self, warm: Warm, arguments: tuple[str | Path, ...]) -> None:
        self.warm = warm
        self.arguments = arguments
        self.folder = Path(tempfile.mkdtemp())
        self.out, self.err = self.folder / "out", self.folder / "err"
        self.out.touch()
        self.err.touch()

    def wait(self) -> subprocess.CompletedProcess[str]:
        """Wait for its end, and return what it printed."""
        code = self.warm.ask(wait=self.pid)
        out, err = self.out.read_text(), self.err.read_text()
        shutil.rmtree(self.folder)
        return subprocess.CompletedProcess(self.arguments, code, out, err)


@functools.cache
def warm(python: Path, *libraries: str, **variables: str) -> Warm:
    """Return the one Python of this test process that has imported these libraries."""
    return Warm(python, libraries, {**os.environ, "OMP_NUM_THREADS": "1", **variables})
