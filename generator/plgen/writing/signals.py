"""Hold signals back while files are moved, so that a command ends whole or not at all."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

STOPPING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Stopped(KeyboardInterrupt):
    """A signal ended the command."""


class Signals:
    """Hold back SIGINT, SIGTERM and SIGHUP, except within `let_through`."""

    def __init__(self) -> None:
        self._held = True
        self._arrived: int | None = None
        self._previous: dict[int, Any] = {}
        self._report_unraisable = sys.unraisablehook

    def __enter__(self) -> Self:
        """Take over the signals that are not ignored (as SIGHUP is under nohup)."""
        if threading.current_thread() is threading.main_thread():
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
        """Give the signals back."""
        sys.unraisablehook = self._report_unraisable
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self._arrived = number
        if not self._held:
            # A second one must not interrupt the cleaning up after the first.
            self._held = True
            raise Stopped(number)

    def _ignore_stopped(self, unraisable: sys.UnraisableHookArgs) -> None:
        # Python drops what is raised in a finalizer: `let_through` raises it again at its end.
        if unraisable.exc_type is Stopped:
            self._held = False
        else:
            self._report_unraisable(unraisable)

    def _raise_arrived(self) -> None:
        if self._arrived is not None:
            raise Stopped(self._arrived)

    @contextmanager
    def let_through(self) -> Generator[None]:
        """Let a signal, also one that was held back, raise Stopped in this block."""
        self._held = False
        try:
            self._raise_arrived()
            yield
            self._raise_arrived()
        finally:
            self._held = True
