"""The first phase of parsing: which net, datasets, loss, ... are chosen, before their options are known."""

import argparse
from collections.abc import Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import NoReturn

from ..choices.kinds import DATASET, KINDS, LIST_KINDS, NET
from ..choices.names import all_names, module_of, registered
from ..errors import OptionError
from ..loading.loaders import LOADER_GROUPS
from ..loading.processes import report
from ..runs.checkpoints import net_options, read_config
from .changes import OF_PROJECT, is_gone, listed, refuse_unregistered
from .config import LIST_OPTIONS, MAPPINGS, Config, expanded, read_yaml, with_lists
from .mistakes import SEE

# Options that choose a class by its name, and the group of options of that class.
GROUPS = {kind.options[0]: kind.group for kind in KINDS if kind.group}
MAY_BE_NULL = ("lr_scheduler", "sampler")
OF_THE_RUN = ("stage", "ckpt_path", "finetune")


@dataclass
class Given:
    """The options of a command, before those of the chosen classes are known.

    Attributes:
        trained: the options in the checkpoint of --ckpt_path or --finetune; empty without one.
        options: the checkpoint's options, updated by --config files and by the names on the command line.
        chosen: `options`, and the defaults of all others.
        rest: the command line without --config.
        unregistered: datasets of the checkpoint that no longer exist and that the stage does not need.
    """

    trained: Config
    options: Config
    chosen: Config
    rest: list[str]
    unregistered: set[str]

    @property
    def typed(self) -> set[str]:
        """The names of the options on the command line."""
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
    found, rest = config_files(argv)
    names = PartialParser()
    for option in (*OF_THE_RUN, *GROUPS):
        names.add_argument(f"--{option}", type=lambda text: None if text == "null" else text)
    for option in LIST_OPTIONS:
        names.add_argument(f"--{option}", nargs="*")
    typed = vars(names.parse_known_args(rest)[0])
    files: Config = {}
    for options in found:
        merge(files, options)
    trained = read_trained(typed, files)
    options = deepcopy(trained)
    merge(options, files)
    merge(options, {name: value for name, value in typed.items() if name not in OF_THE_RUN})
    keep_renamed(trained, options)
    unregistered = refuse_unregistered(trained, options, typed.get("stage", files.get("stage", "fit")))
    chosen = {**defaults, **options}
    chosen |= {name: str(chosen[name] or "null") for name in GROUPS if name not in MAY_BE_NULL}
    return Given(trained, options, chosen, rest, unregistered)


def read_trained(typed: Config, files: Config) -> Config:
    """Return the options in a checkpoint; for --finetune only those of its net, if that is the chosen one."""
    stage, ckpt_path, finetune = (expanded(typed.get(name, files.get(name))) for name in OF_THE_RUN)
    if stage in ("validate", "test", "predict") and not ckpt_path:
        hint = "add --ckpt_path Logs/.../checkpoints/last.ckpt"
        raise OptionError(f"--stage {stage} needs a trained net", hint)
    if typed.get("finetune") and (ckpt_path or stage not in (None, "fit")):
        raise OptionError("--finetune starts a new training", "leave out --ckpt_path and --stage")
    if ckpt_path:
        return with_lists(read_config(ckpt_path, stage or "fit"))
    net = net_options(finetune) if finetune else {}
    chosen = {**net, **files, **typed}
    before, now = net.get("model_name"), chosen.get("model_name")
    if net and before != now and is_gone(NET, before):  # it was renamed
        report(f"{now} replaces {before} and gets its --net.*")
        return net
    return net if before == now else {}


def merge(base: Config, new: Config) -> None:
    """Update `base` by `new`; another net, loss, ... does not keep the arguments of that in `base`.

    A module of the project that is no longer registered was renamed: the new one keeps them.
    """
    for choice, group in GROUPS.items():
        renamed = choice in OF_PROJECT and is_gone(OF_PROJECT[choice], base.get(choice))
        if choice in new and choice in base and new[choice] != base[choice] and not renamed:
            base.pop(group, None)
    for key, value in new.items():
        both = key not in MAPPINGS and isinstance(value, dict) and isinstance(base.get(key), dict)
        base[key] = {**base[key], **value} if both else value


def keep_renamed(trained: Config, options: Config) -> None:
    """Let a dataset, metric or callback that replaces a renamed one keep the checkpoint's arguments."""
    for kind in LIST_KINDS:
        for option in kind.options:
            before, now = listed(trained.get(option)), listed(options.get(option))
            gone = [name for name in before if name not in now and is_gone(kind, name)]
            new = [name for name in now if name not in before]
            if len(gone) == len(new) == 1 and gone[0] in trained and new[0] not in trained:
                trained[new[0]] = trained[gone[0]]
                options[new[0]] = {**trained[gone[0]], **options.get(new[0], {})}
                report(f"{new[0]} replaces {gone[0]} and gets its --{gone[0]}.*")


def drop_unchosen(given: Given, of_main: Collection[str]) -> None:
    """Drop the options of datasets, metrics and callbacks that are no longer chosen; not those of main.py."""
    names = [name for option in LIST_OPTIONS for name in listed(given.chosen[option])]
    chosen = {*names, *map(module_of, names), *GROUPS.values(), *LOADER_GROUPS, *MAPPINGS, "trainer"}
    others = {name for kind in LIST_KINDS for name in all_names(kind)} - chosen
    for name in {*given.options} - {*of_main}:
        is_alias = ":" in name and name.partition(":")[0] in registered(DATASET)
        is_group = isinstance(given.trained.get(name), dict)
        if name in others or name in given.unregistered or ((is_alias or is_group) and name not in chosen):
            del given.options[name]


def config_files(argv: Sequence[str]) -> tuple[list[Config], list[str]]:
    """Return the options of each --config file, and argv without these files."""
    parser = PartialParser()
    parser.add_argument("--config", action="append", default=[])
    given, rest = parser.parse_known_args(argv)
    return [read_yaml(file) for file in given.config], rest
