"""`plgen new` as a function: what it makes and what it guesses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import Render, contents
from plgen.commands.new import new
from plgen.errors import NameRefused
from plgen.naming import names
from plgen.questions import questions


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


def test_every_answer_is_recorded(render: Render) -> None:
    """What is answered goes into the project's record, with no path of this machine."""
    project = render(description="Uses {{ braces }} and 'quotes'", author='A "B" \\ C')

    record = (project / ".copier-answers.yml").read_text()
    assert "Uses {{ braces }} and" in record
    assert "_src_path: plgen" in record
    assert str(project.parent) not in record


def test_settings_of_the_user_do_not_leak(render: Render) -> None:
    """Copier's settings of the user change no answer."""
    project = render()

    assert "from the settings" not in (project / ".copier-answers.yml").read_text()


def test_guesses_are_said(place: Path) -> None:
    """One line for each guess says where it is from and which flag pins it."""
    made = new(str(place / "first"), {}, git=False)

    assert made.guesses == (
        "name: first, from the folder (--name)",
        "author: Ada Tester, from git's user.name (--author)",
    )


def test_given_answers_are_no_guesses(place: Path) -> None:
    """What was typed is not said again."""
    made = new("first", {"name": "mine", "author": ""}, git=False)

    assert made.guesses == ()
    assert (made.answers["name"], made.answers["author"]) == ("mine", "")
    assert made.path == place / "first"


def test_dry_run_makes_nothing(place: Path) -> None:
    """A dry run plans what the real run then does."""
    planned = new("first", {}, dry_run=True)
    left = os.listdir(place)
    made = new("first", {})

    assert left == []
    assert planned.files == made.files
    assert planned.git == made.git


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


def test_every_question_is_of_a_form_that_has_a_flag() -> None:
    """Every question has a help text, a default, and choices that are text."""
    for question in questions():
        assert question.help, question.key
        assert not question.choices or question.default in question.choices, question.key
        assert all(type(choice) is str for choice in question.choices), question.key
