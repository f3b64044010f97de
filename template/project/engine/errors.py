"""Errors that a user can fix: main.py shows them in two lines instead of a traceback."""

import re
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from difflib import get_close_matches

from lightning_fabric.utilities.exceptions import MisconfigurationException

SHOWN = 5  # names in a message


class OptionError(Exception):
    """A wrong option, name or folder, with a message and a hint that says how to fix it."""

    exit_code = 2  # of main.py

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"error: {self.message}\nhelp: {self.hint}"


class RunError(OptionError):
    """An error that ends a run after it has started, such as a loss of NaN or a full disk."""

    exit_code = 1


def find_option_error(error: BaseException) -> OptionError | None:
    """Return the OptionError behind an error: itself, its cause, or one from a worker process; else None."""
    if isinstance(error, OptionError):
        return error
    if error.__cause__ and (cause := find_option_error(error.__cause__)):
        return cause
    # A worker process passes on the text of its traceback.
    raised = re.search(r"\b(OptionError|RunError): error: (.+)\nhelp: (.+)\s*$", str(error))
    kinds = {"OptionError": OptionError, "RunError": RunError}
    return kinds[raised[1]](raised[2], raised[3]) if raised else None


@contextmanager
def as_option_error(what: str, hint: str, *more: type[Exception]) -> Generator[None]:
    """Turn a ValueError of a library, or one of `more`, into an OptionError."""
    try:
        yield
    except (ValueError, MisconfigurationException, *more) as error:
        if hasattr(error, "__notes__"):  # the user's code raised it: a note says where
            raise
        raise OptionError(f"{what}: {one_line(error)}", hint) from error


def one_line(message: object) -> str:
    """Return the message of an error in one line."""
    return " ".join(str(message).split())


def first_few(names: Sequence[str], shown: int = SHOWN) -> str:
    """Return the first of many names for a message."""
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def unknown_name_error(kind: str, name: str, known: Iterable[str], more: str = "") -> OptionError:
    """Return the error for an unknown name, with the nearest known one; `more` is added to the hint."""
    names = list(known)
    by_folded = {each.casefold(): each for each in names}
    near = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.5)
    listed = names if len(names) <= 40 else [each for each in names if each.islower()]
    if len(listed) < len(names):
        more = f" and {len(names) - len(listed)} classes, see the documentation{more}"
    guess = f"did you mean {by_folded[near[0]]}? " if near else ""
    return OptionError(f"no {kind} is called {name!r}", f"{guess}known: {', '.join(listed) or 'none'}{more}")
