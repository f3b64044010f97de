"""Run main.py with many command lines in one process: importing PyTorch takes seconds.

python options.py CASES RESULTS, in a project's folder. CASES is a list of [name, [argument, ...]];
RESULTS becomes a mapping of name -> exit status, stdout, stderr, traceback and new files.
"""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import os
import runpy
import sys
import traceback
from pathlib import Path
from typing import Any

PROJECT = Path.cwd()


def files() -> set[str]:
    """Return the files and folders that are there, without caches."""
    found: set[str] = set()
    for parent, folders, names in os.walk(PROJECT):
        folders[:] = [name for name in folders if name != "__pycache__"]
        inner = os.path.relpath(parent, PROJECT)
        found.update(os.path.normpath(f"{inner}/{name}") for name in (*folders, *names))
    return found


def outcome(arguments: list[str]) -> dict[str, Any]:
    """Run main.py as a program, and return how it ended."""
    code, trace = 0, ""
    sys.argv = ["main.py", *arguments]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_path("main.py", run_name="__main__")
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else bool(leaving.code)
        except BaseException:  # noqa: BLE001 - Python itself would print it and exit with 1
            code, trace = 1, traceback.format_exc()
    # As where a program ends; PyTorch would wait five seconds for each that is left of a failure.
    for worker in multiprocessing.active_children():
        worker.terminate()
    return {
        "code": code,
        "stdout": out.getvalue(),
        "stderr": err.getvalue(),
        "traceback": trace,
    }


def try_all(cases: Path) -> dict[str, dict[str, Any]]:
    """Return how each command line of a file ended, and the files that it left."""
    named: list[tuple[str, list[str]]] = json.loads(cases.read_text())
    tried: dict[str, dict[str, Any]] = {}
    before = files()
    for name, arguments in named:
        tried[name] = outcome(arguments)
        after = files()
        tried[name]["new"], before = sorted(after - before), after
    return tried


if __name__ == "__main__":
    sys.path.insert(0, str(PROJECT))
    Path(sys.argv[2]).write_text(json.dumps(try_all(Path(sys.argv[1]))))
