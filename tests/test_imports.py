"""Imports that fail: packages that are not installed, and code of others with a package `utils`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.add import add
from plgen.commands.new import new
from plgen.naming.kinds import DATASET, NET
from projects import TINY, drive, outcomes, project, python

NET_OF_HUB = '''"""A net of somebody else."""

import torch
from torch import Tensor, nn

from engine import foreign_code


class {name}(nn.Module):
    """Their layer."""

    def __init__(self) -> None:
        super().__init__()
        {opening}
            self.layer = torch.hub.load("theirs", "net", source="local")

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.flatten(1))
'''
HUBCONF = """
import torch

def net():
    from utils.general import SIZE
    return torch.nn.Linear(SIZE, 10)
"""
# The beginning of a file.
BEGINNINGS = {
    "absent_net": "import torch\nimport absent.models\n",
    "nothing_net": "from utils import nothing\n",
    "beside_net": "import torch\nimport absent_net\n",
    "mistyped_net": "import torch\nfrom model.absnet_net import AbsentNet\n",
    "broken_net": "import json\nfrom json import no_such_name\n",
}
HIDDEN = "utils is this project's own package"
INSTALL = "install the package that provides it, and add it to requirements.txt"
# What is typed, the error and the help.
REFUSED = {
    "package": (["--model_name=absent_net"], "absent is not installed", INSTALL),
    "of a dataset": (["--test_datasets=absent_data"], "absent is not installed", INSTALL),
    "their utils": (
        ["--model_name=their_net"],
        f"theirs/hubconf.py, line 5: No module named 'utils.general'; {HIDDEN}",
        "build foreign code inside `with foreign_code():` of engine; see README.md",
    ),
}
OWN_ERRORS = ("nothing_net", "beside_net", "mistyped_net", "broken_net")


@pytest.fixture(scope="module")
def tried(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what became of each command line."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        for name, opening in (("their_net", "if True:"), ("built_net", "with foreign_code():")):
            file = made / add(NET, name, start=made).file
            file.write_text(NET_OF_HUB.format(name=name.title().replace("_", ""), opening=opening))
        for name, beginning in BEGINNINGS.items():
            file = made / add(NET, name, start=made).file
            file.write_text(beginning + file.read_text())
        file = made / add(DATASET, "absent_data", start=made).file
        file.write_text("import absent\n" + file.read_text())
        theirs = made / "theirs"
        (theirs / "utils").mkdir(parents=True)
        (theirs / "utils/__init__.py").touch()
        (theirs / "utils/general.py").write_text("SIZE = 784\n")
        (theirs / "hubconf.py").write_text(HUBCONF)
        cases = [(name, [*TINY, *typed]) for name, (typed, _, _) in REFUSED.items()]
        cases += [(net, [*TINY, f"--model_name={net}"]) for net in OWN_ERRORS]
        cases += [("built", [*TINY, "--model_name=built_net"])]
        drive(lab, made, "options.py", cases, folder / "outcomes.json")

    once(tmp_path_factory, "missing-packages", make)
    return outcomes(tmp_path_factory, "missing-packages", lambda _: None)


@pytest.mark.parametrize("case", REFUSED)
def test_a_missing_package_is_named(tried: dict[str, Any], case: str) -> None:
    """Two lines say what is missing and what to do, and no run is made."""
    _, error, cure = REFUSED[case]
    found = tried[case]

    assert (found["code"], found["traceback"], found["new"]) == (2, "", [])
    *_, first, second = found["stderr"].splitlines()
    assert first.removeprefix("error: ").rpartition("sample/")[2] == error
    assert second == f"help: {cure}"


def test_code_with_a_package_utils_works(tried: dict[str, Any]) -> None:
    """A net that is built inside foreign_code trains."""
    assert tried["built"]["code"] == 0, tried["built"]["traceback"]


MISSING = """
import importlib.util, runpy, sys
sys.path.insert(0, "")
find = importlib.util.find_spec
gone = {"matplotlib", "rich"}
importlib.util.find_spec = lambda name, *more: None if name in gone else find(name, *more)
runpy.run_path("main.py", run_name="__main__")
"""


def test_a_package_of_every_run(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> None:
    """Without a package of requirements.txt the first command says so in two lines."""
    done = python(lab, project(tmp_path_factory, "predictions", example=False), "-c", MISSING)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        "error: not installed: matplotlib, rich",
        "help: pip install -r requirements.txt",
    ]


@pytest.mark.parametrize("net", OWN_ERRORS)
def test_another_import_error_keeps_its_traceback(tried: dict[str, Any], net: str) -> None:
    """A name that an installed or an own module lacks is a mistake in the code."""
    assert tried[net]["code"] == 1
    assert f"model/{net}.py" in tried[net]["traceback"]
