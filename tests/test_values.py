"""Constructors get values of their annotated types, however an option is given or read back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import once
from own_modules import write
from plgen.commands.new import new
from projects import TINY, drive, outcomes, python, require_refusal

TYPED_NET = """
import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn


class Norm(enum.Enum):
    BATCH = "batch"
    NONE = "none"


@dataclass
class Sizes:
    hidden: int = 8
    norm: Norm = Norm.NONE
    word: str | None = "null"


@dataclass
class Deep:
    sizes: Sizes


@dataclass
class Layers:  # not an option, as text cannot give a type of torch
    dtype: torch.dtype = torch.float32


class TypedNet(nn.Module):
    def __init__(
        self,
        layers: Layers = Layers(),
        norm: Norm = Norm.BATCH,
        root: Path = Path("weights"),
        size: tuple[int, int] = (28, 28),
        names: set[str] | None = None,
        frozen: frozenset[int] = frozenset({1}),
        sizes: Sizes = Sizes(),
        deep: Deep | None = None,
        many: list[Sizes] | None = None,
        norms: dict[str, tuple[Norm, Path]] | None = None,
        level: Literal["low", 2] = "low",
        gate: torch.device = torch.device("cpu"),
        extra: dict[str, Any] | None = None,
        blocks: dict[str, Sizes] | None = None,
        table: dict[str, dict[str, int]] | None = None,
        reduce: int = 1,
        device: str = "here",
        lr: float = 0.5,
        split: str = "none",
        params: int = 2,
        keys: int = 3,
        items: dict[str, int] | None = None,
        word: str | None = "null",
        number: int | str = "1",
        text: str = "1e-3",
        gap: float = float("nan"),
    ) -> None:
        super().__init__()
        got = dict(locals())
        print("got", {name: got[name] for name in sorted(got) if name[0] != "_" and name != "self"})
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)
"""
TYPED = {
    "norm=NONE": "'norm': <Norm.NONE: 'none'>",
    "root=~/there": "'root': PosixPath('{home}/there')",
    "size=[3,4]": "'size': (3, 4)",
    "names=[a]": "'names': {{'a'}}",
    "frozen=[2]": "'frozen': frozenset({{2}})",
    "sizes.hidden=3": "'sizes': Sizes(hidden=3, norm=<Norm.NONE: 'none'>, word='null')",
    "deep.sizes.hidden=5": "'deep': Deep(sizes=Sizes(hidden=5, norm=<Norm.NONE: 'none'>, ",
    "many=[{hidden: 1, norm: BATCH}]": "'many': [Sizes(hidden=1, norm=<Norm.BATCH: 'batch'>, word=",
    "norms={a: [BATCH, b]}": "'norms': {{'a': (<Norm.BATCH: 'batch'>, PosixPath('b'))}}",
    "level=2": "'level': 2",
    "gate=meta": "'gate': device(type='meta')",
    "extra={a: [1, b]}": "'extra': {{'a': [1, 'b']}}",
    "blocks.a={hidden: 4}": "'blocks': {{'a': Sizes(hidden=4, norm=<Norm.NONE: 'none'>, word=",
    "table.a={x: 1}": "'table': {{'a': {{'x': 1}}, 'b': {{'y': 2}}}}",
    "table.b={y: 2}": "'table': {{'a': {{'x': 1}}, 'b': {{'y': 2}}}}",
    "items.a=1": "'items': {{'a': 1, 'b': 2}}",
    "items.b=2": "'items': {{'a': 1, 'b': 2}}",
    "reduce=4": "'reduce': 4",
    "device=there": "'device': 'there'",
    "lr=0.25": "'lr': 0.25",
    "split=other": "'split': 'other'",
    "params=5": "'params': 5",
    "keys=6": "'keys': 6",
    "word=null": "'word': None",
    "number=2": "'number': 2",
    "text=2e5": "'text': '2e5'",
}
UNTYPED = """
import numpy as np
from torch import nn

DEFAULT = object()


