"""Output that nobody reads any more, as after `python main.py | head -1` or when a terminal is closed."""

import os
import sys
from contextlib import suppress
from typing import Any


class Unread:
    """A stream whose writing may fail: what is printed from then on is dropped, and the run goes on."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        try:
            return self.stream.write(text)
        except OSError:
            self.drop()
            return len(text)

    def flush(self) -> None:
        try:
            self.stream.flush()
        except OSError:
            self.drop()

    def drop(self) -> None:
        """Send the stream's file to nowhere, so that libraries and Python's own exit can write there too."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        with suppress(OSError):
            os.dup2(nowhere, self.stream.fileno())
        os.close(nowhere)


def allow_unread_output() -> None:
    """Let a run go on when nobody reads what it prints."""
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is not None and not isinstance(stream, Unread):
            setattr(sys, name, Unread(stream))
