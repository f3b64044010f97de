"""Errors of failed imports; foreign code whose packages have the same names as this project's."""

import importlib.util
import os
import re
import shlex
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from .errors import OptionError, one_line

PROJECT = Path(__file__).resolve().parents[1]
MAIN = shlex.quote(os.path.relpath(PROJECT / "main.py"))  # from the folder in which commands are typed
OWN = ("data", "engine", "main", "model", "utils")
# Packages whose name for pip is not the name that is imported.
PIP_NAMES = {
    "cv2": "opencv-python",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
# Packages that every run needs.
NEEDED = ("matplotlib", "rich", "tensorboard", "torchmetrics")
if missing := [package for package in NEEDED if importlib.util.find_spec(package) is None]:
    sys.exit(f"error: not installed: {', '.join(missing)}\nhelp: pip install -r requirements.txt")


def missing_package(error: Exception) -> OptionError | None:
    """Return the error for an import that failed; None for any other, and if the project's code is wrong."""
    if not isinstance(error, ImportError):
        return None
    name, said = error.name or "", one_line(error)
    package, (importer, place) = name.partition(".")[0], importer_of(error)
    if package in OWN:
        inside = any(importer.is_relative_to(PROJECT / folder) for folder in OWN)
        ours = inside or importer.parent == PROJECT
        if ours and not isinstance(error, ModuleNotFoundError):
            return None
        message = f"{place}: {said}; {package} is this project's own package"
        if isinstance(error, ModuleNotFoundError):
            message = f"{place} imports {name}, which is not there: {package} is this project's own package"
        hint = "build foreign code inside `with foreign_code():` of engine; see README.md"
        hint = f"correct the import, or write {name.replace('.', '/')}.py" if ours else hint
        return OptionError(message, hint)
    if not isinstance(error, ModuleNotFoundError):
        return None
    if not name:  # a library's own message
        command = re.search(r"pip install (-U )?[\w\[\].-]+", said)
        return OptionError(said, command[0] if command else "install the package that it names")
    if importlib.util.find_spec(package):
        return None
    own = [folder for folder in OWN if (PROJECT / folder / f"{package}.py").is_file()]
    hint = f"import {own[0]}.{package} instead" if own else f"pip install {PIP_NAMES.get(package, package)}"
    return OptionError(f"{place} imports {package}, which is not installed", hint)


def importer_of(error: ImportError) -> tuple[Path, str]:
    """Return the file whose import failed, and its place for messages, such as `model/a_net.py, line 3,`."""
    steps = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in steps if not frame.filename.startswith("<")]
    own = [frame for frame in frames if "importlib" not in Path(frame.filename).parts]
    frame = (own or frames)[-1]
    file = Path(frame.filename).resolve()
    shown = file.relative_to(PROJECT) if file.is_relative_to(PROJECT) else file
    return file, f"{shown}, line {frame.lineno},"


@contextmanager
def foreign_code(folder: str | Path | None = None) -> Generator[None]:
    """Let foreign code import its own packages `utils`, `data` or `model` instead of this project's.

    Imports that run later, such as those in `forward`, find this project's packages.

    Args:
        folder: the folder of the foreign code; torch.hub.load adds it itself.
    """
    ours = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in OWN}
    path = list(sys.path)
    sys.path[:] = [entry for entry in path if Path(entry or ".").resolve() != PROJECT]
    if folder is not None:
        sys.path.insert(0, str(folder))
    for name in ours:
        del sys.modules[name]
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
            del sys.modules[name]
        sys.modules.update(ours)
        sys.path[:] = path
