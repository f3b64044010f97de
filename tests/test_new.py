"""`plgen new` as a function: what it makes, what it guesses, and what it refuses."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Render, contents, run
from plgen import names
from plgen.errors import NameRefused, PlgenError, UsageError
from plgen.new import new
from plgen.questions import Answer, questions

NO_GIT = "no repository: git was not found"


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints in a folder."""
    return run("git", *arguments, cwd=folder).stdout.strip()


def test_makes_a_project(place: Path) -> None:
    """The plan names exactly the files that are there afterwards, and nothing else is left."""
    made = new("first", {})

    assert set(made.plan.files) == set(contents(place / "first"))
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
    assert set(contents(place)) == set(made.plan.files)
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
    assert planned.plan == made.plan
    assert planned.git == made.git


def make_file(folder: Path) -> None:
    """Put a file where the project is to go."""
    (folder / "x").write_text("mine")


def make_full(folder: Path) -> None:
    """Put a folder with a file in it where the project is to go."""
    (folder / "x").mkdir()
    (folder / "x" / "mine").touch()


def make_dangling(folder: Path) -> None:
    """Put a link that leads nowhere where the project is to go."""
    (folder / "x").symlink_to("nowhere")


def make_circle(folder: Path) -> None:
    """Put a link to itself where the project is to go."""
    (folder / "x").symlink_to("x")


def make_project(folder: Path) -> None:
    """Put a project where the project is to go."""
    new(str(folder / "x"), {}, git=False)


def make_nothing(_folder: Path) -> None:
    """Leave the place empty."""


REFUSED = {
    "file": (make_file, "x", "'x' is a file", "plgen new x-2"),
    "full folder": (make_full, "x", "'x' is a folder that is not empty", "plgen new x-2"),
    "dangling link": (make_dangling, "x", "'x' is a link that leads nowhere", "plgen new x-2"),
    "link to itself": (make_circle, "x", "'x' is a link that leads nowhere", "plgen new x-2"),
    "project": (make_project, "x", "'x' is a project already", "plgen new x-2"),
    "full current folder": (
        make_full,
        ".",
        "'.' is a folder that is not empty",
        "plgen new myproject",
    ),
    "parent": (make_nothing, "..", "'..' is a folder that is not empty", "plgen new myproject"),
    "below a file": (make_file, "x/y", "is not a folder", "plgen new x-2"),
    "in a project": (make_project, "x/model/y", "is a project, and one inside", "plgen new y"),
    "too long": (make_nothing, "x" * 300, "File name too long", "plgen new myproject"),
    "null": (make_nothing, "a\0b", "'a\\x00b' cannot be a folder", "plgen new myproject"),
    "empty": (make_nothing, "", "'' cannot be a folder", "plgen new myproject"),
    "dependency": (make_nothing, "torch", "cannot name", "plgen new torch --name my-torch"),
    "no letters": (make_nothing, "実験", "cannot name", "plgen new '実験' --name my-project"),
}


