"""What a file of the project exports keeps its name for those who import it from there."""

from __future__ import annotations

from pathlib import Path

import pytest
from plgen.commands.rename import rename
from test_rename import add

EXPORT = "from model.old_net import OldNet\n\nnet = OldNet()\n"
KEPT = "from model.new_net import NewNet as OldNet\n\nnet = OldNet()\n"
FOLLOWED = "from model.new_net import NewNet\n\nnet = NewNet()\n"

# What else is in the project, and whether it needs the old name in lib/zoo.py.
IMPORTERS: dict[str, tuple[str, str, bool]] = {
    "by name": ("a.py", "from lib.zoo import OldNet\n", True),
    "under another name": ("a.py", "from lib.zoo import OldNet as Net\n", True),
    "everything": ("a.py", "from lib.zoo import *\n\nOldNet()\n", True),
    "of the module": ("a.py", "from lib import zoo\n\nzoo.OldNet()\n", True),
    "of the package": ("a.py", "import lib.zoo\n\nlib.zoo.OldNet()\n", True),
    "of another name": ("a.py", "import lib.zoo as nets\n\nnets.OldNet()\n", True),
    "from beside it": ("lib/a.py", "from .zoo import OldNet\n", True),
    "as a script beside it": ("lib/a.py", "from zoo import OldNet\n", True),
    "in two ways": (
        "a.py",
        "def f():\n    from lib.zoo import OldNet\n\n\ndef g():\n    from timm import OldNet\n",
        True,
    ),
    "something else": ("a.py", "from lib.zoo import net\n\nOldNet = 1\n", False),
    "from elsewhere": ("a.py", "from timm.models import OldNet\n", False),
    "from the module": ("a.py", "from model.old_net import OldNet\n", False),
    "from its package": ("a.py", "import model\n\nmodel.OldNet()\n", False),
}


@pytest.mark.parametrize(("file", "text", "kept"), IMPORTERS.values(), ids=IMPORTERS)
def test_exports(project: Path, file: str, text: str, *, kept: bool) -> None:
    """A file that others import the class from has it under both names; they stay as they are."""
    add(project, "old_net", "OldNet")
    (project / "lib").mkdir()
    (project / "lib/zoo.py").write_text(EXPORT)
    (project / file).write_text(text)

    renamed = rename("old_net", "new_net")

    assert (project / "lib/zoo.py").read_text() == (KEPT if kept else FOLLOWED)
    if kept:
        assert (project / file).read_text() == text
        assert file in {place.file for place in renamed.left}


def test_a_package_that_keeps_the_name(project: Path) -> None:
    """Where the package binds the name in two ways, its importers keep it too."""
    add(project, "old_net", "OldNet")
    package = project / "model/__init__.py"
    either = "try:\n    from model.old_net import OldNet\nexcept ImportError:\n    OldNet = None\n"
    package.write_text(either + package.read_text())
    (project / "a.py").write_text("from model import OldNet\n")

    rename("old_net", "new_net")

    assert "    from model.new_net import NewNet as OldNet\n" in package.read_text()
    assert (project / "a.py").read_text() == "from model import OldNet\n"
