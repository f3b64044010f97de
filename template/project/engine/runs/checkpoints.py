"""Reading checkpoints: the options of their run, their weights, and the trained net."""

import warnings
import zipfile
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
import yaml
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..choices.building import build, from_checkpoint
from ..choices.groups import Config
from ..choices.names import load_class
from ..errors import OptionError, first_few
from ..loading.processes import report
from ..loops import Progress

Weights = dict[str, Tensor]

NOT_REPEATED = ("stage", "ckpt_path", "run_name")  # by a later command
EVALUATION = ("precision", "inference_mode")  # the Trainer's options that change the results of a test
STATE_DICTS = ("state_dict", "model_state_dict", "model")  # keys under which projects save their weights
GIVE_ONE = "give one, such as Logs/<model_name>/<run>/checkpoints/last.ckpt"
PREFIXES = ("net.", "model.", "module.", "_orig_mod.")  # of an interface, of DataParallel, of torch.compile


def load(path: str | Path, **options: Any) -> Any:
    """Load a file of torch.save that holds only tensors and plain values.

    Raises OptionError for a file that is missing, damaged or in another format.
    """
    file = Path(path)
    if not file.exists():
        raise OptionError(f"there is no checkpoint {path}", GIVE_ONE)
    if is_damaged(file):
        raise OptionError(f"{path} is damaged", instead_of_damaged(file.parent))
    try:
        with warnings.catch_warnings(action="ignore"):
            return torch.load(file, map_location="cpu", weights_only=True, **options)
    except Exception as error:  # torch raises many kinds for a file that it does not understand
        reason = "torch.save did not write it"
        if isinstance(error, UnpicklingError) and file.open("rb").read(1) in (b"\x80", b"P"):
            reason = "it holds pickled objects, which are never loaded"
        raise not_ours(path, reason) from error


def not_ours(path: str | Path, reason: str = "it holds no options of main.py") -> OptionError:
    """Return the error for a file that is not a checkpoint of this project."""
    message = f"{path} is not a checkpoint of this project: {reason}"
    return OptionError(message, "give a checkpoint that main.py wrote")


def is_damaged(file: Path) -> bool:
    """Return whether a part of a checkpoint is missing or changed; torch.load ignores the checksums."""
    if not file.is_file():
        return False
    if not zipfile.is_zipfile(file):  # torch.save writes zip archives
        with file.open("rb") as opened:
            is_cut = opened.read(4) == b"PK\x03\x04"
        return is_cut or (file.suffix == ".ckpt" and (file.resolve().parent.parent / "run.json").is_file())
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.testzip() is not None
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        return True


def instead_of_damaged(folder: Path) -> str:
    """Return a hint on which other checkpoint of a folder to use."""
    if good := newest_good(folder):
        return f"use {good}, the newest undamaged checkpoint"
    if good := newest_good(folder, resumable=False):
        return f"test {good}, or start over with --finetune {good}: no run can be resumed from it"
    return f"{folder} has no undamaged checkpoint: use a backup, or start a new run"


def newest_good(folder: Path, resumable: bool = True) -> Path | None:
    """Return the newest undamaged checkpoint of those that a run can be resumed from, or of the others."""

    def age(file: Path) -> tuple[bool, float]:
        return file.name == "last.ckpt", file.stat().st_mtime  # copied files may have the time of the copy

    newest_first = sorted(folder.glob("*.ckpt"), key=age, reverse=True)
    return next((file for file in newest_first if can_resume(file) is resumable), None)


