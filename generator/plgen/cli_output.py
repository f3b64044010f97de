"""Print what a command did or why it did not, and give its exit code; nothing here knows Typer."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any, cast

from plgen.errors import PlgenError

INTERRUPTED = 130


def code_of(command: Callable[[], int | None]) -> int:
    """Run a command and return its exit code; print the error that ends it."""
    # A folder's name need not be valid text.
    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    try:
        return command() or 0
    except PlgenError as error:
        complain(error.message, error.hint)
        return error.exit_code


def show(result: str | dict[str, Any]) -> None:
    """Print a result, for a reader or for a program."""
    print(result if isinstance(result, str) else json.dumps(result, indent=2))


def note(text: str | None) -> None:
    """Print how a name was normalised, if it was."""
    if text:
        print(f"note: {text}", file=sys.stderr)


def complain(message: str, hint: str = "") -> None:
    """Print an error: one line says what and why, one what to type."""
    for label, text in {"error": message, "help": hint}.items():
        if text:
            print(f"{label}: {' '.join(text.splitlines())}", file=sys.stderr)
