"""Print the result of a command, or the error that ended it."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO, cast

from plgen import signals
from plgen.errors import PlgenError
from plgen.reports import Report


def run(command: Callable[[], int | None]) -> int:
    """Run a command and return its exit code; print the error that ends it."""
    # None where a program is started without one.
    stdout = cast("io.TextIOWrapper | None", sys.stdout)
    if stdout is not None:
        # A folder's name need not be valid text.
        stdout.reconfigure(errors="backslashreplace")
    try:
        return command() or 0
    except PlgenError as error:
        return print_error(error.message, error.hint, error.exit_code)
    except RecursionError:
        message = "a file of the project, or an option, is nested too deeply to be read"
        return print_error(message, "simplify it, then run the command again", 1)


def report(report: Report, *, as_json: bool = False) -> None:
    """Print the report of a command, after the note of how a name was normalised."""
    if report.note:
        _print_to_stderr(f"note: {report.note}")
    print_result(_json(report.json) if as_json else report.text)


def _json(value: dict[str, Any]) -> str:
    """Return a value as JSON; other objects are replaced by their attribute `json`."""
    return json.dumps(value, indent=2, default=lambda each: each.json)


def print_result(text: str) -> None:
    """Print a result; raise PlgenError where that is impossible."""
    signals.ignore()
    try:
        _print(text, sys.stdout)
    except BrokenPipeError:
        # The reader closed the pipe.
        return
    except OSError as error:
        raise PlgenError(
            f"done, but the result could not be printed: {error.strerror}",
            "check where its output goes",
        ) from error


def print_error(message: str, hint: str, code: int) -> int:
    """Print an error in two lines, with `--json` also as an object; return its exit code."""
    signals.ignore()
    message, hint = (" ".join(text.splitlines()) for text in (message, hint))
    if signals.wants_json():
        found = {"error": message, "help": hint or None, "exit_code": code}
        with contextlib.suppress(OSError):
            _print(_json(found), sys.stdout)
    _print_to_stderr(f"error: {message}")
    if hint:
        _print_to_stderr(f"help: {hint}")
    return code


def _print_to_stderr(line: str) -> None:
    """Print a line to stderr, if that is possible."""
    with contextlib.suppress(OSError):
        _print(line, sys.stderr)


def _print(text: str, stream: TextIO | None) -> None:
    """Print a text at once; raise OSError where that is impossible."""
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    try:
        print(_escaped(text), file=stream, flush=True)
    except OSError:
        # Flushing the rest when Python ends would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise


def _escaped(text: str) -> str:
    """Return a text with escapes for control sequences and invisible characters.

    The text may come from a file of the project.
    """
    return "".join(
        each if each.isprintable() or each in "\n\t" else each.encode("unicode_escape").decode()
        for each in text
    )
