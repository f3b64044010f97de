"""Datasets that override a part of others: which of their methods a project's loader asks.

python items.py CASES RESULTS, in the folder of a project with the example. CASES is not used.
RESULTS becomes a mapping of each dataset's name, and the number of workers, -> the shape of the
images of a batch, and their brightest pixel, or the error.
"""

# pyright: basic, reportMissingImports=false
# PyTorch and projects are not in the environment that checks these types.
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))

import torch
from data import DInterface
from data.example_traindata import ExampleTraindata as Digits
from engine import OptionError
from torch.utils import data as torch_data


class Items:
    """One by one, of brightness 7."""

    def __getitem__(self, index: int) -> Any:
        return torch.full((1, 28, 28), 7.0), index % 10


class Overriding(Digits):
    """Overrides what gives one item."""

    __getitem__ = Items.__getitem__


class ByMixin(Items, Digits):
    """Takes it from a class beside its base."""


class Below(Overriding):
    """Inherits both from different classes."""


class Both(Overriding):
    """Overrides both again."""

    def __getitems__(self, indices: list[int]) -> Any:
        return [self[index] for index in indices]


class Whole(Digits):
    """Overrides what gives many at once, as a batch with names."""

    def __getitems__(self, indices: list[int]) -> Any:
        return {"x": torch.full((len(indices), 1, 28, 28), 7.0), "label": self.labels[indices]}


class Scaling(Digits):
    """Gives whole batches, which its collate_fn scales."""

    def __getitem__(self, index: int) -> Any:
        return torch.full((1, 28, 28), 5.0), index % 10

    def __getitems__(self, indices: list[int]) -> Any:
        return torch.full((len(indices), 1, 28, 28), 5.0), self.labels[indices]

    @staticmethod
    def collate_fn(batch: Any) -> Any:
        """Add 2."""
        images, labels = batch
        return images + 2, labels


class OverScaling(Scaling):
    """Overrides one item, and inherits a collate_fn that scales whole batches."""

    __getitem__ = Items.__getitem__


class Inner(torch_data.Subset):
    """A part of such a set, whose collate_fn is not called."""

    def __init__(self) -> None:
        super().__init__(OverScaling(), range(100))


class Delegating(torch_data.Dataset):
    """Changes the items of another, which has all other attributes."""

    def __init__(self) -> None:
        self.inner = Digits()

    def __getattr__(self, name: str) -> Any:
        if name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

    def __len__(self) -> int:
        return len(self.inner)

    def __getitem__(self, index: int) -> Any:
        image, label = self.inner[index]
        return image * 0 + 7, label


class Part(torch_data.Subset):
    """Some items of one that overrides what gives them."""

    def __init__(self) -> None:
        super().__init__(Overriding(), range(100))


class Joined(torch_data.ConcatDataset):
    """Two in a row."""

    def __init__(self) -> None:
        super().__init__([Overriding(), Part()])


class Stacked(torch_data.StackDataset):
    """Images of one set, labels of another."""

    def __init__(self) -> None:
        super().__init__(Overriding(), Below())

    def __getitems__(self, indices: list[int]) -> Any:
        return [(left[0], right[1]) for left, right in super().__getitems__(indices)]


class Wrapping(torch_data.Dataset):
    """Fetches from a set under a name of its own, which holds the first again."""

    def __init__(self) -> None:
        self.base = Overriding()
        self.base.owner = self

    def __len__(self) -> int:
        return len(self.base)

    def __getitem__(self, index: int) -> Any:
        return self.base[index]

    def __getitems__(self, indices: list[int]) -> Any:
        return self.base.__getitems__(indices)


class Unset(Digits):
    """Says that there is no way to get many items at once."""

    __getitems__ = None
    __getitem__ = Items.__getitem__


CLASSES = (
    *(Overriding, ByMixin, Below, Both, Whole, Scaling, OverScaling),
    *(Delegating, Part, Joined, Stacked, Wrapping, Unset, Inner),
)


class Interface(DInterface):
    """Finds the datasets of this file."""

    def load_data_module(self, name: str) -> Any:
        return globals()[name]


def main() -> None:
    """Take a batch of each, with and without workers."""
    found: dict[str, Any] = {}
    for dataset in CLASSES:
        for workers in (0, 1):
            data = Interface(dataset.__name__, batch_size=2, num_workers=workers)
            data.setup("fit")
            try:
                batch = next(iter(data.train_dataloader()))
            except OptionError as error:
                found[f"{dataset.__name__} {workers}"] = str(error)
                continue
            images = batch["x"] if isinstance(batch, dict) else batch[0]
            brightest = images.max().item()
            found[f"{dataset.__name__} {workers}"] = [list(images.shape), brightest]
    Path(sys.argv[2]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
