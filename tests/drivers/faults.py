"""Datasets and nets that do not fit, each in its own way: what a preflight is to find.

A test copies this file into a project, beside tasks.py.
"""

# pyright: basic, reportMissingImports=false
# PyTorch and projects are not in the environment that checks these types.
from __future__ import annotations

import time
from typing import Any

from model.tasks import Made, Mlp, nn, torch


class EmptyData(Made):
    """No items."""

    def __len__(self) -> int:
        return 0


class WideData(Made):
    """Inputs (B, 5), where the net takes 4."""

    def __getitem__(self, index: int) -> Any:
        return torch.zeros(5), 0


class ManyData(Made):
    """Classes 0..6, where the net has outputs for two."""

    def __getitem__(self, index: int) -> Any:
        return self.x[index], index % 7


class LastData(Made):
    """One class too many, in the last item alone."""

    def __getitem__(self, index: int) -> Any:
        return self.x[index], 2 if index == len(self) - 1 else index % 2


class BelowData(Made):
    """Labels of -1 for what is not known."""

    def __getitem__(self, index: int) -> Any:
        return self.x[index], index % 3 - 1


class NanTargetData(Made):
    """Targets that are no numbers."""

    def __getitem__(self, index: int) -> Any:
        return self.x[index], self.x[index][0] * torch.nan


class HalfData(Made):
    """A dict without one of the inputs that the net wants by name."""

    def __getitem__(self, index: int) -> Any:
        return {"left": self.x[index][:2], "note": "", "label": index % 2}


class OddData(Made):
    """Something wrong with one item in the middle, which a look at some from all over misses."""

    def __init__(self, split: str = "train", wrong: str = "class") -> None:
        super().__init__(split)
        self.wrong = wrong

    def __getitem__(self, index: int) -> Any:
        x, label = self.x[index], index % 2
        if index != 100:
            return x, label
        if self.wrong == "error":
            message = "the disk of this set is on fire"
            raise KeyError(message)
        if self.wrong == "slow":
            time.sleep(600)
        items: dict[str, Any] = {
            "class": (x, 2),
            "negative": (x, -1),
            "nan": (x * torch.nan, label),
            "huge": (x.sign() * 3e38, label),
            "size": (x[:3], label),
        }
        return items[self.wrong]


class NanData(Made):
    """Inputs that are no numbers."""

    def __getitem__(self, index: int) -> Any:
        return self.x[index] / 0 * 0, index % 2


class UnequalData(Made):
    """Items of several lengths without a collate_fn."""

    def __getitem__(self, index: int) -> Any:
        return torch.zeros(2 + index % 3), 0


class RaisingData(Made):
    """An error of the dataset's own."""

    def __getitem__(self, index: int) -> Any:
        message = "the disk of this set is on fire"
        raise KeyError(message)


class ThirdsData(Made):
    """Labels beyond 0 and 1."""

    def __getitem__(self, index: int) -> Any:
        return self.x[index], index % 3


class FineData(Made):
    """Two classes."""

    def __getitem__(self, index: int) -> Any:
        x = self.x[index]
        return x, int(x[0] > x[1])


class WordsData(Made):
    """A class for each of four numbers: targets (B, 4)."""

    def __getitem__(self, index: int) -> Any:
        x = self.x[index]
        return x, (x > 0).long()


class FineNet(Mlp):
    """Logits (B, 2)."""

    outputs = 2


class TurnedNet(Mlp):
    """Logits (B, 4, 6) where the loss takes (B, 6, 4)."""

    def forward(self, x: Any) -> Any:
        return x.unsqueeze(2).repeat(1, 1, 6) + self.net(x).sum()


class NormNet(nn.Module):
    """Batch norm, which cannot train on one sample; and dropout."""

    def __init__(self) -> None:
        super().__init__()
        layers = (nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 2))
        self.net = nn.Sequential(*layers)

    def forward(self, x: Any) -> Any:
        return self.net(x)


class ExplodingNet(Mlp):
    """Its output becomes infinite in the third epoch of training."""

    outputs = 2

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.tensor(0))

    def forward(self, x: Any) -> Any:
        self.seen += self.training
        return self.net(x) * (torch.inf if self.seen > 13 else 1)


class PickyNet(Mlp):
    """An error of its own for inputs that are large."""

    outputs = 2

    def forward(self, x: Any) -> Any:
        if (x.abs() > 1000).any():
            message = "too large"
            raise ValueError(message)
        return self.net(x)


class SumsData(Made):
    """Several labels an item, each 0.0 or 1.0: targets (B, 3)."""

    def __getitem__(self, index: int) -> Any:
        x = self.x[index]
        return x, (x[:3] > x[1:]).float()


class PlainNet(Mlp):
    """One score an item: outputs (B,)."""

    def forward(self, x: Any) -> Any:
        return self.net(x).squeeze(1)


class SeaData(Made):
    """A class for each pixel, and 255 where there is none: masks (B, 8, 8)."""

    def __getitem__(self, index: int) -> Any:
        mask = (self.images[index][0] > 0).long()
        mask[0] = 255
        return self.images[index], mask


class SameData(torch.utils.data.Dataset):
    """The same items whatever they are for."""

    def __len__(self) -> int:
        return 64

    def __getitem__(self, index: int) -> Any:
        return torch.arange(4.0) + index, index % 2


class NamedNet(Mlp):
    """Outputs with names: (B,) and (B, 1)."""

    def forward(self, x: Any) -> Any:
        value = self.net(x)
        return {"value": value.squeeze(1), "square": value**2}


class NamedLoss(nn.Module):
    """How far off the values are, and how large they are."""

    def forward(self, output: Any, target: Any) -> Any:
        return ((output["value"] - target) ** 2).mean() + 0.01 * output["square"].mean()


class TwoTargetsData(Made):
    """Two targets in a tuple."""

    def __getitem__(self, index: int) -> Any:
        return self.x[index], (index % 2, 1 - index % 2)


class TargetNamesData(Made):
    """Two targets with names."""

    def __getitem__(self, index: int) -> Any:
        return self.x[index], {"digit": index % 2, "parity": 1 - index % 2}


class NamedLabelsData(Made):
    """Labels as text."""

    def __getitem__(self, index: int) -> Any:
        return self.x[index], "even" if index % 2 else "odd"


class StrangersData(Made):
    """Two inputs with names that no net has."""

    def __getitem__(self, index: int) -> Any:
        return {"one": self.x[index][:2], "two": self.x[index][2:], "label": index % 2}


class TwoHeadsNet(Mlp):
    """Two outputs (B, 2)."""

    outputs = 4

    def forward(self, x: Any) -> Any:
        output = self.net(x)
        return output[:, :2], output[:, 2:]


class AllLoss(nn.Module):
    """Of both heads, as tuples."""

    def forward(self, output: Any, target: Any) -> Any:
        pairs = zip(output, target, strict=True)
        return sum(nn.functional.cross_entropy(scores, truth) for scores, truth in pairs)


class PlainLoss(nn.Module):
    """Subtracts targets of whatever shape."""

    def forward(self, output: Any, target: Any) -> Any:
        return (output - target).square().mean()


class FewLoss(nn.Module):
    """Takes the outputs one by one."""

    def forward(self, first: Any, second: Any, target: Any) -> Any:
        return AllLoss()((first, second), target)