class UntypedNet(nn.Module):
    def __init__(
        self, depth, PARAMETERS,
        act=nn.ReLU, drop=np.float32(0.5), scale=lambda x: x, mark=DEFAULT, c=(1, 2),
    ) -> None:
        super().__init__()
        own = (act is nn.ReLU, type(drop) is np.float32, callable(scale), mark is DEFAULT)
        print("got", depth, own, c, [VALUES])
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))

    def forward(self, x):
        return self.layers(x)
"""
# What is typed for a parameter without an annotation, and what its constructor gets.
LITERALS = {
    "(1,1)": "(1, 1)",
    "[1,2]": "[1, 2]",
    "[1,(2,3)]": "[1, (2, 3)]",
    "[relu, gelu]": "['relu', 'gelu']",
    "{a: 1}": "{'a': 1}",
    "{1}": "{1}",
    "null": "None",
    "None": "None",
    "true": "True",
    "1e-3": "0.001",
    "-2": "-2",
    "'3'": "'3'",
    "relu": "'relu'",
    "none": "'none'",
    "2020-01-01": "'2020-01-01'",
}
UNTYPED_NET = UNTYPED.replace(
    "PARAMETERS", ", ".join(f"p{index}=0" for index in range(len(LITERALS)))
).replace("VALUES", ", ".join(f"p{index}" for index in range(len(LITERALS))))
STRICT_NET = """
from torch import nn


class StrictNet(nn.Module):
    def __init__(self, dim, depth, block=nn.Linear, *, drop=0.5, act="ReLU", bug=False):
        super().__init__()
        assert isinstance(depth, tuple), "depth must be a tuple of integers"
        if dim == 13:
            raise ValueError("not thirteen")
        layers = [nn.Flatten(), nn.LazyLinear(dim)]
        for _ in range(sum(depth)):
            layers += [block(dim, dim), nn.Dropout(drop), getattr(nn, act)()]
        self.layers = nn.Sequential(*layers, nn.Linear(dim, 10))
        if dim == 5:
            self.layers.missing

    def forward(self, x):
        return self.layers(x)
"""
STRICT = ["--model_name=strict_net", "--net.dim=8", "--net.depth=(1,1)"]
# What is typed, and what the error and the help say.
REFUSED = {
    "an assertion": (
        ["--net.depth=3"],
        "StrictNet does not accept --net.dim 8, --net.depth 3: AssertionError: depth must",
        "strict_net.py, line 8",
    ),
    "a raised error": (
        ["--net.dim=13"],
        "--net.dim 13, --net.depth (1, 1): ValueError: not thirteen",
        "line 10",
    ),
    "a value for torch": (
        ["--net.drop=2"],
        "--net.drop 2: ValueError: dropout probability",
        "line 13",
    ),
    "a name": (
        ["--net.drop=0.1", "--net.act=Relu"],
        "--net.act Relu: AttributeError",
        "line 13",
    ),
    "a required value": (
        ["--net.dim=eight"],
        "--net.dim eight, --net.depth (1, 1): TypeError",
        "line 13",
    ),
    "a part of an entry": (
        ["--net.extra.a.x=1"],
        "there is no option --net.extra.a.x",
        "lists every option",
    ),
    "a class": (
        ["--net.block=torch.nn.Linear"],
        "--net.block is not an option: it takes an object",
        "set it in model/strict_net.py",
    ),
}
PRETRAINED_NET = """
from pathlib import Path

import torch
from torch import Tensor, nn


class PretrainedNet(nn.Module):
    def __init__(
        self,
        weights: str | None = None,
        path: Path | None = None,
        folder: str = "",
        files: list[str] | None = None,
        width: int = 10,
        act: str = "relu",
    ) -> None:
        super().__init__()
        self.layer = nn.Linear(784, width)
        in_folder = Path(folder) / "start.pt" if folder else None
        for file in (weights, path, in_folder, *(files or ())):
            if file is not None:
                self.layer.load_state_dict(torch.load(file, weights_only=True))

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.flatten(1))
"""
INITIAL = {
    "file": ["--net.weights=gone/start.pt"],
    "path": ["--net.path=gone/start.pt"],
    "folder": ["--net.folder=gone"],
    "files": ["--net.files=[gone/start.pt]"],
}
SPLIT_DATA = """
from typing import Literal

