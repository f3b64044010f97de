"""The options of a run in plain numbers, strings and lists: what config.yaml and every checkpoint hold."""

from functools import reduce
from typing import Any

import yaml
from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import restricted_number_type

from utils.choices import parameters_of

Config = dict[str, Any]
Seed = restricted_number_type("Seed", int, [(">=", 0), ("<=", 2**32 - 1)])  # what numpy takes


def plain(parser: ArgumentParser, args: Namespace) -> Config:
    """Every option in the parser's order, those that are null too: a null may stand where the default is something."""
    dumped: Config = yaml.safe_load(parser.dump(args))
    config: Config = {}
    for key in vars(args.as_flat()):
        *groups, name = key.split(".")
        value = reduce(lambda found, group: found.get(group, {}), groups, dumped).get(name)
        reduce(lambda found, group: found.setdefault(group, {}), groups, config)[name] = value
    return config


def datasets_of(config: Config) -> list[str]:
    """The chosen datasets, each once."""
    chosen = [config["train_dataset"], *config["eval_datasets"], *config["test_datasets"]]
    return list(dict.fromkeys(map(str, chosen)))


def arguments_of(interface: Any, config: Config) -> Config:
    """What the constructor of MInterface or DInterface takes of the options.

    The groups of datasets and of metrics come as `dataset_args` and `metric_args`, each under its name.
    """
    groups = {"dataset_args": datasets_of(config), "metric_args": config["metrics"]}
    config = config | {key: {name: config.get(name) or {} for name in names} for key, names in groups.items()}
    return {name: config[name] for name in parameters_of(interface) if name in config}
