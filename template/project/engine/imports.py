"""Errors of failed imports; foreign code whose packages have the same names as this project's."""

import os
import shlex
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from .errors import OptionError, one_line

PROJECT = Path(__file__).resolve().parents[1]
MAIN = shlex.quote(os.path.relpath(PROJECT / "main.py"))  # from the folder in which commands are typed
OWN = ("data", "engine", "main", "model", "utils")
# Packages that every run needs.
NEEDED = ("matplotlib", "rich", "tensorboard", "torchmetrics")
if missing := [package for package in NEEDED if find_spec(package) is None]:
    sys.exit(f"error: not installed: {', '.join(missing)}\nhelp: pip install -r requirements.txt")


def missing_package(error: Exception) -> OptionError | None:
    """Return the error for a package that is missing, or that one of this project hides; else None."""
    if not isinstance(error, ImportError):
        return None
    package = (error.name or "").partition(".")[0]
    if package in OWN:
        return hidden_package(error, package)
    is_module = any((PROJECT / folder / f"{package}.py").is_file() for folder in OWN)
    if not isinstance(error, ModuleNotFoundError) or is_module or (package and find_spec(package)):
        return None
    message = f"{package} is not installed" if package else one_line(error)
    return OptionError(message, "install the package that provides it, and add it to requirements.txt")


def hidden_package(error: ImportError, package: str) -> OptionError | None:
    """Return the error for foreign code that gets a package of this project; None for the project's code."""
    steps = traceback.extract_tb(error.__traceback__)
    step = [step for step in steps if "importlib" not in step.filename][-1]
    importer = Path(step.filename).resolve()
    if importer.parent == PROJECT or any(importer.is_relative_to(PROJECT / folder) for folder in OWN):
        return None
    message = f"{importer}, line {step.lineno}: {one_line(error)}; {package} is this project's own package"
    return OptionError(message, "build foreign code inside `with foreign_code():` of engine; see README.md")


@contextmanager
def foreign_code(folder: str | Path | None = None) -> Generator[None]:
    """Let foreign code import its own packages `utils`, `data` or `model` instead of this project's.

    Imports that run later, such as those in `forward`, find this project's packages.

    Args:
        folder: the folder of the foreign code; torch.hub.load adds it itself.
    """
    own = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in OWN}
    path = list(sys.path)
    sys.path[:] = [entry for entry in path if Path(entry or ".").resolve() != PROJECT]
    if folder is not None:
        sys.path.insert(0, str(folder))
    for name in own:
        del sys.modules[name]
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
            del sys.modules[name]
        sys.modules.update(own)
        sys.path[:] = path
