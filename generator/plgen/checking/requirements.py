"""The packages that a project requires, and which of them an import needs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from plgen import disk
from plgen.errors import PlgenError
from plgen.naming import words
from plgen.project import text_files

FILE = re.compile(r"pyproject\.toml|.*requirements.*\.txt")
INCLUDED = re.compile(r"(?m)^\s*(?:-r|--requirement)[\s=]*(\S+)")
COMMENT = re.compile(r"(?m)(^|\s)#.*")
# A name begins a line or a text in quotes, or follows `/` or `=`, as in addresses and `#egg=NAME`.
NAME = re.compile(r"""(?m)(?:^[\s\ufeff\ufffd]*|["'/=])([A-Za-z0-9][A-Za-z0-9._-]*)""")
# Packages whose distributions have other names; the first one is suggested. Installed packages are
# not consulted: the answer must be the same on every machine.
DISTRIBUTIONS = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "MySQLdb": "mysqlclient",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cleanfid": "clean-fid",
    "clip": "openai-clip",
    "community": "python-louvain",
    "cv2": "opencv-python opencv-contrib-python",
    "fitz": "pymupdf",
    "functorch": "torch",
    "git": "gitpython",
    "google": "protobuf",
    "grpc": "grpcio",
    "ignite": "pytorch-ignite",
    "imblearn": "imbalanced-learn",
    "lightning_fabric": "pytorch-lightning lightning",
    "mpl_toolkits": "matplotlib",
    "osgeo": "gdal",
    "ot": "pot",
    "pkg_resources": "setuptools",
    "pl_bolts": "lightning-bolts",
    "pylab": "matplotlib",
    "pynvml": "nvidia-ml-py",
    "pytorch_lightning": "pytorch-lightning lightning",
    "pywt": "pywavelets",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "skvideo": "scikit-video",
    "torchgen": "torch",
    "tree": "dm-tree",
    "win32api": "pywin32",
    "wx": "wxpython",
}


def normal(name: str) -> str:
    """Return a name in the form in which package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_standard(package: str) -> bool:
    """Return whether a package is in the standard library."""
    return package.startswith("_") or normal(package) in words.STANDARD_LIBRARY


def read(root: Path, files: Iterable[str]) -> frozenset[str]:
    """Return every name in pyproject.toml and the files of requirements; most are packages."""
    names: set[str] = set()
    waiting = [file for file in files if FILE.fullmatch(file)]
    # The list grows while it is read.
    for file in waiting:
        with suppress(PlgenError):
            # PowerShell writes UTF-16: for names, ASCII with zeros between the letters.
            data = disk.read_inside(root, file).replace(b"\0", b"")
            text = COMMENT.sub("", text_files.decoded(data))
            names.update(map(normal, NAME.findall(text)))
            folder, included = posixpath.dirname(file), INCLUDED.findall(text)
            paths = {posixpath.normpath(posixpath.join(folder, each)) for each in included}
            waiting += paths - {*waiting}
    return frozenset(names)


def provide(names: frozenset[str], package: str) -> bool:
    """Return whether one of the names provides a package; without any name, nothing is known.

    The dependencies of a requirement do not count, as they may change.
    """
    name = normal(package)
    wanted = {name, f"py{name}", f"py-{name}", f"python-{name}"}
    wanted.update(DISTRIBUTIONS.get(package, "").split())
    variants = tuple(f"{each}-" for each in wanted)
    return not names or any(each in wanted or each.startswith(variants) for each in names)


def cure(package: str) -> str:
    """Return what to do about a package that is not required."""
    listed = DISTRIBUTIONS.get(package, "")
    name = listed.split()[0] if listed else "its package"
    return f"add {name} to requirements.txt and pyproject.toml, or import it in a try block"
