"""Loaders of the sets: their options, batches and random numbers, and the item that raises an error."""

import warnings
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from typing import Any, cast

import torch
from lightning_fabric.utilities.data import sized_len
from pytorch_lightning import Trainer
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from ..choices.groups import arguments
from ..choices.names import module_of
from ..errors import OptionError, RunError, as_option_error, find_option_error
from .batches import ONE_SIZE, UnequalItems, collate
from .datasets import concatenate, files_of, item_of, items, use_overridden
from .processes import share_of, stream_workers
from .randomness import SET, Shuffled, derive_seed, seed_generators, seeded
from .samplers import build_sampler

LOADER_GROUPS: tuple[str, ...] = ("loader", "eval_loader")
INFERRED = ("batch_size", "num_workers", "pin_memory", "drop_last")  # unless they are given
# Arguments that are not options, and what to use instead.
ORDER = "choose the order of training with --sampler; other sets keep their order, as predictions need it"
IN_CODE = "build the loader in train_dataloader of data/data_interface.py"
INSTEAD = {
    "dataset": "choose sets with --train_dataset, --eval_datasets and --test_datasets",
    **dict.fromkeys(("shuffle", "sampler"), ORDER),
    **dict.fromkeys(("batch_sampler", "worker_init_fn"), IN_CODE),
    "collate_fn": "give the dataset a method collate_fn",
    "generator": "the loaders draw their random numbers from --seed",
}
# Arguments that change the results of an evaluation, and why.
TRAINING_ONLY = {
    "drop_last": (True, "would leave out the samples of the last batch"),
    "in_order": (False, "would mix up the samples, which predictions are matched with"),
}
OF_WORKERS = ("prefetch_factor", "persistent_workers", "timeout", "multiprocessing_context")


