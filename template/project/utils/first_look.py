"""The parser's first phase: which names are chosen, before the options of what they name are known."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml

from utils.changes import listed, refuse_gone
from utils.checkpoints import read_config
from utils.config import datasets_of
from utils.errors import OptionError
from utils.finetune import net_of
from utils.names import registered

# What is chosen by one name, and the group of options that comes with it.
GROUPS = {"model_name": "net", "loss": "loss_args", "optimizer": "optimizer_args", "lr_scheduler": "lr_scheduler_args"}
MANY = ("eval_datasets", "test_datasets", "metrics")

Options = dict[str, Any]


class Look(argparse.ArgumentParser):
    """A parser of some options, which leaves the others alone."""

    def __init__(self) -> None:
        super().__init__(add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS)

    def error(self, message: str) -> NoReturn:
        raise OptionError(message, "python main.py --help lists every option")


def first_look(argv: Sequence[str]) -> tuple[Options, Options, Options, list[str]]:
    """What the checkpoint holds, that and the --config files, the names that are typed, and argv without --config.

    Raises OptionError for a checkpoint or a file that cannot be read, and for names in it that are gone since.
    """
    given, rest = config_files(argv)
    names = Look()
    for option in ("stage", "ckpt_path", "finetune", "train_dataset", *GROUPS):
        names.add_argument(f"--{option}", type=lambda text: None if text == "null" else text)
    for option in MANY:
        names.add_argument(f"--{option}", nargs="*")
    typed = vars(names.parse_known_args(rest)[0])
    files: Options = {}
    for _, options in given:
        merge(files, options)
    finetune = typed.pop("finetune", None)
    stage, ckpt_path = (typed.pop(name, files.get(name)) for name in ("stage", "ckpt_path"))
    if stage in ("validate", "test", "predict") and not ckpt_path:
        raise OptionError(f"--stage {stage} needs a trained net", "add --ckpt_path Logs/.../checkpoints/last.ckpt")
    if finetune and (ckpt_path or stage not in (None, "fit")):
        raise OptionError("--finetune begins a training of its own", "leave out --ckpt_path and --stage")
    finetune = finetune or files.get("finetune")
    trained = read_config(ckpt_path, stage or "fit") if ckpt_path else net_of(finetune) if finetune else {}
    base = dict(trained)
    merge(base, files)
    chosen = {**base, **typed}
    if finetune and not ckpt_path and chosen.get("model_name") != trained.get("model_name"):
        trained = {}  # the net's arguments are those of another
    refuse_gone(trained, chosen)
    names_chosen = {name for option in ("train_dataset", *MANY) for name in listed(chosen.get(option))}
    for name, value in trained.items():  # the options of datasets and metrics that are not chosen any more
        if isinstance(value, dict) and name not in {"trainer", "eval_every", *GROUPS.values(), *names_chosen}:
            base.pop(name)
    return trained, base, typed, rest


def merge(base: Options, new: Options) -> None:
    """Let `new` win; the options of a choice leave with it when another one is chosen.

    A net that is registered no more was renamed: its options stay.
    """
    for choice, group in GROUPS.items():
        renamed = choice == "model_name" and base.get(choice) not in registered("model")
        if choice in new and new[choice] != base.get(choice) and not renamed:
            base.pop(group, None)
    for key, value in new.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        base[key] = {**base[key], **value} if both else value


def drop_unchosen(base: Options, chosen: Options) -> None:
    """Leave out the options of datasets and metrics that are not chosen any more."""
    for name in {*registered("data"), *registered("utils")} - {*datasets_of(chosen), *chosen["metrics"]}:
        base.pop(name, None)
    for name in {*registered("data")} - {*chosen["eval_datasets"]}:
        base.get("eval_every", {}).pop(name, None)


def config_files(argv: Sequence[str]) -> tuple[list[tuple[str, Options]], list[str]]:
    """Each --config file with its options, and argv without them."""
    look = Look()
    look.add_argument("--config", action="append", default=[])
    given, rest = look.parse_known_args(argv)
    return [(file, read_yaml(file)) for file in given.config], rest


def read_yaml(file: str) -> Options:
    """The options in a --config file."""
    try:
        found = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise OptionError(f"--config {file} cannot be read: {reason}", "give a YAML file") from error
    if not isinstance(found, dict):
        raise OptionError(f"--config {file} holds no options", "write one option a line, such as `lr: 0.001`")
    for name in set(MANY) & set(found):
        given = found[name]  # one name, or none, may stand where a list is usual
        found[name] = given if isinstance(given, list) else [] if given is None else [given]
    return found
