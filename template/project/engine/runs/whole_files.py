"""How a checkpoint is written: whole or not at all, whatever comes in between."""

import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins import TorchCheckpointIO

from ..checks.readable import readable


@contextmanager
def uninterrupted() -> Generator[None]:
    """Let a Ctrl-C wait until what runs here is done: in the midst of its writing torch aborts the whole process."""
    if threading.current_thread() is not threading.main_thread():  # Python tells no other of signals
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
    if came:
        signal.raise_signal(signal.SIGINT)


class WholeFiles(TorchCheckpointIO):
    """Writes a checkpoint beside its place and then moves it there: a killed run or a full disk spoils none.

    Raises OptionError for a checkpoint that could not be loaded again.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        checkpoint, place = readable(checkpoint), Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = place.with_name(".unfinished")
        try:
            with uninterrupted(), unfinished.open("wb") as file:
                torch.save(checkpoint, file)
                file.flush()
                os.fsync(file.fileno())  # the move must not come to the disk before what is moved
            unfinished.replace(place)
        except RuntimeError as error:  # torch raises its own over that of a full disk
            raise (error.__context__ or error) from None
        finally:
            unfinished.unlink(missing_ok=True)
