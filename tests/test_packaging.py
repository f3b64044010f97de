"""Every way to install plgen renders the same project, byte for byte."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, Render, checkout, contents, plgen, python, run, succeed

Tree = dict[str, tuple[bytes, bool]]


@pytest.fixture
def tree(render: Render) -> Tree:
    """Give the files that this checkout renders."""
    return contents(render(author="A"))


def test_module_of_the_checkout(tree: Tree, place: Path) -> None:
    """`python -m plgen` renders what the function does."""
    plgen("new", "sample", "--author", "A", "--no-git")

    assert contents(place / "sample") == tree


def test_wheel(tree: Tree, installed: Path, place: Path) -> None:
    """The wheel, which is built from the sdist, renders what the checkout does."""
    succeed(installed, "new", place / "sample", "--author", "A", "--no-git")
    made = contents(place / "sample")

    assert made == tree
    assert not [file for file in made if "__pycache__" in file or file.endswith(".pyc")]


def test_editable_installation(tree: Tree, tmp_path: Path) -> None:
    """An editable installation, a path to the checkout, renders its files, not its latest tag."""
    copy = tmp_path / "checkout"
    for folder in ("generator", "template"):
        shutil.copytree(ROOT / folder, copy / folder)
    bundle = copy / "generator/plgen/_bundle"
    bundle.mkdir(exist_ok=True)
    for folder in (copy, bundle):
        shutil.copy(ROOT / "copier.yml", folder)
    for words in ("init", "add --all", "commit --message Tagged", "tag v0.1.0"):
        succeed("git", *words.split(), cwd=copy)
    (copy / "template/project/later.txt").write_text("later")
    command = (sys.executable, "-m", "plgen", "new", tmp_path / "made/sample")

    env = checkout(PYTHONPATH=str(copy / "generator"))
    done = run(*command, "--author", "A", "--no-git", env=env)

    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "made/sample") == {**tree, "later.txt": (b"later", False)}


@pytest.mark.parametrize("source", ["folder", "repository"])
def test_plain_copier(tree: Tree, place: Path, tmp_path: Path, home: Path, source: str) -> None:
    """`copier copy` renders the same from the folder and from a repository of it."""
    (home / "copier.yml").write_text("{}")
    repository = tmp_path / "repository"
    shutil.copytree(ROOT / "template", repository / "template")
    shutil.copy(ROOT / "copier.yml", repository)
    if source == "repository":
        for words in (["init"], ["add", "--all", "--force"], ["commit", "--message", "Start"]):
            succeed("git", *words, cwd=repository)

    copier = ("-m", "copier", "copy", "--defaults", "--data", "author=A")
    done = python(*copier, repository, place / "sample")

    assert done.returncode == 0, done.stderr
    assert contents(place / "sample") == tree


def test_contents_of_the_wheel(wheel: Path) -> None:
    """The wheel holds the package, the whole template and the questions, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}

    template = {
        f"plgen/_bundle/{file.relative_to(ROOT).as_posix()}"
        for file in (ROOT / "template").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    package = {
        file.relative_to(ROOT / "generator").as_posix()
        for file in (ROOT / "generator" / "plgen").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert names == template | package | {"plgen/_bundle/copier.yml"}


def test_version_of_the_wheel(installed: Path, wheel: Path) -> None:
    """The one place of the version is that of the wheel, the program and the projects."""
    said = run(installed, "--version").stdout.strip()

    assert wheel.name.startswith(said.replace(" ", "-") + "-")
