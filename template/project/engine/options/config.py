"""The options of a run as config.yaml and checkpoints hold them: plain numbers, strings, lists and dicts."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import yaml
from jsonargparse import Namespace

from ..choices.building import build, from_checkpoint
from ..choices.groups import Config, file_of, parameters_of
from ..choices.kinds import INTERFACE, LIST_KINDS
from ..choices.names import MODEL_INTERFACE, find_class, module_of
from ..errors import OptionError, one_line

# Options that take several names.
LIST_OPTIONS = tuple(option for kind in LIST_KINDS for option in kind.options)
MAPPINGS = ("param_groups",)  # options whose value is a mapping, not a group of options
# The sets that a stage needs; fit needs all.
NEEDED = {"validate": "eval_datasets", "test": "test_datasets", "predict": "test_datasets"}
PATHS = ("log_dir", "ckpt_path", "finetune")  # options that name a file or a folder
LARGEST_SEED = 2**32 - 1  # of numpy


def datasets_of(config: Config) -> list[str]:
    """Return the chosen datasets, each once."""
    chosen = [*config["train_dataset"], *config["eval_datasets"], *config["test_datasets"]]
    return list(dict.fromkeys(map(str, chosen)))


def dataset_args(config: Config) -> dict[str, Config]:
    """Return the arguments of each dataset; `cifar_data:noisy` inherits those of cifar_data."""
    chosen = datasets_of(config)
    groups = {name: config.get(name) or {} for name in (*map(module_of, chosen), *chosen)}
    return {name: {**groups[module_of(name)], **groups[name]} for name in chosen}


def build_interface(interface: Any, args: Namespace) -> Any:
    """Build MInterface, the subclass that --interface names, or DInterface with the options that it takes.

    The groups of datasets and of metrics become `dataset_args` and `metric_args`, each under its name.
    Raises OptionError for a subclass that does not pass the options on to MInterface.
    """
    config: Config = args.config | {name: args[name] for name in ("monitor", "monitor_mode", "usual_metrics")}
    metrics = {name: config.get(name) or {} for name in config["metrics"]}
    config = config | {"dataset_args": dataset_args(config), "metric_args": metrics}
    own: Config = {}
    if issubclass(interface, pl.LightningModule) and args.interface != MODEL_INTERFACE:
        interface, own = find_class(INTERFACE, args.interface), config.get("interface_args") or {}
        if "model_name" not in parameters_of(interface):
            message = f"the constructor of {interface.__name__} does not pass the options on to MInterface"
            hint = f"in {file_of(interface)} add **options to its parameters, and to super().__init__()"
            raise OptionError(message, hint)
    passed = {name: config[name] for name in parameters_of(interface) if name in config}
    with from_checkpoint(weights=config["ckpt_path"] is not None):
        built = build(interface, "interface_args", own, **passed)
    built.hparams.update(own)  # a checkpoint holds an Enum or a path of the constructor as text
    return built


def expanded(path: Any) -> Any:
    """Return a path with the home folder for ~, which a shell leaves in files and in --log_dir=~/runs."""
    return str(Path(path).expanduser()) if isinstance(path, str) and path[:1] == "~" else path


def read_yaml(file: str) -> Config:
    """Return the options in a --config file."""
    try:
        content = yaml.safe_load(Path(file).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise OptionError(f"--config {file} cannot be read: {one_line(error)}", "give a YAML file") from error
    if not isinstance(content, dict):
        raise OptionError(f"--config {file} holds no options", "write one option a line, such as `lr: 0.001`")
    for name in content:
        if "." in str(name):
            message = f"--config {file}: {name} is in no group"
            raise OptionError(message, "write it in its group, such as `net: {width: 3}`")
    options = with_lists(content | {name: expanded(content[name]) for name in set(PATHS) & set(content)})
    for name in set(LIST_OPTIONS) & set(options):
        if any(isinstance(each, (dict, list)) for each in options[name]):
            message = f"--config {file}: {name} holds more than names"
            raise OptionError(message, "give arguments in a group of their own, as `NAME: {argument: value}`")
    return options


def with_lists(options: Config) -> Config:
    """Return the options with a list wherever a single name or null may replace it."""
    given = {name: options[name] for name in (*LIST_OPTIONS, "freeze") if name in options}
    return options | {
        name: value if isinstance(value, list) else [] if value is None else [value]
        for name, value in given.items()
    }
