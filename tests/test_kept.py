"""A file that git cannot restore is not removed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import contents, run, succeed
from plgen import git
from plgen.commands.new import new
from plgen.commands.remove import remove
from plgen.commands.rename import rename
from plgen.errors import PlgenError

FILE = "model/standard_net.py"


def stage(project: Path) -> None:
    """Change the file and add it to the index."""
    modify(project)
    succeed("git", "add", FILE)


def modify(project: Path) -> None:
    """Change the file."""
    with (project / FILE).open("a") as file:
        file.write("# mine\n")


def forget(project: Path) -> None:
    """Commit that the file is none of git's."""
    assert (project / FILE).is_file()
    succeed("git", "rm", "--quiet", "--cached", FILE)
    succeed("git", "commit", "--quiet", "-m", "x")


def start_anew(project: Path) -> None:
    """Leave a repository without a commit."""
    leave_git(project)
    succeed("git", "init", "--quiet")
    succeed("git", "add", "--all")


def leave_git(project: Path) -> None:
    """Lose the repository."""
    shutil.rmtree(project / ".git")


def hide(project: Path) -> None:
    """Write what a filter keeps out of every commit."""
    (project / ".gitattributes").write_text("*.py filter=own\n")
    succeed("git", "config", "filter.own.clean", "sed /SECRET/d")
    succeed("git", "add", "--all")
    succeed("git", "commit", "--quiet", "-m", "x")
    (project / FILE).write_text((project / FILE).read_text() + "SECRET = 1\n")


UNSAVED: dict[str, Callable[[Path], object]] = {
    "modified": modify,
    "staged": stage,
    "untracked": forget,
    "filtered": hide,
    "no commit": start_anew,
    "no git": leave_git,
}


@pytest.mark.parametrize("do", UNSAVED.values(), ids=UNSAVED)
def test_what_git_does_not_have_is_kept(project: Path, do: Callable[[Path], object]) -> None:
    """Work that cannot be brought back goes by --force alone."""
    do(project)
    before = contents(project)

    with pytest.raises(PlgenError, match=f"git cannot restore {FILE} as it is") as refused:
        remove("standard_net")
    kept = contents(project) == before
    removed = remove("standard_net", force=True)

    assert kept
    assert refused.value.exit_code == 1
    assert refused.value.hint == "commit it, or plgen remove standard_net --force"
    assert removed.back == "git cannot restore it as it was"
    assert not (project / FILE).exists()


def test_without_git_installed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If git fails, nothing is removed."""
    monkeypatch.setenv("PATH", str(project))

    with pytest.raises(PlgenError, match="git cannot restore") as refused:
        remove("standard_net", dry_run=True)

    assert refused.value.hint.endswith(", or plgen remove --dry-run standard_net --force")


@pytest.mark.parametrize("ends", ["lf", "crlf"])
def test_what_git_writes_otherwise(project: Path, ends: str) -> None:
    """A file that git keeps with other ends of lines is one that it brings back."""
    (project / ".gitattributes").write_text(f"*.py text eol={ends}\n")
    succeed("git", "add", "--all")
    succeed("git", "commit", "--quiet", "-m", "x")
    (project / FILE).unlink()
    succeed("git", "checkout", "--", FILE)

    assert remove("standard_net").commit


def test_what_cannot_be_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be compared with the commit stays."""
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path == project / FILE:
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)

    assert git.backup(project, FILE) is None


HOSTILE = """
[core]
\trepositoryformatversion = 1
\tfsmonitor = touch {ran}
\thooksPath = programs
\tsshCommand = touch {ran}
[diff]
\texternal = touch {ran}
[diff "x"]
\ttextconv = touch {ran}
[filter "x"]
\tclean = touch {ran}; cat
\tsmudge = touch {ran}; cat
[alias]
\tls-files = !touch {ran}
[extensions]
\tpartialClone = x
[protocol "ext"]
\tallow = always
[remote "x"]
\turl = ext::touch {ran}
\tpromisor = true
\tpartialclonefilter = blob:none
"""


def lie_bare(project: Path) -> None:
    """Let the project itself be a repository, within another one, without a mark of it."""
    (project / ".git").rename(project / "real")
    for entry in (project / "real").iterdir():
        entry.rename(project / entry.name)
    succeed("git", "init", "--quiet", cwd=project.parent)


def lose_the_file(project: Path) -> None:
    """Lose what the commit holds of the file, so that git would fetch it."""
    with (project / FILE).open("a") as file:
        file.write("# a version that is in no pack of objects\n")
    succeed("git", "commit", "--quiet", "--all", "--message", "x", cwd=project)
    blob = run("git", "rev-parse", f"HEAD:{FILE}", cwd=project).stdout.strip()
    (project / ".git/objects" / blob[:2] / blob[2:]).unlink()


def stay(project: Path) -> None:
    """Leave the repository where it is."""
    assert (project / ".git").is_dir()


@pytest.mark.parametrize("do", [stay, lie_bare, lose_the_file])
def test_no_program_of_the_project_runs(
    project: Path, monkeypatch: pytest.MonkeyPatch, do: Callable[[Path], object]
) -> None:
    """Git runs no program that a project's repository names or holds."""
    ran = project.parent / "ran"
    (project / ".gitattributes").write_text("*.py filter=x diff=x\n")
    hooks = [project / "programs" / name for name in ("post-index-change", "post-checkout")]
    for program in (project / "git", *hooks):
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\ntouch {ran}\n")
        program.chmod(0o755)
    do(project)
    folder = project / ".git" if (project / ".git").is_dir() else project
    (folder / "config").write_text(HOSTILE.format(ran=ran))
    monkeypatch.setenv("PATH", "", prepend=os.pathsep)

    with suppress(PlgenError):
        remove("standard_net", dry_run=True)
    rename("standard_net", "other_net")
    new("../another", {}, dry_run=True)

    assert not ran.exists()
    assert (project / "model/other_net.py").is_file()
