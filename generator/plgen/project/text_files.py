"""The text files of a project, and how they are read."""

from __future__ import annotations

import errno
import os
import stat
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from plgen import disk, git
from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS
from plgen.project.project import ANSWERS, read_answers

# Results, and the caches of tools.
SKIPPED = frozenset(
    """
    .cache .eggs .git .hg .hypothesis .ipynb_checkpoints .mypy_cache .nox .pytest_cache .ruff_cache
    .svn .tox .venv Logs __pycache__ mlruns node_modules wandb
    """.split()
)
# The files of a virtual environment, and those of a run's folder.
MARKS = ({"pyvenv.cfg"}, {"run.json", "config.yaml"})
# The folder in an environment of conda.
CONDA = "/conda-meta"
# Suffixes of binary files, which need not be opened; data is often many files.
BINARY = frozenset(
    """
    .avi .bin .bmp .bz2 .ckpt .dcm .flac .gif .gz .h5 .hdf5 .jpeg .jpg .mat .mp3 .mp4 .nii .npy .npz
    .ogg .onnx .parquet .pdf .pickle .pkl .png .pt .pth .pyc .safetensors .so .tar .tfrecord .tif
    .tiff .wav .webp .xz .zip .zst
    """.split()
)
# Binary files have a zero byte here.
HEAD = 1024


def files(root: Path) -> Iterator[str]:
    """Yield the paths of the files that may be text and that git does not ignore.

    The modules beside the registers are always included; without git, every file is.
    """
    listed = git.list_files(root)
    # Git cannot list a project that the repository around it ignores.
    found = set(listed if listed and ANSWERS in listed else _walk(root))
    own = {kind.folder for kind in KINDS}
    for folder in own:
        if disk.is_inside(root, folder):
            found |= {file.relative_to(root).as_posix() for file in (root / folder).glob("*.py")}
    names_in: dict[str, set[str]] = defaultdict(set)
    for folder, _, name in (file.rpartition("/") for file in found):
        names_in[folder].add(name)
    marked = {folder for folder, names in names_in.items() if any(mark <= names for mark in MARKS)}
    marked |= {each.removesuffix(CONDA) for each in names_in if each.endswith(CONDA)}
    marked |= {each for each in names_in if ANSWERS in names_in[each] and _is_project(root / each)}
    marked -= {"", *own}
    yield from (file for file in sorted(found) if _is_own(file, marked))


def _walk(root: Path) -> Iterator[str]:
    """Yield the files of the project, without the folders of tools."""
    for parent, folders, names in os.walk(root):
        folders[:] = [
            name
            for name in folders
            # Unlike Path's, it raises no error where the folder is not readable.
            if name not in SKIPPED
            and not os.path.isfile(f"{parent}/{name}/pyvenv.cfg")  # noqa: PTH113
            and not os.path.isdir(f"{parent}/{name}{CONDA}")  # noqa: PTH112
        ]
        inner = Path(parent).relative_to(root)
        yield from ((inner / name).as_posix() for name in names)


def _is_project(folder: Path) -> bool:
    """Return whether a folder is another project."""
    try:
        return read_answers(folder) is not None
    except PlgenError:
        return True


def _is_own(file: str, marked: set[str]) -> bool:
    """Return whether the user may have written the file, as text."""
    path = PurePosixPath(file)
    return (
        path.suffix.lower() not in BINARY
        and not path.name.startswith(disk.TEMPORARY_PREFIX)
        and file != ANSWERS
        and SKIPPED.isdisjoint(path.parts)
        and (not marked or marked.isdisjoint(map(str, path.parents)))
    )


def read(root: Path, file: str) -> bytes:
    """Return the content of a text file; nothing for a binary or missing file.

    Raise OSError if it is too large, leads out of the project, or cannot be read.
    """
    path = root / file
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return b""
        if not disk.is_inside(root, file):
            raise OSError(errno.EXDEV, "it leads out of the project")
        with path.open("rb") as opened:
            binary = b"\0" in opened.read(HEAD)
        return b"" if binary else disk.read_regular(path)
    except (FileNotFoundError, NotADirectoryError):
        return b""


def decoded(data: bytes) -> str:
    """Return the text, with replacement characters for invalid bytes."""
    return data.decode("utf-8", "replace")
