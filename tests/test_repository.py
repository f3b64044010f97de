"""The repository of a new project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import contents, run
from plgen.commands.new import new
from plgen.git import COMMITTED

NO_GIT = "no repository: git was not found"


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints in a folder."""
    return run("git", *arguments, cwd=folder).stdout.strip()


def test_repository(place: Path) -> None:
    """The project is a clean repository with one commit, by the user, on main."""
    made = new("first", {})
    project = place / "first"

    assert made.git == COMMITTED
    assert git(project, "log", "--format=%an %s") == "Ada Tester Start the project with plgen"
    assert git(project, "branch", "--show-current") == "main"
    assert git(project, "status", "--porcelain") == ""
    assert set(git(project, "ls-files", "-z").strip("\0").split("\0")) == set(made.files)


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

    assert made.git == COMMITTED
    assert git(place / "first", "branch", "--show-current") == "trunk"
    assert git(place / "first", "ls-files", "main.py") == "main.py"


def test_repository_is_not_that_of_a_running_hook(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables that git sets for its hooks do not lead to another repository."""
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))

    made = new("first", {})

    assert made.git == COMMITTED
    assert (place / "first/.git").is_dir()
    assert not (tmp_path / "other").exists()


def test_no_repository_within_another(place: Path) -> None:
    """In somebody's repository the project gets none of its own, and the result says so."""
    git(place, "init")

    made = new("a/first", {})

    assert made.git == f"no repository of its own: the project lies in that of {place}"
    assert not (place / "a/first/.git").exists()


def test_repository_without_files_is_filled(place: Path) -> None:
    """A repository that was just made, or cloned from an empty one, counts as empty."""
    git(place, "init")

    new(".", {})

    assert "?? main.py" in git(place, "status", "--porcelain")


def test_no_git(place: Path) -> None:
    """Without a repository nothing of git is there."""
    made = new("first", {}, git=False)

    assert made.git == "no repository (--no-git)"
    assert not (place / "first/.git").exists()


@pytest.mark.parametrize("dry_run", [False, True], ids=["real", "dry"])
def test_missing_git(place: Path, monkeypatch: pytest.MonkeyPatch, *, dry_run: bool) -> None:
    """Without git the project is made all the same, and the result says so."""
    monkeypatch.setenv("PATH", str(place / "nothing"))

    made = new("first", {}, dry_run=dry_run)

    assert made.git == NO_GIT
    assert made.answers["author"] == ""


def test_git_does_not_know_the_user(place: Path, home: Path) -> None:
    """Without an identity everything is staged, and the result says what to type."""
    (home / ".gitconfig").unlink()

    made = new("first", {})

    before, _, typed = made.git.partition("; then, in the project: ")
    assert before == "a repository without a commit: Author identity unknown"
    assert "A  main.py" in git(place / "first", "status", "--porcelain")
    assert run("sh", "-c", typed, cwd=place / "first").returncode == 0
    assert git(place / "first", "status", "--porcelain") == ""


def test_git_fails(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git that fails costs the repository, never the project."""
    broken = tmp_path / "git"
    broken.write_text("#!/bin/sh\necho 'fatal: no' >&2\nexit 128\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    made = new("first", {})

    assert made.git == "no repository: fatal: no"
    assert set(contents(place / "first")) == set(made.files)
