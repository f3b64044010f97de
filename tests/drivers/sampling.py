"""Draw from training sets of unequal classes with the samplers of a project.

python sampling.py CASES RESULTS, in a project's folder. CASES is a list of names, each of a
function below; RESULTS becomes a mapping of name -> what it returned, or the two lines with which
it was refused, and what was printed.
"""

# pyright: basic, reportMissingImports=false
# PyTorch and projects are not in the environment that checks these types.
from __future__ import annotations

import contextlib
import io
import json
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch.utils.data import ConcatDataset, Dataset, IterableDataset, Subset, WeightedRandomSampler

sys.path.insert(0, str(Path.cwd()))
from engine import OptionError, build_loader
from engine.loading.randomness import ORDER, derive_seed
from engine.loading.samplers import labels_of

LABELS = [0] * 900 + [1] * 90 + [7] * 10
SEED = 3


class Items(Dataset):
    """Knows its classes by its items alone, and counts how many were read."""

    def __init__(self, labels: list[Any] = LABELS) -> None:
        self.items, self.read = labels, 0

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        """Return an image that tells the index, and the label."""
        self.read += 1
        return torch.full((2,), float(index)), self.items[index]


class Attribute(Items):
    """Has its classes in an attribute."""

    def __init__(self, labels: list[Any] = LABELS) -> None:
        super().__init__(labels)
        self.targets = list(labels)


class Changing(Attribute):
    """Gives other classes than the attribute has, as with a target_transform."""

    def __getitem__(self, index: int) -> Any:
        """Return an image and whether its label is not 0."""
        image, label = super().__getitem__(index)
        return image, int(label > 0)


class Whole(Dataset):
    """Gives whole batches, as a dict."""

    labels = ("few", "many")

    def __len__(self) -> int:
        """Return the number of items."""
        return len(LABELS)

    def __getitems__(self, indices: list[int]) -> Any:
        """Return a batch."""
        labels = torch.tensor(LABELS)[indices]
        return {"image": torch.tensor(indices).float(), "label": labels.float().unsqueeze(1)}


class Domains(ConcatDataset):
    """Several sets, of which each is a class."""

    def __getitem__(self, index: int) -> Any:
        """Return an image and the number of its set."""
        return torch.full((2,), float(index)), int(index >= self.cumulative_sizes[0])


class Stream(IterableDataset):
    """Has an order of its own."""

    def __iter__(self) -> Any:
        """Yield an item."""
        yield torch.zeros(2), 0


def loader(dataset: Any, sampler: Any = "balanced", rank: int | None = None, **args: Any) -> Any:
    """Return the training loader of a process; without a rank, of the only one."""
    parts = {"num_replicas": 2, "rank": rank}
    trainer = None if rank is None else SimpleNamespace(distributed_sampler_kwargs=parts)
    return build_loader(
        dataset, "toy_data", "train", SEED, trainer, 50, sampler=sampler, sampler_args=args
    )


def drawn(loader: Any, epoch: int = 0) -> list[int]:
    """Return the indices that an epoch draws."""
    loader.sampler.set_epoch(epoch)
    return [int(value) for batch in loader for value in batch[0][:, 0]]


def counts() -> Any:
    """Return how often each class is drawn, and a plain PyTorch loop's indices beside ours."""
    built = loader(Attribute())
    found = drawn(built, 2)
    counted = Counter(LABELS)
    weights = [1 / counted[label] for label in LABELS]
    generator = torch.Generator().manual_seed(derive_seed(SEED, 2, ORDER))
    plain = list(WeightedRandomSampler(weights, 1000, generator=generator))
    return [Counter(LABELS[index] for index in found), found == plain, len(built)]


def processes() -> Any:
    """Return whether two processes draw the halves of what one draws, and the others' checks."""
    dataset = Attribute()
    first, second = (drawn(loader(dataset, rank=rank), 4) for rank in (0, 1))
    whole = drawn(loader(dataset), 4)
    joined = [index for pair in zip(first, second, strict=True) for index in pair]
    order = [drawn(loader(dataset, "RandomSampler", rank=rank), 4) for rank in (0, 1)]
    return [
        joined == whole,
        len(set(order[0]) & set(order[1])),
        sorted(order[0] + order[1]) == [*range(1000)],
    ]


