"""`plgen check` where the system, or Python itself, does not let it read something."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from conftest import contents
from plgen.commands.check import check
from test_check_codes import NET, net, write


def test_a_folder_that_cannot_be_entered(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreadable folder is one finding, and the other folders are checked all the same."""
    net("gone_net", "Other")(project)
    write("utils/new_one.py", "import torchmetrics\nclass NewOne(torchmetrics.Metric): ...\n")(
        project
    )
    before = contents(project)
    refuse(monkeypatch, "scandir", project / "model")
    refuse(monkeypatch, "stat", project / "model")

    found = check(fix=True, dry_run=True)

    monkeypatch.undo()
    assert [f"{each.file} {each.code} {each.message}" for each in found.left] == [
        "model/__init__.py PLG301 model/ cannot be read: Permission denied"
    ]
    assert [each.path for each in found.plan.operations] == ["utils/__init__.py"]
    assert contents(project) == before


def test_a_repository_that_cannot_be_entered(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project is searched without git."""
    refuse(monkeypatch, "stat", project / ".git")

    assert check().findings == ()


def test_an_expression_that_is_too_deep(project: Path) -> None:
    """A file that Python cannot parse is a finding, and the other files are still checked."""
    write("model/deep_net.py", f"x = {'(' * 9000}1{')' * 9000}\n")(project)
    write("model/deeper_net.py", f"x = {'-' * 99999}1\n")(project)
    write("model/new_net.py", NET.format("NewNet"))(project)

    found = [(each.file, each.code) for each in check().findings]

    assert found == [
        ("model/deep_net.py", "PLG301"),
        ("model/deeper_net.py", "PLG301"),
        ("model/new_net.py", "PLG205"),
    ]


def refuse(monkeypatch: pytest.MonkeyPatch, name: str, folder: Path) -> None:
    """Let a system call refuse everything in a folder, for root too."""
    real = getattr(os, name)

    def call(path: int | str | Path = ".", *arguments: Any, **words: Any) -> Any:
        inside = Path() if isinstance(path, int) else Path(path)
        if inside.is_relative_to(folder) and (name == "scandir" or inside != folder):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **words)

    monkeypatch.setattr(os, name, call)
