"""What a checkpoint of this project tells about its run."""

import warnings
from pickle import UnpicklingError
from typing import Any

import torch
from pytorch_lightning import Trainer
from pytorch_lightning.callbacks import ModelCheckpoint

from utils.errors import OptionError

OF_THE_RUN = ("stage", "ckpt_path", "run_name")  # not repeated by a later command
PLAN = ("optimizer", "lr", "optimizer_args", "lr_scheduler", "lr_scheduler_args")  # what their saved state belongs to
OURS = "give a checkpoint that main.py wrote"


def read_config(path: str, stage: str) -> dict[str, Any]:
    """The options of the run that wrote a checkpoint; to go on with it (stage fit), those of the Trainer too.

    Raises OptionError for a file that is missing or no checkpoint of this project.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            config = dict(torch.load(path, map_location="cpu", weights_only=True)["config"])
    except FileNotFoundError as error:
        raise OptionError(f"there is no checkpoint {path}", "see Logs/<model_name>/<run>/checkpoints") from error
    except UnpicklingError as error:
        raise OptionError(f"{path} is no checkpoint of this project: it holds not only tensors", OURS) from error
    except Exception as error:  # torch raises many kinds for a file that it does not understand
        raise OptionError(f"{path} is no checkpoint of this project", OURS) from error
    left_out = OF_THE_RUN if stage == "fit" else (*OF_THE_RUN, "trainer")
    return {key: value for key, value in config.items() if key not in left_out}


def refuse_changes(trained: dict[str, Any], config: dict[str, Any]) -> None:
    """Refuse options that what a checkpoint holds does not fit: of the net, and of a run's plan if it goes on."""
    for name in ("net", *PLAN) if config["stage"] == "fit" else ("net",):
        before, now = trained.get(name), config.get(name)
        if isinstance(before, dict) and isinstance(now, dict):  # an option that came later has its default
            now = {key: now.get(key) for key in before}
        if trained and before != now:
            message = f"--{name} differs from that of the checkpoint, {before}"
            raise OptionError(message, "leave it out, or start a new run without --ckpt_path")


def best_checkpoint(trainer: Trainer) -> str | None:
    """The best checkpoint of a training, or the last one when nothing chose; None when none was written."""
    callback = trainer.checkpoint_callback
    if not isinstance(callback, ModelCheckpoint):
        return None
    return callback.best_model_path or callback.last_model_path or None
