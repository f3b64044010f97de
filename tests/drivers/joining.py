"""Train on several datasets at once, beside a plain loop over torch's ConcatDataset.

python joining.py RESULTS, in a project's folder. RESULTS becomes a mapping of case -> what was
found.
"""

# pyright: basic, reportMissingImports=false
# PyTorch and projects are not in the environment that checks these types.
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import (
    ConcatDataset,
    Dataset,
    DistributedSampler,
    IterableDataset,
    Subset,
    default_collate,
)

sys.path.insert(0, str(Path.cwd()))
from data import DInterface
from engine import OptionError, build_loader
from engine.loading.randomness import ORDER, derive_seed

SEED = 5


class Items(Dataset):
    """Gives its items one by one: 0, 1, 2, ... and a label."""

    def __init__(self, start: int, size: int) -> None:
        self.values = torch.arange(start, start + size).float()

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.values)

    def __getitem__(self, index: int) -> Any:
        """Return one item."""
        return self.values[index].repeat(2), int(self.values[index]) % 3


class Whole(Items):
    """Gives whole batches."""

    __getitem__ = Items.__getitem__

    def __getitems__(self, indices: list[int]) -> Any:
        """Return a batch."""
        values = self.values[indices]
        return values.unsqueeze(1).repeat(1, 2), values.long() % 3


class Changed(Whole):
    """Changes the items alone."""

    def __getitem__(self, index: int) -> Any:
        """Return one item with the opposite sign."""
        image, label = super().__getitem__(index)
        return -image, label


class OnlyWhole(Dataset):
    """Gives whole batches, and no single item."""

    def __len__(self) -> int:
        """Return the number of items."""
        return 9

    __getitems__ = Whole.__getitems__


class Padded(Items):
    """Makes batches by itself."""

    def collate_fn(self, items: list[Any]) -> Any:
        """Return a batch that tells its maker."""
        image, label = default_collate(items)
        return image + 0.5, label


class PaddedToo(Padded):
    """Inherits it."""


class PaddedWhole(Padded):
    """Inherits it, for whole batches perhaps."""

    __getitems__ = Whole.__getitems__


class Fetching(Padded):
    """Gives a list of items, as torch expects."""

    __getitem__ = Items.__getitem__

    def __getitems__(self, indices: list[int]) -> Any:
        """Return the items."""
        return [self[index] for index in indices]


class Changing(Items):
    """Changes only what is fetched together."""

    __getitems__ = Whole.__getitems__


class Stream(IterableDataset):
    """Has an order of its own."""

    def __iter__(self) -> Any:
        """Yield nothing."""
        return iter(())


def joined(*sets: Any) -> Any:
    """Return the training loader of several sets."""
    names = [f"{number}_data" for number in range(len(sets))]
    return build_loader(list(sets), names, "train", SEED, None, 7)


def batches(loader: Any, epoch: int) -> list[Any]:
    """Return the batches of an epoch."""
    loader.sampler.set_epoch(epoch)
    return [[*batch] for batch in loader]


def by_hand(sets: Any, collate: Any) -> list[Any]:
    """Return the batches of epoch 1 of a plain loop."""
    whole = ConcatDataset(list(sets))
    sampler = DistributedSampler(whole, 1, 0, seed=derive_seed(SEED, 1, ORDER))
    order = list(sampler)
    parts = [order[first : first + 7] for first in range(0, len(order), 7)]
    return [[*collate([whole[index] for index in part])] for part in parts]


def equal(*sets: Any) -> bool:
    """Return whether both loops have the same batches."""
    wanted = by_hand(sets, getattr(sets[0], "collate_fn", default_collate))
    found = batches(joined(*sets), 1)
    return len(found) == len(wanted) and all(
        torch.equal(a, b) and a.dtype == b.dtype
        for one, other in zip(found, wanted, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def refused(*sets: Any) -> str:
    """Return the two lines with which sets are refused."""
    try:
        return str(joined(*sets))
    except OptionError as error:
        return str(error)


def interface() -> Any:
    """Return what DInterface makes of one name and of several."""
    found = []
    for names in ("standard_data", ["standard_data"], ["standard_data", "other_data"]):
        data = DInterface(names, dataset_args={"other_data": {"size": 30}})
        data.setup("fit")
        found.append([data.names["train"], len(data.train_dataloader().dataset)])
    return found


def main() -> None:
    """Try every case."""
    first, second = Padded(0, 9), Padded(50, 9)
    changed = Changed(100, 9)
    second.collate_fn = lambda items: items  # type: ignore[method-assign]
    found = {
        "items": equal(Items(0, 40), Items(100, 9)),
        "mixed": equal(Whole(0, 40), Items(100, 9), Changed(200, 3)),
        "collate": equal(Padded(0, 40), PaddedToo(100, 9)),
        "fetch": equal(Fetching(0, 40), Fetching(100, 9)),
        "part": equal(Subset(Whole(0, 40), range(22)), Items(100, 9)),
        "again": equal(Items(0, 40), changed) and equal(Items(0, 40), changed),
        "stream": refused(Items(0, 9), Stream()),
        "streams": refused(Stream(), Stream()),
        "only whole": refused(Items(0, 9), OnlyWhole()),
        "part of whole": refused(Items(0, 9), Subset(OnlyWhole(), range(5))),
        "changing": refused(Items(0, 9), Changing(50, 9)),
        "whole and collate": refused(Padded(0, 9), PaddedWhole(50, 9)),
        "makers": refused(Padded(0, 9), Items(0, 9)),
        "makers of objects": refused(first, second),
        "interface": interface(),
    }
    Path(sys.argv[1]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