def epochs() -> Any:
    """Return whether an epoch is drawn again alike, and whether two epochs differ."""
    one, other = loader(Attribute()), loader(Attribute())
    before = [drawn(one, epoch) for epoch in range(3)]
    return [drawn(other, 2) == before[2], before[1] != before[2]]


def usual() -> Any:
    """Return whether every item is drawn once without a sampler."""
    return sorted(drawn(loader(Attribute(), None))) == list(range(1000))


def named() -> Any:
    """Return what samplers of torch draw."""
    few = loader(Attribute(), "RandomSampler", replacement=True, num_samples=101)
    chosen = loader(Attribute(), "SubsetRandomSampler", indices=[3, 5, 8])
    weighted = loader(Attribute([0, 0, 1]), "WeightedRandomSampler", weights=[0, 0, 1.0])
    return [
        drawn(loader(Attribute(), "SequentialSampler"))[:4],
        [len(drawn(few)), len(few), few.drop_last],
        sorted(drawn(chosen)),
        drawn(weighted),
        len(drawn(loader(Attribute(), num_samples=60))),
    ]


def labels() -> Any:
    """Return the classes of sets that tell them in different ways, and how many items were read."""
    found: dict[str, Any] = {}
    sets = {"attribute": Attribute(), "items": Items(), "whole": Whole()}
    sets["changing"] = Changing()
    sets["half"] = Subset(sets["items"], range(500, 1000))
    sets["domains"] = Domains([Items(LABELS[:10]), Items(LABELS[:30])])
    for name, dataset in sets.items():
        found[name] = [sorted(Counter(labels_of(dataset, name).tolist()).items())]
        labels_of(dataset, name)
        found[name].append(getattr(dataset, "read", None))
    return found


def stream() -> Any:
    """Try a stream."""
    return loader(Stream())


def one_hot() -> Any:
    """Try targets with a number for each class."""
    return loader(Items([torch.eye(3)[index % 3] for index in range(9)]))


def numbers() -> Any:
    """Try targets that are numbers."""
    return loader(Items([index / 3 for index in range(9)]))


def too_few() -> Any:
    """Try another number of weights than items."""
    return loader(Attribute(), "WeightedRandomSampler", weights=[1, 2])


def negative() -> Any:
    """Try weights that torch refuses only when it draws."""
    return loader(Attribute([0, 1]), "WeightedRandomSampler", weights=[1, -2])


def outside() -> Any:
    """Try an index that the set does not have."""
    return loader(Attribute(), "SubsetRandomSampler", indices=[1, 1000])


def of_an_evaluation() -> Any:
    """Try to evaluate a part of a set."""
    return build_loader(Attribute(), "toy_data", "eval", SEED, None, 50, sampler=range(3))


def an_object() -> Any:
    """Try a sampler that is not named."""
    return loader(Attribute(), torch.utils.data.SubsetRandomSampler([1, 2]))


def batches() -> Any:
    """Try a sampler of batches."""
    parts = [[1, 2], [3]]
    return build_loader(Attribute(), "toy_data", "train", SEED, None, 50, batch_sampler=parts)


def batches_of_nothing() -> Any:
    """Try batches without samples, in two processes."""
    trainer: Any = SimpleNamespace(world_size=2, global_rank=0)
    return build_loader(Attribute(), "toy_data", "eval", SEED, trainer, 0)


def none() -> Any:
    """Try to draw nothing."""
    return loader(Attribute(), "RandomSampler", num_samples=0)


def main() -> None:
    """Try every case."""
    cases, results = (Path(argument) for argument in sys.argv[1:])
    found: dict[str, Any] = {}
    for name in json.loads(cases.read_text()):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                value = globals()[name]()
            except OptionError as error:
                value = str(error)
        found[name] = [value, printed.getvalue()]
    results.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
