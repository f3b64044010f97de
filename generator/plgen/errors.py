"""The errors that a user can cause; every other exception is a bug and keeps its traceback."""

from __future__ import annotations


class PlgenError(Exception):
    """Refuse an operation: what and why, what to type instead, and the exit code."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(PlgenError):
    """Refuse a command that was typed wrongly."""

    exit_code = 2


class NameRefused(UsageError):  # noqa: N818 - the rule refuses, nothing failed
    """Refuse a name that breaks the naming rule."""
