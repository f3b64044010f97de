"""Loaders of the sets that are evaluated: random numbers of their own, and sets that --eval_every wants seldom."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from pytorch_lightning import Trainer
from torch.utils.data import DataLoader, IterableDataset

from utils.metrics import key
from utils.randomness import SET, drawing, mixed, sow


def is_due(trainer: Trainer | None, name: str) -> bool:
    """Whether a set is evaluated this time: in a training each N-th time or without values yet, otherwise always."""
    if trainer is None or trainer.state.fn != "fit":
        return True
    model: Any = trainer.lightning_module
    past, every = model.scores.past, (model.hparams["eval_every"] or {}).get(name, 1)
    return past["evaluations"] % every == 0 or key("val", "scores", name) not in past["latest"]


class SetLoader(DataLoader[Any]):
    """A DataLoader whose items draw the same random numbers each time, and which has no batches when it is not due.

    Args:
        name: of the set.
        seed: of the run.
        apart: whether one of the sets is a stream: Lightning then loads a batch before it is needed, even before the
            evaluation starts, so that random numbers of batches have to be kept apart from all others.
        trainer: knows the process, and which sets are due.
    """

    def __init__(
        self, *args: Any, name: str, seed: int, apart: bool, trainer: Trainer | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.name, self.apart, self.trainer = name, apart, trainer
        streams = isinstance(self.dataset, IterableDataset)  # which each process reads from beginning to end
        self.seed = mixed(seed, name, trainer.global_rank if trainer and not streams else 0, SET)

    def __iter__(self) -> Iterator[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] (torch names a private class)
        if not is_due(self.trainer, self.name):
            return
        if not self.apart:  # several times faster
            sow(self.seed)
            yield from super().__iter__()
            return
        batches: Iterator[Any] | None = None
        for number in count():
            with drawing(self.seed, number):
                batches = super().__iter__() if batches is None else batches
                batch = next(batches, self)
            if batch is self:
                return
            yield batch
