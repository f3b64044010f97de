"""`plgen check` follows imports: into the project, and to the packages that it requires."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import contents, once
from plgen.checking import imports
from plgen.commands.check import check
from plgen.commands.new import new

SCRIPT = "train.py"


@pytest.fixture
def plain(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Go into a project without the example, that lies in no repository."""

    def make(folder: Path) -> None:
        new(str(folder / "plain"), {"author": "", "example": False}, git=False)

    shutil.copytree(once(tmp_path_factory, "imports", make) / "plain", tmp_path / "plain")
    monkeypatch.chdir(tmp_path / "plain")
    return tmp_path / "plain"


def lay(project: Path, files: dict[str, str]) -> None:
    """Write files of a project."""
    for file, text in files.items():
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text(text)


def found() -> list[str]:
    """Return what is found, in short."""
    return [f"{each.file}:{each.line} {each.code} {each.message}" for each in check().findings]


BLOCKS = "class Block: ...\n"
# What is written; where it leads nowhere, and the reason.
NOWHERE: dict[str, tuple[dict[str, str], str]] = {
    "module": ({SCRIPT: "\nimport model.gone\n"}, "2 there is no module model.gone"),
    "module of a from": ({SCRIPT: "from model.gone import x"}, "1 there is no module model.gone"),
    "deep module": (
        {"model/a/__init__.py": "", SCRIPT: "import model.a.b.c as d"},
        "1 there is no module model.a.b.c",
    ),
    "module in a module": (
        {SCRIPT: "import model.standard_net.gone"},
        "1 there is no module model.standard_net.gone",
    ),
    "second of a line": (
        {SCRIPT: "import os, model.gone; import sys"},
        "1 there is no module model.gone",
    ),
    "name": (
        {SCRIPT: "from model.standard_net import StandartNet"},
        "1 model.standard_net has no StandartNet",
    ),
    "name of several lines": (
        {SCRIPT: "from model import (\n    NETS,\n    gone,\n)"},
        "3 model has no gone",
    ),
    "in a function": (
        {SCRIPT: "def f():\n    import model.gone"},
        "2 there is no module model.gone",
    ),
    "relative": ({"model/b.py": "from .gone import x"}, "1 there is no module .gone"),
    "relative name": ({"model/a/b.py": "from .. import gone"}, "1 .. has no gone"),
    "relative, out of the project": (
        {"model/b.py": "from ...utils import top_k"},
        "1 from ...utils leads out of the project",
    ),
    "relative at the top": ({SCRIPT: "from . import model"}, "1 from . leads out of the project"),
    "star": ({SCRIPT: "from model.gone import *"}, "1 there is no module model.gone"),
    "folder": ({"model/a/b.py": "", SCRIPT: "from model.a import b, c"}, "1 model.a has no c"),
    "module beside a net": (
        {"model/blocks.py": BLOCKS, "model/more.py": "from blocks import Block"},
        "1 there is no module blocks at the top of the project",
    ),
    "in a test": (
        {SCRIPT: "", "tests/test_a.py": "import utils.gone"},
        "1 there is no module utils.gone",
    ),
    "in a package of one's own": (
        {"tools/__init__.py": "", "tools/a.py": "from tools import b"},
        "1 tools has no b",
    ),
}


@pytest.mark.parametrize(("files", "place"), NOWHERE.values(), ids=NOWHERE)
def test_imports_that_lead_nowhere(plain: Path, files: dict[str, str], place: str) -> None:
    """An import of the project's own that would fail is found at its line; `--fix` leaves it."""
    lay(plain, files)
    before = contents(plain)

    (finding,) = check().findings
    left = check(fix=True).left

    assert (finding.file, finding.code) == ([*files][-1], "PLG401")
    assert f"{finding.line} {finding.message}" == place
    assert finding.cure
    assert left == (finding,)
    assert contents(plain) == before


def test_a_module_beside_a_net_is_named_in_full(project: Path) -> None:
    """The cure of an import that would work for a script is the import that works."""
    lay(project, {"model/blocks.py": BLOCKS, "model/more.py": "from blocks import Block"})

    assert [each.cure for each in check().findings] == ["import model.blocks"]


