"""What the engine asks of the two interfaces, and of a Trainer: all else in them is free to change."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import pytorch_lightning as pl
from torch import nn
from torch.utils.data import Dataset

if TYPE_CHECKING:
    from .learning.scores import Scores

Chosen = TypeVar("Chosen", bound=pl.Callback)


class Model(Protocol):
    """What a LightningModule such as MInterface has for the engine.

    Attributes:
        net: the net; it alone is what `load_net` returns.
        loss: the loss.
        scores: the mean loss and the metrics of each stage and set.
    """

    net: nn.Module
    loss: nn.Module
    scores: "Scores"

    @property
    def hparams(self) -> Mapping[str, Any]: ...

    @property
    def trainer(self) -> pl.Trainer: ...


class Data(Protocol):
    """What a LightningDataModule such as DInterface has for the engine.

    Attributes:
        names: the sets of each split: "train", "eval" and "test".
        sets: those that `setup` has built, in the same order.
    """

    names: dict[str, list[str]]
    sets: dict[str, list[Dataset[Any]]]

    def load_data_module(self, name: str) -> type[Dataset[Any]]: ...


def model_of(trainer: pl.Trainer) -> Model:
    return cast(Model, trainer.lightning_module)


def callbacks_of(trainer: Any, kind: type[Chosen]) -> list[Chosen]:
    """Return the callbacks of a class, and of its subclasses."""
    return [callback for callback in trainer.callbacks if isinstance(callback, kind)]


def loader_of(trainer: Any, index: int = 0) -> Any:
    """Return the loader of a set in the current stage; training sets have one in common."""
    stage = trainer.state.stage.dataloader_prefix
    loaders = trainer.train_dataloader if stage == "train" else getattr(trainer, f"{stage}_dataloaders")
    return loaders[index] if isinstance(loaders, list) else loaders


def data_of(trainer: Any) -> Data:
    return trainer.datamodule
