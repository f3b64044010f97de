"""Arguments of torch's DataLoader as options: --loader.* for training, --eval_loader.* for other stages."""

import warnings
from collections.abc import Collection, Mapping
from typing import Any

from torch.utils.data import DataLoader

from ..choices.groups import arguments
from ..errors import OptionError, as_option_error

LOADER_GROUPS: tuple[str, ...] = ("loader", "eval_loader")
INFERRED = ("batch_size", "num_workers", "pin_memory", "drop_last")  # unless they are given
# Arguments that are not options, and what to use instead.
INSTEAD = {
    "dataset": "choose sets with --train_dataset, --eval_datasets and --test_datasets",
    "shuffle": (
        "choose the order of training with --sampler; other sets keep their order, as predictions need it"
    ),
    "sampler": (
        "choose the order of training with --sampler; other sets keep their order, as predictions need it"
    ),
    "batch_sampler": "build the loader in train_dataloader of data/data_interface.py",
    "collate_fn": "give the dataset a method collate_fn",
    "worker_init_fn": "build the loader in train_dataloader of data/data_interface.py",
    "generator": "the loaders draw their random numbers from --seed",
}
# Arguments that change the results of an evaluation, and why.
TRAINING_ONLY = {
    "drop_last": (True, "would leave out the samples of the last batch"),
    "in_order": (False, "would mix up the samples, which predictions are matched with"),
}
OF_WORKERS = ("prefetch_factor", "persistent_workers", "timeout", "multiprocessing_context")


def loader_arguments(
    group: str, options: Mapping[str, Any], batch_size: int, num_workers: int
) -> dict[str, Any]:
    """Return the arguments of a DataLoader from the saved form of a group of options; null is inferred."""
    given = arguments(DataLoader, group, options, derived=INFERRED)
    return {"batch_size": batch_size, "num_workers": num_workers} | given


def refuse_instead(names: Collection[str]) -> None:
    """Raise OptionError if an option is named after an argument that cannot be given so."""
    for group in LOADER_GROUPS:
        for argument, instead in INSTEAD.items():
            if f"{group}.{argument}" in names:
                raise OptionError(f"--{group}.{argument} is not an option", instead)


def refuse_loaders(config: Mapping[str, Any]) -> None:
    """Raise OptionError for options that a loader refuses, or that would change an evaluation's results."""
    for group in LOADER_GROUPS:
        options = config[group]
        given = loader_arguments(group, options, config["batch_size"], config["num_workers"])
        hint = f"change --{group}.*"
        if not given["num_workers"]:
            needing = [name for name in OF_WORKERS if given.get(name)]
            if needing:
                names = ", ".join(f"--{group}.{name}" for name in needing)
                raise OptionError(
                    f"{names}: no worker processes load the data", f"add --{group}.num_workers 2"
                )
        with warnings.catch_warnings(action="ignore"), as_option_error(f"--{group}.* is refused", hint):
            DataLoader([0], **given)  # pyright: ignore[reportArgumentType] (a list is a dataset to torch)
    for name, (value, reason) in TRAINING_ONLY.items():
        if config["eval_loader"][name] is value:
            message = f"--eval_loader.{name} {str(value).lower()} {reason}"
            raise OptionError(message, f"leave it out; --loader.{name} is for training")


def without_workers(given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a loader, without those of worker processes if it has none."""
    return {name: value for name, value in given.items() if given["num_workers"] or name not in OF_WORKERS}
