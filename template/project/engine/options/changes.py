"""Options of a checkpoint that differ from the command line or the current code."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from ..choices.literals import same
from ..errors import OptionError
from ..loading.processes import report
from .config import MAPPINGS, Config

# Options on which the saved state of the optimizer and the scheduler, or the best value so far, depends.
FIXED_WHEN_RESUMED = (
    *("interface", "loss", "loss_args", "optimizer", "lr", "optimizer_args", "param_groups"),
    *("freeze", "unfreeze_at", "lr_scheduler", "lr_scheduler_args", "warmup"),
)
NEW_RUN = "leave it out, or start a new run without --ckpt_path"


def refuse_changes(trained: Config, config: Config) -> None:
    """Refuse changed options of the net and, for a resumed run, those of FIXED_WHEN_RESUMED."""
    if not config["ckpt_path"]:
        return
    now, resumed = flatten(config), config["stage"] == "fit"
    if resumed and config["run_name"] not in (None, *Path(config["ckpt_path"]).absolute().parts):
        message = f"--run_name {config['run_name']}: a resumed run stays in its folder"
        raise OptionError(message, NEW_RUN)
    unchanged = ("model_name", "net", *(FIXED_WHEN_RESUMED if resumed else ()))
    for name, before in flatten(trained).items():
        value = now.get(name)
        # 0 is read back as 0.0 where floats are expected. The order of patterns counts: later ones win.
        equal = same(value, before) or (value == before and bool not in (type(value), type(before)))
        reordered = name in MAPPINGS and [*(value or ())] != [*(before or ())]
        if name not in now or (equal and not reordered):
            continue
        fixed = name.partition(".")[0] in unchanged
        # Files of initial weights may be gone, as the checkpoint has all weights.
        dropped = name.startswith("net.") and isinstance(before, (str, list)) and value is None
        if fixed and not dropped:
            message = f"--{name} {as_argument(value)} differs from the checkpoint's, {as_argument(before)}"
            raise OptionError(message, NEW_RUN if resumed else "leave it out")


def drop_unknown(trained: Config, options: Config, known: Collection[str]) -> None:
    """Drop and report the values of a checkpoint for options that no longer exist."""
    for name, value in flatten(trained).items():
        group, _, member = name.partition(".")
        given = (options.get(group) or {}) if member else options
        # An option may hold a dict.
        unknown = group not in known and not any(f"{option}.".startswith(f"{name}.") for option in known)
        if unknown and (member or name) in given and same(given[member or name], value):
            report(f"the checkpoint's --{name} {value} is no longer an option and is ignored")
            del given[member or name]


def flatten(config: Config) -> Config:
    """Return the options, with those of groups under names such as net.width."""
    flat: Config = {}
    for name, value in config.items():
        is_group = isinstance(value, dict) and name not in MAPPINGS
        flat |= {f"{name}.{member}": part for member, part in value.items()} if is_group else {name: value}
    return flat


def as_argument(value: Any) -> str:
    return " ".join(listed(value)) or "null"


def listed(names: Any) -> list[str]:
    """Return one name, several or none as a list."""
    return [] if names is None else [str(name) for name in names] if isinstance(names, list) else [str(names)]
