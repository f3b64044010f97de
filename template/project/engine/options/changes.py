"""What has changed since a checkpoint was made: options of the command, and code that its options belong to."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pytorch_lightning.utilities import rank_zero_only

from ..choices.literals import same
from ..choices.names import KINDS, REGISTERS, registered
from ..errors import OptionError
from .config import NEEDED, Config

say = rank_zero_only(print)
PLAN = ("optimizer", "lr", "optimizer_args", "lr_scheduler", "lr_scheduler_args")  # what their saved state belongs to
# Where several seeds go on, and what they show meanwhile: it changes none of their results.
WHERE = ("trainer.accelerator", "trainer.enable_progress_bar", "trainer.enable_model_summary")
PLACES = {"model_name": "model", "train_dataset": "data", "eval_datasets": "data", "test_datasets": "data"}


def is_gone(option: str, names: Any) -> bool:
    """Whether an option names a net or a dataset that was renamed or removed since."""
    return option in PLACES and not {*listed(names)} <= {*registered(PLACES[option])}


def refuse_gone(trained: Config, chosen: Config, stage: str) -> set[str]:
    """Refuse nets and datasets of a checkpoint that are gone since; return those that the stage has no use for."""
    gone = [
        (option, package, name)
        for option, package in PLACES.items()
        for name in listed(trained.get(option))
        if name in listed(chosen.get(option)) and name not in registered(package)
    ]
    needed = [found for found in gone if found[0] in ("model_name", NEEDED.get(stage, found[0]))]
    if not needed:
        return {name for _, _, name in gone}
    what = dict.fromkeys(f"{KINDS[package]} {name!r}" for _, package, name in needed)
    registers = dict.fromkeys(f"{REGISTERS[package]} of {package}/__init__.py" for _, package, _ in needed)
    files = dict.fromkeys(f"{package}/{name}.py" for _, package, name in needed)
    add = dict.fromkeys(f"--{option} {renamed(package, listed(chosen[option]))}" for option, package, _ in needed)
    are, was, them = ("is", "it was", "it") if len(what) == 1 else ("are", "they were", "them")
    message = f"the checkpoint's {' and '.join(what)} {are} not in {' or '.join(registers)}"
    hint = f"add {' '.join(add)} if {was} renamed; if {was} removed, bring {' and '.join(files)} back from git"
    raise OptionError(message, f"{hint}, and register {them}")


def renamed(package: str, names: list[str]) -> str:
    """The names as they may be now: a net's is guessed, as another's weights would not fit; a dataset's is not."""
    known = registered(package)
    near = {name: get_close_matches(name, known, n=1, cutoff=0.75) if package == "model" else [] for name in names}
    return " ".join(name if name in known else (near[name] or ["NEW"])[0] for name in names)


def refuse_changes(trained: Config, config: Config) -> None:
    """Refuse options that what a checkpoint holds does not fit: of the net, and of a run's plan if it goes on.

    Several seeds that go on are to be alike: of them, all options but those that say where and how fast.
    """
    if not config["ckpt_path"]:
        return
    path, now = config["ckpt_path"], flat(config)
    seeds, goes_on = Path(path).is_dir(), config["stage"] == "fit"
    kept = ("model_name", "net", *(PLAN if goes_on else ()))
    for name, before in flat(trained).items():  # options that came or went later are no change
        fixed = name not in WHERE if seeds else name.partition(".")[0] in kept
        exchanged = not seeds and name.startswith("net.") and names_files(before, now.get(name))
        if fixed and not same(now.get(name, before), before) and not (exchanged or is_gone(name, before)):
            hint = "leave it out"
            if seeds:
                hint += f", or begin all anew by --config {Path(path) / 'config.yaml'} in place of --ckpt_path"
            elif goes_on:
                hint += f", or begin a new run without --ckpt_path (with its weights: --finetune {path})"
            whose = f"that of {path}" if seeds else "the checkpoint's"
            raise OptionError(f"--{name} {shown(now[name])} differs from {whose}, {shown(before)}", hint)


def names_files(before: Any, now: Any) -> bool:
    """Whether a value of the net's may be left out or replaced as one of files: the checkpoint has all its weights."""
    if isinstance(before, dict) and isinstance(now, dict):
        changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
        return all(names_files(before.get(name), now.get(name)) for name in changed)
    values = list(before.values()) if isinstance(before, dict) else before if isinstance(before, list) else [before]
    texts = [value for value in values if isinstance(value, str)]
    files = [text for text in texts if os.sep in text or Path(text).suffix or Path(text).exists()]
    return bool(texts) if now is None else bool(files) and len(files) == len(values)


def shown(value: Any) -> str:
    return " ".join(listed(value)) or "null"


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


def flat(config: Config) -> Config:
    """The options with those of each group under its name, such as net.width."""
    alone = {name: value for name, value in config.items() if not isinstance(value, dict)}
    return alone | {f"{group}.{name}": value for group, name, value in members(config)}


def members(config: Config) -> list[tuple[str, str, Any]]:
    """Every option of every group."""
    groups = {group: options for group, options in config.items() if isinstance(options, dict)}
    return [(group, name, value) for group, options in groups.items() for name, value in options.items()]


def listed(names: Any) -> list[str]:
    """One name or several, or none, as a list."""
    return [] if names is None else [str(name) for name in names] if isinstance(names, list) else [str(names)]
