"""Nets and datasets for the tests. What cannot be built on this machine skips a test, with the reason."""

import inspect
from collections.abc import Generator, Iterable, Sized
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from torch.utils.data import Dataset

import main
from data import DATASETS, DInterface
from engine import OptionError, load_class
from model import MInterface

PROJECT = Path(__file__).parent.parent


def is_missing(error: BaseException | None) -> bool:
    """Whether data, weights or an optional package are not on this machine, which is no fault of the project."""
    if isinstance(error, OptionError):
        return is_missing(error.__cause__)
    if isinstance(error, ImportError) and error.name:
        package = PROJECT / error.name.partition(".")[0]
        is_own = package.with_suffix(".py").exists() or any(package.glob("*.py"))
        return isinstance(error, ModuleNotFoundError) and not is_own
    return isinstance(error, (OSError, ImportError))


@contextmanager
def skipping(name: str, *more: type[Exception]) -> Generator[None]:
    """Skip the test if something is missing on this machine, or after other kinds of errors."""
    try:
        yield
    except Exception as error:
        if is_missing(error) or isinstance(error, more):
            pytest.skip(f"{name}: {type(error).__name__}: {error}")
        raise


def skip_required(name: str, group: str, chosen: Any, given: Iterable[str] = ()) -> None:
    """Skip the test if a constructor has parameters without a default: main.py needs them as options."""
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(chosen).parameters.values()
    needed = [each.name for each in parameters if each.kind in named and each.default is each.empty]
    if options := [f"--{group}.{each}" for each in needed if each not in given]:
        pytest.skip(f"{name} needs {', '.join(options)}")


def build_net(name: str) -> MInterface:
    """MInterface with a net as it is without options."""
    with skipping(name):
        skip_required(name, "net", load_class("model", name))
        return MInterface(name)


def build_dataset(name: str, split: str) -> tuple[DInterface, Dataset[Any]]:
    """A dataset as it is without options, and the interface that loads batches of two items."""
    data = DInterface(name, batch_size=2)
    with skipping(name):
        skip_required(name, name, data.load_data_module(name), ["split"])
    with skipping(name, OptionError):
        return data, data.instancialize(name, split)


def load_batch(name: str, split: str, size: int = 2) -> Any:
    """The first items of a dataset as a batch; a dataset of fewer items repeats them."""
    data, dataset = build_dataset(name, split)
    order = [index % len(dataset) for index in range(size)] if isinstance(dataset, Sized) else None
    with skipping(name):
        return next(iter(data.loader(dataset, batch_size=size, sampler=order)))


@pytest.fixture(scope="session")
def batches() -> dict[str, Any]:
    """A batch of each registered dataset that has one here; test_datasets.py says why others have none."""
    found: dict[str, Any] = {}
    for name in DATASETS:
        try:
            found[name] = load_batch(name, "train", 4)
        except (Exception, pytest.skip.Exception):
            continue
    return found


@pytest.fixture(scope="session")
def defaults() -> Any:
    """The options of main.py, if it can train with the net and the datasets that it chooses by default."""
    options = main.options().get_defaults()
    build_net(options.model_name)
    for split in ("train", "eval", "test"):
        names = [options.train_dataset] if split == "train" else options[f"{split}_datasets"]
        for name in names:
            load_batch(name, split)
    return options
