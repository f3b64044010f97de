"""DInterface: the one LightningDataModule, the interface of every dataset of data/.

One training set, a list of evaluation sets, a list of test sets. A dataset stays a plain Dataset; this class
finds it by name, builds it and loads its batches. A dataset may have:

    split           a parameter of its constructor: "train", "eval" or "test"; so one class serves all roles
    collate_fn      how its items become a batch
    __getitems__    many items at once (faster for data in memory): a list of items, or one whole batch

The engine uses `names`, `sets`, `load_data_module` and the parameters of __init__: do not rename them.
"""

from typing import Any

import pytorch_lightning as pl
from torch.utils.data import DataLoader, Dataset

from engine import build_dataset, build_loader, load_class


class DInterface(pl.LightningDataModule):
    """Loads the datasets of these names; `dataset_args` maps each name to its constructor's arguments."""

    def __init__(
        self,
        train_dataset: str,
        eval_datasets: list[str] | None = None,
        test_datasets: list[str] | None = None,
        dataset_args: dict[str, dict[str, Any]] | None = None,
        batch_size: int = 64,
        num_workers: int = 0,
        loader: dict[str, Any] | None = None,
        eval_loader: dict[str, Any] | None = None,
        sampler: str | None = None,
        sampler_args: dict[str, Any] | None = None,
        seed: int = 42,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.names = {
            "train": [train_dataset],
            "eval": eval_datasets or [],
            "test": test_datasets or [],
        }
        self.dataset_args = dataset_args or {}
        self.batch_size, self.num_workers, self.seed = batch_size, num_workers, seed
        self.loader, self.eval_loader = (
            loader or {},
            eval_loader or {},
        )  # arguments of torch's DataLoader
        self.sampler, self.sampler_args = sampler, sampler_args or {}
        self.sets: dict[str, list[Dataset[Any]]] = {}

    def load_data_module(self, name: str) -> type[Dataset[Any]]:
        """Import the class of a dataset by the name of its file."""
        return load_class("dataset", name)

    def instancialize(self, name: str, split: str) -> Dataset[Any]:
        """Build a dataset with the arguments that its constructor takes."""
        args = self.dataset_args.get(name, {})
        return build_dataset(self.load_data_module(name), name, split, args, self.seed)

    def setup(self, stage: str) -> None:
        """Build the sets of a stage; for "fit" also the test sets: missing data shows before training."""
        splits = {  # of each stage, in Lightning's words
            "fit": ["train", "eval", "test"],
            "validate": ["eval"],
            "test": ["test"],
            "predict": ["test"],
        }
        for split in splits[stage]:
            if split not in self.sets:  # main.py calls setup first, and the Trainer again
                self.sets[split] = [self.instancialize(name, split) for name in self.names[split]]

    def train_dataloader(self) -> DataLoader[Any]:
        options: dict[str, Any] = {"sampler": self.sampler, "sampler_args": self.sampler_args}
        return self.loaders("train", self.loader, **options)[0]

    def val_dataloader(self) -> list[DataLoader[Any]]:
        return self.loaders("eval", self.eval_loader)

    def test_dataloader(self) -> list[DataLoader[Any]]:
        return self.loaders("test", self.eval_loader)

    def predict_dataloader(self) -> list[DataLoader[Any]]:
        return self.loaders("test", self.eval_loader)

    def loaders(self, split: str, options: dict[str, Any], **others: Any) -> list[DataLoader[Any]]:
        """A loader for each set of a split. `build_loader` also takes the arguments of torch's DataLoader."""
        common: list[Any] = [
            split,
            self.seed,
            self.trainer,
            self.batch_size,
            self.num_workers,
            options,
        ]
        pairs = zip(self.sets[split], self.names[split], strict=True)
        return [build_loader(dataset, name, *common, **others) for dataset, name in pairs]
