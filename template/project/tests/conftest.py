"""Build nets and datasets for the tests. A test that lacks what it needs is skipped, with the reason."""

import inspect
import os
from collections.abc import Callable, Generator, Iterable, Sized
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

import main
from data import DATASETS, DInterface
from engine import OptionError, build_loader, load_class
from engine.loading.randomness import seeded
from model import MInterface

PROJECT = Path(__file__).parent.parent
os.environ["CUDA_VISIBLE_DEVICES"] = ""  # the tests use the CPU, also to compare results bit for bit
torch.set_num_threads(1)  # a process with several threads cannot be forked safely

# Errors of a net that gets the items of another task.
DOES_NOT_FIT = (
    *(OptionError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError),
)


def is_missing(error: BaseException | None) -> bool:
    """Return whether data, weights or an optional package are missing on this machine."""
    if isinstance(error, OptionError):
        return is_missing(error.__cause__)
    if isinstance(error, ImportError) and error.name:
        package = PROJECT / error.name.partition(".")[0]
        is_own = package.with_suffix(".py").exists() or any(package.glob("*.py"))
        return isinstance(error, ModuleNotFoundError) and not is_own
    return isinstance(error, (OSError, ImportError))


@contextmanager
def skip_missing(name: str, *more: type[Exception]) -> Generator[None]:
    """Skip the test if something is missing on this machine, or if one of these errors is raised."""
    try:
        yield
    except Exception as error:
        if is_missing(error) or isinstance(error, more):
            pytest.skip(f"{name}: {type(error).__name__}: {error}")
        raise


def skip_required(name: str, group: str, chosen: Any, given: Iterable[str] = ()) -> None:
    """Skip the test if a constructor has parameters without a default, which main.py takes as options."""
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(chosen).parameters.values()
    needed = [each.name for each in parameters if each.kind in named and each.default is each.empty]
    if options := [f"--{group}.{each}" for each in needed if each not in given]:
        pytest.skip(f"{name} needs {', '.join(options)}")


def build_net(name: str) -> MInterface:
    """Return MInterface with a net that has its default arguments."""
    with skip_missing(name):
        skip_required(name, "net", load_class("net", name))
        return MInterface(name)


def build_dataset(name: str, split: str) -> Dataset[Any]:
    """Return a dataset with its default arguments."""
    data = DInterface(name)
    with skip_missing(name):
        skip_required(name, name, data.load_data_module(name), ["split"])
    with skip_missing(name, OptionError):
        return data.instancialize(name, split)


def load_batch(name: str, split: str, size: int = 2) -> Any:
    """Return the first items of a dataset as a batch; a smaller dataset repeats its items."""
    dataset = build_dataset(name, split)
    with skip_missing(name), seeded(0):
        loader: DataLoader[Any] = build_loader(dataset, name, "test", 0, None, size)
        if isinstance(dataset, Sized):
            order = [index % len(dataset) for index in range(size)]
            loader = DataLoader(dataset, size, sampler=order, collate_fn=loader.collate_fn)
        return next(iter(loader))


@pytest.fixture
def run_main(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that runs main.py with options in this process: a new one imports torch again."""

    def run(*options: str) -> None:
        monkeypatch.chdir(PROJECT)
        monkeypatch.setattr("sys.argv", ["main.py", "--trainer.accelerator=cpu", *options])
        main.main()

    return run


@pytest.fixture
def without_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no plots, which takes longer than a short training."""

    def savefig(*_args: Any, **_options: Any) -> None:
        pass

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", savefig)


@pytest.fixture(scope="session")
def batches() -> dict[str, Any]:
    """Return a batch of each registered dataset that can be built here; test_datasets.py skips the others."""
    found: dict[str, Any] = {}
    for name in DATASETS:
        try:
            found[name] = load_batch(name, "train", 4)
        except (Exception, pytest.skip.Exception):
            continue
    return found


@pytest.fixture(scope="session")
def defaults() -> Any:
    """Return the default options of main.py; skip the test if their net or datasets cannot be built here."""
    options = main.options().get_defaults()
    build_net(options.model_name)
    for split in ("train", "eval", "test"):
        names = options.train_dataset if split == "train" else options[f"{split}_datasets"]
        for name in names:
            load_batch(name, split)
    return options
