"""What a checkpoint tells about its run, and why a file is none."""

import warnings
import zipfile
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
import yaml

from ..errors import OptionError
from .seed_folder import read_options

OF_THE_RUN = ("stage", "ckpt_path", "run_name")  # not repeated by a later command
OURS = "give a checkpoint that main.py wrote"


def load(path: str | Path, **options: Any) -> Any:
    """What a file of torch.save holds, as long as that is tensors and plain values: nothing else is ever loaded.

    Raises OptionError for a file that is missing, damaged (with the newest good one beside it) or no such file.
    """
    file = Path(path)
    if not file.exists():
        there = ", ".join(sorted(found.name for found in file.parent.glob("*.ckpt")))
        of_a_run = there and file.parent.name == "checkpoints"
        hint = f"{file.parent} has {there}" if of_a_run else "see Logs/<model_name>/<run>/checkpoints"
        raise OptionError(f"there is no checkpoint {path}", hint)
    if damage := damage_of(file):
        raise OptionError(f"{path} is damaged ({damage})", instead_of_damaged(file.parent))
    try:
        with warnings.catch_warnings(action="ignore"):
            return torch.load(file, map_location="cpu", weights_only=True, **options)
    except Exception as error:  # torch raises many kinds for a file that it does not understand
        pickled = isinstance(error, UnpicklingError) and file.open("rb").read(1) in (b"\x80", b"P")
        reason = "it holds pickled objects, which are never loaded" if pickled else "torch.save did not write it"
        raise OptionError(f"{path} is no checkpoint of this project: {reason}", OURS) from error


def damage_of(file: Path) -> str | None:
    """What is wrong with a file that torch.save wrote: a part of it is missing or is not as it was written."""
    if not file.is_file():
        return None
    with file.open("rb") as opened:
        begins = opened.read(4)
    if begins != b"PK\x03\x04":  # torch.save writes zip archives, as others than runs may not
        of_a_run = file.suffix == ".ckpt" and (file.resolve().parent.parent / "run.json").is_file()
        return "its beginning is lost" if of_a_run else None
    try:
        with zipfile.ZipFile(file) as archive:
            wrong = archive.testzip()  # torch.load does not look at the checksums
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        return "its end is lost"
    return f"{wrong} is not as it was written" if wrong else None


def instead_of_damaged(folder: Path) -> str:
    """Which other checkpoint of a folder to take, and for what."""
    if good := newest_good(folder):
        return f"the newest good one is {good}"
    if good := newest_good(folder, between=False):
        return f"the newest good one is {good}, saved within an epoch: test it, or begin anew by --finetune {good}"
    return f"{folder} has no other that is good: take a copy of it, or start a new run"


def newest_good(folder: Path, between: bool = True) -> Path | None:
    """The last checkpoint written to a folder, of those saved between two epochs or of those saved within one."""
    newest_first = sorted(folder.glob("*.ckpt"), key=lambda file: file.stat().st_mtime, reverse=True)
    return next((file for file in newest_first if is_between_epochs(file) is between), None)


def is_between_epochs(file: Path) -> bool | None:
    """Whether a run can be resumed from this file; None if it is no good checkpoint of its folder's run at all."""
    try:
        if damage_of(file):
            return None
        checkpoint, config = load(file, mmap=True), file.parents[1] / "config.yaml"
        trained = checkpoint["config"]
        used = yaml.safe_load(config.read_text(encoding="utf-8")) if config.is_file() else trained
        same_net = all(trained[option] == used[option] for option in ("model_name", "net"))
        weights = sum(tensor.numel() for tensor in checkpoint["state_dict"].values())
        return between_epochs(checkpoint) if weights and same_net else None
    except (OptionError, OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        return None


def between_epochs(checkpoint: dict[str, Any]) -> bool:
    """Whether each epoch that began had been trained to its end when this was saved, with all that it needs."""
    epochs = checkpoint["loops"]["fit_loop"]["epoch_progress"]["total"]
    return epochs["started"] == epochs["processed"] and "optimizer_states" in checkpoint


def read_config(path: str, stage: str) -> dict[str, Any]:
    """The options of the run that wrote a checkpoint; to go on with it (stage fit), those of the Trainer too.

    A folder of several seeds stands for the checkpoints of all. Raises OptionError for another folder, for a file that
    is no checkpoint of this project, and for one from which no run can be gone on with.
    """
    checkpoint = {"config": read_options(path, stage)} if (of_seeds := Path(path).is_dir()) else load(path)
    try:
        config = dict(checkpoint["config"])
        within = stage == "fit" and not of_seeds and not between_epochs(checkpoint)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        reason = "it holds no options of main.py"
        raise OptionError(f"{path} is no checkpoint of this project: {reason}", OURS) from error
    if within and "optimizer_states" not in checkpoint:
        message = f"{path} holds weights alone, and a run is resumed with its optimizer"
        raise OptionError(message, f"resume from {Path(path).with_name('last.ckpt')}, or start over: --finetune {path}")
    if within:
        message = f"{path} was saved within an epoch, and a run goes on between two"
        raise OptionError(message, f"go on from {Path(path).with_name('last.ckpt')}, or begin anew: --finetune {path}")
    if stage != "fit":  # of the Trainer's options, an evaluation depends on these alone
        kept, trainer = ("precision", "inference_mode"), config["trainer"]
        config["trainer"] = {name: trainer[name] for name in kept if name in trainer}
    return {key: value for key, value in config.items() if key not in OF_THE_RUN}
