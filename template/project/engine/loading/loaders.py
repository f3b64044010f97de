"""Loaders of the sets: which batches they yield, with which random numbers, and which item an error is about."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch
from pytorch_lightning import Trainer
from torch.utils.data import DataLoader, Dataset, IterableDataset

from ..errors import OptionError, RunError, refusal
from .batches import ONE_SIZE, UnequalItems, collate
from .datasets import use_overridden
from .processes import share_of, stream_workers
from .randomness import SET, Shuffled, derive_seed, seed_generators, seeded

END = object()


class SetLoader(DataLoader[Any]):
    """A DataLoader that names its set and the item when it cannot yield a batch.

    Args:
        name: of the set.
        split: "train", "eval" or "test".
        seed: of the random numbers that each batch gets anew, so that evaluations compare; None while training.

    Raises RunError for items that make no batch; an error in the dataset's own code gets a note.
    """

    def __init__(self, *args: Any, name: str, split: str, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name, self.split, self.seed = name, split, seed

    def __iter__(self) -> Iterator[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] (torch names a private class)
        number = 0
        try:
            for batch in self.batches() if self.seed is None else self.seeded_batches(self.seed):
                yield batch
                number += 1
        except UnequalItems as error:
            reason = str(error).rpartition("UnequalItems: ")[2].strip()  # a worker puts its traceback before it
            raise RunError(f"{self.name} ({self.split}), batch {number}: no batch of {reason}", ONE_SIZE) from error
        except OptionError:
            raise
        except Exception as error:
            if refused := refusal(error):  # a worker passes on the text alone
                raise refused from error
            place = f"{self.name} ({self.split}) gives no batch {number}{self.failing_item(number)}"
            error.add_note(f"error: {place}\nhelp: look at data/{self.name}.py")
            raise

    def batches(self) -> Iterator[Any]:
        number = 0
        for batch in super().__iter__():
            number += 1
            yield batch
        if not isinstance(self.dataset, IterableDataset) and number < len(self):
            # A StopIteration of the dataset looks to torch like the end of the set.
            reason = f"{self.name} ({self.split}) ended after {number} of {len(self)} batches"
            raise RunError(reason, f"let no StopIteration out of __getitem__ in data/{self.name}.py")

    def seeded_batches(self, seed: int) -> Iterator[Any]:
        """Batches that draw the same random numbers each time."""
        batches, number = self.batches(), 0
        with seeded(seed):  # Lightning may load the first batch while the net still trains
            batch = next(batches, END)
        while batch is not END:
            yield batch
            number += 1
            seed_generators(derive_seed(seed, number))
            batch = next(batches, END)

    def failing_item(self, number: int) -> str:
        """Return the item that raises an error, found by loading each item again: a worker does not tell."""
        if not isinstance(self.dataset, IterableDataset):
            for index in next(islice(self.batch_sampler or [], number, None), []):
                try:
                    self.dataset[index]
                except Exception:  # whatever the dataset raises
                    return f": item {index}"
        return ""


def build_loader(
    dataset: Dataset[Any],
    name: str,
    split: str,
    seed: int,
    trainer: Trainer | None,
    batch_size: int,
    num_workers: int = 0,
    **options: Any,
) -> SetLoader:
    """Build the loader of a set.

    The training set is shuffled in each epoch, but for an IterableDataset, which has its own order. A last batch of a
    single sample is dropped: batch norm cannot train on it. Of the other sets each process gets its share.

    Args:
        dataset: the set.
        name: its name, for messages and random numbers.
        split: "train", "eval" or "test".
        seed: the random seed of the run.
        trainer: knows how many processes there are.
        batch_size: samples per batch.
        num_workers: processes that load data.
        options: more arguments of torch's DataLoader, which take precedence.
    """
    use_overridden(dataset)
    arguments: dict[str, Any] = {
        "dataset": dataset,
        "batch_size": batch_size,
        "num_workers": num_workers,
        "pin_memory": torch.cuda.is_available(),
        "collate_fn": getattr(dataset, "collate_fn", None) or collate,
    }
    streams = isinstance(dataset, IterableDataset)
    if split != "train":
        rank = trainer.global_rank if trainer and not streams else 0  # each process reads a stream from its start
        arguments |= share_of(dataset, trainer, batch_size, num_workers)
        arguments["seed"] = derive_seed(seed, name, rank, SET)
    elif streams:
        arguments["num_workers"] = stream_workers(name, dataset, num_workers)
    else:
        processes = trainer.distributed_sampler_kwargs if trainer else None
        order = Shuffled(dataset, seed, processes or {"num_replicas": 1, "rank": 0})
        single = batch_size > 1 and len(order) % batch_size == 1 < len(order)
        arguments |= {"sampler": order, "drop_last": single, "generator": order.workers}
    return SetLoader(name=name, split=split, **arguments | options)
