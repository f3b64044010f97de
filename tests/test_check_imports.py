"""`plgen check` follows imports: into the project, and to the packages that it requires."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import contents, once
from plgen.checking import requirements
from plgen.commands.add import add
from plgen.commands.check import check
from plgen.commands.new import new
from plgen.commands.remove import remove
from plgen.commands.rename import rename
from plgen.naming.kinds import KINDS
from test_unreadable import refuse

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


BLOCKS = "class Block: ...\n\n\ndef make():\n    inner = 1\n    return inner\n"
# What is written; where it leads nowhere, and the reason.
NOWHERE: dict[str, tuple[dict[str, str], str]] = {
    "module": ({SCRIPT: "\nimport model.gone\n"}, "2 there is no module model.gone"),
    "module of a from": ({SCRIPT: "from model.gone import x"}, "1 there is no module model.gone"),
    "deep module": (
        {"model/a/__init__.py": "", SCRIPT: "import model.a.b.c as d"},
        "1 there is no module model.a.b",
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
    "name in a function": (
        {"utils/b.py": BLOCKS, SCRIPT: "from utils.b import inner"},
        "1 utils.b has no inner",
    ),
    "name in a class": (
        {"utils/b.py": "class A:\n    x = 1", SCRIPT: "from utils.b import x"},
        "1 utils.b has no x",
    ),
    "name for type checkers": (
        {
            "utils/b.py": "import typing as t\nif t.TYPE_CHECKING:\n    from os import path",
            SCRIPT: "from utils.b import path",
        },
        "1 utils.b has no path",
    ),
    "in a function": (
        {SCRIPT: "def f():\n    import model.gone"},
        "2 there is no module model.gone",
    ),
    "for type checkers": (
        {SCRIPT: "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import model.gone"},
        "3 there is no module model.gone",
    ),
    "in a try for something else": (
        {SCRIPT: "try:\n    import model.gone\nexcept KeyError: ..."},
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
    "star that leaves out": (
        {
            "utils/a.py": "__all__ = ['x']\nx = y = 1\n",
            "utils/b.py": "from utils.a import *\n",
            SCRIPT: "from utils.b import x, y",
        },
        "1 utils.b has no y",
    ),
    "star that leaves out what is private": (
        {
            "utils/a.py": "_x = 1\n",
            "utils/b.py": "from .a import *\n",
            SCRIPT: "from utils.b import _x",
        },
        "1 utils.b has no _x",
    ),
    "list of exports": (
        {"utils/a.py": "__all__ = ['x', 'y']\nx = 1\n", SCRIPT: "from utils.a import *"},
        "1 __all__ of utils/a.py lists 'y', which does not exist",
    ),
    "folder": ({"model/a/b.py": "", SCRIPT: "from model.a import b, c"}, "1 model.a has no c"),
    "module that is elsewhere": (
        {"model/blocks.py": BLOCKS, SCRIPT: "from blocks import Block"},
        "1 there is no module blocks where train.py looks for it",
    ),
    "module beside a net": (
        {"model/blocks.py": BLOCKS, "model/more.py": "from blocks import Block"},
        "1 there is no module blocks where model/more.py looks for it",
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


def test_the_cure_names_what_may_be_meant(project: Path) -> None:
    """A slip gets the nearest name; a module that is elsewhere its full name."""
    lines = ["from model import Minterface", "import model.standart_net", "import standard_net"]
    lay(project, {SCRIPT: "\n".join(lines)})

    assert [each.cure for each in check().findings] == [
        "did you mean MInterface?",
        "did you mean model.standard_net?",
        "import model.standard_net, or add standard-net to requirements.txt",
    ]


def test_a_submodule_has_its_own_requirements(project: Path) -> None:
    """Its imports are not checked."""
    lay(project, {"third/foo/a.py": "import nowhere\nfrom model import gone\n"})
    (project / "third/.git").write_text("gitdir: ../.git/modules/third\n")

    assert check().findings == ()


GUARDED = """
import contextlib, importlib.util, sys
from typing import TYPE_CHECKING
try:
    import model.gone, nowhere
except ImportError:
    try:
        import model.gone2
    finally:
        import nowhere2
try:
    from .gone import x
except (AttributeError, ModuleNotFoundError):
    x = None
try:
    def late():
        import nowhere3
except Exception: ...
with contextlib.suppress(ImportError):
    import model.gone, nowhere
if importlib.util.find_spec("nowhere"):
    import nowhere
if sys.version_info >= (3, 99):
    import nowhere
else:
    import nowhere2
if TYPE_CHECKING:
    import nowhere
"""
BOUND = """
import os.path, sys as system
from collections import *
from typing import TYPE_CHECKING, overload
if TYPE_CHECKING:
    from torch import Tensor
    checked = 1
