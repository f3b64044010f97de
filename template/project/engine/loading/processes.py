"""Several processes: which samples of a set each one evaluates, and how their results are gathered."""

import math
import re
from collections.abc import Iterator, Sized
from functools import lru_cache
from itertools import islice
from typing import Any, TextIO

from lightning_utilities.core.apply_func import apply_to_collection
from pytorch_lightning import Trainer
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor, distributed
from torch.utils.data import DataLoader, Dataset, DistributedSampler, IterableDataset, default_convert

from ..contract import loader_of
from ..errors import OptionError
from .batches import tensors
from .randomness import seed_generators


@rank_zero_only
def report(text: str, stream: TextIO | None = None) -> None:
    """Print a line once, in the first process only; to the standard output unless a stream is given."""
    print(text, file=stream)


@lru_cache
def report_once(text: str) -> None:
    """Print a line once, however often it is reported; the preflight, which hides its output, resets this."""
    report(text)


class Share(DistributedSampler[int]):
    """The samples of a set that one process evaluates: each sample is evaluated by exactly one process.

    Processes wait for one another at each batch, so all need the same number. A process that would
    have one batch fewer repeats a sample of another. The net computes that batch, and the scores leave it out
    (`is_repeat`).

    Args:
        dataset: the whole set; sample i belongs to process i % processes.
        batch_size: samples a batch in each process.
    """

    def __init__(self, dataset: Dataset[Any], batch_size: int, processes: int, rank: int) -> None:
        super().__init__(dataset, num_replicas=processes, rank=rank, shuffle=False)
        self.size = len(dataset)  # pyright: ignore[reportArgumentType] (torch does not declare it)
        refuse_few(dataset, self.size, processes)
        self.own = range(rank, self.size, processes)
        self.repeat = repeat_of(self.size, batch_size, processes, rank)

    def __iter__(self) -> Iterator[int]:
        yield from self.own
        if self.repeat is not None:
            yield 0

    def __len__(self) -> int:
        return len(self.own) + (self.repeat is not None)


class StreamShare(IterableDataset[Any]):
    """The same for an IterableDataset: each process reads all items. The size is known after the last item.

    Raises OptionError for a stream that divides itself: it would be divided twice.
    """

    def __init__(self, stream: IterableDataset[Any], batch_size: int, processes: int, rank: int) -> None:
        self.stream, self.parts = stream, (batch_size, processes, rank)
        self.size, self.repeat = math.inf, None

    def __iter__(self) -> Iterator[Any]:
        _, processes, rank = self.parts
        self.size, self.repeat, number, item = math.inf, None, -1, None
        for number, item in enumerate(self.stream):
            if number == 0 and not is_everywhere(item):
                what = f"{type(self.stream).__name__} yields different items in each process"
                raise OptionError(what, "yield every item in every process; the engine divides them")
            if number % processes == rank:
                yield item
        self.size = number + 1
        refuse_few(self.stream, self.size, processes)
        self.repeat = repeat_of(self.size, *self.parts)
        if self.repeat is not None:
            yield item  # the last one is another's


def repeat_of(size: int, batch_size: int, processes: int, rank: int) -> int | None:
    """Return the index of the batch that a process repeats to have as many as the others, or None."""
    own, most = (math.ceil(len(range(first, size, processes)) / batch_size) for first in (rank, 0))
    return own if own < most else None


def refuse_few(dataset: Dataset[Any], size: int, processes: int) -> None:
    """Raise OptionError for more processes than samples: metrics without samples cannot be gathered."""
    if size < processes:
        message = f"{type(dataset).__name__} has {size} samples for {processes} processes"
        raise OptionError(message, "add --trainer.devices 1, or at most one device per sample")


def share_of(dataset: Dataset[Any], trainer: Trainer | None, batch_size: int, workers: int) -> dict[str, Any]:
    """Return the options with which a DataLoader yields this process's share; a single process has all."""
    streams = isinstance(dataset, IterableDataset)
    if trainer is None or trainer.world_size == 1:
        return {"num_workers": min(workers, 1)} if streams else {}  # each worker would read the whole stream
    parts = batch_size, trainer.world_size, trainer.global_rank
    if streams:  # a worker process could not report its size
        return {"dataset": StreamShare(dataset, *parts), "num_workers": 0}
    return {"sampler": Share(dataset, *parts)}


def stream_workers(name: str, stream: IterableDataset[Any], workers: int) -> int:
    """Return how many workers load a stream in training: one, with a message, if each would read it all."""
    if workers < 2 or divides_itself(stream):
        return workers
    report_once(
        f"{name}: one worker loads it, as each of {workers} would read the whole stream; "
        "it can give each its share by torch.utils.data.get_worker_info()"
    )
    return 1


@lru_cache(maxsize=8)
def divides_itself(stream: IterableDataset[Any]) -> bool:
    """Return whether two workers with the same random numbers get different first items."""
    loader = DataLoader(FirstItem(stream), batch_size=None, num_workers=2, worker_init_fn=seed_alike)
    try:
        firsts = list(loader)
    except Exception:  # the run's own loader raises it again, and names the set
        return True
    return len(set(firsts)) == len(firsts)


class FirstItem(IterableDataset[str]):
    """The first item of a stream, as a text that differs for different items."""

    def __init__(self, stream: IterableDataset[Any]) -> None:
        self.stream = stream

    def __iter__(self) -> Iterator[str]:
        for item in islice(self.stream, 1):
            yield f"{item!r} {[*map(sum_of, tensors(default_convert(item)))]}"


def seed_alike(worker: int) -> None:
    seed_generators(0)


def is_repeat(trainer: Trainer, batch_idx: int, set_index: int) -> bool:
    """Return whether an evaluated batch is a repeat of what another process counts."""
    loader = loader_of(trainer, set_index)
    parts = getattr(loader, "sampler", None), getattr(loader, "dataset", None)
    return any(isinstance(part, Share | StreamShare) and part.repeat == batch_idx for part in parts)


def size_of(dataset: Any) -> float:
    """Return the number of samples of a set; infinity for a stream that has not ended."""
    stream = isinstance(dataset, StreamShare)
    return dataset.size if stream else len(dataset) if isinstance(dataset, Sized) else math.inf


def sum_of(tensor: Tensor) -> Any:
    return tensor.sum().item()


def is_everywhere(item: Any) -> bool:
    """Return whether all processes have the same item."""
    found: list[Any] = [None] * distributed.get_world_size()
    sums = apply_to_collection(default_convert(item), Tensor, sum_of, allow_frozen=True)
    # With the texts; the address of an object differs in each process.
    distributed.all_gather_object(found, re.sub(r" at 0x\w+", "", repr(sums)))
    return len(set(found)) == 1


def gathered(value: Any) -> list[Any] | None:
    """Return the values of all processes by rank, in the first process; None in the others."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return [value]
    found = [None] * distributed.get_world_size() if distributed.get_rank() == 0 else None
    distributed.gather_object(value, found)
    return found
