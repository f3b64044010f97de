"""What has changed since a checkpoint was made: options of the command, and code that its options belong to."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pytorch_lightning.utilities import rank_zero_only

from utils.errors import OptionError
from utils.names import KINDS, REGISTERS, registered

Config = dict[str, Any]
say = rank_zero_only(print)
PLAN = ("optimizer", "lr", "optimizer_args", "lr_scheduler", "lr_scheduler_args")  # what their saved state belongs to
PLACES = {"model_name": "model", "train_dataset": "data", "eval_datasets": "data", "test_datasets": "data"}


def refuse_gone(trained: Config, chosen: Config) -> None:
    """Refuse a net or a dataset that a checkpoint names, and that was renamed or removed since."""
    for option, package in PLACES.items():
        names = listed(chosen.get(option))
        for name in (name for name in listed(trained.get(option)) if name in names):
            if name not in registered(package):
                near = get_close_matches(name, registered(package), n=1, cutoff=0.75)
                now = " ".join((near or ["NEW"])[0] if name == other else other for other in names)
                register = f"{REGISTERS[package]} of {package}/__init__.py"
                message = f"the checkpoint's {KINDS[package]} {name!r} is not in {register}"
                back = f"bring {package}/{name}.py back from git, and register it"
                raise OptionError(message, f"add --{option} {now} if it was renamed; if it was removed, {back}")


def refuse_changes(trained: Config, config: Config) -> None:
    """Refuse options that what a checkpoint holds does not fit: of the net, and of a run's plan if it goes on."""
    if not config["ckpt_path"]:
        return
    goes_on, path = config["stage"] == "fit", config["ckpt_path"]
    for option in ("model_name", "net", *(PLAN if goes_on else ())):
        for name, before, now in pairs(option, trained.get(option), config.get(option)):
            if before != now and (option != "model_name" or before in registered("model")):  # else it was renamed
                hint = f"leave it out, or begin a new run without --ckpt_path (with its weights: --finetune {path})"
                message = f"--{name} {now} differs from the checkpoint's, {before}"
                raise OptionError(message, hint if goes_on else "leave it out")


def pairs(option: str, before: Any, now: Any) -> list[tuple[str, Any, Any]]:
    """An option and its two values; those of a group, without what came or went since."""
    if not isinstance(before, dict) and not isinstance(now, dict):
        return [(option, before, now)]
    before, now = before or {}, now or {}
    return [(f"{option}.{name}", before[name], now[name]) for name in now if name in before]


def leave_gone(trained: Config, base: Config, options: Iterable[str]) -> None:
    """Leave out of `base`, and say so, what a checkpoint gives to options that are gone since."""
    known = list(options)
    for name, value in trained.items():
        grouped = any(option.startswith(f"{name}.") for option in known)
        if name in base and base[name] == value and name not in known and not (grouped or isinstance(value, dict)):
            base.pop(name)
            say(f"the checkpoint's --{name} {value} is no option any more: it is left out")
    for group, name, value in members(trained):
        key = f"{group}.{name}"
        gone = not any(option == key or option.startswith(f"{key}.") for option in known)
        if gone and name in base.get(group, {}) and base[group][name] == value:
            base[group] = {other: kept for other, kept in base[group].items() if other != name}
            say(f"the checkpoint's --{key} {value} is no option any more: it is left out")


def say_new(trained: Config, config: Config, defaults: Config) -> None:
    """Say which default is used for a parameter that came after a checkpoint."""
    for group, name, value in members(config):
        of_the_code = group in trained and group != "trainer" and not group.endswith("_args")
        if of_the_code and name not in (trained[group] or {}) and defaults.get(f"{group}.{name}") == value:
            say(f"the checkpoint knows no --{group}.{name}: its default {value} is used")


def members(config: Config) -> list[tuple[str, str, Any]]:
    """Every option of every group."""
    groups = {group: options for group, options in config.items() if isinstance(options, dict)}
    return [(group, name, value) for group, options in groups.items() for name, value in options.items()]


def listed(names: Any) -> list[str]:
    """One name or several, or none, as a list."""
    return [] if names is None else [str(name) for name in names] if isinstance(names, list) else [str(names)]
