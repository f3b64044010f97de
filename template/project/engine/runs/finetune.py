"""`--finetune CKPT`: a new run that begins with the weights of a checkpoint, as far as they fit its net."""

from pathlib import Path
from typing import Any

from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..errors import OptionError
from .checkpoints import load

HOLDERS = ("state_dict", "model_state_dict", "model")  # under which files of other projects hold their weights
PREFIXES = ("net.", "model.", "module.", "_orig_mod.")  # of an interface, of DataParallel, of torch.compile
SHOWN = 5  # keys of a kind

Weights = dict[str, Tensor]
say = rank_zero_only(print)


def net_of(path: str) -> dict[str, Any]:
    """The net and its arguments that one of our checkpoints holds weights of; nothing for other files."""
    checkpoint = load(path)
    config = checkpoint.get("config") if isinstance(checkpoint, dict) else None
    return {key: config[key] for key in ("model_name", "net") if key in config} if isinstance(config, dict) else {}


def weights_of(path: str) -> Weights:
    """The tensors of a checkpoint or a state_dict.

    Raises OptionError for a file that holds none.
    """
    held = load(path)
    for name in HOLDERS:
        if isinstance(held, dict) and isinstance(held.get(name), dict):
            held = held[name]
            break
    entries = held if isinstance(held, dict) else {}
    found = {str(key): value for key, value in entries.items() if isinstance(value, Tensor)}
    if not found:
        raise OptionError(f"{path} holds no weights", "give a checkpoint, or a file of a net's state_dict")
    return found


def load_weights(net: nn.Module, path: str) -> None:
    """Load the weights of a file into a net, by name and shape, and report those that did not fit.

    Raises OptionError when none fits.
    """
    wanted, given = net.state_dict(), renamed(weights_of(path), set(net.state_dict()))
    other = misshapen(given, wanted)
    fitting = {key: value for key, value in given.items() if key in wanted and key not in other}
    report = [
        ("another shape", [f"{k} {shape(given[k])}, the net's {shape(wanted[k])}" for k in other]),
        ("not in the file", [key for key in wanted if key not in given]),
        ("not in the net", [key for key in given if key not in wanted]),
    ]
    if not fitting:
        message = f"nothing in {path} fits the net"
        raise OptionError(message, f"its tensors: {short(list(given))}; the net's: {short(list(wanted))}")
    net.load_state_dict(fitting, strict=False)
    say(f"{Path(path)}: {len(fitting)} of the net's {len(wanted)} tensors are loaded")
    for kind, keys in report:
        if keys:
            say(f"  {kind}: {short(keys)}")


def refuse_unfit(wanted: Weights, path: str) -> None:
    """Refuse a checkpoint whose weights are not those of the net as it is written now."""
    given: Weights = load(path, mmap=True)["state_dict"]
    unfit = [key for key in {**wanted, **given} if key not in wanted or key not in given] + misshapen(given, wanted)
    if unfit:
        hint = f"undo what was changed in it, or take what fits: --finetune {path}"
        raise OptionError(f"the weights in {path} are those of another net: {short(sorted(unfit))}", hint)


def misshapen(given: Weights, wanted: Weights) -> list[str]:
    """The keys that both have, with other shapes; a lazy module takes any."""
    shaped = [key for key in given if key in wanted and not is_lazy(given[key]) and not is_lazy(wanted[key])]
    return [key for key in shaped if given[key].shape != wanted[key].shape]


def renamed(given: Weights, wanted: set[str]) -> Weights:
    """The weights under the net's own names, without what an interface or a wrapper puts before them.

    All keys lose the same prefixes, those with which most of them are the net's.
    """
    best, tried = given, given
    while tried:
        if len(wanted & tried.keys()) > len(wanted & best.keys()):
            best = tried
        prefix = next((prefix for prefix in PREFIXES if any(key.startswith(prefix) for key in tried)), None)
        if prefix is None:
            return best
        tried = {key.removeprefix(prefix): value for key, value in tried.items() if key.startswith(prefix)}
    return best


def shape(tensor: Tensor) -> str:
    return str(tuple(tensor.shape))


def short(keys: list[str]) -> str:
    """The first of many keys."""
    return ", ".join(keys[:SHOWN]) + (f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else "")