class SetLoader(DataLoader[Any]):
    """A DataLoader that names its set and the item when it cannot yield a batch.

    Args:
        name: of the set.
        split: "train", "eval" or "test".
        seed: sets the random numbers of each batch, so that evaluations can be compared; None in training.

    Raises RunError for items that cannot form a batch; an error in the dataset's own code gets a note.
    """

    def __init__(self, *args: Any, name: str, split: str, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name, self.seed, self.where = name, seed, f"{name} ({split})"

    def __iter__(self) -> Iterator[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] (a private type)
        number = 0
        if isinstance(self.worker_init_fn, SeedEachBatch):
            drawn = self.sampler.seed if isinstance(self.sampler, Shuffled) else torch.initial_seed()
            self.worker_init_fn.start_epoch(self.seed or drawn)
        try:
            for batch in super().__iter__() if self.seed is None else self.seeded_batches(self.seed):
                yield batch
                number += 1
            if not isinstance(self.dataset, IterableDataset) and number < (sized_len(self) or 0):
                # A StopIteration of the dataset looks to torch like the end of the set.
                hint = f"do not raise StopIteration in __getitem__: see {files_of(self.name)}"
                raise RunError(f"{self.where} ended after {number} of {len(self)} batches", hint)
        except UnequalItems as error:
            # A worker puts its traceback before it.
            reason = str(error).rpartition("UnequalItems: ")[2].strip()
            raise RunError(f"{self.where}, batch {number}: cannot batch {reason}", ONE_SIZE) from error
        except OptionError:
            raise
        except Exception as error:
            if refused := find_option_error(error):  # a worker passes on only the text
                raise refused from error
            what = f"{self.where} cannot load batch {number}{self.failing_item(number, error)}"
            error.add_note(f"error: {what}\nhelp: look at {files_of(self.name)}")
            raise

    def seeded_batches(self, seed: int) -> Iterator[Any]:
        """Yield batches that draw the same random numbers each time."""
        with seeded(seed):  # Lightning may load the first batch while the net still trains
            batches = super().__iter__()
            batches = chain(list(islice(batches, 1)), batches)
        for number, batch in enumerate(batches, 1):
            yield batch
            seed_generators(derive_seed(seed, number))

    def failing_item(self, number: int, error: Exception) -> str:
        """Return the item that raises an error. A worker does not name it, so each item is loaded again.

        Not after a timeout or a crash of a worker: this process would hang or crash too.
        """
        raised = not self.num_workers or "in DataLoader worker process" in str(error)  # torch's words
        if raised and not isinstance(self.dataset, IterableDataset):
            many = getattr(self.dataset, "__getitems__", None) or partial(items, self.dataset)
            for index in next(islice(self.batch_sampler or [], number, None), []):
                try:
                    many([index])
                except Exception:  # whatever the dataset raises
                    return f": item {item_of(self.dataset, self.name, index)}"
        return ""


class SeedEachBatch:
    """Seeds a persistent worker before each batch, by the epoch and the items of the batch.

    Otherwise it would continue the random numbers of the epoch before, and a resumed run would draw others.
    An IterableDataset has no indices, and is not changed.
    """

    def __init__(self) -> None:
        self.of_epoch = torch.zeros((), dtype=torch.int64).share_memory_()  # workers see its changes

    def start_epoch(self, seed: int) -> None:
        self.of_epoch.fill_(seed % 2**63)

    def __call__(self, worker: int) -> None:
        """Change the dataset of this worker process."""
        dataset: Any = cast(Any, get_worker_info()).dataset
        many = getattr(dataset, "__getitems__", None) or partial(items, dataset)
        vars(dataset)["__getitems__"] = partial(self.fetch, many)

    def fetch(self, many: Any, indices: list[int]) -> Any:
        seed_generators(derive_seed(int(self.of_epoch), *map(int, indices)))
        return many(indices)


def build_loader(
    dataset: Dataset[Any] | list[Dataset[Any]],
    name: str | list[str],
    split: str,
    seed: int,
    trainer: Trainer | None,
    batch_size: int,
    num_workers: int = 0,
    options: dict[str, Any] | None = None,
    sampler: Any = None,
    sampler_args: dict[str, Any] | None = None,
    **others: Any,
) -> SetLoader:
    """Build the loader of a set.

    The training set is shuffled in each epoch unless a sampler is named; an IterableDataset keeps its order.
    A last batch of a single sample is dropped: batch norm cannot train on it. Of the other sets each process
    gets its share.

    Args:
        dataset: the set, or several to train on together.
        name: its name, or those of all, for messages and random numbers.
        split: "train", "eval" or "test".
        trainer: knows how many processes there are.
        batch_size: samples per batch, unless the options give another number.
        num_workers: processes that load data, unless the options give another number.
        options: --loader.* or --eval_loader.*, in plain values.
        sampler: name of the sampler of the training set, or one for torch's DataLoader.
        sampler_args: --sampler_args.*, in plain values.
        others: more arguments of torch's DataLoader, which take precedence.
    """
    if isinstance(dataset, list):
        dataset, name = concatenate(dataset, list(name))
    name = str(name)
    use_overridden(dataset)
    group = "loader" if split == "train" else "eval_loader"
    given = loader_arguments(group, options or {}, batch_size, num_workers)
    batch_size, num_workers = given["batch_size"], given["num_workers"]
    ours: dict[str, Any] = {
        "dataset": dataset,
        "sampler": None if isinstance(sampler, str) else sampler,
        "pin_memory": torch.cuda.is_available(),
        "collate_fn": getattr(dataset, "collate_fn", None) or collate,
    }
    streams = isinstance(dataset, IterableDataset)
    if split != "train":
        # Each process reads a stream from its start.
        rank = trainer.global_rank if trainer and not streams else 0
        given |= share_of(dataset, trainer, batch_size, num_workers)
        ours["seed"] = derive_seed(seed, module_of(name), rank, SET)
    elif streams:
        if sampler is not None:
            message = f"--sampler {sampler} cannot draw from {name}: an IterableDataset has its own order"
            raise OptionError(message, "leave out --sampler, or write a dataset with __getitem__ and __len__")
        given["num_workers"] = stream_workers(name, dataset, num_workers)
    else:
        processes = (trainer and trainer.distributed_sampler_kwargs) or {"num_replicas": 1, "rank": 0}
        order: Any = sampler
        if isinstance(sampler, str):
            order = build_sampler(dataset, name, sampler, sampler_args or {}, seed, processes)
        elif sampler is None:
            order = Shuffled(dataset, seed, processes)
        ours["sampler"] = order
        if order is not sampler:  # Lightning tells it the epoch; torch seeds the workers of your own
            ours["generator"] = order.workers
        size = sized_len(order) or 0
        ours["drop_last"] = batch_size > 1 and size % batch_size == 1 < size
    if given.get("persistent_workers"):
        ours["worker_init_fn"] = SeedEachBatch()
    if not given["num_workers"]:
        given = {key: value for key, value in given.items() if key not in OF_WORKERS}
    chosen = ours | given | others
    if others.get("batch_sampler") is not None:
        for decided in ("batch_size", "sampler", "drop_last"):
            chosen.pop(decided, None)
    return SetLoader(name=name, split=split, **chosen)


def loader_arguments(
    group: str, options: Mapping[str, Any], batch_size: int, num_workers: int
) -> dict[str, Any]:
    """Return the arguments of a DataLoader from the saved form of a group of options; null is inferred."""
    given = arguments(DataLoader, group, options, derived=INFERRED)
    return {"batch_size": batch_size, "num_workers": num_workers} | given


def refuse_instead(names: Collection[str]) -> None:
    """Raise OptionError if an option is named after an argument that cannot be given so."""
    for group in LOADER_GROUPS:
        for argument, instead in INSTEAD.items():
            if f"{group}.{argument}" in names:
                raise OptionError(f"--{group}.{argument} is not an option", instead)


def refuse_loaders(config: Mapping[str, Any]) -> None:
    """Raise OptionError for options that a loader refuses, or that would change an evaluation's results."""
    for group in LOADER_GROUPS:
        options = config[group]
        given = loader_arguments(group, options, config["batch_size"], config["num_workers"])
        hint = f"change --{group}.*"
        unused = [name for name in OF_WORKERS if given.get(name) and not given["num_workers"]]
        if unused:
            names = ", ".join(f"--{group}.{name}" for name in unused)
            raise OptionError(f"{names}: no worker processes load the data", f"add --{group}.num_workers 2")
        with warnings.catch_warnings(action="ignore"), as_option_error(f"--{group}.* is refused", hint):
            DataLoader([0], **given)  # pyright: ignore[reportArgumentType] (a list is a dataset to torch)
    for name, (value, reason) in TRAINING_ONLY.items():
        if config["eval_loader"][name] is value:
            message = f"--eval_loader.{name} {str(value).lower()} {reason}"
            raise OptionError(message, f"leave it out; --loader.{name} is for training")
