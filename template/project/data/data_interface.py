"""DInterface: the one LightningDataModule, the interface of every dataset of data/.

One training set, a list of evaluation sets, a list of test sets. A dataset stays a plain Dataset; this class finds it
by name, builds it and loads its batches. What a dataset may bring:

    split           a parameter of its constructor: "train", "eval" or "test", so that one class serves all three roles
    collate_fn      how its items become a batch
    __getitems__    many items at once, when they are in memory: a list of items, or a whole batch as a tuple or dict
"""

from collections.abc import Sized
from functools import partial
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset

from engine import (
    EvaluationLoader,
    OptionError,
    SetLoader,
    Shuffled,
    build,
    collate,
    drawing,
    load_class,
    share_of,
    split_args,
    spread,
    stream_workers,
    use_overridden,
)

AnyDataset = Dataset[Any]


class DInterface(pl.LightningDataModule):
    """Loads the datasets that are named; `dataset_args` holds each one's constructor arguments under its name."""

    def __init__(
        self,
        train_dataset: str,
        eval_datasets: list[str] | None = None,
        test_datasets: list[str] | None = None,
        dataset_args: dict[str, dict[str, Any]] | None = None,
        batch_size: int = 64,
        num_workers: int = 0,
        seed: int = 42,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.names = {"train": [train_dataset], "eval": eval_datasets or [], "test": test_datasets or []}
        self.dataset_args = dataset_args or {}
        self.batch_size, self.num_workers, self.seed = batch_size, num_workers, seed
        self.sets: dict[str, list[Dataset[Any]]] = {}

    def load_data_module(self, name: str) -> type[Dataset[Any]]:
        """Import the class of a dataset by the name of its file."""
        return load_class("data", name)

    def instancialize(self, name: str, split: str) -> Dataset[Any]:
        """Build a dataset with the arguments that its constructor takes, and with random numbers of its name and split.

        Raises OptionError when its data is missing, or when it has no items.
        """
        dataset_class, args = self.load_data_module(name), dict(self.dataset_args.get(name, {}))
        try:
            with drawing(self.seed, name, split):
                dataset: AnyDataset = build(dataset_class, name, args, **split_args(dataset_class, split))
        except FileNotFoundError as error:
            raise OptionError(f"{name}: {error}", f"get the data, or say by --{name}.* where it is") from error
        if isinstance(dataset, Sized) and not len(dataset):
            raise OptionError(f"{name} ({split}) has no items", f"look at its files, data/{name}.py and --{name}.*")
        return dataset

    def setup(self, stage: str) -> None:
        """Build the sets of a stage, each once; for fit the test sets too: missing data is to show before training."""
        splits = {"fit": ["train", "eval", "test"], "validate": ["eval"], "test": ["test"], "predict": ["test"]}
        for split in splits[stage]:
            if split not in self.sets:
                self.sets[split] = [self.instancialize(name, split) for name in self.names[split]]

    def train_dataloader(self) -> DataLoader[Any]:
        """The training set, each epoch in an order of its own; an IterableDataset keeps its own.

        A last batch of a single sample is left out: batch norm cannot train on it.
        """
        (name,), (dataset,) = self.names["train"], self.sets["train"]
        loader = partial(self.loader, dataset, SetLoader, name=name, split="train")
        if isinstance(dataset, IterableDataset):
            return loader(num_workers=stream_workers(name, dataset, self.num_workers))
        parts = self.trainer.distributed_sampler_kwargs if self.trainer else None
        order = Shuffled(dataset, self.seed, parts or {"num_replicas": 1, "rank": 0})
        alone = self.batch_size > 1 and len(order) % self.batch_size == 1 < len(order)
        return loader(sampler=order, drop_last=alone, generator=order.workers)

    def val_dataloader(self) -> list[DataLoader[Any]]:
        """The evaluation sets; one that --eval_every wants seldom keeps its place and has no batches in between."""
        return self.set_loaders("eval")

    def test_dataloader(self) -> list[DataLoader[Any]]:
        return self.set_loaders("test")

    def predict_dataloader(self) -> list[DataLoader[Any]]:
        return self.test_dataloader()

    def set_loaders(self, split: str) -> list[DataLoader[Any]]:
        """This process's share of each set, with random numbers that no other set shifts."""
        of_all = {"split": split, "seed": self.seed, "trainer": self.trainer}
        loading = self.batch_size, self.num_workers
        return [
            self.loader(dataset, EvaluationLoader, name=name, **of_all, **share_of(dataset, self.trainer, *loading))
            for name, dataset in zip(self.names[split], self.sets[split], strict=True)
        ]

    def loader(self, dataset: Dataset[Any], kind: Any = DataLoader, /, **options: Any) -> DataLoader[Any]:
        """Batches of a dataset. Workers start, and are seeded, anew in each epoch."""
        use_overridden(dataset)
        usual = {
            "dataset": dataset,
            "batch_size": self.batch_size,
            "num_workers": self.num_workers,
            "pin_memory": torch.cuda.is_available(),
            "collate_fn": getattr(dataset, "collate_fn", None) or collate,
        }
        return kind(**usual | options)

    def first_batch(self, dataset: AnyDataset) -> Any:
        """A few samples from all over a set at once, for the preflight; of an IterableDataset its first."""
        size = min(self.batch_size, 32)
        return next(iter(self.loader(dataset, batch_size=size, num_workers=0, sampler=spread(dataset, size))))
