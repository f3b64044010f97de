"""A YAML file follows a renaming in the options that name modules, and only there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from plgen import template
from plgen.commands.rename import rename
from plgen.naming import words
from plgen.naming.kinds import KINDS, METRIC
from test_rename import add, left

DATA = b"from torch.utils.data import Dataset\n\n\nclass %s(Dataset):\n    pass\n"

FOREIGN = {
    "no character": 'train_dataset: cifar\nnote: "\\UFFFFFFFF"\n',
    "another program": "seed: 1\nlr: 0.1\ncifar: {md5: x}\n",
    "a list": "- cifar\n",
    "a key that is not a word": "[train_dataset]: cifar\n",
    "another option": "run_name: cifar\n",
    "monitored": "train_dataset: x\nmonitor: val_acc/cifar\n",
    "another mapping": "train_dataset: x\nnet: {cifar: 3}\n",
    "around itself": "a: &a\n  cifar: {b: *a}\n",
    "no YAML": "train_dataset: [cifar\n",
    "deep": f"train_dataset: {'[' * 2000}cifar{']' * 2000}\n",
    "more than options": f"train_dataset: cifar\nlog_dir: {'x' * 100_000}\n",
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_other_keys_are_listed(project: Path, text: str) -> None:
    """What is not an option for datasets stays as it is."""
    add(project, "cifar", "Cifar", "data", DATA)
    (project / "a.yaml").write_text(text)

    renamed = rename("cifar", "cifar_ten")

    assert (project / "a.yaml").read_text() == text
    assert [place for place in left(renamed) if place.startswith("a.yaml:")]


OWN = {
    "name": "train_dataset: cifar\n",
    "group": "model_name: example_net\ncifar: {root: x}\n",
    "quoted": "eval_datasets: [\"cifar\", 'example_evaldata']\n'cifar': {root: x}\n",
    "another role": "test_datasets: ['cifar:a', cifar:b]\ncifar:a: {size: 3}\n",
    "own keys": "train_dataset: cifar\nreplicas: 3\n",
    "inner mappings": "runs:\n- {eval_datasets: [cifar], cifar: {root: x}}\n",
}


@pytest.mark.parametrize("text", OWN.values(), ids=OWN)
def test_options_follow(project: Path, text: str) -> None:
    """An option and its group follow, in whatever folder and beside whatever keys."""
    add(project, "cifar", "Cifar", "data", DATA)
    (project / ".exp").mkdir()
    (project / ".exp/a.yml").write_text(text)

    rename("cifar", "cifar_ten")

    assert (project / ".exp/a.yml").read_text() == text.replace("cifar", "cifar_ten")


def test_the_options_are_those_of_main() -> None:
    """Lists in two places agree: the options of main.py, their groups, and short names."""
    rendered = template.root() / "template/project"
    options = re.findall(r'    add\("--(\w+)"', (rendered / "main.py.jinja").read_text("utf-8"))
    kinds = (rendered / "engine/choices/kinds.py").read_text("utf-8")
    metrics = (rendered / "engine/choices/metrics.py").read_text("utf-8")
    short = re.findall(r'^    "(\w+)": ', metrics.partition("SHORT: ")[2], re.MULTILINE)
    groups = {"net", "trainer", "loader", "eval_loader", *re.findall(r'"(\w+_args)"', kinds)}

    assert set(options) == template.options()
    assert groups == words.GROUPS
    assert set(short) == set(METRIC.usual)
    assert {option for kind in KINDS for option in kind.options} <= template.options()
