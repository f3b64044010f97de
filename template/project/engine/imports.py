"""Imports that fail: which package is missing and who imports it; and code of others that has our packages' names."""

import importlib.util
import re
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from .errors import OptionError

PROJECT = Path(__file__).resolve().parents[1]
OWN = ("data", "engine", "main", "model", "utils")
# What pip calls some packages that are imported under another name.
CALLED = {
    "cv2": "opencv-python",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


def require(*packages: str) -> None:
    """Exit with two lines if a package that every run needs is not installed: main.py, which is imported, cannot."""
    if missing := [package for package in packages if importlib.util.find_spec(package) is None]:
        sys.exit(f"error: not installed: {', '.join(missing)}\nhelp: pip install -r requirements.txt")


require("matplotlib", "rich", "tensorboard", "torchmetrics")


@contextmanager
def explaining_imports() -> Generator[None]:
    """Turn the error of an import into an OptionError, if a package is missing; another error keeps its traceback."""
    try:
        yield
    except ImportError as error:
        if explained := missing_package(error):
            raise explained from error
        raise


def missing_package(error: ImportError) -> OptionError | None:
    """Return what to say of an import that failed; None where the reason lies in the project's own code."""
    name, said = error.name or "", " ".join(str(error).split())
    package, (importer, place) = name.partition(".")[0], importer_of(error)
    if package in OWN:
        if importer.is_relative_to(PROJECT) and not isinstance(error, ModuleNotFoundError):
            return None
        what = name if isinstance(error, ModuleNotFoundError) else said
        message = f"{place} imports {name}, which is not there: {package} is this project's own package"
        if what != name:
            message = f"{place}: {what}; {package} is this project's own package"
        return OptionError(message, "build code of others inside `with foreign_code():` of engine; see README.md")
    if not isinstance(error, ModuleNotFoundError):
        return None
    if not name:  # a library says it in words
        command = re.search(r"pip install (-U )?[\w\[\].-]+", said)
        return OptionError(said, command[0] if command else "install the package that it names")
    if importlib.util.find_spec(package):
        return None
    called = CALLED.get(package, package)
    return OptionError(f"{place} imports {package}, which is not installed", f"pip install {called}")


def importer_of(error: ImportError) -> tuple[Path, str]:
    """Return the file whose import failed, and the same with the line, relative to the project if it lies there."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<")]
    own = [frame for frame in frames if "importlib" not in Path(frame.filename).parts]
    frame = (own or frames)[-1]
    file = Path(frame.filename).resolve()
    shown = file.relative_to(PROJECT) if file.is_relative_to(PROJECT) else file
    return file, f"{shown}, line {frame.lineno},"


@contextmanager
def foreign_code(folder: str | Path | None = None) -> Generator[None]:
    """Let code of others import its own packages `utils`, `data` or `model` in the place of this project's.

    What it imports only later, as in a forward, gets the project's again.

    Args:
        folder: with their code, which is imported from there; torch.hub.load knows it by itself.
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