def can_resume(file: Path) -> bool | None:
    """Return whether a run can be resumed from a file; None for one that has no weights of the run's net."""
    if is_damaged(file):  # `load` would look for another one
        return None
    try:
        checkpoint, config = load(file, mmap=True), file.absolute().parents[1] / "config.yaml"
        trained = checkpoint["config"]
        used = yaml.safe_load(config.read_text(encoding="utf-8")) if config.is_file() else trained
        same_net = all(trained.get(option) == used.get(option) for option in ("model_name", "net"))
        weights = sum(tensor.numel() for tensor in checkpoint["state_dict"].values())
        return not unresumable(checkpoint) if weights and same_net else None
    except (OptionError, OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        return None


def unresumable(checkpoint: Config) -> str:
    """Return why no run can be resumed from a checkpoint; "" if one can."""
    if "optimizer_states" not in checkpoint:
        return "has no state of the optimizer"
    states = [state for state in checkpoint["callbacks"].values() if isinstance(state, dict)]
    if any("average_model_state" in state and state["n_averaged"] for state in states):
        # StochasticWeightAveraging has replaced the learning rates of the scheduler by its own.
        return "is from a run whose weights are being averaged"
    progress = Progress.of(checkpoint)
    return "" if progress.started == progress.epochs else "was saved within an epoch"


def read_config(path: str, stage: str) -> Config:
    """Return the options of a checkpoint's run; those of the Trainer only to resume it (stage fit).

    A folder of several seeds has the options of all. Raises OptionError for a file that is not a checkpoint
    of this project or that no run can be resumed from, and for any other folder.
    """
    if Path(path).is_dir():
        config = read_shared_config(path, stage)
    else:
        checkpoint = load(path)
        try:
            config = dict(checkpoint["config"])
            reason = unresumable(checkpoint) if stage == "fit" else ""
            evaluated = {name: value for name, value in config["trainer"].items() if name in EVALUATION}
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise not_ours(path) from error
        if reason:
            good = newest_good(Path(path).parent)
            other = f"resume from {good}, or " if good else ""
            hint = f"{other}start a new run from its weights: --finetune {path}"
            raise OptionError(f"{path} {reason}, so no run can be resumed from it", hint)
        if stage != "fit":
            config["trainer"] = evaluated
    return {key: value for key, value in config.items() if key not in NOT_REPEATED}


def read_shared_config(path: str, stage: str) -> Config:
    """Return the options of several seeds, to resume them. Raises OptionError for another folder or stage."""
    try:
        config = yaml.safe_load((Path(path) / "config.yaml").read_text(encoding="utf-8"))
        several = bool(config["seeds"])
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        config, several = {}, False
    if several and stage == "fit":
        return config
    if several:
        first_run = Path(path) / f"seed_{config['seeds'][0]}"
        hint = f"give a checkpoint of one, such as {first_run}/checkpoints/last.ckpt"
        raise OptionError(f"the folder {path} has several seeds, and --stage {stage} takes one net", hint)
    raise OptionError(f"the folder {path} is not a checkpoint", GIVE_ONE)


def load_net(path: str | Path) -> nn.Module:
    """Return the trained net of a checkpoint: the plain nn.Module of model/, on the CPU and in eval mode.

        from engine import load_net

        net = load_net("Logs/example_net/version_0/checkpoints/last.ckpt")

    It works in a notebook and in any script whose `sys.path` has the project's folder, in any working
    directory. Files of initial weights that the net's arguments name do not have to exist any more. It does
    not call load_model and instancialize of MInterface: put such changes into the net's own file.

    Raises OptionError for a file that is missing, damaged or not a checkpoint of this project, and if its
    weights do not fit the net as model/ has it now.
    """
    checkpoint = load(path)
    try:
        config, saved = checkpoint["config"], checkpoint["state_dict"]
        name, args = config["model_name"], config.get("net") or {}  # it may take none
    except (KeyError, TypeError, AttributeError) as error:
        raise not_ours(path) from error
    with from_checkpoint():
        net: nn.Module = build(load_class("net", name), "net", args)
    wanted = net.state_dict()
    own = {key: value for key, value in saved.items() if key.startswith("net.")}
    weights = without_prefixes(own, set(wanted))
    refuse_other_weights(weights, wanted, path)
    net.load_state_dict(weights)
    return net.eval()


def net_options(path: str) -> Config:
    """Return the net and its arguments of one of our checkpoints; nothing for files of other projects."""
    checkpoint = load(path)
    config = checkpoint.get("config") if isinstance(checkpoint, dict) else None
    config = config if isinstance(config, dict) and "train_dataset" in config else {}
    return {key: config[key] for key in ("model_name", "net") if key in config}


def finetune(net: nn.Module, path: str) -> None:
    """Load the weights of a checkpoint or a state_dict as far as names and shapes fit, and report the rest.

    Raises OptionError if none fits.
    """
    content = load(path)
    content = content if isinstance(content, dict) else {}
    entries = next((content[name] for name in STATE_DICTS if isinstance(content.get(name), dict)), content)
    weights = {str(key): value for key, value in entries.items() if isinstance(value, Tensor)}
    if not weights:
        raise OptionError(f"{path} holds no weights", "give a checkpoint, or a file of a net's state_dict")
    wanted = net.state_dict()
    weights = without_prefixes(weights, set(wanted))
    other = misshapen(weights, wanted)
    fitting = {key: value for key, value in weights.items() if key in wanted and key not in other}
    if not fitting:
        hint = f"its tensors: {first_few(list(weights))}; the net's: {first_few(list(wanted))}"
        raise OptionError(f"nothing in {path} fits the net", hint)
    net.load_state_dict(fitting, strict=False)
    problems = [
        f"shape mismatch: {key} is {tuple(weights[key].shape)} in the file "
        f"and {tuple(wanted[key].shape)} in the net"
        for key in other
    ]
    problems += [f"{key} is not in the file" for key in wanted if key not in weights]
    problems += [f"{key} is not in the net" for key in weights if key not in wanted]
    rest = f"; not loaded: {first_few(problems)}" if problems else ""
    report(f"{Path(path)}: {len(fitting)} of {len(wanted)} tensors are loaded{rest}")


def refuse_other_weights(weights: Weights, wanted: Weights, path: str | Path) -> None:
    """Raise OptionError if the names or shapes of a checkpoint's weights are not those of the net."""
    if unfit := sorted((wanted.keys() ^ weights.keys()).union(misshapen(weights, wanted))):
        hint = f"undo the changes in its file, or use the weights that fit: --finetune {path}"
        raise OptionError(f"the weights in {path} do not fit the net: {first_few(unfit)}", hint)


def misshapen(weights: Weights, wanted: Weights) -> list[str]:
    """Return the keys that both have with different shapes; a lazy module takes any."""
    shared = [key for key in weights if key in wanted and not any(map(is_lazy, (weights[key], wanted[key])))]
    return [key for key in shared if weights[key].shape != wanted[key].shape]


def without_prefixes(weights: Weights, wanted: set[str]) -> Weights:
    """Remove from all keys the prefixes of wrappers that leave most of the net's own names."""
    tried = [weights]
    while found := [prefix for prefix in PREFIXES if any(key.startswith(prefix) for key in tried[-1])]:
        last, prefix = tried[-1], found[0]
        tried.append({key.removeprefix(prefix): last[key] for key in last if key.startswith(prefix)})
    return max(tried, key=lambda each: len(wanted & each.keys()))
