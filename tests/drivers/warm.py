"""Run Python programs as forks of one process that has imported their libraries already.

python warm.py COMPILED LIBRARY...: the bytecode of a project's modules goes into the folder
COMPILED, so that not every program compiles them. Each line of the standard input is a request, a
JSON object. With `arguments` (what follows `python` in a shell), `folder` (where), `variables` (the
environment), `out` and `err` (the files for what is printed) it starts a program, and the answer is
a line with its process. With `wait` it waits for such a process, and the answer is a line with the
exit status, negative for a signal.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import sys
import threading
import weakref
from pathlib import Path
from typing import Any


def become(request: dict[str, Any]) -> None:
    """Take over the streams, the environment and the arguments of a request."""
    # A shell starts a program in a group of its own. Ctrl-C must reach it even where it does not
    # reach the tests, which may run in the background.
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["variables"])
    for number, name in enumerate((os.devnull, request["out"], request["err"])):
        stream = os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)
        os.dup2(stream, number)
        os.close(stream)
    sys.argv = request["arguments"]


def execute() -> None:
    """Run what `sys.argv` holds, as `python` does."""
    way, *rest = sys.argv
    if way == "-c":
        code, *arguments = rest
        sys.argv, sys.path[0] = [way, *arguments], ""
        exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102
    elif way == "-m":
        module, *arguments = rest
        sys.argv, sys.path[0] = [module, *arguments], os.getcwd()  # noqa: PTH109
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str(Path(way).resolve().parent)
        runpy.run_path(way, run_name="__main__")


def execute_and_exit() -> None:
    """Execute, and exit without freeing all memory, which takes as long as a short run.

    What raises an error, or exits with a message, ends as any program does.
    """
    code: Any = None
    try:
        execute()
    except SystemExit as ended:
        code = ended.code
        if not isinstance(code, int | None):
            raise
    # What Python does first when it ends; there are no public names for it.
    for end in (getattr(threading, "_shutdown"), getattr(atexit, "_run_exitfuncs")):  # noqa: B009
        end()
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except (OSError, ValueError):
        sys.exit(code)
    os._exit((code or 0) & 255)


def no_fsync(_: Any) -> None:
    """Do not wait for the disk: no test pulls the plug."""


def main() -> None:
    """Answer requests until there are no more."""
    compiled, *libraries = sys.argv[1:]
    for name in libraries:
        importlib.import_module(name)
    # Not before: of the libraries there is bytecode already.
    sys.dont_write_bytecode, sys.pycache_prefix = False, compiled
    gc.freeze()
    # Collect garbage seldom, and do not wait for the disk: conftest.py does the same.
    gc.set_threshold(100_000, 50, 50)
    os.fsync = no_fsync
    # The finalizers of PyTorch's libraries take 60 ms of the end of each program.
    for finalizer in getattr(weakref.finalize, "_registry"):  # noqa: B009 - there is no public name
        finalizer.atexit = False
    while line := sys.stdin.readline():
        request = json.loads(line)
        if "wait" in request:
            answer = os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1])
        elif not (answer := os.fork()):
            become(request)
            execute_and_exit()
            return
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
