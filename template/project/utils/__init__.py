"""What main.py and the interfaces use, one subject a file; and the metrics of one's own, which METRICS lists."""

from utils.batches import collate, samples_in, split_batch
from utils.config import Seed, arguments_of
from utils.errors import OptionError, refusing
from utils.loaders import EvaluationLoader, SetLoader, is_due, spread
from utils.losses import build_loss
from utils.names import class_name, load_class
from utils.optimizers import build_optimizer
from utils.options import Parser
from utils.predictions import save_predictions
from utils.processes import is_repeat, share_of
from utils.randomness import Shuffled, drawing
from utils.run import Run
from utils.schedulers import build_scheduler, training_length
from utils.scores import Scores
from utils.terms import counted

# The register of metrics: file top_k.py holds class TopK, `--metrics acc top_k` computes both.
METRICS = (
    "acc",
    "f1",
    "mae",
    "r2",
)

__all__ = [
    "METRICS",
    "EvaluationLoader",
    "OptionError",
    "Parser",
    "Run",
    "Scores",
    "Seed",
    "SetLoader",
    "Shuffled",
    "arguments_of",
    "build_loss",
    "build_optimizer",
    "build_scheduler",
    "class_name",
    "collate",
    "counted",
    "drawing",
    "is_due",
    "is_repeat",
    "load_class",
    "refusing",
    "samples_in",
    "save_predictions",
    "share_of",
    "split_batch",
    "spread",
    "training_length",
]