if system:
    early = 1
else:
    late = 1
try:
    tried = 1
except OSError as error:
    handled = 1
else:
    well = 1
finally:
    ended = 1
for number, (first, *rest) in (): inside = 1
while (walrus := 0): waited = 1
with open("x") as opened: read = 1
match early:
    case {"a": matched, **others}: cased = 1
    case [*many]: ...
a = b, c = 1, 2
d: int = 1
e += 1
[f.g for f in a]
class K: ...
async def coroutine(): global made; made = 1
def function():
    def inner():
        global deep
        deep = 1
"""
NAMES = """
os system TYPE_CHECKING early late tried handled well ended number first rest inside walrus waited
opened read matched others cased many a b c d e K coroutine made function deep __name__ __file__
OrderedDict
"""
HARMLESS: dict[str, dict[str, str]] = {
    "guarded": {"model/b.py": GUARDED},
    "bound": {"utils/b.py": BOUND, SCRIPT: f"from utils.b import {', '.join(NAMES.split())}"},
    "for type checkers": {
        "utils/b.py": BOUND,
        SCRIPT: "from typing import *\nif TYPE_CHECKING:\n    from utils.b import checked, Tensor",
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
    "stars in a circle": {
        "utils/a.py": "from .b import *\n",
        "utils/b.py": "from .a import *\nx = 1\n",
        SCRIPT: "from utils.a import x, y",
    },
    "star of a package": {
        "utils/a/__init__.py": "from .b import *\nfrom .b import __all__\n",
        "utils/a/b.py": "__all__ = ['_x', 'y']\n_x = y = 1\n",
        SCRIPT: "from utils.a import _x, y, b\nfrom utils.a import *",
    },
    "exports that are computed": {
        "utils/a.py": "__all__ = [name for name in 'xy']\n",
        SCRIPT: "from utils.a import *",
    },
    "submodule": {"model/a/__init__.py": "", "model/a/b.py": "", SCRIPT: "from model.a import b"},
    "exported submodule": {
        "model/a/__init__.py": "__all__ = ['b']\n",
        "model/a/b.py": "",
        SCRIPT: "from model.a import *",
    },
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
    "src": {"src/mine/__init__.py": "", "src/mine/a.py": "", SCRIPT: "from mine import a"},
    "path of pytest": {
        "lib/mine.py": "",
        "tests/test_a.py": "import mine",
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = [".", "lib"]\n',
    },
    "installable": {
        "third_party/lib/setup.py": "import setuptools\n",
        "third_party/lib/lib/__init__.py": "from lib.a import x\n",
        "third_party/lib/lib/a.py": "x = 1\n",
        SCRIPT: "import lib.a",
    },
    "changed path": {
        "third/lib.py": "",
        SCRIPT: "import sys\nsys.path.insert(0, 'third')\nimport lib",
    },
    "compiled": {
        "utils/fast.cpython-312-x86_64-linux-gnu.so": "",
        SCRIPT: "from utils.fast import x\nimport utils.fast.y",
    },
    "no Python": {"tools/bad.py": "def (", SCRIPT: "from tools.bad import x\nimport tools.bad.y"},
    "Python's own": {SCRIPT: "import __future__, _thread, xml.dom, tomllib, nt"},
    "text": {SCRIPT: '"""\nimport model.gone\nfrom nowhere import x\n"""\n# import nowhere\n'},
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


def test_a_folder_that_cannot_be_entered(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody may look into is taken for what the imports say."""
    refuse(monkeypatch, "scandir", plain / "engine")
    refuse(monkeypatch, "stat", plain / "engine")

    assert found() == []


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


# What is imported, and the distributions that are asked for.
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
        message = f"{package} is imported, but requirements.txt does not list {name}"
        assert each.message.startswith(message)
        assert f"add {name} to requirements.txt" in each.cure

    required = (plain / "requirements.txt").read_text()
    listed = "".join(f"{name.upper()}[x] >= 1 ; y > '1' # z\n" for name in FOREIGN.values())
    (plain / "requirements.txt").write_text(required + listed)
    assert found() == []


LISTED = {
    "poetry group": {
        "pyproject.toml": '[tool.poetry.group.x.dependencies]\nopencv-python = "^4"',
    },
    "variant": {"requirements.txt": "opencv-python-headless==4"},
    "included": {
        "requirements.txt": "-r ./requirements.txt\n-r ./lists/base.txt",
        "lists/base.txt": "-r more.txt\n-r ../requirements.txt",
        "lists/more.txt": "\ufeffopencv-contrib-python",
    },
    "address": {"requirements.txt": "git+https://example.org/lab/cv2.git@main#subdirectory=x"},
    "egg": {"requirements.txt": "-e git+https://example.org/lab/x.git#egg=cv2"},
    "named address": {"requirements.txt": "cv2 @ https://example.org/x.whl"},
    "wheel": {"requirements.txt": "./wheels/cv2-4.1-py3-none-any.whl"},
    "dependencies": {"pyproject.toml": '[project]\ndependencies = ["opencv-python"]'},
    "extra": {"pyproject.toml": '[project.optional-dependencies]\nx = ["opencv-python"]'},
    "group": {"pyproject.toml": '[dependency-groups]\nx = ["cv2", {include-group = "y"}]'},
    "poetry": {"pyproject.toml": '[tool.poetry.dependencies]\nopencv-python = "^4"'},
}


