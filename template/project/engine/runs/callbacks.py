"""The engine's own callbacks, which every run needs; main.py adds those that a researcher chooses."""

import pytorch_lightning as pl
from jsonargparse import Namespace

from ..checks.guard import Guard
from ..learning.accumulation import Accumulation
from ..loading.randomness import Randomness
from .confusion import Confusions
from .display import Progress
from .metrics_file import CheckpointEpoch
from .predictions import Predictions
from .run import Run
from .saving import LastCheckpoint


def engine_callbacks(args: Namespace, run: Run) -> list[pl.Callback]:
    """Return the callbacks that keep a run's record, check it, and write its files.

    Args:
        args: the options.
        run: the run, which comes first: it writes the checkpoints before others change the weights.
    """
    chosen: list[pl.Callback] = [run, Randomness(run.options["seed"]), Guard(), Accumulation()]
    chosen += [Confusions(run.folder), CheckpointEpoch()]
    if args.stage == "predict":
        chosen.append(Predictions(run.predictions))
    if args.stage == "fit" and args.trainer.enable_progress_bar is not False:
        chosen.append(Progress())
    if args.stage == "fit" and args.trainer.enable_checkpointing is not False:
        chosen.append(LastCheckpoint(run.folder / "checkpoints"))
    return chosen
