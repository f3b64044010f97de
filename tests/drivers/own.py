"""An MInterface of one's own, whose steps do what a net's `way` says; a callback with a state.

A test copies this file into a project, beside tasks.py and faults.py.
"""

# pyright: basic, reportMissingImports=false
# PyTorch and projects are not in the environment that checks these types.
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
from engine import OptionError
from model.faults import FineData, NormNet
from model.model_interface import MInterface as Usual
from model.tasks import Mlp, nn, torch


class MInterface(Usual):
    """The usual one, but for what a net asks for."""

    @property
    def way(self) -> str:
        return getattr(self.net, "way", "")

    @property
    def automatic_optimization(self) -> bool:
        return self.way not in ("bare", "manual")

    def instancialize(self, net_class: Any, args: Any) -> Any:
        if (args or {}).get("way") == "headed":
            self.head = nn.LazyLinear(4)
        return super().instancialize(net_class, args)

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        loss = super().training_step(batch, batch_idx)
        if self.way == "word":
            return "loss"
        if self.way == "dict":
            return {"loss": loss, "more": 1}
        if self.way == "none":
            return None
        if not self.automatic_optimization:
            optimizer = self.bare if self.way == "bare" else self.optimizers()
            optimizer.zero_grad()
            self.manual_backward(loss)
            optimizer.step()
        return loss

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        super().validation_step(batch, batch_idx, dataloader_idx)
        if self.way == "margin":
            self.log("val_margin", float(self.global_step), add_dataloader_idx=False)
            self.log("epochs", float(self.current_epoch), add_dataloader_idx=False)

    def on_test_epoch_end(self) -> None:
        super().on_test_epoch_end()
        if self.way == "test":
            message = "the end of the test"
            raise ValueError(message)
        self.logger.experiment.add_text("tested", "yes")

    def predict_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> Any:
        if self.way == "predict":
            message = "nothing to predict"
            raise ValueError(message)
        if self.way == "headed":
            batch = [batch[0], batch[2]]
        return super().predict_step(batch, batch_idx, dataloader_idx)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        state = {"path": Path("here"), "numpy": np.float64(0.5), "lambda": lambda: 0}
        checkpoint["own"] = {"found": [state.get(self.way, 0)]}

    def configure_optimizers(self) -> Any:
        if self.way == "named":
            return "SGD"
        if self.way in ("bare", "several"):
            self.bare = torch.optim.SGD(self.net.parameters(), 0.01)
            optimizers = [self.bare]
            rate = torch.optim.lr_scheduler.LambdaLR(self.bare, lambda step: 1 / (1 + step))
            return (optimizers, [rate]) if self.way == "several" else self.bare
        if self.way == "forgetful":
            return Forgetful(self.net.parameters(), 0.01)
        if self.way == "plateau":
            optimizer = torch.optim.SGD(self.net.parameters(), 0.01)
            rate = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
            config = {"scheduler": rate, "monitor": "val_los"}
            return {"optimizer": optimizer, "lr_scheduler": config}
        return super().configure_optimizers()

    def shared_step(self, stage: str, batch: Any, *args: Any, **kwargs: Any) -> Any:
        if self.way == "auto":
            batch = [batch[0], batch[0]]
        if self.way == "headed":
            inputs, _, labels = batch
            batch = [self.head(inputs), labels]
        return super().shared_step(stage, batch, *args, **kwargs)


class Forgetful(torch.optim.SGD):
    """Does not take its state back."""

    def load_state_dict(self, state_dict: Any) -> None:
        raise NotImplementedError


class Record(pl.Callback):
    """Keeps the loss of each evaluation: as a number or an array of numpy for two ways."""

    def __init__(self) -> None:
        self.best: Any = 0.0

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        if trainer.sanity_checking:
            return
        kind = {"recorded": np.float64, "stored": np.atleast_1d}.get(pl_module.way, float)
        self.best = kind(trainer.callback_metrics["val_loss"].item())

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        assert type(state_dict["best"]) is float
        self.best = state_dict["best"]


class OwnNet(Mlp):
    """Logits (B, 2); `way` says what the interface does with it."""

    outputs = 2

    def __init__(self, way: str = "") -> None:
        super().__init__()
        self.way = way


class AutoNet(Mlp):
    """Numbers (B, 4) -> the same."""

    outputs, way = 4, "auto"


class ForceNet(nn.Module):
    """The gradient of an energy by the input."""

    def __init__(self) -> None:
        super().__init__()
        self.energy = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))

    def forward(self, x: Any) -> Any:
        with torch.enable_grad():
            x = x.requires_grad_()
            (force,) = torch.autograd.grad(self.energy(x).sum(), x, create_graph=True)
        return force[:, :2]


class MissingNet(OwnNet):
    """Takes inputs of which some are missing."""

    def forward(self, x: Any) -> Any:
        return super().forward(x.nan_to_num())


class DeepNet(nn.Module):
    """Lazy layers of several kinds."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.LazyLinear(8), nn.LazyBatchNorm1d(), nn.LazyLinear(2))

    def forward(self, x: Any) -> Any:
        return self.layers(x)


class IdleNet(OwnNet):
    """Has a lazy layer that it never calls."""

    def __init__(self) -> None:
        super().__init__()
        self.idle = nn.LazyLinear(2)


class TracelessNet(NormNet):
    """Counts its batches, draws random numbers and prints."""

    def forward(self, x: Any) -> Any:
        print("forward")  # noqa: T201
        return super().forward(x)


class DrawnData(FineData):
    """Draws from a generator of its own, and counts."""

    def __init__(self, split: str = "train") -> None:
        super().__init__(split)
        self.random, self.count, self.seen = np.random.default_rng(0), 0, []

    def __getitem__(self, index: int) -> Any:
        x, label = super().__getitem__(index)
        self.count += 1
        self.seen.append(index)
        return x + self.count * 1e-3 + len(self.seen) * 1e-3 + float(self.random.normal()), label


class NumberedData(FineData):
    """Items with their index in the middle, which the net does not take."""

    def __getitem__(self, index: int) -> Any:
        x, label = super().__getitem__(index)
        return x, index, label


class RefusingData(FineData):
    """Refuses an option when one of its items is asked for."""

    def __getitem__(self, index: int) -> Any:
        if index == 100:
            raise OptionError("an option of an item", "leave it out")
        return super().__getitem__(index)


class WrappedNet(OwnNet):
    """Refuses an option, and another error is raised from it."""

    def forward(self, _: Any) -> Any:
        try:
            raise OptionError("an option of the net", "leave it out")
        except OptionError as error:
            raise RuntimeError from error


class MissingData(FineData):
    """Inputs of which some are missing."""

    def __getitem__(self, index: int) -> Any:
        x, label = super().__getitem__(index)
        x = x.clone()
        x[index % 4] = torch.nan
        return x, label
