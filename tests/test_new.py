"""`plgen new` as a function: what it makes and what it guesses."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path

import pytest
import yaml
from conftest import Render, contents
from plgen.commands.add import add
from plgen.commands.new import new
from plgen.errors import NameRefused
from plgen.naming import names
from plgen.naming.kinds import NET


def test_makes_a_project(place: Path) -> None:
    """The plan names exactly the files that are there afterwards, and nothing else is left."""
    made = new("first", {})

    assert set(made.files) == set(contents(place / "first"))
    assert made.path == place / "first"
    assert os.listdir(place) == ["first"]


def test_missing_parents_are_made(place: Path) -> None:
    """Folders above the project come into being with it."""
    new("a/b/c", {}, git=False)

    assert os.listdir(place) == ["a"]
    assert (place / "a/b/c/.copier-answers.yml").is_file()


def test_folder_with_space_and_umlaut(place: Path) -> None:
    """A folder may have any name; the project's own keeps to the letters that are allowed."""
    made = new("Meine Prüfung", {}, git=False)

    assert made.answers["name"] == "Meine-Prufung"
    assert made.next[0] == "cd 'Meine Prüfung'"
    assert (place / "Meine Prüfung").is_dir()


def test_current_folder(place: Path) -> None:
    """An empty folder is filled and stays the same folder for the shell that is in it."""
    before = place.stat().st_ino

    made = new(".", {}, git=False)

    assert place.stat().st_ino == before
    assert set(contents(place)) == set(made.files)
    assert made.next == ("python main.py",)


def test_link_to_an_empty_folder(place: Path) -> None:
    """A link to an empty folder stays a link, and the folder is filled."""
    (place / "there").mkdir()
    (place / "link").symlink_to("there")

    new("link", {}, git=False)

    assert (place / "link").is_symlink()
    assert (place / "there/.copier-answers.yml").is_file()


UNUSUAL = [
    "Uses {{ braces }}, \"quotes\", 'quotes', # : - % \\ \\u0041 $x <b> & {% x %}",
    "\N{SNAKE} \ufeff \u2028 \u202e é \U0010ffff \ufffe",
    " yes ",
    '"""',
]


@pytest.mark.parametrize("text", UNUSUAL)
def test_every_answer_is_recorded(render: Render, text: str) -> None:
    """The answers are read again from every file that holds them."""
    project = render(description=text, author=text, license="MIT")

    record = (project / ".copier-answers.yml").read_text()
    answers = yaml.safe_load(record)
    metadata = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert (answers["description"], answers["author"], answers["_src_path"]) == (
        text,
        text,
        "plgen",
    )
    assert (metadata["description"], metadata["authors"]) == (text, [{"name": text}])
    assert text in (project / "LICENSE").read_text()
    assert text in (project / "README.md").read_text()
    assert str(project.parent) not in record


def test_the_workflow_of_a_project(render: Render) -> None:
    """The workflow can only read, ends in time, runs once for each commit, and pins actions."""
    text = (render(ci="github") / ".github/workflows/tests.yml").read_text()

    # YAML reads the word `on` as a value.
    workflow = yaml.safe_load(text.replace("\non:", "\n'on':"))
    assert workflow["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())
    assert workflow["on"] == {"push": {"branches": ["main", "master"]}, "pull_request": None}
    used = re.findall(r"uses: (.*)", text)
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v[0-9.]+", each) for each in used)


@pytest.mark.parametrize("mask", [0o077, 0o002])
def test_the_umask_decides_who_may_read(place: Path, mask: int) -> None:
    """Files and folders get the modes of new ones; an edited file keeps its own."""
    before = os.umask(mask)
    try:
        root = new("first", {"example": False}).path
        (root / "model/__init__.py").chmod(0o640)
        add(NET, "my_net", start=root)
    finally:
        os.umask(before)

    made = [place / "first", *(path for path in root.rglob("*") if ".git" not in path.parts)]
    modes = {path.relative_to(place).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in made}
    assert modes.pop("first/model/__init__.py") == 0o640
    for name, mode in modes.items():
        assert mode == (0o777 if (place / name).is_dir() else 0o666) & ~mask, name


def test_settings_of_the_user_do_not_leak(render: Render) -> None:
    """Copier's settings of the user change no answer."""
    project = render()

    assert "from the settings" not in (project / ".copier-answers.yml").read_text()


def test_the_name_and_the_author_are_guessed(place: Path) -> None:
    """Without flags, the folder gives the name and git's user.name the author."""
    made = new(str(place / "first"), {}, git=False)

    assert (made.answers["name"], made.answers["author"]) == ("first", "Ada Tester")


def test_a_name_of_two_lines_is_guessed_in_one(place: Path, home: Path) -> None:
    """The author from git's user.name is always one line, as a typed one."""
    (home / ".gitconfig").write_text('[user]\n\tname = "Ada\\nTester"\n\temail = ada@example.org\n')

    assert new(str(place / "first"), {}, git=False).answers["author"] == "Ada Tester"


def test_given_answers_are_recorded(place: Path) -> None:
    """Answers that are typed replace the guesses."""
    made = new("first", {"name": "mine", "author": ""}, git=False)

    assert (made.answers["name"], made.answers["author"]) == ("mine", "")
    assert made.path == place / "first"


@pytest.mark.parametrize("tracker", ["none", "wandb", "mlflow"])
def test_requirements_cannot_name_a_project(render: Render, tracker: str) -> None:
    """Every package that a project requires is refused as a project's name."""
    lines = (render(tracker=tracker) / "requirements.txt").read_text().splitlines()
    required = [line for line in lines if line and not line.startswith("#")]

    for line in required:
        name = line.split("[")[0].split(">")[0].split("=")[0].split("<")[0].split("~")[0].strip()
        with pytest.raises(NameRefused):
            names.check_project(name, "there")
    assert required
