"""One run, one folder: Logs/<model_name>/<version_N or --run_name>/, and run.json, which says how the run went.

Predictions belong to the run of their checkpoint, and have a folder of their own in it.
"""

import inspect
import json
import sys
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

import pytorch_lightning as pl
import yaml
from jsonargparse import Namespace
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import BatchSizeFinder, LearningRateFinder, WeightAveraging

from ..checks.preflight import materialize, preflight
from ..contract import Data, Model
from ..errors import OptionError, RunError
from ..learning.schedulers import resume_schedules, step_after_evaluation
from .curves import draw_curves
from .display import report_early_stopping
from .finetune import load_weights, refuse_unfit
from .folders import (
    full_disk,
    new_folder,
    predictions_folder,
    remove_folder,
    run_around,
    run_of,
    runs_of,
    write_whole,
)
from .loggers import loggers, quiet
from .metrics_file import MetricsFile
from .predictions import report_predictions
from .record import new_record
from .results import Results
from .resume import Progress, hint_of, next_row, start_epoch, take_up
from .saving import best_checkpoint, save_between_epochs

FILES = ("config.yaml", "run.json")
FINDERS = (BatchSizeFinder, LearningRateFinder)


class Run(pl.Callback):
    """A run's folder and its record. As a callback it puts the run's options into every checkpoint.

    Args:
        args: the options; `args.config` is what config.yaml will hold.

    Raises OptionError when there is a run of the name that --run_name gives, or none to go on with.
    """

    def __init__(self, args: Namespace) -> None:
        quiet()
        options, seeds = args.config, args.seeds_folder
        self.args, self.options, self.seeds = args, dict[str, Any](options), seeds
        self.checkpoint: str | None = options["ckpt_path"]
        self.started, self.trained = time.time(), False
        self.resumed = options["ckpt_path"] if options["stage"] == "fit" else None
        made_in = seeds or runs_of(options)
        predicts = options["stage"] == "predict"
        of_run = run_around(Path(options["ckpt_path"])) if predicts and not options["run_name"] else None
        # The first process makes the folder, and alone writes there.
        if self.resumed:
            self.folder = run_of(Path(self.resumed))
        elif of_run:
            self.folder = predictions_folder(of_run, Path(options["ckpt_path"]).stem) or of_run
        else:
            self.folder = new_folder(made_in, options["run_name"]) or made_in
        self.predictions = self.folder if of_run else self.folder / "predictions"
        self.next_row = next_row(self.resumed, options) if self.resumed else None
        self.before = {name: (self.folder / name).read_text(encoding="utf-8") for name in FILES} if self.resumed else {}
        try:
            self.loggers = [] if predicts else loggers(self.folder, self.next_row)
        except ModuleNotFoundError as error:
            self.undo()
            raise OptionError(f"runs cannot be logged: {error}", "pip install -r requirements.txt") from error
        self.results = Results(self.folder)
        self.record: dict[str, Any] = {}
        self.restored: dict[str, Any] = {}  # the checkpoint that the run is resumed from, until training starts

    def __enter__(self) -> "Run":
        self.record = new_record(self.options["seed"])
        if self.before:
            earlier = json.loads(self.before["run.json"])
            self.record["earlier"] = [*earlier.pop("earlier", []), earlier]
        self.write_config()
        write_whole(self.folder / "run.json", json.dumps(self.record, indent=2))
        return self

    def write_config(self) -> None:
        own = ("run_name", "ckpt_path") if self.options["stage"] == "fit" else ("run_name",)  # of this run alone
        write_whole(self.folder / "config.yaml", yaml.safe_dump(self.options | dict.fromkeys(own), sort_keys=False))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if refused := refused_by_trainer(error):
            self.undo()
            raise refused from error
        if isinstance(error, OptionError) and not isinstance(error, RunError) and not self.trained:
            return self.undo()
        stopped = isinstance(error, (KeyboardInterrupt, SystemExit))  # Lightning turns Ctrl-C into SystemExit
        self.record["status"] = "stopped" if stopped else "failed" if error else "done"
        if error and not stopped:
            said = error.message if isinstance(error, OptionError) else str(error)
            self.record["error"] = f"{type(error).__name__}: {said}"
        self.record["seconds"] = round(time.time() - self.started, 1)
        try:
            write_whole(self.folder / "run.json", json.dumps(self.record, indent=2))
        except OSError as unwritten:
            if not full_disk(unwritten, self.folder, self.seeds):
                raise
            error = error or unwritten
        if full := full_disk(error, self.folder, self.seeds):
            raise full from error
        if self.options["stage"] == "fit":
            draw_curves(self.folder)
        if stopped:
            print(f"\nstopped{hint_of(self.folder, self.seeds)}", file=sys.stderr)
            raise SystemExit(130) from error
        if error is None and self.options["stage"] == "predict":
            report_predictions(self.predictions)
        elif error is None:
            self.results.report()
        return None

    def prepare(self, trainer: pl.Trainer, model: Model, data: Data) -> None:
        """Give lazy layers their shapes, load the weights of --finetune, and try every stage on a few samples."""
        materialize(model, data, self.args)
        if self.args.finetune and not self.checkpoint:
            load_weights(model.net, self.args.finetune)
        if self.args.preflight:
            preflight(trainer, model, data, self.args, self.options["monitor_mode"])

    def collect(self, trainer: pl.Trainer) -> None:
        """Take the best checkpoint after training, and the results after an evaluation.

        Not in a hook: with strategies such as ddp_spawn the hooks run in other processes.
        """
        if trainer.state.fn == "fit":
            self.checkpoint = best_checkpoint(trainer)
        elif trainer.state.fn in ("validate", "test"):
            self.results.add("val" if trainer.state.fn == "validate" else "test", trainer.callback_metrics)

    def undo(self) -> None:
        """Leave everything as it was: a refused option makes no run, and changes none."""
        if not self.resumed:
            remove_folder(self.folder)
        for name, text in self.before.items():
            write_whole(self.folder / name, text)

    def setup(self, trainer: Any, pl_module: pl.LightningModule, stage: str) -> None:
        if self.options["ckpt_path"]:
            refuse_unfit(pl_module.state_dict(), self.options["ckpt_path"])
        if self.resumed:  # the checkpoint has what they chose
            trainer.callbacks = [found for found in trainer.callbacks if not isinstance(found, FINDERS)]
        self.record["device"] = str(trainer.strategy.root_device)
        write_whole(self.folder / "run.json", json.dumps(self.record, indent=2))

    def on_fit_start(self, trainer: Any, pl_module: pl.LightningModule) -> None:
        """Fit the schedules that are resumed to what is left, and record what a finder has chosen.

        What was logged after the checkpoint is dropped: it is trained, and logged, once more.
        """
        if self.restored:
            progress = Progress.of(self.restored)
            resume_schedules(trainer, self.restored, progress.epochs, progress.steps)
            self.restored = {}
        chosen = found_by_finders(self.options, pl_module.hparams, trainer.datamodule.hparams)
        if chosen:
            self.options |= chosen
            self.write_config()
            trainer.strategy.setup_optimizers(trainer)  # their rates and lengths were those of before
        for logger in self.loggers:
            if self.next_row is not None and isinstance(logger, MetricsFile):
                logger.go_back(self.next_row)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.trained = True
        if self.resumed:
            start_epoch(trainer)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        save_between_epochs(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        save_between_epochs(trainer)
        if trainer.is_global_zero:
            report_early_stopping(trainer)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.state.fn == "fit" and not trainer.sanity_checking:
            step_after_evaluation(trainer)

    def on_fit_end(self, trainer: Any, pl_module: pl.LightningModule) -> None:
        """Leave out callbacks that would put trained weights in the place of a checkpoint's averaged ones."""
        trainer.callbacks = [found for found in trainer.callbacks if not isinstance(found, WeightAveraging)]

    def on_save_checkpoint(self, trainer: pl.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        checkpoint["config"] = self.options

    def on_load_checkpoint(self, trainer: pl.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        if trainer.state.fn == "fit" and self.resumed:  # a finder restores a checkpoint of its own
            take_up(trainer, checkpoint, self.folder, self.options)
            self.restored = checkpoint


def refused_by_trainer(error: BaseException | None) -> OptionError | None:
    """Return the OptionError for options that Lightning refuses while the Trainer is built; None for other errors."""
    if not isinstance(error, (ValueError, TypeError, ImportError, MisconfigurationException)):
        return None
    building = inspect.unwrap(pl.Trainer.__init__).__code__
    if not any(frame.f_code is building for frame, _ in traceback.walk_tb(error.__traceback__)):
        return None
    reason = " ".join(str(error).split())
    return OptionError(f"Lightning refuses --trainer.*: {reason}", "python main.py --help lists them")


def found_by_finders(options: dict[str, Any], *used: Any) -> dict[str, Any]:
    """The numbers among the options, such as the batch size, that are used with another value."""
    numbers = {name: value for of_one in used for name, value in of_one.items() if isinstance(value, (int, float))}
    return {name: value for name, value in numbers.items() if name in options and options[name] != value}