import torch
from torch.utils.data import Dataset


class Base(Dataset):
    def __init__(self, split: str = "train") -> None:
        print("split", split)

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int):
        return torch.zeros(1, 28, 28), index % 10


class WordsData(Base):
    def __init__(self, split: Literal["train", "val", "test"] = "train") -> None:
        super().__init__(split)


class UnionData(Base):
    def __init__(self, split: Literal["train", "dev", "test"] | None = None) -> None:
        super().__init__(split)


class HandedData(WordsData):
    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)


class TwoData(Base):
    def __init__(self, split: Literal["train", "test"] = "train") -> None:
        super().__init__(split)
"""
SPLITS = {
    "words": ["train", "val", "test"],
    "union": ["train", "dev", "test"],
    "handed": ["train", "val", "test"],
}
SMALL_NET = """
from torchvision.models.resnet import BasicBlock, ResNet


class SmallNet(ResNet):
    def __init__(self, **kwargs) -> None:
        super().__init__(BasicBlock, [1, 1, 1, 1], num_classes=10, **kwargs)
"""
NETS = {
    "pretrained_net": PRETRAINED_NET,
    "small_net": SMALL_NET,
    "strict_net": STRICT_NET,
    "typed_net": TYPED_NET,
    "untyped_net": UNTYPED_NET,
}
SAVE = 'import torch; torch.save(torch.nn.Linear(784, 10).state_dict(), "gone/start.pt")'


def sets(data: str) -> list[str]:
    """Return the options that choose one dataset for each role."""
    return [f"--{role}={data}" for role in ("train_dataset", "eval_datasets", "test_datasets")]


def literals() -> list[str]:
    """Return the options with each value without a type."""
    return [f"--net.p{index}={text}" for index, text in enumerate(LITERALS)]


def begun() -> dict[str, list[str]]:
    """Return the commands that train, under the names of their runs."""
    data = [*sets("standard_data"), "--preflight=false"]
    typed = [*TINY, *data, "--model_name=typed_net"]
    cases = {
        "defaults": typed,
        "given": [*typed, *(f"--net.{text}" for text in TYPED)],
        "literals": [*TINY, *data, "--model_name=untyped_net", "--net.depth=(3,)", *literals()],
        **{case: [*TINY, *data, *STRICT, *typed] for case, (typed, _, _) in REFUSED.items()},
        "a bug": [*TINY, *data, *STRICT, "--net.dim=5", "--net.drop=0.1"],
        "strict": [*TINY, *data, *STRICT],
        **{
            case: [*TINY, *data, "--model_name=pretrained_net", *typed]
            for case, typed in INITIAL.items()
        },
        **{name: [*TINY, *sets(f"{name}_data")] for name in [*SPLITS, "two"]},
        "home": [*TINY, *data, "--config=home.yaml"],
    }
    named = {name: [*typed, f"--run_name={name}"] for name, typed in cases.items()}
    return named | {"help": ["--model_name=small_net", "--help"]}


TEST = ("--stage=test", "--trainer.limit_test_batches=2")


def following() -> dict[str, list[str]]:
    """Return the commands that read back what the runs have saved."""
    again: dict[str, list[str]] = {}
    for run, net in {
        "defaults": "typed_net",
        "given": "typed_net",
        "literals": "untyped_net",
    }.items():
        folder = f"Logs/{net}/{run}"
        last = f"--ckpt_path={folder}/checkpoints/last.ckpt"
        again |= {
            f"{run}: config": [f"--config={folder}/config.yaml"],
            f"{run}: test": [*TEST, last],
            f"{run}: resume": [last, "--trainer.max_epochs=2"],
            f"{run}: finetune": [f"--finetune={folder}/checkpoints/last.ckpt", *TINY],
        }
    for case in INITIAL:
        last = f"--ckpt_path=Logs/pretrained_net/{case}/checkpoints/last.ckpt"
        again[f"{case}: test"] = [*TEST, last]
    last = "--ckpt_path=Logs/pretrained_net/file/checkpoints/last.ckpt"
    return again | {
        "null": [*TEST, last, "--net.weights=null"],
        "null for a list": [*TEST, last.replace("/file/", "/files/"), "--net.files=null"],
        "resumed with null": [last, "--trainer.max_epochs=2", "--net.weights=null"],
        "another width": [*TEST, last, "--net.width=9"],
        "another act": [*TEST, last, "--net.act=gelu"],
        "new run": [*TINY, "--model_name=pretrained_net", "--net.weights=gone/start.pt"],
    }


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give a project in which the runs were begun, and whose initial weights are gone since."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        datasets = {
            f"{name}_data": f"from data.parts import {name.title()}Data as {name.title()}Data\n"
            for name in [*SPLITS, "two"]
        }
        write(made, NETS | datasets)
        (made / "data/parts.py").write_text(SPLIT_DATA)
        (made / "home.yaml").write_text(f"log_dir: ~/{folder.name}-runs\n")
        (folder / "home").write_text(str(Path.home()))  # each test has its own
        (made / "gone").mkdir()
        (made / "save.py").write_text(SAVE)
        saved = python(lab, made, "save.py")
        assert saved.returncode == 0, saved.stderr
        drive(lab, made, "options.py", list(begun().items()), folder / "begun.json")
        (made / "gone/start.pt").unlink()
        (made / "gone").rmdir()

    return once(tmp_path_factory, "values", make) / "sample"


@pytest.fixture
def trained(project: Path) -> dict[str, Any]:
    """Give how each run ended."""
    return json.loads((project.parent / "begun.json").read_text())


@pytest.fixture
def tried(project: Path, tmp_path_factory: pytest.TempPathFactory, lab: Path) -> dict[str, Any]:
    """Give how each command ended that read something back."""

    def make(file: Path) -> None:
        drive(lab, project, "options.py", list(following().items()), file)

    return outcomes(tmp_path_factory, "values-tried", make)


def said(found: dict[str, Any], word: str) -> list[str]:
    """Return the lines that a command printed from a constructor, once each."""
    assert found["traceback"] == "", found["traceback"]
    assert found["code"] == 0, found["stderr"]
    return list(dict.fromkeys(re.findall(rf"^{word} (.*)$", found["stdout"], re.MULTILINE)))


def test_defaults_are_the_constructors_own(trained: dict[str, Any], project: Path) -> None:
    """Where nothing is given a constructor gets its own defaults, also those no file can hold."""
    (got,) = said(trained["defaults"], "got")
    assert "'norm': <Norm.BATCH: 'batch'>" in got
    assert "'sizes': Sizes(hidden=8, norm=<Norm.NONE: 'none'>, word='null')" in got
    assert "'word': 'null'" in got
    assert "'number': '1'" in got
    assert "'text': '1e-3'" in got
    (untyped,) = said(trained["literals"], "got")
    assert untyped.startswith("(3,) (True, True, True, True) (1, 2) ")
    text = (project / "Logs/untyped_net/literals/config.yaml").read_text()
    assert "Unable" not in text
    assert not {"act", "drop", "scale", "mark"} & set(yaml.safe_load(text)["net"])


@pytest.mark.parametrize("text", TYPED)
def test_values_of_annotated_types(trained: dict[str, Any], project: Path, text: str) -> None:
    """A value is of its annotated type; and no name is taken from a net's parameters."""
    (got,) = said(trained["given"], "got")
    assert TYPED[text].format(home=(project.parent / "home").read_text()) in got


