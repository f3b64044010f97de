"""What main.py and the interfaces use, one subject a file; and the metrics of one's own, which METRICS lists."""

from utils.batches import samples_in, split_batch
from utils.choices import build_optimizer
from utils.config import Seed, arguments_of
from utils.errors import OptionError, refusing
from utils.loaders import SetLoader, is_due
from utils.losses import build_loss, call_loss, loss_terms
from utils.names import class_name, load_class
from utils.options import Parser
from utils.predictions import save_predictions
from utils.processes import is_repeat, share_of
from utils.randomness import Shuffled, drawing
from utils.run import Run
from utils.schedulers import build_scheduler, training_length
from utils.scores import Scores

# The register of metrics: file top_k.py holds class TopK, `--metrics acc top_k` computes both.
METRICS = (
    "acc",
    "f1",
    "mae",
    "r2",
)

__all__ = [
    "METRICS",
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
    "call_loss",
    "class_name",
    "drawing",
    "is_due",
    "is_repeat",
    "load_class",
    "loss_terms",
    "refusing",
    "samples_in",
    "save_predictions",
    "share_of",
    "split_batch",
    "training_length",
]
