"""A throw-away Trainer that runs the steps of a module on one batch per set, and explains errors."""

import copy
import io
import logging
import sys
import warnings
from bdb import BdbQuit
from collections.abc import Generator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import pytorch_lightning as pl
import torch
from lightning_fabric.plugins import CheckpointIO
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.utilities.seed import isolate_rng
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook

from ..choices.building import locations_of
from ..contract import Model
from ..errors import OptionError, RunError, find_option_error
from ..learning.parameters import Freezing
from ..loading.batches import CLEAN, is_finite, mismatch, shapes, target_of, without_target
from ..loading.processes import report_once
from .health_checks import LOWER_LR, ON_CPU, CurrentBatch
from .loadable import loadable

SKIP = "--preflight false leaves out this check"
# The options of the Trainer that decide whether a step works, and those that a step can read.
OPTIONS = (
    *("precision", "max_epochs", "max_steps", "overfit_batches", "inference_mode", "detect_anomaly"),
    *("limit_train_batches", "limit_val_batches", "limit_test_batches", "limit_predict_batches"),
    *("gradient_clip_val", "gradient_clip_algorithm", "accumulate_grad_batches"),
)


class InMemory(CheckpointIO):
    """Keeps a checkpoint in memory, as a file would return it."""

    def __init__(self) -> None:
        self.checkpoint: dict[str, Any] = {}

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        self.checkpoint = loadable(checkpoint)

    def load_checkpoint(
        self, path: Any, map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        return copy.copy(self.checkpoint)

    def remove_checkpoint(self, path: Any) -> None:
        self.checkpoint = {}


class Steps(CurrentBatch):
    """Ends each epoch after one batch, refuses NaN and infinity, and records what the steps do."""

    def __init__(self, model: Model) -> None:
        self.model, self.name = model, model.hparams["model_name"]
        self.stage, self.inputs = "", None
        self.compared: dict[str, tuple[Any, Any]] = {}  # the last output and target of each set
        self.optimizer_steps = 0  # also of optimizers that Lightning does not know
        self.ended = False
        model.net.register_forward_pre_hook(self.check_inputs, with_kwargs=True)
        model.net.register_forward_hook(self.check_output)

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        self.stage = trainer.state.fn.value if trainer.state.fn else stage
        super().setup(trainer, pl_module, stage)

    def check_inputs(self, net: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Raise OptionError for inputs that the net's forward has no parameter for."""
        if different := mismatch(inputs, named, net):
            given = without_target(self.batch) if isinstance(self.batch, Mapping) else inputs
            what = f"inputs {shapes(given)}{self.of_set()}"
            hint = f"let model/{self.name}.py name what the items hold"
            if isinstance(self.batch, (tuple, list)):
                hint = f"change model/{self.name}.py or the items: their last element is the target"
            raise OptionError(f"{self.name} does not take {what}, but {different}", hint)
        self.inputs = (*inputs, named) if named else inputs

    def check_output(self, net: nn.Module, inputs: Any, output: Any) -> None:
        """Raise OptionError if the output is not finite because the inputs are not."""
        if not is_finite(output) and not is_finite(self.inputs):
            raise OptionError(f"inputs {shapes(self.inputs)}{self.of_set()} hold nan or infinity", CLEAN)
        self.inputs, self.compared[self.where] = None, (output, target_of(self.batch))

    def count_step(self, *_: Any) -> None:
        self.optimizer_steps += 1

    def of_set(self) -> str:
        return f" of {self.where}" if self.where else ""

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any, **__: Any) -> None:
        super().on_train_batch_end()
        trainer.should_stop = True

    def on_before_backward(self, trainer: pl.Trainer, pl_module: pl.LightningModule, loss: Tensor) -> None:
        if pl_module.automatic_optimization:
            self.refuse_infinite(loss, self.where)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        for key, value in trainer.callback_metrics.items():
            kind, _, name = key.partition("/")
            if kind in ("val_loss", "test_loss") and name:
                self.refuse_infinite(value, f"{name} ({'eval' if kind == 'val_loss' else 'test'})")

    on_test_end = on_validation_end

    def refuse_infinite(self, loss: Tensor, where: str) -> None:
        """Raise OptionError for a loss that is not finite."""
        if loss.isfinite().all():
            return
        output, target = self.compared.get(where, (None, None))
        cure = (
            "look at the scale of both, or at --loss" if is_finite(target) else f"targets hold nan: {CLEAN}"
        )
        if self.optimizer_steps and not is_finite(output):  # the step before has spoiled the weights
            cure = LOWER_LR
        name, what = type(self.model.loss).__name__, f"output {shapes(output)} and target {shapes(target)}"
        raise OptionError(f"{where}: {name} is {loss.item()} for {what}", cure)

    def explain(self, error: Exception) -> None:
        """Add the set and the step to an error."""
        if isinstance(error, OptionError):
            if self.where and self.where.partition(" ")[0] not in error.message:
                error.message = f"{self.where}: {error.message}"
            return
        if find_option_error(error) or any("error: " in note for note in getattr(error, "__notes__", [])):
            return
        what = f"{shapes(self.batch)}{self.of_set()}" if self.where else f"stage {self.stage}"
        message, cure = f"the preflight failed on {what}", SKIP
        if self.inputs is not None and self.where:
            message = f"{self.name} does not take inputs {shapes(self.inputs)}{self.of_set()}"
            cure = f"change model/{self.name}.py, --net.* or the dataset until they fit"
        if own := [location for location in locations_of(error) if location.startswith("utils/")]:
            message, cure = f"{message}, in {own[-1]}", "change it, or choose another by its option"
        if "does not require grad" in str(error):
            cure = "compute gradients in `with torch.enable_grad():`, and add --trainer.inference_mode false"
        if "device-side assert" in str(error):  # the error of a GPU for a class that is too high
            cure = ON_CPU
        error.add_note(f"error: {message}\nhelp: {cure}")


def trial_trainer(options: dict[str, Any], device: torch.device, folder: str, steps: Steps) -> pl.Trainer:
    """Return a Trainer on one device with the run's options that matter for a step; it writes to `folder`."""
    trainer = pl.Trainer(
        **{name: options[name] for name in OPTIONS if name in options},
        accelerator=device.type,
        devices=[device.index or 0] if device.type == "cuda" else 1,
        default_root_dir=folder,
        logger=TensorBoardLogger(folder, ""),
        callbacks=[steps, Freezing()],
        plugins=[LightningEnvironment(), InMemory()],
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    vars(trainer)["fast_dev_run"] = True  # so that a step can tell that it is only tried
    return trainer


@contextmanager
def trying(steps: Steps) -> Generator[None]:
    """Run steps without output, restore the random generators, and add the set and the step to errors.

    Standard input is empty: a debugger ends at once and does not wait unseen; it starts again in the run.
    """
    printed, stdin, level = io.StringIO(), sys.stdin, logging.root.manager.disable
    counter = register_optimizer_step_post_hook(steps.count_step)
    sys.stdin = io.StringIO()
    logging.disable(logging.WARNING)
    try:
        with redirect_stdout(printed), redirect_stderr(printed), isolate_rng(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
        steps.ended = True
    except BdbQuit:
        pass
    except RunError as error:  # no run has begun yet
        steps.explain(error)
        raise OptionError(error.message, error.hint) from error
    except Exception as error:
        steps.explain(error)
        if not isinstance(error, (OptionError, MisconfigurationException)):  # these take two lines
            sys.stdout.write(printed.getvalue())
        raise
    finally:
        counter.remove()
        report_once.cache_clear()  # what it reported was not shown
        sys.stdin = stdin
        logging.disable(level)
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()
