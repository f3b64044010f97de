"""A net and datasets that draw random numbers wherever they can."""

from __future__ import annotations

from pathlib import Path

from own_modules import write

NET = '''
"""Drops out, and keeps running means."""

from torch import Tensor, nn


class NoisyNet(nn.Module):
    def __init__(self, dropout: float = 0.2) -> None:
        super().__init__()
        first = [nn.Flatten(), nn.Linear(784, 16), nn.BatchNorm1d(16)]
        self.layers = nn.Sequential(*first, nn.Dropout(dropout), nn.Linear(16, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)
'''
DATA = '''
"""Augments by all three generators."""

import random

import numpy as np
import torch
from torch.utils.data import Dataset


class NoisyData(Dataset):
    def __init__(self, size: int = 160) -> None:
        self.labels = torch.arange(size) % 10

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int):
        noise = torch.randn(1, 28, 28) + random.random() + float(np.random.rand())
        return noise + self.labels[index], self.labels[index]
'''
STREAM = '''
"""A stream of random items."""

import torch
from torch.utils.data import IterableDataset


class StreamData(IterableDataset):
    def __iter__(self):
        for _ in range(160):
            label = int(torch.randint(10, ()))
            yield torch.randn(1, 28, 28) + label, label
'''
# What is typed to use them; an epoch has ten batches.
NOISY = [
    "--model_name=noisy_net",
    "--train_dataset=noisy_data",
    "--eval_datasets",
    "noisy_data",
    "standard_data",
    "--test_datasets=noisy_data",
    "--batch_size=16",
    "--trainer.log_every_n_steps=3",
    "--trainer.max_epochs=5",
    "--trainer.limit_val_batches=4",
    "--trainer.enable_progress_bar=false",
    "--trainer.enable_model_summary=false",
]
MODULES = {"noisy_net": NET, "noisy_data": DATA, "stream_data": STREAM}


def add_noise(project: Path) -> Path:
    """Write the net and the datasets into a project, and register them."""
    write(project, MODULES)
    return project
