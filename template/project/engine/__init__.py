"""What main.py, the interfaces and the tests use of the machinery."""

from .choices.building import build, from_checkpoint, split_args
from .choices.names import load_class
from .errors import OptionError
from .imports import foreign_code
from .launch import launch
from .learning.batches import collate, samples_in, split_batch
from .learning.losses import build_loss
from .learning.optimizers import build_optimizer
from .learning.schedulers import build_scheduler, training_length
from .learning.scores import Scores
from .learning.terms import counted
from .loading.items import use_overridden
from .loading.loaders import EvaluationLoader, SetLoader, is_due, spread
from .loading.processes import is_repeat, share_of, stream_workers
from .loading.randomness import Shuffled, drawing
from .options.config import arguments_of
from .options.parser import Parser
from .runs.callbacks import engine_callbacks
from .runs.display import ModelSummary
from .runs.metrics_file import LearningRateMonitor
from .runs.run import Run
from .runs.saving import ModelCheckpoint

__all__ = [
    "EvaluationLoader",
    "LearningRateMonitor",
    "ModelCheckpoint",
    "ModelSummary",
    "OptionError",
    "Parser",
    "Run",
    "Scores",
    "SetLoader",
    "Shuffled",
    "arguments_of",
    "build",
    "build_loss",
    "build_optimizer",
    "build_scheduler",
    "collate",
    "counted",
    "drawing",
    "engine_callbacks",
    "foreign_code",
    "from_checkpoint",
    "is_due",
    "is_repeat",
    "launch",
    "load_class",
    "samples_in",
    "share_of",
    "split_args",
    "split_batch",
    "spread",
    "stream_workers",
    "training_length",
    "use_overridden",
]
