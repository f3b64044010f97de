"""Loaders of sets: which batches they give when, of which random numbers, and which set it was when they cannot."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

from pytorch_lightning import Trainer
from torch.utils.data import DataLoader, Dataset, IterableDataset

from ..errors import RunError, refusal
from ..learning.batches import ONE_SIZE, UnequalItems
from ..learning.metrics import key
from .randomness import SET, drawing, mixed, sow


def is_due(trainer: Trainer | None, name: str) -> bool:
    """Whether a set is evaluated this time: in a training each N-th time or without values yet, otherwise always."""
    if trainer is None or trainer.state.fn != "fit":
        return True
    model: Any = trainer.lightning_module
    past, every = model.scores.past, (model.hparams["eval_every"] or {}).get(name, 1)
    return past["evaluations"] % every == 0 or key("val", "scores", name) not in past["latest"]


def spread(dataset: Dataset[Any], count: int) -> list[int] | None:
    """Up to `count` indices from the first to the last of a set; None for an IterableDataset, which has no indices."""
    if isinstance(dataset, IterableDataset):
        return None
    size = len(dataset)  # pyright: ignore[reportArgumentType] (torch asks it of datasets, and declares it nowhere)
    count = min(count, size)
    return [i * (size - 1) // max(count - 1, 1) for i in range(count)]


class SetLoader(DataLoader[Any]):
    """A DataLoader that names its set when it cannot give a batch.

    Args:
        name: of the set.
        split: "train", "eval" or "test".

    Raises RunError for items that make no batch; an error in the dataset's own code gets a note.
    """

    def __init__(self, *args: Any, name: str, split: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name, self.split = name, split

    def __iter__(self) -> Iterator[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] (torch names a private class)
        number = 0
        try:
            for batch in self.batches():
                yield batch
                number += 1
        except UnequalItems as error:
            said = str(error).rpartition("UnequalItems: ")[2].strip()  # a worker puts its traceback before it
            raise RunError(f"{self.name} ({self.split}), batch {number}: no batch of {said}", ONE_SIZE) from error
        except Exception as error:
            if refused := refusal(error):  # a worker hands on its text alone
                raise refused from error
            place = f"{self.name} ({self.split}) gives no batch {number}{self.broken_item(number)}"
            error.add_note(f"error: {place}\nhelp: look at data/{self.name}.py")
            raise

    def broken_item(self, number: int) -> str:
        """Which item of a batch cannot be had, found by asking for each once more: a worker does not tell."""
        if not isinstance(self.dataset, IterableDataset):
            for index in next(islice(self.batch_sampler or [], number, None), []):
                try:
                    self.dataset[index]
                except Exception:  # whatever the dataset raises
                    return f": item {index}"
        return ""

    def batches(self) -> Iterator[Any]:
        given = 0
        for batch in super().__iter__():
            given += 1
            yield batch
        if not isinstance(self.dataset, IterableDataset) and given < len(self):  # torch takes it for the end of the set
            reason = f"{self.name} ({self.split}) ended after {given} of {len(self)} batches"
            raise RunError(reason, f"let no StopIteration out of __getitem__ in data/{self.name}.py")


class EvaluationLoader(SetLoader):
    """A SetLoader whose batches draw the same random numbers each time, and which has none when it is not due.

    Args:
        seed: of the run.
        trainer: knows the process, and which sets are due.
    """

    def __init__(self, *args: Any, seed: int, trainer: Trainer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trainer = trainer
        streams = isinstance(self.dataset, IterableDataset)  # which each process reads from beginning to end
        self.seed = mixed(seed, self.name, trainer.global_rank if trainer and not streams else 0, SET)

    def batches(self) -> Iterator[Any]:
        if not is_due(self.trainer, self.name):
            return
        with drawing(self.seed):  # Lightning may load it before the evaluation starts, in the midst of the training
            batches = super().batches()
            batch = next(batches, self)
        for number in count(1):
            if batch is self:
                return
            yield batch
            sow(mixed(self.seed, number))
            batch = next(batches, self)
