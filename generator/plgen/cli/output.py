"""Print what a command did or why it did not, and give its exit code; nothing here knows Typer."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO, cast

from plgen.errors import PlgenError
from plgen.writing import signals

# Control characters, marks of direction and joining, separators of lines and of paragraphs.
UNSEEN = frozenset(["Cc", "Cf", "Zl", "Zp"])


def code_of(command: Callable[[], int | None]) -> int:
    """Run a command and return its exit code; print the error that ends it."""
    # None where a program is started without one.
    stdout = cast("io.TextIOWrapper | None", sys.stdout)
    if stdout is not None:
        # A folder's name need not be valid text.
        stdout.reconfigure(errors="backslashreplace")
    try:
        return command() or 0
    except PlgenError as error:
        return complain(error.message, error.hint, error.exit_code)
    except RecursionError:
        return complain("something in the project is nested too deeply", "plgen check", 1)


def show(result: str | dict[str, Any]) -> None:
    """Print a result, for a reader or for a program; raise PlgenError where that cannot be."""
    signals.ignore()
    text = result if isinstance(result, str) else json.dumps(result, indent=2)
    try:
        _print(text, sys.stdout)
    except BrokenPipeError:
        # Whoever reads no further knows enough.
        return
    except OSError as error:
        raise PlgenError(
            f"done, but the result could not be printed: {error.strerror}",
            "look at what its output leads to",
        ) from error


def note(text: str | None) -> None:
    """Print how a name was normalised, if it was."""
    if text:
        _tell(f"note: {text}")


def complain(message: str, hint: str, code: int) -> int:
    """Print an error and return its exit code: one line says what and why, one what to type.

    With `--json` it is an object on stdout as well.
    """
    signals.ignore()
    error = {
        label: " ".join(text.splitlines()) for label, text in (("error", message), ("help", hint))
    }
    if signals.wants_json():
        found = {"error": error["error"], "help": error["help"] or None, "exit_code": code}
        with contextlib.suppress(OSError):
            _print(json.dumps(found, indent=2), sys.stdout)
    for label, text in error.items():
        if text:
            _tell(f"{label}: {text}")
    return code


def _tell(line: str) -> None:
    """Print a line beside the result, if anybody can read it."""
    with contextlib.suppress(OSError):
        _print(line, sys.stderr)


def _print(text: str, stream: TextIO | None) -> None:
    """Print a text at once; raise OSError where there is no way to."""
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    try:
        print(_shown(text), file=stream, flush=True)
    except OSError:
        # What is left of the text would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise


def _shown(text: str) -> str:
    """Return a text with escapes in place of what a terminal would obey, or nobody would see.

    It may come from a file of the project. The escapes are those of JSON.
    """
    if text.replace("\n", "").isprintable():
        return text
    import unicodedata

    return "".join(
        f"\\u{ord(sign):04x}"
        if sign not in "\n\t" and unicodedata.category(sign) in UNSEEN
        else sign
        for sign in text
    )
