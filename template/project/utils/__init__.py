"""What main.py and the interfaces use, one subject a file; and the metrics of one's own, which METRICS lists."""

from utils.choices import build_loss, build_optimizer, call_loss
from utils.config import Seed, arguments_of
from utils.curves import draw_curves
from utils.errors import OptionError, refusing
from utils.names import class_name, load_class
from utils.options import Parser
from utils.predictions import save_predictions
from utils.randomness import Randomness, Shuffled
from utils.run import Run
from utils.schedulers import build_scheduler, training_length
from utils.scores import Scores

# The register of metrics: file top_k.py holds class TopK, `--metrics acc top_k` computes both.
METRICS = ("acc",)

__all__ = [
    "METRICS",
    "OptionError",
    "Parser",
    "Randomness",
    "Run",
    "Scores",
    "Seed",
    "Shuffled",
    "arguments_of",
    "build_loss",
    "build_optimizer",
    "build_scheduler",
    "call_loss",
    "class_name",
    "draw_curves",
    "load_class",
    "refusing",
    "save_predictions",
    "training_length",
]
