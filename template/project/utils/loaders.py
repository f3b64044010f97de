"""Evaluation sets that --eval_every wants seldom, and the loader that leaves epochs out."""

from collections.abc import Callable, Iterator
from typing import Any

from pytorch_lightning import Trainer
from torch.utils.data import DataLoader


def is_due(trainer: Trainer, epochs: int) -> bool:
    """Whether a set is evaluated after the epoch that runs; always when a checkpoint is validated."""
    return trainer.state.fn != "fit" or trainer.current_epoch % epochs == 0


class SeldomLoader(DataLoader[Any]):
    """A DataLoader that has no batches when it is not due.

    Args:
        due: asked as each epoch's evaluation starts.
    """

    def __init__(self, *args: Any, due: Callable[[], bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.due = due

    def __iter__(self) -> Iterator[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] (torch names a private class)
        return super().__iter__() if self.due() else iter(())