def test_values_without_a_type(trained: dict[str, Any]) -> None:
    """Without an annotation text is read as Python writes it."""
    (got,) = said(trained["literals"], "got")
    assert got.endswith(f"[{', '.join(LITERALS.values())}]")


@pytest.mark.parametrize("way", ["config", "test", "resume", "finetune"])
@pytest.mark.parametrize("run", ["defaults", "given", "literals"])
def test_values_read_back(
    trained: dict[str, Any], tried: dict[str, Any], run: str, way: str
) -> None:
    """A file or a checkpoint gives the same values."""
    assert said(tried[f"{run}: {way}"], "got") == said(trained[run], "got")


@pytest.mark.parametrize("case", REFUSED)
def test_refused_values(trained: dict[str, Any], case: str) -> None:
    """A constructor that fails costs two lines with the values given and the reason."""
    _, error, cure = REFUSED[case]

    require_refusal(trained[case], error, cure)


def test_a_bug_of_a_constructor(trained: dict[str, Any]) -> None:
    """An error that no value causes keeps its traceback."""
    assert (
        "AttributeError: 'Sequential' object has no attribute 'missing'"
        in trained["a bug"]["traceback"]
    )


@pytest.mark.parametrize(
    "case", [*(f"{case}: test" for case in INITIAL), "null", "null for a list", "resumed with null"]
)
def test_a_checkpoint_needs_no_initial_weights(tried: dict[str, Any], case: str) -> None:
    """Files with initial weights may be gone or be left out once there is a checkpoint."""
    assert (tried[case]["code"], tried[case]["traceback"]) == (0, ""), tried[case]["stderr"]


