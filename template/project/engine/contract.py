"""The attributes of MInterface and DInterface that the engine uses.

It also uses the parameters of their constructors. You may change everything else.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import pytorch_lightning as pl
from torch import nn
from torch.utils.data import Dataset

if TYPE_CHECKING:
    from .learning.scores import Scores

AnyCallback = TypeVar("AnyCallback", bound=pl.Callback)


class Model(Protocol):
    """The attributes of a LightningModule, such as MInterface, that the engine uses.

    Attributes:
        net: the net, which `load_net` returns without the rest.
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
    """The attributes of a LightningDataModule, such as DInterface, that the engine uses.

    Attributes:
        names: the sets of each split: "train", "eval" and "test".
        sets: the datasets that `setup` has built, in the same order.
    """

    names: dict[str, list[str]]
    sets: dict[str, list[Dataset[Any]]]

    def load_data_module(self, name: str) -> type[Dataset[Any]]: ...


def model_of(trainer: pl.Trainer) -> Model:
    return cast(Model, trainer.lightning_module)


def callbacks_of(trainer: Any, cls: type[AnyCallback]) -> list[AnyCallback]:
    """Return the callbacks of a class, and of its subclasses."""
    return [callback for callback in trainer.callbacks if isinstance(callback, cls)]


def loader_of(trainer: Any, index: int = 0) -> Any:
    """Return the loader of a set in the current stage; all training sets share one."""
    stage = trainer.state.stage.dataloader_prefix
    loaders = trainer.train_dataloader if stage == "train" else getattr(trainer, f"{stage}_dataloaders")
    return loaders[index] if isinstance(loaders, list) else loaders


def data_of(trainer: Any) -> Data:
    return trainer.datamodule
