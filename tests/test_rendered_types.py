"""Every combination of answers is clean to the linter, the formatter and the type checker."""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from combinations import COMBINATIONS, rendered, sources, texts
from conftest import run
from plgen.commands.add import add
from plgen.naming.kinds import KINDS

PROGRAMS = Path(sys.executable).parent
# Packages of the engine that are the same in all projects, and so is what they import.
SAME = tuple(f"engine/{package}/" for package in ("checks", "choices", "learning", "loading"))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder that holds the project of each combination."""
    return rendered(tmp_path_factory)


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_ruff(folder: Path, arguments: list[str]) -> None:
    """Ruff finds nothing, by each project's own settings."""
    found = run(PROGRAMS / "ruff", *arguments, "--no-cache", folder)

    assert found.returncode == 0, found.stdout[-2000:] + found.stderr
    assert "No Python files" not in found.stderr


def distinct(folder: Path) -> dict[str, str]:
    """Return one combination for each set of Python files, whatever their project is called."""
    found: dict[str, str] = {}
    for name, answers in COMBINATIONS.items():
        text = json.dumps(sources(folder / name)).replace(str(answers["name"]), "NAME")
        found.setdefault(text, name)
    return {name: str(COMBINATIONS[name]["name"]) for name in found.values()}


def test_pyright(folder: Path, tmp_path: Path, lab: Path) -> None:
    """Pyright finds no error in projects and in what the parts render, by a project's settings."""
    names = list(distinct(folder))
    same = [
        {each for each in sources(folder / name).items() if each[0].startswith(SAME)}
        for name in names
    ]
    settings: dict[str, Any] = {}
    for name in names:
        shutil.copytree(folder / name, tmp_path / name, ignore=shutil.ignore_patterns("MNIST"))
        settings |= tomllib.loads(texts(folder / name)["pyproject.toml"])["tool"]["pyright"]
    params = ["depth:int=2", "act:Literal['relu','gelu']='relu'"]
    for kind in KINDS:  # what the parts render, beside the modules of the first project
        add(kind, f"first_{kind.suffix}", start=tmp_path / names[0])
        add(kind, f"second_{kind.suffix}", params, start=tmp_path / names[0])
    # One process reads PyTorch once.
    settings["executionEnvironments"] = [{"root": name} for name in names]
    settings["exclude"] = [f"{name}/{package}**" for name in names[1:] for package in SAME]
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))

    arguments = ("--outputjson", "--pythonpath", lab / "python", "--project", tmp_path)
    found = json.loads(run(PROGRAMS / "pyright", *arguments).stdout)

    assert len(names) >= 6
    assert all(each == same[0] for each in same)
    errors = [f"{e['file']}: {e['message']}" for e in found["generalDiagnostics"]]
    assert errors == []
    files = sum(len(sources(folder / name)) for name in names) + 2 * len(KINDS)
    files -= (len(names) - 1) * len(same[0])
    assert found["summary"]["filesAnalyzed"] >= files