@pytest.mark.parametrize(
    ("case", "error"),
    {
        "another width": "error: --net.width 9 differs from",
        "another act": "error: --net.act gelu differs from",
        "new run": "error: PretrainedNet does not accept --net.weights gone/start.pt: FileN",
    }.items(),
)
def test_a_checkpoint_of_another_net(tried: dict[str, Any], case: str, error: str) -> None:
    """What the weights do not fit is refused, and a new run needs its initial weights."""
    assert (tried[case]["code"], tried[case]["traceback"]) == (2, "")
    assert tried[case]["stderr"].splitlines()[-2].startswith(error)


@pytest.mark.parametrize("case", SPLITS)
def test_words_for_a_split(trained: dict[str, Any], case: str) -> None:
    """A dataset gets the words for its roles that its annotation allows."""
    assert said(trained[case], "split") == SPLITS[case]


def test_no_word_for_a_split(trained: dict[str, Any]) -> None:
    """A role for which there is no word is refused, with the given words and the allowed ones."""
    assert (trained["two"]["code"], trained["two"]["traceback"]) == (2, "")
    error, cure = trained["two"]["stderr"].splitlines()
    assert error == (
        "error: TwoData gets split 'train', 'eval' or 'test', "
        "and its annotation has none for eval: train, test"
    )
    assert "allow 'eval' or 'val'" in cure
    assert "data/parts.py" in cure


def test_home_folder(trained: dict[str, Any], project: Path) -> None:
    """~ in a file is the home folder."""
    assert trained["home"]["traceback"] == ""
    runs = f"{(project.parent / 'home').read_text()}/{project.parent.name}-runs"
    assert f"Results in {runs}/standard_net/home" in trained["home"]["stdout"]


def test_help_of_kwargs(trained: dict[str, Any]) -> None:
    """Parameters that come through **kwargs are listed, without those that only code can give."""
    text = trained["help"]["stdout"].partition("Trainer (--trainer.*)")[0]
    assert "--net.width_per_group" in text
    assert "norm_layer" not in text
    assert "known subclasses" not in text


def test_from_python(trained: dict[str, Any], lab: Path, project: Path) -> None:
    """Lightning's own way to load a checkpoint gives the same net."""
    last = project / "Logs/typed_net/given/checkpoints/last.ckpt"
    load = "from model import MInterface; MInterface.load_from_checkpoint"
    done = python(lab, project, "-c", f"{load}('{last}', weights_only=True)")
    assert done.returncode == 0, done.stderr
    assert [line.removeprefix("got ") for line in done.stdout.splitlines()] == said(
        trained["given"], "got"
    )
