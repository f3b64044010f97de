"""The callbacks of a run: those that main.py names, those of the engine, and those of --callbacks."""

import pytorch_lightning as pl
from jsonargparse import Namespace

from .checks.health_checks import HealthChecks
from .choices.building import build
from .choices.kinds import CALLBACK
from .choices.names import find_class
from .learning.optimizers import Accumulation
from .learning.parameters import Freezing
from .learning.warmup import Warmup
from .loading.randomness import Randomness
from .runs.averaging import Averaging
from .runs.display import ProgressBar
from .runs.loggers import LearningRateMonitor, LoggedOnce
from .runs.plots import Confusions
from .runs.predictions import Predictions
from .runs.run import Run
from .runs.saving import ModelCheckpoint

__all__ = ["LearningRateMonitor", "ModelCheckpoint", "engine_callbacks"]


def engine_callbacks(args: Namespace, run: Run) -> list[pl.Callback]:
    """Return the callbacks that record a run, check it, and write its files; then those of --callbacks.

    Raises OptionError for a callback that refuses its arguments.
    """
    chosen: list[pl.Callback] = [
        run,  # first: it saves checkpoints before other callbacks change the weights
        Randomness(run.options["seed"]),
        HealthChecks(),
        Accumulation(),
        Freezing(),
        Averaging(),
        Confusions(run.folder),
    ]
    if args.stage == "predict":
        chosen.append(Predictions(run.predictions))
    if args.stage == "fit":
        chosen.append(LoggedOnce())
    if args.stage == "fit" and args.trainer.enable_progress_bar is not False:
        chosen.append(ProgressBar())
    if args.stage == "fit" and args.warmup:
        chosen.append(Warmup(args.warmup, args.lr_scheduler))
    named = [(name, args.config.get(name) or {}) for name in args.callbacks]
    return chosen + [build(find_class(CALLBACK, name), name, options) for name, options in named]