@pytest.mark.parametrize(("prepare", "path", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused_places(
    place: Path, prepare: Callable[[Path], None], path: str, message: str, hint: str
) -> None:
    """A place that will not do is refused, with a command that would, and nothing changes."""
    prepare(place)
    before = sorted(place.rglob("*"))

    with pytest.raises(PlgenError) as refusal:
        new(path, {})

    assert message in refusal.value.message
    assert refusal.value.hint == hint
    assert sorted(place.rglob("*")) == before


WRONG: dict[str, tuple[dict[str, Answer], str]] = {
    "unknown question": ({"autor": "x"}, "did you mean 'author'?"),
    "choice": ({"license": "Beerware"}, "not one of"),
    "type": ({"example": "maybe"}, "it is no bool"),
    "line break": ({"author": "a\nb"}, "control character"),
    "undecodable": ({"author": "\udcff"}, "control character"),
}


@pytest.mark.parametrize(("answers", "message"), WRONG.values(), ids=WRONG)
def test_refused_answers(place: Path, answers: dict[str, Answer], message: str) -> None:
    """An answer that no question accepts is refused before anything is made."""
    with pytest.raises(UsageError, match=message):
        new("first", answers)

    assert os.listdir(place) == []


def test_unwritable_parent(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be written to is said to be one."""

    def refuse(*_args: object, **_options: object) -> bool:
        return False

    monkeypatch.setattr(os, "access", refuse)
    with pytest.raises(PlgenError, match="cannot be written to") as refusal:
        new("first", {})

    assert refusal.value.hint == "plgen new ~/first"
    assert os.listdir(place) == []


@pytest.mark.parametrize("path", ["first", "a/b", "."])
@pytest.mark.parametrize("full_after", [0, 5])
def test_full_disk(
    place: Path, monkeypatch: pytest.MonkeyPatch, path: str, full_after: int
) -> None:
    """A disk that is full, at whichever file, leaves nothing behind."""
    write, written = Path.write_bytes, list[Path]()

    def write_or_fail(self: Path, data: bytes) -> int:
        written.append(self)
        if len(written) > full_after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", write_or_fail)
    with pytest.raises(PlgenError) as refusal:
        new(path, {"name": "first"})

    assert refusal.value.message == f"'{path}' cannot be made: No space left on device"
    assert refusal.value.hint == "free some space, then type it again"
    assert os.listdir(place) == []


def test_failure_while_moving_into_an_empty_folder(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When an entry cannot be moved into place, those before it are taken back."""
    rename, moved = Path.rename, list[Path]()

    def rename_or_fail(self: Path, target: Path) -> Path:
        moved.append(self)
        if len(moved) == 3:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_or_fail)
    with pytest.raises(PlgenError, match="Input/output error"):
        new(".", {})

    assert os.listdir(place) == []


def test_a_folder_that_comes_up_meanwhile_is_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's folder of the same name is neither overwritten nor mixed with."""
    rename = Path.rename

    def rename_late(self: Path, target: Path) -> Path:
        make_full(place)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_late)
    with pytest.raises(PlgenError, match="not empty"):
        new("x", {})

    assert [str(path.relative_to(place)) for path in sorted(place.rglob("*"))] == ["x", "x/mine"]


def test_repository(place: Path) -> None:
    """The project is a clean repository with one commit, by the user, on main."""
    made = new("first", {})
    project = place / "first"

    assert made.git.commit
    assert git(project, "log", "--format=%an %s") == "Ada Tester Start the project with plgen"
    assert git(project, "branch", "--show-current") == "main"
    assert git(project, "status", "--porcelain") == ""
    assert set(git(project, "ls-files", "-z").strip("\0").split("\0")) == set(made.plan.files)


def test_repository_keeps_to_the_settings_of_the_user(place: Path, home: Path) -> None:
    """The user's branch is taken; hooks, signatures and ignored files do not touch the commit."""
    hooks = home / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    (home / "ignore").write_text("*.py\n")
    with (home / ".gitconfig").open("a") as config:
        config.write(
            f"[init]\n\tdefaultBranch = trunk\n[commit]\n\tgpgSign = true\n"
            f"[core]\n\thooksPath = {hooks}\n\texcludesFile = {home / 'ignore'}\n"
        )

    made = new("first", {})

    assert made.git.commit, made.git.note
    assert git(place / "first", "branch", "--show-current") == "trunk"
    assert git(place / "first", "ls-files", "main.py") == "main.py"


def test_repository_is_not_that_of_a_running_hook(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables that git sets for its hooks do not lead to another repository."""
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))

    made = new("first", {})

    assert made.git.commit, made.git.note
    assert (place / "first/.git").is_dir()
    assert not (tmp_path / "other").exists()


def test_no_repository_within_another(place: Path) -> None:
    """In somebody's repository the project gets none of its own, and the result says so."""
    git(place, "init")

    made = new("a/first", {})

    assert made.git.note == f"no repository of its own, as it lies in that of {place}"
    assert not (place / "a/first/.git").exists()


def test_repository_without_files_is_filled(place: Path) -> None:
    """A repository that was just made, or cloned from an empty one, counts as empty."""
    git(place, "init")

    new(".", {})

    assert "?? main.py" in git(place, "status", "--porcelain")


def test_no_git(place: Path) -> None:
    """Without a repository nothing of git is there."""
    made = new("first", {}, git=False)

    assert made.git.note == "no repository (--no-git)"
    assert not (place / "first/.git").exists()


@pytest.mark.parametrize("dry_run", [False, True], ids=["real", "dry"])
def test_missing_git(place: Path, monkeypatch: pytest.MonkeyPatch, *, dry_run: bool) -> None:
    """Without git the project is made all the same, and the result says so."""
    monkeypatch.setenv("PATH", str(place / "nothing"))

    made = new("first", {}, dry_run=dry_run)

    assert made.git.note == NO_GIT
    assert made.answers["author"] == ""
    assert "author" not in " ".join(made.guesses)


def test_git_does_not_know_the_user(place: Path, home: Path) -> None:
    """Without an identity everything is staged, and the result says what to type."""
    (home / ".gitconfig").unlink()

    made = new("first", {})

    assert made.git.repository
    assert not made.git.commit
    assert "git config --global user.name" in made.git.note
    assert "A  main.py" in git(place / "first", "status", "--porcelain")


def test_git_fails(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git that fails costs the repository, never the project."""
    broken = tmp_path / "git"
    broken.write_text("#!/bin/sh\necho 'fatal: no' >&2\nexit 128\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    made = new("first", {})

    assert made.git.note == "no repository: fatal: no"
    assert set(contents(place / "first")) == set(made.plan.files)


@pytest.mark.skipif(shutil.which("git") is None, reason="makes a repository of the template")
def test_a_checkout_renders_its_files_not_its_latest_tag(place: Path) -> None:
    """Edits of the template count at once, also where the checkout has a tag."""
    root = Path(__file__).resolve().parents[1]
    for part in ("copier.yml", "template", "generator"):
        copy = shutil.copytree if (root / part).is_dir() else shutil.copy
        copy(root / part, place / part)
    git(place, "init")
    git(place, "add", "--all")
    git(place, "commit", "--message", "Tagged")
    git(place, "tag", "v0.1.0")
    (place / "template/project/edited.txt").write_text("after the tag")

    environment = {**os.environ, "PYTHONPATH": str(place / "generator")}
    command = ["python", "-m", "plgen", "new", str(place.parent / "made"), "--no-git"]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

    assert (place.parent / "made/edited.txt").read_text() == "after the tag"


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
