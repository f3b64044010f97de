"""Parameters of the net chosen by patterns: their arguments of the optimizer, and which are frozen.

A pattern is a glob of the whole name in `net.named_parameters()`: `backbone.*`, `*.bias`, `head.[02].weight`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn

from ..choices.groups import Config, parameters_of
from ..contract import model_of
from ..errors import SHOWN, OptionError, unknown_name_error

Combination = tuple[str, ...]  # the patterns that match a parameter

# Parts that torch.compile, FSDP and checkpoint_wrapper add to the names of parameters.
WRAPPERS = re.compile(r"\b(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.")
DEFAULT = "default"  # the name of the group that no pattern changes


def plain_name(name: str) -> str:
    """Return the name of a parameter as it is in the plain net, without wrappers."""
    return WRAPPERS.sub("", name)


def matching(name: str, patterns: Iterable[str]) -> Combination:
    """Return the patterns that match a name, in their order."""
    return tuple(pattern for pattern in patterns if fnmatchcase(name, pattern))


def refuse_unmatched(option: str, patterns: Iterable[str], names: Collection[str]) -> None:
    """Raise OptionError for a pattern that matches no parameter of the net."""
    for pattern in patterns:
        if any(fnmatchcase(name, pattern) for name in names):
            continue
        nearest = get_close_matches(re.sub(r"[*?\[\]]", "", pattern), names, n=SHOWN, cutoff=0)
        hint = f"the nearest are {', '.join(nearest)}" if names else "the net has no parameters"
        raise OptionError(f'{option}: no parameter of the net matches "{pattern}"', hint)


def parameter_groups(
    optimizer: Any, args: Config, parameters: Iterable[tuple[str, nn.Parameter]], chosen: Mapping[str, Config]
) -> list[Config]:
    """Return the groups of an optimizer: parameters that the same patterns match form one.

    No pattern matches those of the first group; it is left out if there are none. Parameters outside of the
    net, such as those of a loss, belong to it.

    Args:
        args: the arguments of all parameters.
        parameters: those of MInterface with their names; only those of `net` can be matched.
        chosen: the arguments of each pattern. Every match applies, and later patterns override earlier ones.

    Raises OptionError for an argument that the optimizer does not take, or of another type.
    """
    if not chosen:
        return [{"params": [parameter for _, parameter in parameters]}]
    defaults = {name: each.default for name, each in parameters_of(optimizer).items() if name != "params"}
    for pattern, given in chosen.items():
        option = f'--param_groups "{pattern}"'
        for name, value in given.items():
            if name not in defaults:
                raise unknown_name_error(f"argument of {optimizer.__name__} ({option})", name, defaults)
            default = defaults[name]
            if default is not None and isinstance(value, bool) != isinstance(default, bool):  # True is also 1
                kind = "true or false" if isinstance(default, bool) else "a number"
                raise OptionError(f"{option}: {name} is {value!r}, not {kind}", f"give {kind}")
    combinations: dict[Combination, list[nn.Parameter]] = {(): []}
    for full_name, parameter in parameters:
        name = plain_name(full_name)
        matched = matching(name.removeprefix("net."), chosen) if name.startswith("net.") else ()
        combinations.setdefault(matched, []).append(parameter)
    groups: list[Config] = []
    for matched, members in combinations.items():
        used: Config = {}
        for pattern in matched:
            used |= chosen[pattern]
        # The constructor checks the values, which torch does not do for groups. Muon wants matrices.
        optimizer([nn.Parameter(torch.zeros(1, 1))], **(args | used))
        groups.append({"params": members, "name": " ".join(matched) or DEFAULT, **used})
    return [group for group in groups if group["params"]]


class Freezing(pl.Callback):
    """Freezes the net's parameters that match a pattern of `freeze`, for `unfreeze_at` epochs (0: all).

    The optimizer holds them, but without a gradient it does not change them, not even by weight decay.
    Layers with running statistics, such as batch norm, keep these if all of their parameters are frozen.
    Everything else, such as dropout, works as in training. `freeze` and `unfreeze_at` are hparams of
    MInterface.

    Attributes:
        frozen: the parameters that are frozen now, by name.
        norms: the names of the layers that keep their statistics.
    """

    def __init__(self) -> None:
        self.frozen: dict[str, nn.Parameter] = {}
        self.norms: list[str] = []
        self.until = 0

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Freeze before the strategy wraps the net.

        DDP would never synchronize a parameter that is unfrozen later. With several processes such parameters
        get gradients, and these are discarded.

        Raises OptionError for a pattern that matches nothing, and if nothing is left to train.
        """
        if stage != "fit":
            return
        net, options = model_of(trainer).net, model_of(trainer).hparams
        patterns, self.until = options.get("freeze") or [], options.get("unfreeze_at") or 0
        named = {plain_name(name): parameter for name, parameter in net.named_parameters()}
        refuse_unmatched("--freeze", patterns, named)
        refuse_unmatched("--param_groups", options.get("param_groups") or (), named)
        trained = {name: parameter for name, parameter in named.items() if parameter.requires_grad}
        chosen = {name: parameter for name, parameter in trained.items() if matching(name, patterns)}
        if chosen and len(chosen) == len(trained):
            shown = " ".join(f'"{pattern}"' for pattern in patterns)
            raise OptionError(f"--freeze {shown} freezes the whole net", "leave some parameters trainable")
        self.frozen, self.norms = chosen, layers_with_statistics(net, patterns)
        for parameter in chosen.values():
            parameter.requires_grad = self.until > 0 and trainer.world_size > 1

    def on_load_checkpoint(self, trainer: pl.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        if trainer.state.fn == "fit":
            self.unfreeze(model_of(trainer).net, checkpoint["epoch"])

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Raise OptionError if configure_optimizers ignores --param_groups, whose groups have names."""
        groups = [group for optimizer in trainer.optimizers for group in optimizer.param_groups]
        if model_of(trainer).hparams.get("param_groups") and not any("name" in group for group in groups):
            message = f"configure_optimizers of {type(pl_module).__name__} ignores --param_groups"
            raise OptionError(message, "let it call build_optimizers, or leave the option out")

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        net = model_of(trainer).net
        self.unfreeze(net, trainer.current_epoch)
        for name in self.norms:
            net.get_submodule(name).eval()

    def on_after_backward(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        for parameter in self.frozen.values() if trainer.world_size > 1 else ():
            parameter.grad = None

    def unfreeze(self, net: nn.Module, epochs: int) -> None:
        """Unfreeze all parameters after `unfreeze_at` epochs."""
        if epochs >= self.until > 0:
            for parameter in self.frozen.values():
                parameter.requires_grad = True
            for name in self.norms:
                net.get_submodule(name).train()
            self.frozen, self.norms = {}, []


def layers_with_statistics(net: nn.Module, patterns: list[str]) -> list[str]:
    """Return the layers with running statistics whose parameters (without any: buffers) are all frozen."""
    layers: list[str] = []
    for name, layer in net.named_modules():
        own = [key for key, _ in layer.named_parameters(recurse=False)]
        own = own or [key for key, _ in layer.named_buffers(recurse=False)]
        frozen = own and all(matching(plain_name(f"{name}.{key}").removeprefix("."), patterns) for key in own)
        if frozen and layer.training and hasattr(layer, "running_mean"):
            layers.append(name)
    return layers
