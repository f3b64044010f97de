"""The first phase of parsing: which net, datasets, loss, ... are chosen, before their options are known."""

import argparse
from collections.abc import Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import NoReturn

from ..choices.kinds import DATASET, KINDS, LIST_KINDS, Kind
from ..choices.names import all_names, module_of, registered
from ..errors import OptionError, unknown_name_error
from ..loading.processes import report
from ..runs.checkpoints import net_options, read_config
from .changes import listed
from .config import LIST_OPTIONS, MAPPINGS, NEEDED, PATHS, Config, expanded, read_yaml, with_lists
from .help import SEE

# Options that choose a class by its name, and the group of options of that class.
GROUPS = {kind.options[0]: kind.group for kind in KINDS if kind.group}
OPTIONS = {option: kind for kind in KINDS for option in kind.options}
MAY_BE_NULL = ("lr_scheduler", "sampler")
RUN_OPTIONS = ("stage", "ckpt_path", "finetune")


@dataclass
class Given:
    """The options of a command, before those of the chosen classes are known.

    Attributes:
        trained: the options in the checkpoint of --ckpt_path or --finetune; empty without one.
        options: the checkpoint's options, updated by --config files and by the names on the command line.
        chosen: `options`, and the defaults of all others.
        rest: the command line without --config and the options that `chosen_names` reads.
        unregistered: names of files and the checkpoint that are no longer registered.
    """

    trained: Config
    options: Config
    chosen: Config
    rest: list[str]
    unregistered: set[str]

    @property
    def flags(self) -> set[str]:
        """The names of the options in `rest`."""
        return {word[2:].partition("=")[0] for word in self.rest if word[:2] == "--"}


class PartialParser(argparse.ArgumentParser):
    """A parser of some options, which ignores the others."""

    def __init__(self) -> None:
        super().__init__(add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS)

    def error(self, message: str) -> NoReturn:
        raise OptionError(message, SEE)


def chosen_names(argv: Sequence[str], defaults: Config) -> Given:
    """Find the chosen names. The command line takes precedence over --config files, these over a checkpoint.

    Raises OptionError for a file that cannot be read, and for names in a checkpoint that no longer exist.
    """
    parser = PartialParser()
    parser.add_argument("--config", action="append", default=[])
    for option in (*RUN_OPTIONS, *GROUPS):
        parser.add_argument(f"--{option}", type=lambda text: None if text == "null" else text)
    for option in LIST_OPTIONS:
        parser.add_argument(f"--{option}", nargs="*")
    names, rest = parser.parse_known_args(argv)
    command_line, files = vars(names), Config()
    for file in command_line.pop("config"):
        merge(files, read_yaml(file))
    command_line |= {name: expanded(command_line[name]) for name in PATHS if name in command_line}
    trained = read_trained(command_line, files)
    unregistered = follow_renames(trained, files, command_line)
    options = deepcopy(trained)
    merge(options, files)
    merge(options, command_line)
    chosen = {**defaults, **options}
    chosen |= {name: str(chosen[name] or "null") for name in GROUPS if name not in MAY_BE_NULL}
    return Given(trained, options, chosen, rest, unregistered)


def read_trained(command_line: Config, files: Config) -> Config:
    """Return the options in a checkpoint; for --finetune only those of its net."""
    stage, ckpt_path, finetune = (command_line.get(name, files.get(name)) for name in RUN_OPTIONS)
    if stage in ("validate", "test", "predict") and not ckpt_path:
        hint = "add --ckpt_path Logs/.../checkpoints/last.ckpt"
        raise OptionError(f"--stage {stage} needs a trained net", hint)
    if command_line.get("finetune") and (ckpt_path or stage not in (None, "fit")):
        raise OptionError("--finetune starts a new training", "leave out --ckpt_path and --stage")
    if ckpt_path:
        return with_lists(read_config(ckpt_path, stage or "fit"))
    return net_options(finetune) if finetune else {}


def follow_renames(trained: Config, files: Config, command_line: Config) -> set[str]:
    """Replace each name that is no longer registered by its new name, which gets its arguments.

    Return the datasets, metrics and callbacks of files and the checkpoint that are no longer registered.

    Raises OptionError for one that is still chosen, unless it is a dataset that the stage does not need.
    """
    unregistered, replaced = set[str](), dict[str, str]()
    for saved in (files, trained):
        named, moved = {**saved, **files, **command_line}, dict[str, str]()
        for option, kind in OPTIONS.items():
            before, now = listed(saved.get(option)), listed(named.get(option))
            gone = [name for name in before if is_gone(kind, name)]
            refuse_gone(option, [name for name in gone if name in now], named)
            new = [name for name in now if name not in before and module_of(name) in registered(kind)]
            pairs = new_names(gone, new)
            replaced |= {now: f"{old} and gets its --{kind.group or old}.*" for old, now in pairs.items()}
            if pairs:
                saved[option] = pairs[gone[0]] if kind.group else [pairs.get(name, name) for name in before]
            if not kind.group:
                unregistered |= {*gone, *map(module_of, gone)}
                moved |= {now: old for old, now in pairs.items()}
                moved |= {module_of(now): module_of(old) for old, now in pairs.items()}
        for name, old in moved.items():
            saved.setdefault(name, saved.get(old) or {})
        for old in moved.values():
            saved.pop(old, None)
    for name, old in replaced.items():
        report(f"{name} replaces {old}")
    return unregistered


def refuse_gone(option: str, gone: list[str], named: Config) -> None:
    """Raise OptionError for chosen names that are no longer registered, if the stage needs them."""
    kind = OPTIONS[option]
    if gone and (kind is not DATASET or option == NEEDED.get(named.get("stage", "fit"), option)):
        names = " ".join("NEW" if name in gone else name for name in listed(named[option]))
        more = f"; if it was renamed since, add --{option} {names}"
        raise unknown_name_error(kind.noun, gone[0], all_names(kind), more)


def new_names(gone: list[str], new: list[str]) -> dict[str, str]:
    """Return the new name for each that is gone; nothing unless one module replaces one, with its aliases."""
    modules = [len({*map(module_of, names)}) for names in (gone, new)]
    if modules != [1, 1] or len(gone) != len(new):
        return {}
    return dict(zip(sorted(gone, key=alias_of), sorted(new, key=alias_of), strict=True))


def alias_of(name: str) -> str:
    return name.partition(":")[2]


def is_gone(kind: Kind, name: str) -> bool:
    """Return whether a name was one of the project's and is no longer registered."""
    return name.islower() and module_of(name) not in all_names(kind)


def merge(base: Config, new: Config) -> None:
    """Update `base` by `new`; another net, loss, ... does not keep the arguments of that in `base`."""
    for choice, group in GROUPS.items():
        if choice in new and choice in base and new[choice] != base[choice]:
            base.pop(group, None)
    for key, value in new.items():
        both = key not in MAPPINGS and isinstance(value, dict) and isinstance(base.get(key), dict)
        base[key] = {**base[key], **value} if both else value


def drop_unchosen(given: Given, main_options: Collection[str]) -> None:
    """Drop the options of datasets, metrics and callbacks that are not chosen; not those of main.py."""
    names = [name for option in LIST_OPTIONS for name in listed(given.chosen[option])]
    others = {name for kind in LIST_KINDS for name in all_names(kind)} - {*main_options}
    for name in {*given.options} - {*names, *map(module_of, names)}:
        if name in others or (":" in name and name.partition(":")[0] in registered(DATASET)):
            del given.options[name]
