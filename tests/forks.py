"""Programs that fork from one process with their libraries, instead of importing them each time."""

from __future__ import annotations

import atexit
import functools
import json
import os
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
        self.process = subprocess.Popen(
            [python, DRIVER, *libraries],
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

    def run(
        self, *arguments: str | Path, cwd: Path | None, env: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run what follows `python` in a shell to its end, and return what it printed."""
        with tempfile.TemporaryDirectory() as printed, self.lock:
            out, err = Path(printed, "out"), Path(printed, "err")
            request: dict[str, Any] = {
                "arguments": [str(argument) for argument in arguments],
                "folder": str(cwd or Path.cwd()),
                "variables": dict(env),
                "out": str(out),
                "err": str(err),
            }
            assert self.process.stdin
            assert self.process.stdout
            print(json.dumps(request), file=self.process.stdin, flush=True)
            code = int(self.process.stdout.readline())
            return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())


@functools.cache
def warm(python: Path, *libraries: str) -> Warm:
    """Return the one Python of this test process that has imported these libraries."""
    return Warm(python, libraries, {**os.environ, "OMP_NUM_THREADS": "1"})
