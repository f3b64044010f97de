"""Parameter groups and frozen parameters: --param_groups, --freeze and --unfreeze_at."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import once
from own_modules import write
from plgen.commands.new import new
from projects import drive, outcomes, require_refusal

NETS = {
    "plain_net": """
from torch import nn


class PlainNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(784, 4), nn.Linear(4, 10)

    def forward(self, x):
        return self.last(self.first(x.flatten(1)).relu())
""",
    "lazy_net": """
from torch import nn


class LazyNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Flatten(), nn.LazyLinear(4), nn.LazyBatchNorm1d())
        self.last = nn.LazyLinear(10)

    def forward(self, x):
        return self.last(self.first(x))
""",
}
TRAIN = [
    "--model_name=standard_net",
    "--net.width=4",
    "--train_dataset=standard_data",
    "--standard_data.size=24",
    "--batch_size=8",
    "--trainer.accelerator=cpu",
    "--trainer.enable_progress_bar=false",
    "--test_datasets",
]
PLAIN = [*TRAIN, "--trainer.enable_model_summary=false", "--lr_scheduler=null"]
GROUPS = '{"head.*": {lr: 0.05}, "*.bias": {weight_decay: 0}, "blocks.1.*": {lr: 1e-4}}'
BOTH = ["--freeze", "blocks.0.*", f"--param_groups={GROUPS}", "--unfreeze_at=2"]
FOUR = "--trainer.max_epochs=4"
LAST = "Logs/standard_net/{}/checkpoints/last.ckpt"
TUNED = [f"--finetune={LAST.format('whole')}", "--freeze", "blocks*", "--lr=1e-4"]
LAZY = ["--model_name=lazy_net", "--freeze", "first.*"]
LINES: dict[str, list[str]] = {
    "whole": [*PLAIN, *BOTH, FOUR, "--run_name=whole"],
    "early": [*PLAIN, *BOTH, "--trainer.max_epochs=1", "--run_name=early"],
    "early: resumed": [f"--ckpt_path={LAST.format('early')}", FOUR],
    "late": [*PLAIN, *BOTH, "--trainer.max_epochs=3", "--run_name=late"],
    "late: resumed": [f"--ckpt_path={LAST.format('late')}", FOUR],
    "again": ["--config=Logs/standard_net/whole/config.yaml", "--run_name=again"],
    "tuned": [*TRAIN, *TUNED, "--trainer.max_epochs=2", "--run_name=tuned"],
    "curves": [*TRAIN, *BOTH, "--trainer.max_epochs=2", "--run_name=curves"],
    **{
        f"lazy {epochs}": [
            *PLAIN[2:],
            *LAZY,
            f"--trainer.max_epochs={epochs}",
            f"--run_name=lazy-{epochs}",
        ]
        for epochs in (1, 2)
    },
    "tested": [
        *PLAIN,
        "--stage=test",
        f"--ckpt_path={LAST.format('whole')}",
        "--test_datasets",
        "standard_data",
    ],
}
RESUME = f"--ckpt_path={LAST.format('whole')}"
# What is typed, and parts of the two lines with which it is refused.
REFUSED: dict[str, tuple[list[str], str, str]] = {
    "misspelt": (
        ["--freeze", "block.*"],
        '--freeze: no parameter of the net matches "block.*"',
        "the nearest are blocks.",
    ),
    "no star": (
        ["--freeze", "head"],
        'no parameter of the net matches "head"',
        "the nearest are head.bias, head.weight",
    ),
    "one of two": (
        ["--freeze", "head.*", "tail.*"],
        '--freeze: no parameter of the net matches "tail.*"',
        "the nearest are ",
    ),
    "everything": (["--freeze", "*.weight", "*.bias"], "freezes the whole net", "leave some"),
    "averaged": (
        [
            *("--freeze", "blocks.0.*", "--callbacks", "StochasticWeightAveraging"),
            "--StochasticWeightAveraging.swa_lrs=0.01",
        ],
        "StochasticWeightAveraging would recompute the statistics of frozen batch norm",
        "leave out --freeze",
    ),
    "no pattern": (["--config=freeze.yaml"], "Expected a str", "--help"),
    "group of nothing": (
        ["--param_groups", "{tail.*: {lr: 0.1}}"],
        '--param_groups: no parameter of the net matches "tail.*"',
        "the nearest are ",
    ),
    "unknown argument": (
        ["--param_groups", "{head.*: {weight_decy: 0}}"],
        "no argument of AdamW (--param_groups \"head.*\") is called 'weight_decy'",
        "did you mean weight_decay?",
    ),
    "params": (["--param_groups", "{head.*: {params: 0}}"], "is called 'params'", "known: lr"),
    "wrong type": (
        ["--param_groups", "{head.*: {weight_decay: much}}"],
        "AdamW refuses its arguments: ",
        "--param_groups",
    ),
    "rate of true": (
        ["--param_groups", "{head.*: {lr: true}}"],
        "lr is True, not a number",
        "give a number",
    ),
    "no bool": (
        ["--param_groups", "{head.*: {amsgrad: maybe}}"],
        "amsgrad is 'maybe', not true or false",
        "give true or false",
    ),
    "one beta": (
        ["--param_groups", "{head.*: {betas: [0.9]}}"],
        "AdamW refuses its arguments: ",
        "--param_groups",
    ),
    "wrong rate": (
        ["--param_groups", "{head.*: {lr: -1}}"],
        "AdamW refuses its arguments: Invalid learning rate: -1",
        "--param_groups",
    ),
    "wrong value": (
        ["--param_groups", "{head.*: {weight_decay: -1}}"],
        "Invalid weight_decay value: -1",
        "--param_groups",
    ),
    "no mapping": (
        ["--param_groups", "{head.*: 3}"],
        "--param_groups: Expected one of dict",
        "--help",
    ),
    "one group for all": (
        ["--param_groups", "{head.*: {lr: 0.1}}", "--optimizer=LBFGS"],
        "LBFGS doesn't support per-parameter options",
        "--param_groups",
    ),
    "resumed: freeze": ([RESUME, "--freeze", "head.*"], "--freeze head.* differs", "leave it out"),
    "resumed: unfreeze_at": ([RESUME, "--unfreeze_at=3"], "--unfreeze_at 3 differs", "leave it"),
    "resumed: fewer groups": (
        [RESUME, "--param_groups", "{head.*: {lr: 0.05}}"],
        "--param_groups {'head.*': {'lr': 0.05}} differs from the checkpoint's",
        "leave it out",
    ),
    "resumed: another order": (
        [
            RESUME,
            "--param_groups",
            '{"*.bias": {weight_decay: 0}, head.*: {lr: 0.05}, blocks.1.*: {lr: 1e-4}}',
        ],
        "differs from the checkpoint's, {'head.*'",
        "leave it out",
    ),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project with two nets more."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        write(made, NETS)
        (made / "freeze.yaml").write_text("freeze: [1]\n")

    return once(tmp_path_factory, "project-param-groups", make) / "sample"


@pytest.fixture(scope="module")
def found(project: Path, lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give the numbers of the project and of plain loops, and what became of each command line."""
    refused = {name: [*PLAIN, *typed] for name, (typed, _, _) in REFUSED.items()}
    refused |= {name: typed for name, (typed, _, _) in REFUSED.items() if typed[0] == RESUME}
    cases = [*LINES.items(), *refused.items()]
    return outcomes(
        tmp_path_factory,
        "param-groups",
        lambda file: drive(lab, project, "param_groups.py", cases, file),
    )


