"""Parameters of the net chosen by patterns of their names, and the arguments of the optimizer for each.

A pattern is a glob of the whole name in `net.named_parameters()`: `backbone.*`, `*.bias`, `head.[02].weight`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import nn

from ..choices.groups import Config, arguments, parameters_of
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

    Raises OptionError for an argument that the optimizer does not take.
    """
    if not chosen:
        return [{"params": [parameter for _, parameter in parameters]}]
    own = {pattern: own_arguments(optimizer, pattern, given) for pattern, given in chosen.items()}
    combinations: dict[Combination, list[nn.Parameter]] = {(): []}
    for full_name, parameter in parameters:
        name = plain_name(full_name)
        matched = matching(name.removeprefix("net."), chosen) if name.startswith("net.") else ()
        combinations.setdefault(matched, []).append(parameter)
    groups: list[Config] = []
    for matched, members in combinations.items():
        used: Config = {}
        for pattern in matched:
            used |= own[pattern]
        # The constructor checks the values, which torch does not do for groups. Muon wants matrices.
        optimizer([nn.Parameter(torch.zeros(1, 1))], **(args | used))
        groups.append({"params": members, "name": " ".join(matched) or DEFAULT, **used})
    return [group for group in groups if group["params"]]


def own_arguments(optimizer: Any, pattern: str, given: Config) -> Config:
    """Return the arguments of a pattern, of their annotated types. Raises OptionError for a wrong one."""
    known = [name for name in parameters_of(optimizer) if name != "params"]
    option = f'--param_groups "{pattern}"'
    for name in given:
        if name not in known:
            raise unknown_name_error(f"argument of {optimizer.__name__} ({option})", name, known)
    lr = given.get("lr", 0.0)
    if isinstance(lr, bool) or not isinstance(lr, (int, float)):
        raise OptionError(f"{option}: lr is {lr!r}, not a number", "give a number, such as {lr: 1e-4}")
    others = {name: value for name, value in given.items() if name != "lr"}
    try:
        read = arguments(optimizer, "optimizer_args", others)
    except OptionError as error:
        hint = "python main.py --help describes --optimizer_args.*"
        raise OptionError(f"{option}: {error.message}", hint) from error
    return others | read | ({"lr": float(lr)} if "lr" in given else {})
