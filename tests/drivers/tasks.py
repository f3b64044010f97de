"""Small real tasks beyond one label an image: of each a dataset and a net, as a user writes them.

A test copies this file into a project. Each dataset makes up items by a rule that can be learned.
"""

# pyright: basic, reportMissingImports=false
# PyTorch is not in the environment that checks these types.
from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.data import Dataset

SEEDS = {"train": 1, "eval": 2, "test": 3}


class Made(Dataset):
    """What the sets share: random numbers, of which each makes its items."""

    def __init__(self, split: str = "train", size: int = 192) -> None:
        own = torch.Generator().manual_seed(SEEDS[split])
        self.x = torch.randn(size, 4, generator=own)
        self.images = torch.randn(size, 1, 8, 8, generator=own)
        self.tokens = torch.randint(1, 6, (size, 9), generator=own)

    def __len__(self) -> int:
        return len(self.x)


class Mlp(nn.Module):
    """Numbers (B, 4) -> (B, outputs)."""

    outputs = 1

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, self.outputs))

    def forward(self, x: Any) -> Any:
        return self.net(x)


class RegressionData(Made):
    """One number a sample: targets (B,)."""

    def __getitem__(self, index: int) -> Any:
        x = self.x[index]
        return x, 2 * x[0] - x[1]


class RegressionNet(Mlp):
    """Outputs (B, 1), where the targets are (B,)."""


class SeveralNumbersData(Made):
    """Two numbers a sample, of different size: targets (B, 2)."""

    def __getitem__(self, index: int) -> Any:
        x = self.x[index]
        return x, torch.stack([x[0] + x[1], 10 * x[2]])


class SeveralNumbersNet(Mlp):
    """Outputs (B, 2)."""

    outputs = 2

    def forward(self, x: Any) -> Any:
        return self.net(x) * torch.tensor([1.0, 10.0])


class BinaryData(Made):
    """Yes or no: integer targets (B,)."""

    def __getitem__(self, index: int) -> Any:
        x = self.x[index]
        return x, int(x[0] > x[1])


class BinaryNet(Mlp):
    """Logits (B, 1), where the targets are (B,)."""


class ProbabilityData(Made):
    """Yes or no, as 0.0 or 1.0: targets (B,)."""

    def __getitem__(self, index: int) -> Any:
        x = self.x[index]
        return x, (x[0] > x[1]).float()


class ProbabilityNet(Mlp):
    """Probabilities (B,), for BCELoss."""

    def forward(self, x: Any) -> Any:
        return self.net(x).squeeze(1).sigmoid()


class MultilabelData(Made):
    """Three labels a sample, each 0 or 1: targets (B, 3)."""

    def __getitem__(self, index: int) -> Any:
        x = self.x[index]
        return x, (x[:3] > x[1:]).int()


class MultilabelNet(Mlp):
    """Logits (B, 3)."""

    outputs = 3


class SoftData(Made):
    """A share for each of three classes: targets (B, 3)."""

    def __getitem__(self, index: int) -> Any:
        x = self.x[index]
        return x, torch.softmax(9 * x[:3], 0)


class SoftNet(Mlp):
    """Logits (B, 3)."""

    outputs = 3


class SegmentationData(Made):
    """A class for each pixel, as bytes, with a border that is not known: masks (B, 8, 8)."""

    def __getitem__(self, index: int) -> Any:
        image = self.images[index]
        mask = (image[0] > 0).to(torch.uint8) + (image[0] > 1).to(torch.uint8)
        mask[0] = 255
        return image, mask


class SegmentationNet(nn.Module):
    """Logits (B, 3, 8, 8)."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, width, 1), nn.ReLU(), nn.Conv2d(width, 3, 1))

    def forward(self, x: Any) -> Any:
        return self.net(x)


class SequenceData(Made):
    """A class for each word of sentences of several lengths: targets (B, T), padded by -100."""

    def __getitem__(self, index: int) -> Any:
        return self.tokens[index][: 3 + index % 7]

    @staticmethod
    def collate_fn(items: list[Any]) -> Any:
        """Fill up to the longest: words by 0, targets by what the loss ignores."""
        pad = nn.utils.rnn.pad_sequence
        classes = [5 - item for item in items]
        return pad(items, batch_first=True), pad(classes, batch_first=True, padding_value=-100)


class SequenceNet(nn.Module):
    """Words (B, T) -> logits (B, 6, T)."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.words, self.head = nn.Embedding(6, width), nn.Linear(width, 6)

    def forward(self, tokens: Any) -> Any:
        return self.head(self.words(tokens)).movedim(-1, 1)


class DictsData(Made):
    """Items with names, one of them of no use to the net."""

    def __getitem__(self, index: int) -> Any:
        x = self.x[index]
        return {"left": x[:2], "note": str(index), "label": int(x[0] > x[2]), "right": x[2:]}


class DictsNet(Mlp):
    """Takes its inputs by name, in an order of its own."""

    outputs = 2

    def forward(self, right: Any, left: Any) -> Any:
        return self.net(torch.cat([left, right], 1))


class OneInDictData(Made):
    """An input whose name the net does not know."""

    def __getitem__(self, index: int) -> Any:
        x = self.x[index]
        return {"image": x, "label": int(x[0] > x[2])}


class OneInDictNet(Mlp):
    """Calls its input x."""

    outputs = 2


class TwoInputsData(Made):
    """Two inputs before the target."""

    def __getitem__(self, index: int) -> Any:
        x = self.x[index]
        return x[:2], x[2:], int(x[0] > x[2])


class TwoInputsNet(Mlp):
    """Takes both in their order."""

    outputs = 2

    def forward(self, left: Any, right: Any) -> Any:
        return self.net(torch.cat([left, right], 1))


class BareData(Made):
    """Inputs alone, which is enough to predict."""

    def __getitem__(self, index: int) -> Any:
        return self.x[index]
