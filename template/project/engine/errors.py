"""The one error that main.py shows in two lines instead of a traceback: something that was typed is wrong."""

import re
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from difflib import get_close_matches

from lightning_fabric.utilities.exceptions import MisconfigurationException


class OptionError(Exception):
    """A wrong option, name or folder: what is wrong and why, and what to type instead."""

    exit_code = 2  # of main.py

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"error: {self.message}\nhelp: {self.hint}"


class RunError(OptionError):
    """What ends a run that had begun: nothing that was typed, such as a loss that is no number or a full disk."""

    exit_code = 1


def refusal(error: BaseException) -> OptionError | None:
    """The OptionError that an error is or was raised from, or that another process raised; None for all others."""
    if isinstance(error, OptionError):
        return error
    if error.__cause__ and (found := refusal(error.__cause__)):
        return found
    # All that a process hands on is the text of a traceback.
    raised = re.search(r"\b(OptionError|RunError): error: (.+)\nhelp: (.+)\s*$", str(error))
    return {"OptionError": OptionError, "RunError": RunError}[raised[1]](raised[2], raised[3]) if raised else None


@contextmanager
def in_two_lines() -> Generator[None]:
    """Print an OptionError as its two lines, wherever it was raised, and exit; other errors keep their traceback."""
    try:
        yield
    except Exception as error:
        if refused := refusal(error):
            print(refused, file=sys.stderr)
            sys.exit(refused.exit_code)
        raise


@contextmanager
def refusing(what: str, hint: str, *more: type[Exception]) -> Generator[None]:
    """Turn a value that a library refuses, in one of the usual ways or in those that are given, into an OptionError."""
    try:
        yield
    except (ValueError, MisconfigurationException, *more) as error:
        raise OptionError(f"{what}: {' '.join(str(error).split())}", hint) from error


def unknown(kind: str, name: str, known: Iterable[str], more: str = "") -> OptionError:
    """The error for a name that is none of the known ones, with the nearest of them, and more to say of such names."""
    names, folded = list(known), name.casefold()
    near = [known for known in names if known.casefold() == folded] or get_close_matches(name, names, n=1, cutoff=0.5)
    near = near or [known for known in names if len(name) > 2 and folded in known.casefold()]  # mse, cosine
    listed = ", ".join(names) if len(names) <= 40 else f"{len(names)} names, see the documentation"
    return OptionError(
        f"no {kind} is called {name!r}", f"{f'did you mean {near[0]}? ' if near else ''}known: {listed or 'none'}{more}"
    )