@pytest.mark.parametrize("files", LISTED.values(), ids=LISTED)
def test_ways_to_require(files: dict[str, str]) -> None:
    """A package may be listed in every way that pip, uv and Poetry know."""
    required = requirements.Requirements(lambda file: files.get(file, "").encode())

    assert required.provides("cv2")
    assert not required.provides("sklearn")


def test_settings_that_cannot_be_read() -> None:
    """They require nothing, and what requirements.txt requires is known all the same."""
    files = {"requirements.txt": "opencv-python", "pyproject.toml": "a = " + "[" * 100_000}
    required = requirements.Requirements(lambda file: files.get(file, "").encode())

    assert required.provides("cv2")


def test_import_paths_of_pytest() -> None:
    """They may be a list, or one text."""
    for paths in ('["src", "lib"]', '"src lib"'):
        files = {"pyproject.toml": f"[tool.pytest.ini_options]\npythonpath = {paths}"}
        required = requirements.Requirements(lambda file, files=files: files.get(file, "").encode())

        assert required.paths == ("src", "lib")


def test_requirements_in_utf_16() -> None:
    """PowerShell writes such files, and pip reads them."""
    files = {"requirements.txt": "opencv-python\r\n".encode("utf-16")}
    required = requirements.Requirements(lambda file: files.get(file, b""))

    assert required.provides("cv2")


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


def test_default_that_is_gone(project: Path) -> None:
    """What main.py chooses by default has to be registered; --fix cannot choose another."""
    assert (project / "main.py").is_file()
    remove("example_net", force=True)
    remove("example_evaldata", force=True)

    checked = check(fix=True)

    assert [(each.file, each.code, each.message) for each in checked.left] == [
        ("main.py", "PLG206", "the default of --model_name, 'example_net', is not a net"),
        (
            "main.py",
            "PLG206",
            "the default of --eval_datasets, 'example_evaldata', is not a dataset",
        ),
    ]
    assert checked.left[0].cure == "choose another default: standard_net"
    assert checked.plan.operations == ()
    main = (project / "main.py").read_text()
    assert "example_net" in main.splitlines()[checked.left[0].line - 1]


def test_default_with_an_alias(project: Path) -> None:
    """A dataset with other arguments is the dataset, which `rename` follows."""
    main = project / "main.py"
    text = main.read_text()
    both = '"example_testdata", "example_testdata:noisy"'
    main.write_text(text.replace('default=["example_testdata"]', f"default=[{both}]"))
    assert found() == []

    rename("example_testdata", "digits_data")

    assert both.replace("example_testdata", "digits_data") in main.read_text()
    assert found() == []


def test_clean_after_every_command(project: Path) -> None:
    """Whatever is added, renamed and removed, each import still leads somewhere."""
    assert (project / "main.py").is_file()
    for kind in KINDS:
        add(kind, f"first_{kind.suffix}", ["depth:int=2", "act:Literal['a','b']='a'"])
        add(kind, f"second_{kind.suffix}", other=f"first_{kind.suffix}")
        assert found() == []
        rename(f"second_{kind.suffix}", f"third_{kind.suffix}", kind=kind.noun)
        assert found() == []
        remove(f"third_{kind.suffix}", kind=kind.noun, force=True)
        assert found() == []
    for old, later in ("example_traindata", "digits"), ("example_net", "lenet"), ("top_k", "right"):
        rename(old, later)
        assert found() == []


def test_a_class_renamed_by_fix_is_followed(project: Path) -> None:
    """After `--fix` the new name leads somewhere; the dry run says the same."""
    lay(
        project,
        {
            "model/resnet.py": "from torch import nn\nclass ResNet(nn.Module): ...\n",
            "tests/test_a.py": "from model.resnet import ResNet\n",
        },
    )

    dry = check(fix=True, dry_run=True)

    assert dry.left == check(fix=True).left == ()


def test_the_table_of_distributions() -> None:
    """Names are as package indexes compare them, and no row says what holds anyway."""
    for package, listed in requirements.DISTRIBUTIONS.items():
        names = listed.split()
        assert names == [requirements.normal(name) for name in names]
        assert names != [requirements.normal(package)], package
