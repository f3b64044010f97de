"""Tasks whose batches, nets or numbers are out of the ordinary, and right all the same.

A test copies this file into a project, beside tasks.py.
"""

# pyright: basic, reportMissingImports=false
# PyTorch and projects are not in the environment that checks these types.
from __future__ import annotations

from typing import Any

from engine import OptionError
from model.tasks import BinaryData, Mlp, RegressionData, SegmentationData, nn, torch


class VoidData(SegmentationData):
    """Masks of which the last four tell nothing."""

    def __getitem__(self, index: int) -> Any:
        image, mask = super().__getitem__(index)
        return image, torch.full_like(mask, 255) if index >= len(self) - 4 else mask


class BagsData(BinaryData):
    """The words of all sentences in one row, and where each sentence begins."""

    def __getitem__(self, index: int) -> Any:
        return self.tokens[index][: 1 + index // 22], super().__getitem__(index)[1]

    @staticmethod
    def collate_fn(items: list[Any]) -> Any:
        """Put the words of all sentences into one row."""
        words, labels = zip(*items, strict=True)
        lengths = torch.tensor([0, *map(len, words[:-1])])
        return torch.cat(words), lengths.cumsum(0), torch.tensor(labels)


class BagsNet(nn.Module):
    """Words in one row and beginnings (B,) -> logits (B, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(6, 1)

    def forward(self, words: Any, begins: Any) -> Any:
        return self.bag(words, begins)


class DatesData(RegressionData):
    """Targets of seven digits, which six would not tell apart."""

    def __getitem__(self, index: int) -> Any:
        return self.x[index], 1234567.0 + index


class EndingData(BinaryData):
    """Ends early, as a reader that has nothing left."""

    def __getitem__(self, index: int) -> Any:
        if index == 100:
            raise StopIteration
        return super().__getitem__(index)


class LazyNet(nn.Module):
    """Finds out by itself how many inputs there are."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(2))

    def forward(self, x: Any) -> Any:
        return self.layers(x)


class InterruptedNet(Mlp):
    """Is stopped in its third step."""

    outputs = 2
    steps = 0

    def forward(self, x: Any) -> Any:
        if self.training and torch.is_grad_enabled():
            self.steps += 1
        if self.steps == 3:
            raise KeyboardInterrupt
        return super().forward(x)


class LateNet(Mlp):
    """Is trained, and refuses an option when it is evaluated after several steps."""

    outputs = 2
    steps = 0

    def forward(self, x: Any) -> Any:
        if self.steps > 2 and not self.training:
            raise OptionError("an option that shows late", "leave it out")
        self.steps += torch.is_grad_enabled()
        return super().forward(x)


class StreamData(torch.utils.data.IterableDataset):
    """192 items in a row, of which each worker would give all."""

    def __init__(self, split: str = "train") -> None:
        self.items = RegressionData(split)

    def __iter__(self) -> Any:
        return (self.items[index] for index in range(len(self.items)))


class SharedStreamData(StreamData):
    """The same, of which each worker gives its share."""

    divides_itself = True

    def __iter__(self) -> Any:
        worker = torch.utils.data.get_worker_info()
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        return (self.items[index] for index in range(first, len(self.items), step))


class StreamNet(Mlp):
    """Outputs (B, 1)."""