@pytest.mark.parametrize(
    "case",
    [
        "groups",
        "groups and a frozen part",
        "a compiled net",
        "unfrozen",
        "a loss with a parameter",
        "frozen statistics",
        "OneCycleLR",
        "CyclicLR",
        "two processes, still frozen",
        "two processes, unfrozen",
    ],
)
def test_as_a_plain_loop(found: dict[str, Any], case: str) -> None:
    """Weights, statistics of batch norm and learning rates are those of a loop by hand."""
    ours, plain = found[case]

    assert len(ours) == len(plain)
    for one, other in zip(ours, plain, strict=True):
        assert one == pytest.approx(other, rel=1e-4, abs=1e-6)


def test_names_of_groups(found: dict[str, Any]) -> None:
    """A group is called after its patterns; the default one comes first."""
    assert found["OneCycleLR: groups"] == ["default", "blocks.1.*", "head.*"]


def test_statistics_of_trained_layers(found: dict[str, Any]) -> None:
    """Those of layers that are trained move on."""
    assert all(found["trained statistics"])


@pytest.mark.parametrize("case", ["own optimizer", "no callback"])
def test_nothing_is_ignored(found: dict[str, Any], case: str) -> None:
    """What an interface or a Trainer would ignore is refused."""
    first, second = {
        "own optimizer": (
            "configure_optimizers of IgnoringInterface ignores --param_groups",
            "let it call build_optimizers, or leave the option out",
        ),
        "no callback": (
            "--freeze and --param_groups need the callback Freezing",
            "give the Trainer those of engine_callbacks",
        ),
    }[case]

    assert found[case] == f"error: {first}\nhelp: {second}"


