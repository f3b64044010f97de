"""Every combination of answers renders to the files that were asked for, whole and clean."""

from __future__ import annotations

import ast
import re
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from combinations import COMBINATIONS, rendered, texts
from conftest import ROOT, contents
from plgen.template import Answer, version

# The user's part, file by file; every project has the whole engine.
BASE = """
    .copier-answers.yml .gitignore README.md main.py pyproject.toml requirements.txt
    data/__init__.py data/data_interface.py data/standard_data.py model/__init__.py
    model/model_interface.py model/standard_net.py tests/conftest.py tests/test_datasets.py
    tests/test_main.py tests/test_nets.py tests/test_numbers.py tests/test_processes.py
    tests/test_requirements.py tests/test_resume.py utils/__init__.py utils/top_k.py
"""
PROJECT = ROOT / "template" / "project"
ENGINE = [
    file.relative_to(PROJECT).as_posix().removesuffix(".jinja")
    for file in (PROJECT / "engine").rglob("*.*")
    if "__pycache__" not in file.parts
]
# What an answer adds to these files; every other answer adds nothing.
ADDED: dict[tuple[str, Answer], str] = {
    ("example", True): """
        data/example_evaldata.py data/example_rotated_testdata.py data/example_testdata.py
        data/example_traindata.py model/example_net.py
        example_Minist_data/README.md
        example_Minist_data/MNIST/raw/t10k-images-idx3-ubyte
        example_Minist_data/MNIST/raw/t10k-labels-idx1-ubyte
        example_Minist_data/MNIST/raw/train-images-idx3-ubyte
        example_Minist_data/MNIST/raw/train-labels-idx1-ubyte
    """,
    ("slurm", True): "train.sbatch",
    ("ci", "github"): ".github/workflows/tests.yml",
    ("license", "MIT"): "LICENSE",
    ("license", "BSD-3-Clause"): "LICENSE",
}
# Hooks and methods in the order in which a reader meets them.
METHODS = {
    ("model/model_interface.py", "MInterface"): """
        __init__ load_model instancialize forward configure_loss training_step on_train_epoch_end
        validation_step on_validation_epoch_end test_step on_test_epoch_end predict_step
        configure_optimizers
    """,
    ("data/data_interface.py", "DInterface"): """
        __init__ load_data_module instancialize setup train_dataloader val_dataloader
        test_dataloader predict_dataloader
    """,
}
# Python's own doubled braces, in the name of a checkpoint.
OF_PYTHON = "best-{{epoch}}-{{{args.monitor}:.4f}}"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder that holds the project of each combination."""
    return rendered(tmp_path_factory)


@pytest.mark.parametrize("name", COMBINATIONS)
def test_files(folder: Path, name: str) -> None:
    """A project holds the files that its answers ask for, and no others."""
    wanted = [*BASE.split(), *ENGINE]
    for (key, value), added in ADDED.items():
        wanted += added.split() if COMBINATIONS[name][key] == value else []

    assert sorted(contents(folder / name)) == sorted(wanted)


def unclean_space(text: str) -> bool:
    """Say whether lines end in blanks, or the file not in one line break."""
    blanks = re.search(r"[ \t\r]$|\t|\n\n\n\n", text, re.MULTILINE)
    return bool(blanks) or not re.search(r"\S\n\Z", text)


def other_minist(text: str) -> bool:
    """Say whether the data's folder lent its spelling to anything else."""
    return "minist" in text.replace("example_Minist_data", "").lower()


def left_of_jinja(text: str) -> bool:
    """Say whether a file still holds what Jinja should have replaced."""
    return bool(re.search(r"\{\{|\{%|\{#", text.replace(OF_PYTHON, "")))


def path_of_this_machine(text: str) -> bool:
    """Say whether a file names a folder of whoever rendered it."""
    return str(ROOT) in text or tempfile.gettempdir() in text


FAULTS = {
    "space": unclean_space,
    "Minist": other_minist,
    "Jinja": left_of_jinja,
    "paths": path_of_this_machine,
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_file_has_a_fault(folder: Path, fault: Callable[[str], bool]) -> None:
    """No file of any combination has it, nor has a file's name."""
    found = {
        f"{name}: {path}"
        for name in COMBINATIONS
        # An answer may have braces of its own.
        if not (fault is left_of_jinja and name.endswith("-nasty"))
        for path, text in texts(folder / name).items()
        if fault(text) or fault(f"{path}\n")
    }

    assert found == set()


@pytest.mark.parametrize("name", COMBINATIONS)
def test_answers_are_kept(folder: Path, name: str) -> None:
    """The answers stand in pyproject.toml and in the record, letter by letter."""
    files, answers = texts(folder / name), COMBINATIONS[name]
    record = yaml.safe_load(files[".copier-answers.yml"])
    project = tomllib.loads(files["pyproject.toml"])["project"]
    author = answers["author"]

    assert {key: value for key, value in record.items() if not key.startswith("_")} == answers
    assert record["_src_path"] == "plgen"
    assert record["_commit"] == version()
    assert (project["name"], project["description"]) == (answers["name"], answers["description"])
    assert project.get("authors") == ([{"name": author}] if author else None)
    assert project.get("license") == (None if answers["license"] == "none" else answers["license"])
    assert f"Copyright (c) {author}" in files.get("LICENSE", f"Copyright (c) {author}")


@pytest.mark.parametrize("tracker", ["none", "wandb", "mlflow"])
def test_only_the_chosen_tracker_is_named(folder: Path, tracker: str) -> None:
    """A project requires and imports its own tracker, and knows no other."""
    loggers = {"none": set[str](), "wandb": {"WandbLogger"}, "mlflow": {"MLFlowLogger"}}
    for name, answers in COMBINATIONS.items():
        if answers["tracker"] == tracker:
            files = texts(folder / name)
            imported = set(re.findall(r"WandbLogger|MLFlowLogger", files["engine/runs/loggers.py"]))
            required = set(
                re.findall(r"^(?:wandb|mlflow)", files["requirements.txt"], re.MULTILINE)
            )
            assert (imported, required) == (loggers[tracker], {tracker} - {"none"}), name


@pytest.mark.parametrize(("path", "name"), METHODS, ids=[name for _, name in METHODS])
def test_order_of_methods(folder: Path, path: str, name: str) -> None:
    """The interfaces have their methods in the order that readers know; helpers come after."""
    for text in {texts(folder / combination)[path] for combination in COMBINATIONS}:
        tree = ast.parse(text)
        (found,) = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name)
        methods = [node.name for node in found.body if isinstance(node, ast.FunctionDef)]
        wanted = METHODS[path, name].split()
        assert methods[: len(wanted)] == wanted
        assert not [method for method in methods[len(wanted) :] if method.startswith("on_")]