GUARDED = """
import contextlib, importlib.util
from typing import TYPE_CHECKING
try:
    import model.gone, nowhere
except ImportError:
    def late():
        import nowhere3
with contextlib.suppress(ImportError):
    import model.gone, nowhere
if importlib.util.find_spec("nowhere"):
    import nowhere
else:
    from .gone import x
if TYPE_CHECKING:
    import nowhere
"""
HARMLESS: dict[str, dict[str, str]] = {
    "project as a package": {
        "__init__.py": "",
        "utils/b.py": "from .. import model\nfrom ..model.standard_net import StandardNet\n",
    },
    "guarded": {"model/b.py": GUARDED},
    "mentioned in any way": {
        "utils/b.py": "if (x := 1):\n    from os import path as y\n",
        SCRIPT: "from utils.b import x, y, __file__",
    },
    "module's getattr": {
        "utils/b.py": "def __getattr__(name): ...\n",
        SCRIPT: "from utils.b import anything",
    },
    "globals": {"utils/b.py": "globals().update(x=1)\n", SCRIPT: "from utils.b import x"},
    "set by itself": {
        "utils/b.py": "import sys\nsetattr(sys.modules[__name__], 'x', 1)\n",
        SCRIPT: "from utils.b import x",
    },
    "star of a library": {"utils/b.py": "from os import *\n", SCRIPT: "from utils.b import getcwd"},
    "submodule": {"model/a/__init__.py": "", "model/a/b.py": "", SCRIPT: "from model.a import b"},
    "folders without __init__": {
        "blocks/deep/a.py": "from .b import x\nfrom ..top import y\nfrom . import b\n",
        "blocks/deep/b.py": "x = 1\n",
        "blocks/top.py": "y = 1\n",
        SCRIPT: "import blocks.deep.a\nfrom blocks import deep, top\nfrom blocks.deep import b",
    },
    "package and its parent": {
        "utils/a/__init__.py": "from . import b\nfrom .b import x as z\nfrom .. import top_k\n",
        "utils/a/b.py": "from . import z\nfrom .. import METRICS\nx = 1\n",
    },
    "beside a script": {"scripts/a.py": "import b\nfrom b import x", "scripts/b.py": "x = 1\n"},
    "beside a test": {
        "tests/unit/test_a.py": "import helper, conftest",
        "tests/unit/helper.py": "",
    },
    "elsewhere": {"src/mine/__init__.py": "", "src/mine/a.py": "", SCRIPT: "from mine import a"},
    "library of the name of a folder": {"yaml/a.py": "", SCRIPT: "from yaml import safe_load"},
    "changed path": {
        "third/lib.py": "",
        SCRIPT: "import sys\nsys.path.insert(0, 'third')\nimport lib",
    },
    "compiled": {
        "utils/fast.cpython-312-x86_64-linux-gnu.so": "",
        SCRIPT: "from utils.fast import x",
    },
    "not compiled yet": {"utils/fast.pyx": "", SCRIPT: "from utils.fast import x"},
    "no text": {"tools/bad.py": "x\0", SCRIPT: "from tools.bad import x"},
    "Python's own": {SCRIPT: "import __future__, _thread, xml.dom, distutils, tomllib, nt"},
    "text": {SCRIPT: '"""\nimport model.gone\nfrom nowhere import x\n"""\n# import nowhere\n'},
    "files that build": {"setup.py": "import setuptools", "noxfile.py": "import nox"},
    "parts of a distribution": {
        SCRIPT: "import lightning_fabric, mpl_toolkits.mplot3d, yaml, torchgen, functorch, _pytest"
    },
    "folder of results called as a library": {
        "wandb/a.py": "",
        SCRIPT: "import torch\nimport wandb.a",
    },
}


@pytest.mark.parametrize("files", HARMLESS.values(), ids=HARMLESS)
def test_imports_that_lead_somewhere(plain: Path, files: dict[str, str]) -> None:
    """What works, or may fail and be handled, is no finding."""
    lay(plain, files)

    assert found() == []


BROKEN = {"missing": None, "empty": "", "no Python": "NETS = (\n"}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_package_that_is_broken(plain: Path, text: str | None) -> None:
    """It is found once for each register, and not again for each import from it."""
    package = plain / "model/__init__.py"
    package.unlink()
    if text is not None:
        package.write_text(text)

    assert {each.file for each in check().findings} == {"model/__init__.py"}


def test_files_that_git_ignores(project: Path) -> None:
    """They are not checked, and may be imported."""
    lay(
        project,
        {
            ".gitignore": "/drafts\n_version.py\n",
            "drafts/a.py": "import nowhere, model.gone",
            "utils/_version.py": "number = 1\n",
            SCRIPT: "from utils._version import number",
        },
    )

    assert found() == []


# What is imported, and the distributions that provide it.
FOREIGN = {
    "timm": "timm",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "bs4": "beautifulsoup4",
    "segment_anything": "segment-anything",
    "Cython": "cython",
}


