"""Run main.py with many command lines in one process: importing PyTorch takes seconds.

python options.py CASES RESULTS, in a project's folder. CASES is a list of [name, [argument, ...]];
RESULTS becomes a mapping of name -> exit status, stdout, stderr, traceback and new files.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
import traceback
from pathlib import Path
from typing import Any

PROJECT = Path.cwd()


def files() -> set[str]:
    """Return the files and folders that are there, without caches."""
    return {
        path.relative_to(PROJECT).as_posix()
        for path in PROJECT.rglob("*")
        if "__pycache__" not in path.parts
    }


def outcome(arguments: list[str]) -> dict[str, Any]:
    """Run main.py as a program, and say how it ended and what it left."""
    before, code, trace = files(), 0, ""
    sys.argv = ["main.py", *arguments]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_path("main.py", run_name="__main__")
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else bool(leaving.code)
        except BaseException:  # noqa: BLE001 - Python itself would print it and exit with 1
            code, trace = 1, traceback.format_exc()
    return {
        "code": code,
        "stdout": out.getvalue(),
        "stderr": err.getvalue(),
        "traceback": trace,
        "new": sorted(files() - before),
    }


def main() -> None:
    """Try every case."""
    cases, results = (Path(argument) for argument in sys.argv[1:])
    sys.path.insert(0, str(PROJECT))
    named: list[tuple[str, list[str]]] = json.loads(cases.read_text())
    tried = {name: outcome(arguments) for name, arguments in named}
    results.write_text(json.dumps(tried))


if __name__ == "__main__":
    main()
