"""One run and its folder: config.yaml with the options, run.json with the record, and the results."""

import importlib.metadata
import json
import os
import shlex
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
from pytorch_lightning.callbacks import BatchSizeFinder, LearningRateFinder
from torch import Tensor

from ..checks.preflight import WITHOUT_MONITOR, materialize, preflight
from ..choices.building import locations_of
from ..contract import Data, Model, callbacks_of
from ..errors import OptionError, RunError, one_line
from ..imports import MAIN
from ..learning.schedulers import resume_schedules, step_after_evaluation
from ..loading.processes import report
from ..loops import Progress, end_epoch, start_new_epoch
from .averaging import swa_is_over
from .checkpoints import finetune, load, refuse_other_weights, unresumable
from .display import silence_warnings
from .folders import last_checkpoint, new_predictions, new_run, remove_run, run_of, runs_folder, write_file
from .git import git_state, write_diff
from .loggers import MetricsFile, loggers
from .plots import draw_curves
from .predictions import report_predictions
from .results import Row, print_rows, rows_of, write_rows
from .saving import best_checkpoint, save_checkpoints

FILES = ("config.yaml", "run.json", "metrics.csv")
FINDERS = (BatchSizeFinder, LearningRateFinder)
LIGHTNING = ("pytorch_lightning", "lightning_fabric")
# Lightning's files that call hooks: their errors are about what your hooks take or return.
HOOK_CALLERS = ("call.py", "optimizer.py", "automatic.py", "closure.py", "manual.py")
PACKAGES = ("torch", "torchvision", "pytorch-lightning", "torchmetrics", "jsonargparse")


