"""Reading checkpoints: the options of their run, their weights, and the trained net."""

import warnings
import zipfile
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..choices.building import build, from_checkpoint
from ..choices.groups import Config
from ..choices.names import load_class
from ..errors import OptionError, first_few
from ..loading.processes import report
from ..loops import Progress
from .folders import resume_seeds

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
    if file.is_dir():
        of_seeds = any(file.glob("seed_*"))
        hint = f"; to resume several seeds: {resume_seeds(file)}" if of_seeds else ""
        raise OptionError(f"the folder {path} is not a checkpoint", GIVE_ONE + hint)
    if not file.exists():
        raise OptionError(f"there is no checkpoint {path}", GIVE_ONE)
    reason = "it is damaged, or torch.save did not write it"
    try:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                if archive.testzip():  # torch.load ignores the checksums
                    raise zipfile.BadZipFile
        with warnings.catch_warnings(action="ignore"):
            return torch.load(file, map_location="cpu", weights_only=True, **options)
    except Exception as error:  # torch raises many kinds for a file that it does not understand
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
        elif isinstance(error, UnpicklingError) and file.open("rb").read(1) in (b"\x80", b"P"):
            reason = "it holds pickled objects, which are never loaded"
        hint = f"give {another_than(file)}, or start over"
        raise OptionError(f"{path} cannot be loaded: {reason}", hint) from error


def another_than(file: Path) -> str:
    """Return a hint on the other checkpoints of a folder."""
    others = [other for other in file.parent.glob("*.ckpt") if other.name != file.name]
    others.sort(key=lambda other: other.lstat().st_mtime, reverse=True)
    names = first_few([other.name for other in others])
    return f"another checkpoint of its folder, newest first: {names}" if names else "another checkpoint"


def load_run(path: str | Path) -> Config:
    """Load a checkpoint of a run. Raises OptionError for any other file."""
    checkpoint = load(path)
    try:
        parts = checkpoint["config"]["trainer"], checkpoint["state_dict"]
    except (KeyError, TypeError, IndexError):
        parts = ()
    if not parts or not all(isinstance(part, dict) for part in parts):
        hint = "give a checkpoint that main.py wrote"
        raise OptionError(f"{path} is not a checkpoint of this project", hint)
    return checkpoint


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

    Raises OptionError for a file that is not a checkpoint of this project or that no run can be resumed from.
    """
    checkpoint = load_run(path)
    config = dict(checkpoint["config"])
    if stage != "fit":
        config["trainer"] = {name: value for name, value in config["trainer"].items() if name in EVALUATION}
    elif reason := unresumable(checkpoint):
        hint = f"resume {another_than(Path(path))}; or start a new run from its weights: --finetune {path}"
        raise OptionError(f"{path} {reason}, so no run can be resumed from it", hint)
    return {key: value for key, value in config.items() if key not in NOT_REPEATED}


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
    checkpoint = load_run(path)
    config = checkpoint["config"]
    with from_checkpoint():
        net: nn.Module = build(load_class("net", config["model_name"]), "net", config.get("net") or {})
    wanted = net.state_dict()
    own = {key: value for key, value in checkpoint["state_dict"].items() if key.startswith("net.")}
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
    while prefixes := [prefix for prefix in PREFIXES if any(key.startswith(prefix) for key in tried[-1])]:
        last, prefix = tried[-1], prefixes[0]
        tried.append({key.removeprefix(prefix): last[key] for key in last if key.startswith(prefix)})
    return max(tried, key=lambda each: len(wanted & each.keys()))
