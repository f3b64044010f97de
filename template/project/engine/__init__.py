"""What main.py, the interfaces and the tests use of the machinery."""

from .choices.building import build, from_checkpoint, split_args
from .choices.names import load_class
from .errors import OptionError, in_two_lines, refusing
from .imports import explaining_imports, foreign_code
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
from .options.config import Seed, arguments_of
from .options.parser import Parser
from .runs.run import Run

__all__ = [
    "EvaluationLoader",
    "OptionError",
    "Parser",
    "Run",
    "Scores",
    "Seed",
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
    "explaining_imports",
    "foreign_code",
    "from_checkpoint",
    "in_two_lines",
    "is_due",
    "is_repeat",
    "load_class",
    "refusing",
    "samples_in",
    "share_of",
    "split_args",
    "split_batch",
    "spread",
    "stream_workers",
    "training_length",
    "use_overridden",
]