class Run(pl.Callback):
    """A run's folder and its record. As a callback it adds the options to checkpoints, and says when to save.

    Args:
        args: the options; `args.config` has them in plain types, as in config.yaml.

    Raises OptionError if --run_name is taken or not valid, or if there is no run to resume.
    """

    def __init__(self, args: Namespace) -> None:
        silence_warnings()
        options: dict[str, Any] = dict(args.config)
        self.args, self.options = args, options
        self.tried: bool = options["preflight"] and not args.preflight  # by the run of an earlier seed
        self.checkpoint: str | None = options["ckpt_path"]
        self.started, self.trained = time.time(), False
        path, predicts = options["ckpt_path"], options["stage"] == "predict"
        self.resumed = path if options["stage"] == "fit" else None
        existing = run_of(path) if self.resumed or (predicts and not options["run_name"]) else None
        self.next_row: int | None = None
        self.files, self.before = set[Path](), dict[Path, bytes]()  # of a resumed run
        # The first process creates the folder, and only this one writes files there.
        if self.resumed:
            args.ckpt_path = os.path.realpath(path)  # Lightning deletes the file unless it knows this path
            if existing is None:
                hint = "give one in Logs/<model_name>/<run>/checkpoints, or start over: --finetune"
                raise OptionError(f"{path} is not in the folder of a run", hint)
            self.folder, self.next_row = existing, Progress.of(load(path, mmap=True)).next_row
            self.files = {*self.folder.iterdir()}
            files = (self.folder / name for name in FILES)
            self.before = {file: file.read_bytes() for file in files if file.is_file()}
        elif existing:
            self.folder = new_predictions(existing, Path(path).stem)
        else:
            self.folder = new_run(args.seeds_folder or runs_folder(options), options["run_name"])
        self.predictions = self.folder if existing else self.folder / "predictions"
        try:
            self.loggers = [] if predicts else loggers(self.folder, self.next_row)
        except ModuleNotFoundError:  # of the tracker
            self.undo()
            raise
        self.rows: list[Row] = []  # of results.csv
        self.logged: dict[str, Tensor] = {}  # the values of the last stage
        self.record: dict[str, Any] = {}
        self.restored: dict[str, Any] = {}  # the checkpoint of a resumed run, until training starts

    def __enter__(self) -> "Run":
        self.record = {
            "status": "running",
            "folder": str(self.folder.absolute()),
            "command": shlex.join([Path(sys.executable).name, *sys.argv]),
            "seed": self.options["seed"],
            "git": git_state(),
            "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
            "python": sys.version.split()[0],
        }
        if self.before:
            earlier = json.loads(self.before[self.folder / "run.json"])
            refuse_shared(self.folder, earlier, str(self.checkpoint))
            self.record["earlier"] = [*earlier.pop("earlier", []), earlier]
        try:
            if self.record["git"] and self.record["git"]["dirty"]:
                sessions = len(self.record.get("earlier", ())) + 1
                write_diff(self.folder / ("git.diff" if sessions == 1 else f"git-{sessions}.diff"))
            self.write_config()
            self.write_record()
        except OSError:
            if not self.resumed:
                remove_run(self.folder)
            raise
        return self

    def write_config(self) -> None:
        # Options that a repeated run does not keep.
        own = ("run_name", "ckpt_path") if self.options["stage"] == "fit" else ("run_name",)
        text = yaml.safe_dump(self.options | dict.fromkeys(own), sort_keys=False)
        write_file(self.folder / "config.yaml", text)

    def write_record(self) -> None:
        write_file(self.folder / "run.json", json.dumps(self.record, indent=2))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if not self.trained and (refused := lightning_option_error(error)):
            self.undo()
            raise refused from error
        if isinstance(error, OptionError) and not isinstance(error, RunError) and not self.trained:
            return self.undo()
        stopped = isinstance(error, (KeyboardInterrupt, SystemExit))  # Lightning turns Ctrl-C into SystemExit
        self.record["status"] = "stopped" if stopped else "failed" if error else "done"
        if error and not stopped:
            reason = error.message if isinstance(error, OptionError) else str(error)
            self.record["error"] = f"{type(error).__name__}: {reason}"
        self.record["seconds"] = round(time.time() - self.started, 1)
        if error is None:  # before the record: --seeds does not repeat a run that is done
            write_rows(self.rows, self.folder)
        self.write_record()
        if self.options["stage"] == "fit":
            draw_curves(self.folder)
        if stopped:
            if isinstance(error, SystemExit) and isinstance(error.code, str):  # sys.exit("why") in your code
                print(error.code, file=sys.stderr)
            report(f"\n{stopped_message(self.folder)}", sys.stderr)
            raise SystemExit(130) from error
        if error is None and self.options["stage"] == "predict":
            report_predictions(self.predictions)
        elif error is None:
            print_rows(self.rows, self.folder)
        return None

    def prepare(self, trainer: pl.Trainer, model: Model, data: Data) -> None:
        """Initialize lazy layers, load the weights of --finetune, and run the preflight."""
        materialize(model, data, self.args)
        if self.args.finetune and not self.checkpoint:
            finetune(model.net, self.args.finetune)
        if self.args.preflight:
            self.tried = bool(preflight(trainer, model, data, self.args))

    def choose_checkpoint(self, trainer: pl.Trainer) -> None:
        """Take the best checkpoint of a training, or its last one if nothing is monitored.

        Like `keep_results` not a hook: with strategies such as ddp_spawn, hooks run in other processes.
        """
        # All processes evaluate one file.
        self.checkpoint = trainer.strategy.broadcast(best_checkpoint(trainer))
        self.logged = dict(trainer.callback_metrics)
        # Nothing is logged if there was nothing to train.
        if self.logged and not self.tried and self.args.monitor not in {None, *self.logged}:
            report(f"{self.args.monitor} was never logged: {WITHOUT_MONITOR}")

    def keep_results(self, trainer: pl.Trainer) -> None:
        """Keep the values of an evaluation for results.csv."""
        stage, option = ("val", "eval") if trainer.state.fn == "validate" else ("test", "test")
        logged = dict(trainer.callback_metrics)
        # With strategies such as ddp_spawn, the values of earlier stages are still there.
        values = {key: value for key, value in logged.items() if value is not self.logged.get(key)}
        self.rows += rows_of(stage, values, self.options[f"{option}_datasets"])
        self.logged = logged

    def undo(self) -> None:
        """Restore the folder as it was: a refused option creates no run, and changes none."""
        if not self.resumed:
            remove_run(self.folder)
            return
        for file in {*self.folder.iterdir()} - self.files:
            if file.is_file():
                file.unlink(missing_ok=True)
        for file, content in self.before.items():
            write_file(file, content)

    def setup(self, trainer: Any, pl_module: pl.LightningModule, stage: str) -> None:
        path = self.options["ckpt_path"]
        if path and (stage == "fit" or not self.resumed):
            refuse_other_weights(load(path, mmap=True)["state_dict"], pl_module.state_dict(), path)
        if self.resumed or stage != "fit":  # the checkpoint has their choice
            trainer.callbacks = [each for each in trainer.callbacks if not isinstance(each, FINDERS)]
        refuse_batch_size_finder(trainer, self.options)
        self.record["device"] = str(trainer.strategy.root_device)
        self.write_record()

    def on_fit_start(self, trainer: Any, pl_module: pl.LightningModule) -> None:
        """Fit the schedules to the rest of a resumed training, and record the values that finders chose."""
        self.fit_schedules(trainer)
        if chosen := changed_by_finder(self.options, {**pl_module.hparams, **trainer.datamodule.hparams}):
            self.options |= chosen
            self.write_config()
            trainer.strategy.setup_optimizers(trainer)  # their rates and lengths were those of before
        for logger in self.loggers:
            if self.next_row is not None and isinstance(logger, MetricsFile):
                # Epochs after the checkpoint are trained and logged again.
                logger.truncate(self.next_row)

    def fit_schedules(self, trainer: pl.Trainer) -> None:
        if self.restored:
            progress = Progress.of(self.restored)
            resume_schedules(trainer, self.restored, progress.epochs, progress.steps)
            self.restored = {}

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self.resumed:
            start_new_epoch(trainer)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.trained = True
        save_checkpoints(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        save_checkpoints(trainer)
        stopped_early = trainer.should_stop and not swa_is_over(trainer)
        for callback in trainer.early_stopping_callbacks if stopped_early else []:
            if why := callback.stopping_reason_message:
                report(f"early stopping after epoch {callback.stopped_epoch}: {why}")

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.state.fn == "fit" and not trainer.sanity_checking:
            step_after_evaluation(trainer)

    def on_save_checkpoint(self, trainer: pl.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        checkpoint["config"] = self.options

    def on_load_checkpoint(self, trainer: pl.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        if trainer.state.fn == "fit" and self.resumed:  # finders load their own checkpoints
            prepare_resume(trainer, checkpoint, self.folder)
            self.restored = checkpoint
            if trainer.strategy.restore_checkpoint_after_setup:  # FSDP: after on_fit_start
                self.fit_schedules(trainer)


def prepare_resume(trainer: Any, checkpoint: dict[str, Any], folder: Path) -> None:
    """Let training start with the next epoch after a checkpoint, or not at all, and report which."""
    end_epoch(checkpoint)
    progress, stopped = Progress.of(checkpoint), False
    for callback in trainer.early_stopping_callbacks:
        if state := checkpoint["callbacks"].get(callback.state_key):  # another --monitor has another key
            state["patience"] = callback.patience  # the command line takes precedence
            stopped |= state["wait_count"] >= max(callback.patience, 1)
    trainer.should_stop = stopped
    limit = f" of {trainer.max_epochs}" if trainer.max_epochs not in (None, -1) else ""
    ended = ": it had stopped early; to continue, raise its patience (--patience)" if stopped else ""
    report(f"resuming {folder} after {progress.epochs}{limit} epochs{ended}")


def stopped_message(folder: Path) -> str:
    """Return a message on what is saved of an interrupted run, and on how to continue it."""
    last = last_checkpoint(folder)
    if last is None:
        return "stopped"
    try:
        checkpoint, path = load(last, mmap=True), shlex.quote(last)
    except OptionError as error:
        return f"stopped; {error.message}"
    resume = f"resume: python {MAIN} --ckpt_path {path}"
    if unresumable(checkpoint):
        resume = f"start a new run from its weights: --finetune {path}"
    return f"stopped after {Progress.of(checkpoint).epochs} epochs, {resume}"


def lightning_option_error(error: BaseException | None) -> OptionError | None:
    """Return the OptionError for what Lightning refuses; None for a bug in the project's own code."""
    if not isinstance(error, (ValueError, TypeError, ImportError, MisconfigurationException)):
        return None
    raised = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
    own = [location for location in locations_of(error) if not location.startswith("main.py,")]
    if own or raised.name in HOOK_CALLERS or not any(package in raised.parts for package in LIGHTNING):
        return None
    message = f"Lightning refuses --trainer.* or a callback: {one_line(error)}"
    return OptionError(message, f"python {MAIN} --help lists the options")


def changed_by_finder(options: dict[str, Any], used: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers among the options, such as the batch size, that a finder has changed."""
    kinds = (int, float)
    both = {name: now for name, now in used.items() if isinstance(options.get(name), kinds)}
    return {name: now for name, now in both.items() if isinstance(now, kinds) and now != options[name]}


def refuse_batch_size_finder(trainer: Any, options: dict[str, Any]) -> None:
    """Raise OptionError for a finder of --batch_size if the loader has its own batch size."""
    own = options["loader"]["batch_size"]
    if own is not None and callbacks_of(trainer, BatchSizeFinder):
        message = f"BatchSizeFinder looks for --batch_size, but --loader.batch_size {own} takes precedence"
        raise OptionError(message, "leave out --loader.batch_size")


def refuse_shared(folder: Path, record: dict[str, Any], checkpoint: str) -> None:
    """Raise OptionError for a copy of a run whose checkpoints/ is the original's: it would change them."""
    original, own = Path(record.get("folder", folder)), folder / "checkpoints"
    theirs = original / "checkpoints"
    if own.is_symlink() and theirs.exists() and not original.samefile(folder) and theirs.samefile(own):
        message = f"{folder} is a copy of {original}, and both have their checkpoints in {own.resolve()}"
        raise OptionError(message, f"replace the link by a folder, or add --finetune {checkpoint}")
