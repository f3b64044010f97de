"""Worked examples against plain loops of PyTorch: GAN, VAE, SimCLR, and nets with a loss inside."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from own_modules import write
from plgen.commands.add import add
from plgen.naming.kinds import INTERFACE
from projects import DRIVERS, outcomes, project, python

DATA = """
import torch
from torch.utils.data import Dataset


class {name}(Dataset):
    def __init__(self, split: str = "train") -> None:
        random = torch.Generator().manual_seed({seed} + (split == "train"))
        self.x = torch.randn({size}, 16, generator=random)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int):
        x = self.x[index]
        return {item}
"""
ITEM = "x, int(x[0] > 0)"
VAE_NET = """
import torch
from torch import nn


class VaeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Linear(16, 8), nn.Linear(4, 16)

    def forward(self, x):
        mean, logvar = self.encoder(x).chunk(2, 1)
        noise = torch.randn_like(mean) if self.training else torch.zeros_like(mean)
        return self.decoder(mean + noise * (0.5 * logvar).exp()), x, mean, logvar
"""
VAE_LOSS = """
from torch import nn


class VaeLoss(nn.Module):
    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        self.beta = beta

    def forward(self, output, target):
        made, x, mean, logvar = output
        recon = (made - x).square().sum(1).mean()
        kl = -0.5 * (1 + logvar - mean.square() - logvar.exp()).sum(1).mean()
        return recon + self.beta * kl, {"recon": recon, "kl": kl}
"""
NT_XENT = """
import torch
from torch import nn
from torch.nn import functional


class NtXent(nn.Module):
    def __init__(self, temperature: float = 0.5) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, output, target):
        views = functional.normalize(output, dim=2).flatten(0, 1)
        scores = (views @ views.T / self.temperature).fill_diagonal_(-torch.inf)
        return functional.cross_entropy(scores, torch.arange(len(views)) ^ 1)
"""
ENCODER = """
from torch import nn


class EncoderNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 4))

    def forward(self, x):
        assert x.ndim == 2
        return self.layers(x)
"""
PAIR_NET = """
from model.encoder_net import EncoderNet


class PairNet(EncoderNet):
    def forward(self, views):
        return super().forward(views.flatten(0, 1)).unflatten(0, (-1, 2))
"""
PAIR_INTERFACE = """
from model import MInterface


class PairInterface(MInterface):
    def forward(self, views):
        return self.net(views.flatten(0, 1)).unflatten(0, (-1, 2))
"""
TUPLE_NET = """
from torch import nn
from torch.nn import functional


class TupleNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(16, 2)

    def forward(self, x, targets=None):
        logits = self.layer(x)
        return logits, None if targets is None else functional.cross_entropy(logits, targets)
"""
DICT_NET = """
from model.tuple_net import TupleNet


class DictNet(TupleNet):
    def forward(self, x, labels=None):
        logits, loss = super().forward(x, labels)
        return {"loss": loss, "logits": logits}
"""
OWN_LOSS = """
from torch import nn


class OwnLoss(nn.Module):
    task = "classes"

    def forward(self, output, target):
        return output["loss"] if isinstance(output, dict) else output[1]
"""
MODULES = {
    "vae_net": VAE_NET,
    "vae_loss": VAE_LOSS,
    "small_data": DATA.format(name="SmallData", seed=0, size=70, item=ITEM),
    "other_data": DATA.format(name="OtherData", seed=2, size=45, item=ITEM),
    "named_data": DATA.format(
        name="NamedData", seed=4, size=70, item='{"x": x, "labels": int(x[0] > 0)}'
    ),
    "bare_data": DATA.format(name="BareData", seed=5, size=45, item='{"x": x}'),
    "views_data": DATA.format(
        name="ViewsData",
        seed=6,
        size=70,
        item="torch.stack([x + 0.1 * torch.randn(16) for _ in range(2)])",
    ),
    "nt_xent": NT_XENT,
    "encoder_net": ENCODER,
    "pair_net": PAIR_NET,
    "pair_interface": PAIR_INTERFACE,
    "tuple_net": TUPLE_NET,
    "dict_net": DICT_NET,
    "own_loss": OWN_LOSS,
}
SMALL = 1e-6


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> dict[str, Any]:
    """Give what became of the examples."""

    def make(results: Path) -> None:
        made = shutil.copytree(project(tmp_path_factory, "worked"), results.parent / "made")
        add(INTERFACE, "gan_interface", start=made)
        write(made, MODULES)
        done = python(lab, made, DRIVERS / "worked.py", results)
        assert done.returncode == 0, done.stdout + done.stderr

    return outcomes(tmp_path_factory, "worked-examples", make)


def test_a_gan(examples: dict[str, Any]) -> None:
    """What add-interface writes trains as a plain loop does, and its images stay different."""
    assert examples["gan"]["off"] < SMALL
    # Each step of an optimizer counts.
    assert examples["gan"]["steps"] == [3, 6]
    # Of the digits it is 0.6; a generator that has collapsed makes one image.
    assert examples["gan"]["spread"] > 0.1


def test_a_vae(examples: dict[str, Any]) -> None:
    """A loss with two terms trains as a plain loop does; the terms are means over whole sets."""
    found = examples["vae"]

    assert found["off"] < SMALL
    assert sorted(found["sizes"]) == [6, 32, 32]
    assert found["logged"] == pytest.approx(found["expected"], rel=1e-5)
    of_sets = {row["set"]: row for row in found["rows"]}
    assert {*of_sets} == {"small_data", "other_data", "mean"}
    assert float(of_sets["mean"]["kl"]) == pytest.approx(found["expected"]["val_kl"], rel=1e-5)


def test_self_supervision(examples: dict[str, Any]) -> None:
    """Two views without a target train a net that takes both, or any net by an interface."""
    found = examples["simclr"]

    assert found["views"] < SMALL
    assert found["any"] < SMALL
    assert found["net"] == "EncoderNet"
    assert [row.keys() for row in found["rows"]] == [{"stage", "set", "loss"}]


@pytest.mark.parametrize("net", ["tuple_net", "dict_net"])
def test_a_loss_inside_the_net(examples: dict[str, Any], net: str) -> None:
    """A net that names the target gets it, and a loss of one's own picks what the net computed."""
    found = examples["inside"][net]

    assert found["off"] < SMALL
    assert [row["stage"] for row in found["rows"]] == ["val", "test"]
    assert all(0.4 < float(row["acc"]) <= 1 for row in found["rows"])
    assert len(found["predictions"]) == 45
    assert {row["prediction"] for row in found["predictions"]} == {"0", "1"}
