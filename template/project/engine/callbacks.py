"""The callbacks of a run: those that main.py names, those of the engine, and those of --callbacks."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from jsonargparse import Namespace
from pytorch_lightning.callbacks import OnExceptionCheckpoint

from .checks.health_checks import HealthChecks
from .choices.building import build
from .choices.kinds import CALLBACK
from .choices.names import find_class
from .errors import OptionError, as_option_error
from .learning.freezing import Freezing
from .learning.optimizers import Accumulation
from .learning.warmup import Warmup
from .loading.randomness import Randomness
from .runs.averaging import Averaging
from .runs.display import ProgressBar
from .runs.loggers import CheckpointEpoch, LearningRateMonitor
from .runs.plots import Confusions
from .runs.predictions import Predictions
from .runs.run import Run
from .runs.saving import LastCheckpoint, ModelCheckpoint, best_checkpoint

__all__ = ["LearningRateMonitor", "ModelCheckpoint", "engine_callbacks"]


def engine_callbacks(args: Namespace, run: Run) -> list[pl.Callback]:
    """Return the callbacks that record a run, check it, and write its files; then those of --callbacks.

    Raises OptionError for a callback that refuses its arguments, or that would resume another run.
    """
    chosen: list[pl.Callback] = [
        run,  # it writes the checkpoints before others change the weights
        Randomness(run.options["seed"]),
        HealthChecks(best_checkpoint),
        Accumulation(),
        Freezing(),
        Averaging(),
        Confusions(run.folder),
        CheckpointEpoch(args.stage == "fit"),
    ]
    if args.stage == "predict":
        chosen.append(Predictions(run.predictions))
    if args.stage == "fit" and args.trainer.enable_progress_bar is not False:
        chosen.append(ProgressBar())
    if args.stage == "fit" and args.trainer.enable_checkpointing is not False:
        chosen.append(LastCheckpoint(run.folder / "checkpoints"))
    if args.stage == "fit" and args.warmup:
        chosen.append(Warmup(args.warmup, args.lr_scheduler))
    for name in args.callbacks:
        callback = build_callback(name, args.config.get(name) or {})
        if isinstance(callback, OnExceptionCheckpoint):
            if args.stage != "fit":
                continue  # it would remove its checkpoint after an evaluation
            if Path(callback.ckpt_path).exists() and not run.resumed:
                message = f"{name} would resume from {callback.ckpt_path}, a checkpoint of another run"
                hint = f"move it away, or give another --{name}.dirpath"
                raise OptionError(message, hint)
        chosen.append(callback)
    return chosen


def build_callback(name: str, args: dict[str, Any]) -> pl.Callback:
    """Build a callback of utils/ or of Lightning. Raises OptionError if it refuses its arguments."""
    found = find_class(CALLBACK, name)
    if not CALLBACK.is_of_library(found):
        return build(found, name, args)
    with as_option_error(f"{name} refuses its arguments", f"change --{name}.*", TypeError, LookupError):
        return build(found, name, args)
