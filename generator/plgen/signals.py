"""Ctrl-C, SIGTERM and SIGHUP: a command completes or changes nothing, and reports which.

Python drops an exception of a signal's handler while a finalizer or a weakref callback runs, as
they do during most imports. So no handler raises: the program's own prints one line and exits, and
while the disk is changed a signal is only noted.
This module is imported before everything else, so it imports nothing slow.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any, NoReturn

STOPPING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
INTERRUPTED = 130
# The signals that end this program; none where plgen is used as a library.
_ending: list[int] = []


def install() -> None:
    """Let a signal end the program, unless it is ignored (as SIGHUP is under nohup)."""
    for number in STOPPING:
        if signal.getsignal(number) not in {signal.SIG_IGN, None}:
            _ending.append(number)
            signal.signal(number, exit_interrupted)


def ignore() -> None:
    """Ignore signals until the program exits: it must print its result."""
    for number in _ending:
        signal.signal(number, signal.SIG_IGN)


def exit_interrupted(*_: object) -> NoReturn:
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


class Pending:
    """The signals that arrived while they were postponed."""

    def __init__(self) -> None:
        self._arrived: int | None = None
        # Set while the user is asked questions: a signal then stops the command at once.
        self.asking = False

    def stop_if_any(self) -> None:
        """Raise KeyboardInterrupt if a signal has arrived."""
        if self._arrived is not None:
            raise KeyboardInterrupt(self._arrived)

    def receive(self, number: int, _frame: object) -> None:
        """Note a signal."""
        first, self._arrived = self._arrived is None, number
        if self.asking and first:
            self.stop_if_any()


@contextmanager
def postponed() -> Generator[Pending]:
    """Postpone the signals that end a program; `stop_if_any` ends it if one came."""
    pending = Pending()
    previous: dict[int, Any] = {}
    # Only the main thread may change handlers.
    with suppress(ValueError):
        for number in STOPPING:
            if signal.getsignal(number) not in {signal.SIG_IGN, None}:
                previous[number] = signal.signal(number, pending.receive)
    try:
        yield pending
    finally:
        for number, handler in previous.items():
            # They may have been ignored since.
            if signal.getsignal(number) == pending.receive:
                signal.signal(number, handler)
