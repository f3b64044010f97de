"""Loaders of the sets: their options, batches and random numbers."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import torch
from lightning_fabric.utilities.data import sized_len
from pytorch_lightning import Trainer
from torch.utils.data import DataLoader, Dataset, IterableDataset

from ..choices.groups import arguments
from ..choices.names import module_of
from ..errors import OptionError, RunError, as_option_error, find_option_error
from .batches import collate
from .datasets import concatenate, files_of, use_overridden
from .processes import share_of, stream_workers
from .randomness import SET, Shuffled, derive_seed, seed_generators, seeded
from .samplers import build_sampler

INFERRED = ("batch_size", "num_workers", "pin_memory", "drop_last")  # unless they are given
# Parameters of torch's DataLoader that are not options.
NOT_OPTIONS = ("dataset", "shuffle", "sampler", "batch_sampler", "collate_fn", "worker_init_fn", "generator")
# The same for each group of options. An evaluation must keep all samples, in their order.
LOADER_GROUPS = {"loader": NOT_OPTIONS, "eval_loader": (*NOT_OPTIONS, "drop_last", "in_order")}


class SetLoader(DataLoader[Any]):
    """A DataLoader that names its set and the batch when it cannot yield one.

    Args:
        name: of the set.
        split: "train", "eval" or "test".
        seed: sets the random numbers of each batch, so that evaluations can be compared; None in training.
    """

    def __init__(self, *args: Any, name: str, split: str, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name, self.split, self.seed, self.where = name, split, seed, f"{name} ({split})"

    def __iter__(self) -> Iterator[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] (a private type)
        number = 0
        try:
            for batch in super().__iter__() if self.seed is None else self.seeded_batches(self.seed):
                yield batch
                number += 1
            if not isinstance(self.dataset, IterableDataset) and number < (sized_len(self) or 0):
                # A StopIteration of the dataset looks to torch like the end of the set.
                hint = f"do not raise StopIteration in __getitem__: see {files_of(self.name)}"
                raise RunError(f"{self.where} ended after {number} of {len(self)} batches", hint)
        except OptionError:
            raise
        except Exception as error:
            if refused := find_option_error(error):  # a worker passes on only the text
                raise refused from error
            what = f"{self.where} cannot load batch {number}"
            error.add_note(f"error: {what}\nhelp: look at {files_of(self.name)}")
            raise

    def seeded_batches(self, seed: int) -> Iterator[Any]:
        """Yield batches that draw the same random numbers each time."""
        with seeded(seed):  # Lightning may load the first batch while the net still trains
            batches = super().__iter__()
            batches = chain(list(islice(batches, 1)), batches)  # the first one is loaded here, with this seed
        for number, batch in enumerate(batches, 1):
            yield batch
            seed_generators(derive_seed(seed, number))


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
        sampler: name of the sampler of the training set; an object is refused.
        sampler_args: --sampler_args.*, in plain values.
        others: more arguments of torch's DataLoader, which take precedence.

    Raises OptionError for options that torch's DataLoader refuses.
    """
    if isinstance(dataset, list):
        dataset, name = concatenate(dataset, list(name))
    name = str(name)
    use_overridden(dataset)
    group = "loader" if split == "train" else "eval_loader"
    by_name = split == "train" and isinstance(sampler, str)
    if "batch_sampler" in others or not (sampler is None or by_name):
        message = f"{name} ({split}) cannot be drawn by this sampler: only --sampler is used, in training"
        raise OptionError(message, "return a DataLoader of torch in data/data_interface.py")
    given = {"batch_size": batch_size, "num_workers": num_workers}
    given |= arguments(DataLoader, group, options or {}, derived=INFERRED)
    if given.get("timeout") and not given["num_workers"]:  # an assertion of torch would fail
        message = f"--{group}.timeout is the time to wait for workers, and there are none"
        raise OptionError(message, f"add --{group}.num_workers 1, or leave it out")
    defaults: dict[str, Any] = {
        "dataset": dataset,
        "pin_memory": torch.cuda.is_available(),
        "collate_fn": getattr(dataset, "collate_fn", None) or collate,
    }
    is_stream = isinstance(dataset, IterableDataset)
    if is_stream:
        given["num_workers"] = stream_workers(dataset, name, split, trainer, given["num_workers"])
    if split != "train":
        defaults["seed"] = derive_seed(seed, module_of(name), trainer.global_rank if trainer else 0, SET)
    elif is_stream:
        if sampler is not None:
            message = f"--sampler {sampler} cannot draw from {name}: an IterableDataset has its own order"
            raise OptionError(message, "leave out --sampler, or write a dataset with __getitem__ and __len__")
    else:
        replica = (trainer and trainer.distributed_sampler_kwargs) or {"num_replicas": 1, "rank": 0}
        if sampler is None:
            order = Shuffled(dataset, seed, replica)
        else:
            order = build_sampler(dataset, name, sampler, sampler_args or {}, seed, replica)
        defaults |= {"sampler": order, "generator": order.workers}
        defaults["drop_last"] = given["batch_size"] > 1 and len(order) % given["batch_size"] == 1 < len(order)
    with as_option_error(f"{name}: --{group}.* is refused", f"change --{group}.*", ZeroDivisionError):
        if split != "train" and not is_stream:
            defaults["sampler"] = share_of(dataset, trainer, given["batch_size"])
        return SetLoader(name=name, split=split, **(defaults | given | others))
