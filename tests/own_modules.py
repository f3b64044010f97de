"""Modules of one's own in a rendered project: losses, interfaces, nets and datasets, registered."""

from __future__ import annotations

import re
from pathlib import Path

# The name of a module, by its ending -> its folder and its register.
PLACES = {
    "interface": ("model", "INTERFACES"),
    "net": ("model", "NETS"),
    "data": ("data", "DATASETS"),
    "callback": ("utils", "CALLBACKS"),
    "scheduler": ("utils", "SCHEDULERS"),
    "metric": ("utils", "METRICS"),
}


def write(project: Path, modules: dict[str, str]) -> None:
    """Write modules, and register each where the ending of its name says; others are losses."""
    for name, text in modules.items():
        folder, register = PLACES.get(name.rpartition("_")[2], ("utils", "LOSSES"))
        (project / folder / f"{name}.py").write_text(text)
        enter(project, folder, register, name)


def enter(project: Path, folder: str, register: str, name: str) -> None:
    """Add a name to a register."""
    file = project / folder / "__init__.py"
    text = file.read_text()
    found = re.search(rf"^{register} = \((.*?)\)$", text, re.MULTILINE | re.DOTALL)
    assert found
    names = [*re.findall(r'"(\w+)"', found[1]), name]
    lines = "".join(f'    "{each}",\n' for each in sorted(names))
    file.write_text(text.replace(found[0], f"{register} = (\n{lines})"))


GAN = """
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from model import MInterface


class GanInterface(MInterface):
    \"\"\"Trains a generator against `self.net`.

    Args:
        noise: how many numbers the generator makes an image of.
    \"\"\"

    def __init__(self, noise: int = 8, **options: Any) -> None:
        super().__init__(**options)
        self.automatic_optimization = False
        self.noise = noise
        self.generator = nn.Sequential(nn.Linear(noise, 784), nn.Unflatten(1, (1, 28, 28)))

    def losses(self, real: Tensor) -> tuple[Tensor, Tensor]:
        made = self.generator(torch.randn(len(real), self.noise, device=self.device))
        return self.entropy(real, 1) + self.entropy(made.detach(), 0), made

    def entropy(self, images: Tensor, label: int) -> Tensor:
        score = self.net(images).mean(1)
        return functional.binary_cross_entropy_with_logits(score, torch.full_like(score, label))

    def training_step(self, batch: Any, batch_idx: int) -> None:
        of_net, of_generator = self.optimizers()
        loss, made = self.losses(batch[0])
        of_net.zero_grad()
        self.manual_backward(loss)
        of_net.step()
        deceived = self.entropy(made, 1)
        of_generator.zero_grad()
        self.manual_backward(deceived)
        of_generator.step()
        self.log_dict({"train_real": loss, "train_made": deceived}, on_step=False, on_epoch=True)
        self.log("balance", loss - deceived, on_step=False, on_epoch=True)

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        self.log("val_real", self.losses(batch[0])[0], batch_size=len(batch[0]))

    def test_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        self.log("test_real", self.losses(batch[0])[0], batch_size=len(batch[0]))
        self.log("fooled", 0.5, batch_size=len(batch[0]))

    def configure_optimizers(self) -> Any:
        parts, lr = (self.net, self.generator), self.hparams["lr"]
        return [torch.optim.Adam(part.parameters(), lr, (0.5, 0.999)) for part in parts]
"""
