"""What a file of the project exports follows, and so do those who import it from there."""

from __future__ import annotations

from pathlib import Path

import pytest
from plgen.commands.rename import rename
from test_references import follow
from test_rename import add

EXPORT = "from model.old_net import OldNet\n\nnet = OldNet()\n"

# What else is in the project, and whether it means the class that lib/zoo.py exports.
IMPORTERS: dict[str, tuple[str, str, bool]] = {
    "by name": ("a.py", "from lib.zoo import OldNet\n", True),
    "under another name": ("a.py", "from lib.zoo import OldNet as Net\n", True),
    "everything": ("a.py", "from lib.zoo import *\n\nOldNet()\n", True),
    "of the module": ("a.py", "from lib import zoo\n\nzoo.OldNet()\n", True),
    "of the package": ("a.py", "import lib.zoo\n\nlib.zoo.OldNet()\n", True),
    "of another name": ("a.py", "import lib.zoo as nets\n\nnets.OldNet()\n", True),
    "from beside it": ("lib/a.py", "from .zoo import OldNet\n", True),
    "as a script beside it": ("lib/a.py", "from zoo import OldNet\n", True),
    "something else": ("a.py", "from lib.zoo import net\n\nOldNet = 1\n", False),
    "from elsewhere": ("a.py", "from timm.models import OldNet\n", False),
}


@pytest.mark.parametrize(("file", "text", "follows"), IMPORTERS.values(), ids=IMPORTERS)
def test_exports(project: Path, file: str, text: str, *, follows: bool) -> None:
    """Files that import the class from another one follow too."""
    add(project, "old_net", "OldNet")
    (project / "lib").mkdir()
    (project / "lib/zoo.py").write_text(EXPORT)
    (project / file).write_text(text)

    renamed = rename("old_net", "new_net")

    assert (project / "lib/zoo.py").read_text() == follow(EXPORT)
    assert (project / file).read_text() == (follow(text) if follows else text)
    assert (file in {place.file for place in renamed.left}) is not follows


def test_a_package_that_passes_the_module_on(project: Path) -> None:
    """The module itself may be imported from elsewhere."""
    add(project, "old_net", "OldNet")
    (project / "lib").mkdir()
    texts = {
        "lib/__init__.py": "from model import old_net\n",
        "a.py": "from lib import old_net\n\nold_net.OldNet()\n",
    }
    for file, text in texts.items():
        (project / file).write_text(text)

    rename("old_net", "new_net")

    assert {file: (project / file).read_text() for file in texts} == {
        file: follow(text) for file, text in texts.items()
    }


def test_through_a_file_that_exports_everything(project: Path) -> None:
    """A file between the two need not name the class."""
    add(project, "old_net", "OldNet")
    (project / "zoo.py").write_text("from model.old_net import *\n")
    (project / "all_zoos.py").write_text("from zoo import *\n")
    (project / "a.py").write_text("from all_zoos import OldNet\n")

    rename("old_net", "new_net")

    assert (project / "a.py").read_text() == "from all_zoos import NewNet\n"


def test_a_package_with_a_substitute(project: Path) -> None:
    """Where the package binds the name in two ways, both follow, and so do its importers."""
    add(project, "old_net", "OldNet")
    package = project / "model/__init__.py"
    either = "try:\n    from model.old_net import OldNet\nexcept ImportError:\n    OldNet = None\n"
    package.write_text(either + package.read_text())
    (project / "a.py").write_text("from model import OldNet\n")

    rename("old_net", "new_net")

    assert package.read_text().startswith(follow(either))
    assert (project / "a.py").read_text() == "from model import NewNet\n"
