"""Find the template: at the root of a checkout, or in the installed package."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from plgen.errors import PlgenError


@cache
def root() -> Path:
    """Return the folder that holds copier.yml and template/."""
    package = Path(__file__).resolve().parent
    # An editable installation leaves an old _bundle behind, so a checkout goes first.
    checkout = package.parents[1]
    in_checkout = package.parent.name == "generator"
    for folder in (*([checkout] if in_checkout else []), package / "_bundle"):
        if (folder / "copier.yml").is_file():
            return folder
    raise PlgenError(
        f"this installation of plgen has no template (looked in {package / '_bundle'})",
        "pip install --force-reinstall plgen",
    )


@cache
def modules(folder: str) -> frozenset[str]:
    """Return the names of the modules that the template writes into one folder of a project."""
    files = (root() / "template" / "project" / folder).glob("*.py*")
    return frozenset(file.name.split(".")[0] for file in files)


@cache
def plumbing(folder: str, register: str) -> frozenset[str]:
    """Return the modules of a folder that the template writes and does not register."""
    package = next((root() / "template" / "project" / folder).glob("__init__.py*"))
    listed = re.search(
        rf"^{register} = \((.*?)\)$", package.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return modules(folder) - set(re.findall(r'"(\w+)"', listed[1] if listed else ""))
