"""The names that main.py, the interfaces and the tests import from the engine."""

from .choices.building import build
from .choices.names import load_class
from .errors import OptionError
from .imports import foreign_code
from .launch import launch
from .learning.losses import build_loss
from .learning.optimizers import build_optimizers
from .learning.scores import Scores
from .loading.batches import split_batch
from .loading.datasets import build_dataset
from .loading.loaders import build_loader
from .options.config import build_interface
from .options.parser import Parser
from .runs.checkpoints import load_net
from .runs.run import Run

__all__ = [
    "OptionError",
    "Parser",
    "Run",
    "Scores",
    "build",
    "build_dataset",
    "build_interface",
    "build_loader",
    "build_loss",
    "build_optimizers",
    "foreign_code",
    "launch",
    "load_class",
    "load_net",
    "split_batch",
]
