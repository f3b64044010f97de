"""Who may import what, who may print, and what a template may not do."""

from __future__ import annotations

import ast
import json
import re
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, checkout, run

PACKAGE = ROOT / "generator" / "plgen"
MODULES = {
    ".".join(file.relative_to(PACKAGE).with_suffix("").parts): file
    for file in PACKAGE.rglob("*.py")
    if file.name != "__init__.py"
}


@cache
def imports(file: Path) -> frozenset[str]:
    """Return the modules that a file imports, wherever in it; ours as `plgen.names`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found.update({name for name in named if name.removeprefix("plgen.") in MODULES})
            found.update([node.module])
    return frozenset(found)


def importers(package: str) -> set[str]:
    """Return our modules that import a package or a part of it."""
    return {
        name
        for name, file in MODULES.items()
        if any(module.split(".")[0] == package for module in imports(file))
    }


@pytest.mark.parametrize(
    ("package", "module"),
    [("copier", "rendering.new_project"), ("subprocess", "git"), ("signal", "signals")],
)
def test_one_module_imports(package: str, module: str) -> None:
    """One module alone imports each foreign package."""
    assert importers(package) == {module}


def test_the_command_line_is_known_by_its_name() -> None:
    """Typer is for the modules of the command line."""
    assert importers("typer") == {"cli"}


def test_errors_imports_nothing_of_ours() -> None:
    """The errors are the leaf that everything may import."""
    assert not any(module.startswith("plgen") for module in imports(MODULES["errors"]))


def ours(file: Path) -> set[str]:
    """Return those of our modules that a file imports."""
    return {module.removeprefix("plgen.") for module in imports(file)} & set(MODULES)


def test_imports_go_one_way() -> None:
    """No module imports itself, by whatever way round."""
    graph = {name: ours(file) for name, file in MODULES.items()}

    assert set(TopologicalSorter(graph).static_order()) == set(MODULES)


def test_packages_are_layers() -> None:
    """No package imports one that imports it, by whatever way round."""
    packages = {name.split(".")[0] for name in MODULES}
    graph: dict[str, set[str]] = {package: set() for package in packages}
    for name, file in MODULES.items():
        package = name.split(".")[0]
        graph[package] |= {module.split(".")[0] for module in ours(file)} - {package}

    assert set(TopologicalSorter(graph).static_order()) == packages


# The packages of a project's machinery: each may import those behind it, and none before it.
ENGINE = ROOT / "template" / "project" / "engine"
LAYERS = ("options", "runs", "checks", "learning", "loading", "choices")


def test_the_engine_has_layers() -> None:
    """Packages of the engine import in one direction."""
    found: set[tuple[str, str]] = set()
    for file in ENGINE.glob("*/*.py*"):
        layer, module = file.parent.name, f"{file.parent.name}/{file.name.split('.')[0]}"
        named = re.findall(r"^\s*from \.\.(\w+)", file.read_text("utf-8"), re.MULTILINE)
        before = LAYERS[: LAYERS.index(layer)] if layer != "__pycache__" else ()
        found |= {(module, other) for other in named if other in before}

    assert found == set()


# How Lightning's loops are made inside.
INSIDE = re.compile(
    r"\b(trainer|loop|callback|module)\._(?!_)|_that_stepped|_resuming_from|\"loops\""
)


def test_the_inside_of_lightning_is_known_to_one_module() -> None:
    """A new Lightning can break this module alone (tests/test_private_attributes.py)."""
    found = {
        file.relative_to(ENGINE).as_posix()
        for file in ENGINE.rglob("*.py*")
        if file.suffix != ".pyc" and INSIDE.search(file.read_text("utf-8"))
    }

    assert found == {"loops.py"}


def test_only_the_command_line_prints() -> None:
    """Logic returns its result, and one module of the command line prints it."""
    printing = {
        name
        for name, file in MODULES.items()
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    }

    assert printing == {"output"}


def test_the_template_runs_no_code() -> None:
    """Rendering is all that the template does on the user's machine."""
    keys = set(yaml.safe_load((ROOT / "copier.yml").read_text("utf-8")))

    assert keys.isdisjoint({"_tasks", "_migrations", "_jinja_extensions", "_external_data"})


def loaded_after(statement: str) -> set[str]:
    """Return the modules that are loaded when a fresh Python has run the statement."""
    code = f"import json, sys\n{statement}\nprint('\\n' + json.dumps(list(sys.modules)))"
    output = run(sys.executable, "-c", code, env=checkout()).stdout
    return set(json.loads(output.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["new", "--help"], ["--version"]])
def test_help_is_light(arguments: list[str]) -> None:
    """Commands that only print import neither Copier nor Jinja nor PyTorch."""
    statement = f"sys.argv[1:] = {arguments}\nfrom plgen.__main__ import main\nmain()"

    modules = loaded_after(statement)

    assert "typer" in modules
    assert modules.isdisjoint({"copier", "jinja2", "torch"})


@pytest.mark.parametrize(
    "arguments",
    [
        ["add-model", "first_net"],
        ["list"],
        ["check"],
        ["rename", "top_k", "top_one"],
        ["remove", "standard_net"],
    ],
    ids=" ".join,
)
def test_commands_are_light(project: Path, arguments: list[str]) -> None:
    """Commands within a project import neither Copier nor Jinja nor PyTorch."""
    statement = f"sys.argv[1:] = {arguments}\nfrom plgen import cli\nassert not cli.main()"

    modules = loaded_after(statement)

    assert (project / "main.py").is_file()
    assert modules.isdisjoint({"copier", "jinja2", "torch"})
