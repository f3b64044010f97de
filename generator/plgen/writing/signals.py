"""Ctrl-C, SIGTERM and SIGHUP: a command ends whole or not at all, and says which.

Python drops what a signal's handler raises while a finalizer or a weakref callback runs, as it does
during most imports. So the program's own handler raises nothing: it prints one line and exits.
Imported before everything else, so nothing slow may be imported here.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType, TracebackType
    from typing import Any, NoReturn, Self

STOPPING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
INTERRUPTED = 130
# The signals that end this program; none where plgen is used as a library.
_ending: list[int] = []


class Stopped(KeyboardInterrupt):
    """A signal ended the command."""


def install() -> None:
    """Let a signal end the program, unless it is ignored (as SIGHUP is under nohup)."""
    for number in STOPPING:
        if signal.getsignal(number) not in {signal.SIG_IGN, None}:
            _ending.append(number)
            signal.signal(number, interrupted)


def ignore() -> None:
    """Ignore signals until the program exits: what the command did must be what it prints."""
    for number in _ending:
        signal.signal(number, signal.SIG_IGN)


def interrupted(*_: object) -> NoReturn:
    """Print that the program was interrupted, and exit at once."""
    ignore()
    # A stream is None where the program was started without it: its number may be a file's now.
    with suppress(OSError):
        if wants_json() and sys.stdout is not None:
            os.write(1, b'{\n  "error": "interrupted",\n  "help": null,\n  "exit_code": 130\n}\n')
    with suppress(OSError):
        if sys.stderr is not None:
            os.write(2, b"error: interrupted\n")
    os._exit(INTERRUPTED)


def wants_json() -> bool:
    """Return whether the command line has `--json`."""
    words = sys.argv[1:]
    return "--json" in words[: words.index("--") if "--" in words else None]


class Signals:
    """Hold back SIGINT, SIGTERM and SIGHUP, except within `let_through`."""

    def __init__(self) -> None:
        self._held = True
        self._arrived: int | None = None
        self._previous: dict[int, Any] = {}
        self._report_unraisable = sys.unraisablehook

    def __enter__(self) -> Self:
        """Take over the signals that are not ignored."""
        # Only the main thread may do so.
        with suppress(ValueError):
            for number in STOPPING:
                if signal.getsignal(number) not in {signal.SIG_IGN, None}:
                    self._previous[number] = signal.signal(number, self._receive)
            sys.unraisablehook = self._ignore_stopped
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the signals back, unless they are ignored since."""
        sys.unraisablehook = self._report_unraisable
        for number, handler in self._previous.items():
            if signal.getsignal(number) == self._receive:
                signal.signal(number, handler)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self._arrived = number
        if not self._held:
            # A second one must not interrupt the cleaning up after the first.
            self._held = True
            raise Stopped(number)

    def _ignore_stopped(self, unraisable: sys.UnraisableHookArgs) -> None:
        # Python drops what is raised in a finalizer: `let_through` raises it again at its end.
        if unraisable.exc_type is not Stopped:
            self._report_unraisable(unraisable)

    def _raise_arrived(self) -> None:
        if self._arrived is not None:
            raise Stopped(self._arrived)

    @contextmanager
    def let_through(self) -> Generator[None]:
        """Let a signal, also one that was held back, raise Stopped in this block."""
        try:
            self._held = False
            self._raise_arrived()
            yield
        finally:
            self._held = True
            # In place of whatever became of the first Stopped on its way.
            self._raise_arrived()
