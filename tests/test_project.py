"""Finding the project that a command is typed in, and what makes it refuse to work there."""

from __future__ import annotations

import builtins
import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import contents, plgen
from plgen import template
from plgen.commands.add import add
from plgen.commands.new import new
from plgen.errors import PlgenError
from plgen.naming.kinds import NET
from plgen.project.project import ANSWERS, find_root


def replace(project: Path, pattern: str, text: str) -> None:
    """Change the answers that a project records."""
    file = project / ANSWERS
    file.write_text(re.sub(pattern, text, file.read_text()))


def newer(project: Path) -> None:
    """Let the project be of a later template."""
    replace(project, r"_commit: \S+", "_commit: 99.0.0")


def unversioned(project: Path) -> None:
    """Let the project record no version."""
    replace(project, r"_commit: \S+", "_commit: null")


def not_yaml(project: Path) -> None:
    """Let the record be no YAML."""
    (project / ANSWERS).write_text("_src_path: plgen\nx: [1\n")


def no_date(project: Path) -> None:
    """Write what looks like a date, of a month that no year has."""
    (project / ANSWERS).write_text("_src_path: plgen\nx: 2026-13-45\n")


def not_text(project: Path) -> None:
    """Let the record be no text."""
    (project / ANSWERS).write_bytes(b"\xff\xfe")


def empty(project: Path) -> None:
    """Let the record hold nothing."""
    (project / ANSWERS).write_bytes(b"")


def folder(project: Path) -> None:
    """Let the record be a folder."""
    (project / ANSWERS).unlink()
    (project / ANSWERS).mkdir()


def missing(project: Path) -> None:
    """Let there be no record."""
    (project / ANSWERS).unlink()


def foreign(project: Path) -> None:
    """Let the record be that of another template."""
    replace(project, "_src_path: plgen", "_src_path: gh:somebody/template")


def no_package(project: Path) -> None:
    """Let the package have no file for the register."""
    (project / "model/__init__.py").unlink()


def broken_register(project: Path) -> None:
    """Let the register be edited into a syntax error."""
    file = project / "model/__init__.py"
    file.write_text(file.read_text().replace('    "standard_net",\n', '    "standard_net\n'))


def linked_folder(project: Path) -> None:
    """Let the folder of the nets be elsewhere."""
    (project / "model").rename(project.parent / "model")
    (project / "model").symlink_to(project.parent / "model")


REFUSED: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "newer": (newer, "was created by plgen 99.0.0, and this is", "pip install --upgrade"),
    "no version": (unversioned, "records no version", f"git -C {{}} checkout -- {ANSWERS}"),
    "no YAML": (not_yaml, f"{ANSWERS}:3 cannot be read", f"git -C {{}} checkout -- {ANSWERS}"),
    "no date": (no_date, f"{ANSWERS} cannot be read", f"git -C {{}} checkout -- {ANSWERS}"),
    "no text": (not_text, f"{ANSWERS} cannot be read", f"git -C {{}} checkout -- {ANSWERS}"),
    "empty": (empty, f"{ANSWERS} has no answers", f"git -C {{}} checkout -- {ANSWERS}"),
    "folder": (
        folder,
        f"{ANSWERS} cannot be read: Is a directory",
        f"git -C {{}} checkout -- {ANSWERS}",
    ),
    "no record": (missing, f"has a {ANSWERS} that plgen wrote", "plgen new myproject"),
    "other template": (foreign, "is not in a plgen project", "plgen new myproject"),
    "no register": (no_package, "model/__init__.py cannot be read: No such file", "check that"),
    "broken register": (broken_register, "model/__init__.py:8: ", "correct model/__init__.py:8"),
    "link": (linked_folder, "model is a link, which", "put a folder in place"),
}


@pytest.mark.parametrize("dry_run", [False, True], ids=["real", "dry"])
@pytest.mark.parametrize(("prepare", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused(
    project: Path, prepare: Callable[[Path], None], message: str, hint: str, *, dry_run: bool
) -> None:
    """A project that is not as it should be is refused with the reason, and nothing changes."""
    prepare(project)
    before = contents(project.parent)

    with pytest.raises(PlgenError) as refusal:
        add(NET, "first_one", dry_run=dry_run)

    assert message in refusal.value.message
    assert hint.format(project) in refusal.value.hint
    assert refusal.value.exit_code == 1
    assert contents(project.parent) == before


def test_other_template_around(project: Path) -> None:
    """A project of another template around ours, or in it, is looked through."""
    (project.parent / ANSWERS).write_text("_src_path: gh:somebody/template\n")
    inner = project / "docs"
    inner.mkdir()
    (inner / ANSWERS).write_text("_src_path: gh:somebody/docs\n")

    assert find_root(inner) == project


def test_older_project(project: Path) -> None:
    """A project of an older template is worked on."""
    replace(project, r"_commit: \S+", "_commit: 0.0.1")

    assert find_root(project) == project
    assert template.version() != "0.0.1"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_nothing_can_be_written(
    project: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A full disk or a read-only folder is an error with a cure, and the tree is as before."""
    before, real = contents(project), builtins.open

    def fail(file: Any, mode: str = "r", *rest: Any, **words: Any) -> Any:
        if mode == "xb" and Path(file).parent == project / "model":
            raise OSError(number, os.strerror(number), str(file))
        return real(file, mode, *rest, **words)

    monkeypatch.setattr(builtins, "open", fail)
    with pytest.raises(PlgenError) as refusal:
        add(NET, "first_one")

    assert refusal.value.message == f"nothing was changed: model: {os.strerror(number)}"
    assert refusal.value.hint.endswith("then run the command again")
    assert contents(project) == before


def test_outside(place: Path) -> None:
    """Outside a project every command says how it looked for one."""
    done = plgen("add-model", "first_one", cwd=place)

    assert done.returncode == 1
    assert f"error: {str(place)!r} is not in a plgen project" in done.stderr
    assert "\nhelp: plgen new myproject" in done.stderr


def quoted(project: Path) -> None:
    """Let the record be written as another program writes YAML."""
    replace(project, "_src_path: plgen", '"_src_path": "plgen" # ours')


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (quoted, "is a project; another one inside it would mix up their imports"),
        (newer, "is a project; another one inside it would mix up their imports"),
        (not_yaml, f"{ANSWERS}:3 cannot be read"),
        (not_text, f"{ANSWERS} cannot be read"),
    ],
)
def test_none_inside_another(project: Path, prepare: Callable[[Path], None], message: str) -> None:
    """No project is made where another command finds one, or could if its record were whole."""
    prepare(project)

    with pytest.raises(PlgenError, match=re.escape(message)):
        new(str(project / "model/inner"), {})

    assert not (project / "model/inner").exists()


def test_quoted_record(project: Path) -> None:
    """A record is read for what it says, however it is written."""
    quoted(project)

    assert find_root(project / "model") == project