def test_packages_that_are_not_required(plain: Path) -> None:
    """One finding a package, at its first import, until the package is listed."""
    lines = "".join(f"import {package}.x as y\n" for package in FOREIGN)
    lay(plain, {SCRIPT: lines, "utils/b.py": "def f():\n    import timm"})

    findings = [each for each in check().findings if each.code == "PLG402"]

    assert [(each.file, each.line) for each in findings] == [
        (SCRIPT, number + 1) for number in range(len(FOREIGN))
    ]
    for each, (package, name) in zip(findings, FOREIGN.items(), strict=True):
        assert each.message == f"{package} is imported, but the requirements do not list it"
        shown = "its package" if package in {"timm", "segment_anything", "Cython"} else name
        assert f"add {shown} to requirements.txt" in each.cure

    required = (plain / "requirements.txt").read_text()
    listed = "".join(f"{name.upper()}[x] >= 1 ; y > '1' # z\n" for name in FOREIGN.values())
    (plain / "requirements.txt").write_text(required + listed)
    assert found() == []


LISTED = {
    "poetry group": {
        "pyproject.toml": '[tool.poetry.group.x.dependencies]\nopencv-python = "^4"',
    },
    "included": {"requirements.txt": "-r env/common.txt", "env/common.txt": "opencv-python"},
    "variant": {"requirements.txt": "opencv-python-headless==4"},
    "of tests": {"requirements-dev.txt": "opencv-python"},
    "folder": {"requirements/base.txt": "\ufeffopencv-contrib-python"},
    "address": {"requirements.txt": "git+https://example.org/lab/cv2.git@main#subdirectory=x"},
    "egg": {"requirements.txt": "-e git+https://example.org/lab/x.git#egg=cv2"},
    "named address": {"requirements.txt": "cv2 @ https://example.org/x.whl"},
    "wheel": {"requirements.txt": "./wheels/cv2-4.1-py3-none-any.whl"},
    "dependencies": {"pyproject.toml": '[project]\ndependencies = ["opencv-python"]'},
    "extra": {"pyproject.toml": '[project.optional-dependencies]\nx = ["opencv-python"]'},
    "group": {"pyproject.toml": '[dependency-groups]\nx = ["cv2", {include-group = "y"}]'},
    "poetry": {"pyproject.toml": '[tool.poetry.dependencies]\nopencv-python = "^4"'},
    "no TOML": {"pyproject.toml": '"opencv-python" = ' + "[" * 100_000},
}


@pytest.mark.parametrize("files", LISTED.values(), ids=LISTED)
def test_ways_to_require(tmp_path: Path, files: dict[str, str]) -> None:
    """A package may be listed in every way that pip, uv and Poetry know."""
    lay(tmp_path, files)

    required = imports.required_names(tmp_path, files)

    assert imports.is_provided(required, "cv2")
    assert not imports.is_provided(required, "sklearn")


def test_a_link_to_a_module(plain: Path) -> None:
    """Its relative imports belong to the folder that it leads to."""
    lay(plain, {"utils/b.py": "from .top_k import TopK\n"})
    (plain / "lib").mkdir()
    (plain / "lib/b.py").symlink_to("../utils/b.py")

    assert check(start=plain).findings == ()


def test_requirements_in_utf_16(tmp_path: Path) -> None:
    """PowerShell writes such files, and pip reads them."""
    (tmp_path / "requirements.txt").write_bytes("opencv-python\r\n".encode("utf-16"))

    required = imports.required_names(tmp_path, ["requirements.txt"])

    assert imports.is_provided(required, "cv2")
    assert not imports.is_provided(required, "sklearn")


def test_comments_require_nothing(tmp_path: Path) -> None:
    """What is only named in a comment is not required."""
    (tmp_path / "requirements.txt").write_text("torch  # not timm\n# timm\n")

    assert imports.required_names(tmp_path, ["requirements.txt"]) == {"torch"}


def test_a_file_that_only_ends_like_a_setup(plain: Path) -> None:
    """Its imports are checked like all others."""
    lay(plain, {"utils/data_setup.py": "import timm\n"})

    assert [each.code for each in check().findings] == ["PLG402"]


def test_packages_named_like_modules_of_the_engine(plain: Path) -> None:
    """They are packages that are not required: nobody means the engine."""
    lay(plain, {SCRIPT: "import datasets\nimport git\n"})

    assert [each.code for each in check().findings] == ["PLG402", "PLG402"]


def test_nothing_installed_counts(plain: Path) -> None:
    """What this environment has, such as pydantic, is no requirement of the project."""
    lay(plain, {SCRIPT: "import pydantic"})

    assert [each.code for each in check().findings] == ["PLG402"]
