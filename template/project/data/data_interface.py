"""DInterface: the LightningDataModule that loads any dataset of data/.

It holds training sets, which are trained on together, evaluation sets and test sets. A dataset stays a plain
Dataset; this class finds it by name, builds it and loads its batches. A dataset may have:

    split           a parameter of its constructor: "train", "eval" or "test"; so one class serves all roles
    prepare         a static method that downloads what is not there yet. Each run calls it in one process of
                    each machine, before the dataset is built; its parameters get the constructor's arguments
                    of the same name
    collate_fn      how its items become a batch
    __getitems__    many items at once (faster for data in memory): a list of items, or one whole batch (a
                    tensor, a tuple or a dict). Several training sets are loaded item by item: one that needs
                    its __getitems__ is refused
    classes         a list of names for its classes, which confusion matrices show
    targets         the class of each item (or `labels`), which --sampler balanced reads; without it, all
                    items are loaded
    divides_itself  True for an IterableDataset that divides its items among workers and processes in
                    training, by torch.utils.data.get_worker_info() and torch.distributed.get_rank(); one
                    worker of one process loads any other

Random numbers that its constructor draws are seeded by --seed, its name and its split. Its items draw new
ones in each training epoch, and the same ones in each evaluation (unless its workers are persistent). What
all splits share, such as a random order, needs a generator of its own:
`torch.randperm(n, generator=torch.Generator().manual_seed(0))`.

The engine uses `names`, `sets`, `load_data_module` and the parameters of __init__: do not rename them.
"""

from typing import Any

import pytorch_lightning as pl
from torch.utils.data import DataLoader, Dataset

from engine import build_dataset, build_loader, load_class

Group = dict[str, Any]  # arguments of a constructor: plain numbers, strings and lists, as in config.yaml


class DInterface(pl.LightningDataModule):
    """Loads the named datasets; `dataset_args` maps each name to the arguments of its constructor."""

    def __init__(
        self,
        train_dataset: str | list[str],
        eval_datasets: list[str] | None = None,
        test_datasets: list[str] | None = None,
        dataset_args: dict[str, Group] | None = None,
        batch_size: int = 64,
        num_workers: int = 0,
        loader: Group | None = None,
        eval_loader: Group | None = None,
        sampler: str | None = None,
        sampler_args: Group | None = None,
        seed: int = 42,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        train_datasets = [train_dataset] if isinstance(train_dataset, str) else train_dataset
        self.names = {"train": train_datasets, "eval": eval_datasets or [], "test": test_datasets or []}
        self.dataset_args = dataset_args or {}
        self.batch_size, self.num_workers, self.seed = batch_size, num_workers, seed
        self.loader, self.eval_loader = loader or {}, eval_loader or {}
        self.sampler, self.sampler_args = sampler, sampler_args or {}
        self.sets: dict[str, list[Dataset[Any]]] = {}

    def load_data_module(self, name: str) -> type[Dataset[Any]]:
        """Import the class of a dataset by the name of its file."""
        return load_class("dataset", name)

    def instancialize(self, name: str, split: str) -> Dataset[Any]:
        """Build a dataset with the arguments that its constructor takes; its `prepare` is called first."""
        args = self.dataset_args.get(name, {})
        return build_dataset(self.load_data_module(name), name, split, args, self.seed)

    def setup(self, stage: str) -> None:
        """Build the sets of a stage in self.sets, one for each of self.names.

        For "fit" also the test sets: every stage is tried before training. main.py calls this first, before
        prepare_data, and the Trainer calls it again.
        """
        splits = {  # those that each of Lightning's stages needs
            "fit": ["train", "eval", "test"],
            "validate": ["eval"],
            "test": ["test"],
            "predict": ["test"],
        }
        for split in splits[stage]:
            if split not in self.sets:
                self.sets[split] = [self.instancialize(name, split) for name in self.names[split]]

    def train_dataloader(self) -> DataLoader[Any]:
        """One loader of all training sets, with the options --loader.* and --sampler."""
        sets, names = self.sets["train"], self.names["train"]
        return self.build(
            sets, names, "train", self.loader, sampler=self.sampler, sampler_args=self.sampler_args
        )

    def val_dataloader(self) -> list[DataLoader[Any]]:
        return self.loaders("eval")

    def test_dataloader(self) -> list[DataLoader[Any]]:
        return self.loaders("test")

    def predict_dataloader(self) -> list[DataLoader[Any]]:
        return self.loaders("test")

    def loaders(self, split: str) -> list[DataLoader[Any]]:
        """A loader for each set of a split, with the options --eval_loader.*."""
        pairs = zip(self.sets[split], self.names[split], strict=True)
        return [self.build(dataset, name, split, self.eval_loader) for dataset, name in pairs]

    def build(self, sets: Any, names: Any, split: str, options: Group, **others: Any) -> DataLoader[Any]:
        """A loader of one set, or of lists of sets and names; `others`, such as collate_fn, go to torch."""
        defaults = {"batch_size": self.batch_size, "num_workers": self.num_workers}
        return build_loader(
            sets, names, split, self.seed, self.trainer, options=options, **defaults, **others
        )
