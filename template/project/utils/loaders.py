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
    """A DataLoader whose batches draw the same random numbers each time, and which has none when it is not due.

    Args:
        name: of the set.
        seed: of the run.
        trainer: knows the process, and which sets are due.
    """

    def __init__(self, *args: Any, name: str, seed: int, trainer: Trainer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name, self.trainer = name, trainer
        streams = isinstance(self.dataset, IterableDataset)  # which each process reads from beginning to end
        self.seed = mixed(seed, name, trainer.global_rank if trainer and not streams else 0, SET)

    def __iter__(self) -> Iterator[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] (torch names a private class)
        if not is_due(self.trainer, self.name):
            return
        with drawing(self.seed):  # Lightning may load it before the evaluation starts, in the midst of the training
            batches = super().__iter__()
            batch = next(batches, self)
        for number in count(1):
            if batch is self:
                return
            yield batch
            sow(mixed(self.seed, number))
            batch = next(batches, self)