@pytest.mark.parametrize("case", LINES)
def test_command_lines(found: dict[str, Any], case: str) -> None:
    """Each of them trains."""
    line = found["lines"][case]

    assert (line["code"], line["traceback"]) == (0, ""), line["stderr"]


@pytest.mark.parametrize("run", ["early", "late", "again"])
def test_the_same_run(found: dict[str, Any], run: str) -> None:
    """A run that is resumed before or after it unfreezes, or repeated, has the same weights."""
    assert found["weights"][run] == found["weights"]["whole"]


def test_the_order_of_patterns(project: Path, found: dict[str, Any]) -> None:
    """A config file holds the patterns in their order."""
    assert found["lines"]["again"]["code"] == 0
    for run in ("whole", "again"):
        config = yaml.safe_load((project / "Logs/standard_net" / run / "config.yaml").read_text())
        assert [*config["param_groups"]] == ["head.*", "*.bias", "blocks.1.*"]


def test_finetuning(project: Path, found: dict[str, Any]) -> None:
    """What is frozen stays as in the checkpoint; groups of the run before are not inherited."""
    before, after = found["weights"]["whole"], found["weights"]["tuned"]
    moved = {name for name in after if after[name] != before[name]}
    config = yaml.safe_load((project / "Logs/standard_net/tuned/config.yaml").read_text())

    assert moved == {"net.head.weight", "net.head.bias"}
    assert (config["param_groups"], config["unfreeze_at"]) == (None, 0)


def test_the_summary(found: dict[str, Any]) -> None:
    """It counts only what is trained as trainable."""
    printed = found["lines"]["tuned"]["stdout"]

    assert re.search(r"^Trainable params: 90 +$", printed, re.MULTILINE)


def test_curves(project: Path, found: dict[str, Any]) -> None:
    """Each group has its curve."""
    assert found["lines"]["curves"]["code"] == 0
    with (project / "Logs/standard_net/curves/metrics.csv").open() as file:
        columns = next(csv.reader(file))

    assert [name.partition("/")[2] for name in columns if name.startswith("lr-")] == [
        "*.bias",
        "*.bias blocks.1.*",
        "blocks.1.*",
        "default",
        "head.*",
        "head.* *.bias",
    ]


def test_lazy_layers(found: dict[str, Any]) -> None:
    """They are frozen as any others."""
    once_trained, twice = found["weights"]["lazy-1"], found["weights"]["lazy-2"]
    moved = {name for name in twice if twice[name] != once_trained[name]}

    assert moved == {"net.last.weight", "net.last.bias"}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(found: dict[str, Any], case: str) -> None:
    """A wrong pattern or argument costs two lines before the training, and leaves no run."""
    _, error, cure = REFUSED[case]

    require_refusal(found["lines"][case], error, cure)
