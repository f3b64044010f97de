"""What else lies in a project and has packages of the same names: it is none of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import contents
from plgen.commands.remove import remove
from plgen.commands.rename import rename

USE = "from model.standard_net import StandardNet\n\nnet = StandardNet()\n"
CONFIG = "model_name: standard_net\n"


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files, in folders that are made for them."""
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)


def uses(folder: Path) -> tuple[str, str]:
    """Return what a folder's two files that name the net hold."""
    return (folder / "use.py").read_text(), (folder / "a.yaml").read_text()


@pytest.mark.parametrize("git", [True, False], ids=["git", "no git"])
def test_a_project_within(project: Path, tmp_path: Path, *, git: bool) -> None:
    """A project in a project's folder is another one: neither changed, nor in the way."""
    write(project, {"use.py": USE, "a.yaml": CONFIG})
    inner = shutil.copytree(project, tmp_path / "inner")
    if not git:
        shutil.rmtree(inner / ".git")
        shutil.rmtree(project / ".git")
    inner = inner.rename(project / "inner")
    before = contents(inner)

    found = {place.file for place in remove("standard_net", force=True, dry_run=True).left}
    renamed = rename("standard_net", "tiny_net")

    assert contents(inner) == before
    assert found == {"README.md", "a.yaml", "main.py", "use.py"}
    assert renamed.left == ()


def test_another_template_within(project: Path) -> None:
    """What another template of Copier wrote in a folder makes it no project of plgen."""
    write(
        project / "lab", {".copier-answers.yml": "_src_path: x\n", "use.py": USE, "a.yaml": CONFIG}
    )

    rename("standard_net", "tiny_net")

    assert "standard_net" not in "".join(uses(project / "lab"))


# The files of a folder beside those that name the net, and whether these are followed.
FOLDERS: dict[str, tuple[dict[str, str], bool]] = {
    "its module": ({"lab/model/standard_net.py": ""}, False),
    "its package": ({"lab/model/__init__.py": ""}, False),
    "its model": ({"lab/model.py": ""}, False),
    "its module above": ({"model/standard_net.py": ""}, False),
    "the tests of the model": ({"lab/model/test_standard_net.py": ""}, True),
    "other packages": ({"lab/data/__init__.py": "", "lab/models/standard_net.py": ""}, True),
    "no code": ({"lab/model/standard_net.md": ""}, True),
}


@pytest.mark.parametrize(("files", "followed"), FOLDERS.values(), ids=FOLDERS)
def test_a_program_within(project: Path, files: dict[str, str], *, followed: bool) -> None:
    """Code that came with a package of the same name may mean that one: it is only listed."""
    write(project / "third_party", {**files, "lab/use.py": USE, "lab/a.yaml": CONFIG})
    lab = project / "third_party/lab"

    left = {place.file for place in rename("standard_net", "tiny_net").left}

    assert (uses(lab) == (USE, CONFIG)) is not followed
    assert ("third_party/lab/use.py" in left) is not followed
    assert ("third_party/lab/a.yaml" in left) is not followed


def test_packages_of_the_project_itself(project: Path) -> None:
    """A package in one of the project's own hides nothing from what is imported from the top."""
    write(project / "utils", {"model/__init__.py": "", "use.py": USE})

    rename("standard_net", "tiny_net")

    assert "from model.tiny_net import TinyNet" in (project / "utils/use.py").read_text()
