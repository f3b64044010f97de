"""The packages that a project requires, and which of them an import needs."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, cast

from plgen.naming import words
from plgen.project import text_files

REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
INCLUDED = re.compile(r"\s*(?:-r|--requirement|-c|--constraint)[\s=]*(\S+)")
# The name of a package in a URL or a path: `#egg=name`, or the last part of the address.
ADDRESS = re.compile(r".*/([A-Za-z0-9][A-Za-z0-9._-]*?)(?:\.git)?(?:[@#&\[].*)?\s*$")
EGG = re.compile(r"egg=([A-Za-z0-9][A-Za-z0-9._-]*)")
# Packages whose distributions have other names; the first one is suggested. Installed packages are
# not consulted: the answer must be the same on every machine.
DISTRIBUTIONS = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow pillow-simd",
    "_pytest": "pytest",
    "absl": "absl-py",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cleanfid": "clean-fid",
    "clip": "openai-clip clip",
    "community": "python-louvain",
    "cpuinfo": "py-cpuinfo",
    "cv2": "opencv-python opencv-python-headless opencv-contrib-python"
    " opencv-contrib-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu faiss-gpu",
    "ffmpeg": "ffmpeg-python",
    "fitz": "pymupdf",
    "functorch": "torch",
    "git": "gitpython",
    "google": "protobuf",
    "grpc": "grpcio",
    "hydra": "hydra-core",
    "ignite": "pytorch-ignite",
    "imblearn": "imbalanced-learn",
    "jwt": "pyjwt",
    "lightning_fabric": "pytorch-lightning lightning-fabric lightning",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "nvidia_smi": "nvidia-ml-py3",
    "open_clip": "open-clip-torch",
    "openslide": "openslide-python",
    "osgeo": "gdal",
    "ot": "pot",
    "pkg_resources": "setuptools",
    "pl_bolts": "lightning-bolts",
    "pptx": "python-pptx",
    "pylab": "matplotlib",
    "pynvml": "nvidia-ml-py pynvml",
    "pytorch_lightning": "pytorch-lightning lightning",
    "pywt": "pywavelets",
    "ruamel": "ruamel-yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "skvideo": "scikit-video",
    "slugify": "python-slugify",
    "snappy": "python-snappy",
    "tensorflow": "tensorflow tensorflow-cpu tf-nightly",
    "torchgen": "torch",
    "tree": "dm-tree",
    "umap": "umap-learn",
    "usb": "pyusb",
    "win32api": "pywin32",
    "win32con": "pywin32",
    "wx": "wxpython",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}


def normal(name: str) -> str:
    """Return a name in the form in which package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_standard(package: str) -> bool:
    """Return whether a package is in the standard library."""
    return package.startswith("__") or normal(package) in words.STANDARD_LIBRARY


def distributions(package: str) -> list[str]:
    """Return the distributions that provide a package, the usual one first."""
    return DISTRIBUTIONS.get(package, normal(package)).split()


class Requirements:
    """The requirements of a project; `paths` are import paths of pytest."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self.names: set[str] = set()
        self.paths: tuple[str, ...] = ()
        self._read = read
        self._seen: set[str] = set()
        self._read_file("requirements.txt")
        with suppress(OSError, ValueError, RecursionError):
            self._read_pyproject(tomllib.loads(read("pyproject.toml").decode()))

    def provides(self, package: str) -> bool:
        """Return whether a package is required, in any of its variants.

        The dependencies of a requirement do not count, as they may change.
        """
        if package.startswith("_") and package not in DISTRIBUTIONS:
            # A part of Python that is written in C.
            return True
        name = normal(package)
        wanted = {*distributions(package), name, f"py{name}", f"py-{name}", f"python-{name}"}
        return not wanted.isdisjoint(self.names) or any(
            each.startswith(f"{name}-") for each in self.names
        )

    def _read_file(self, file: str) -> None:
        """Take the requirements of a file, and of those that it includes."""
        if file in self._seen or file.startswith(("/", "..")):
            return
        self._seen.add(file)
        text = ""
        with suppress(OSError):
            text = text_files.decoded(self._read(file)).replace("\\\n", " ")
        for line in text.lstrip("\ufeff").splitlines():
            if included := INCLUDED.match(line):
                path = posixpath.join(posixpath.dirname(file), included[1])
                self._read_file(posixpath.normpath(path))
            else:
                self._add(line.partition(" #")[0])

    def _add(self, line: str) -> None:
        """Take one requirement: a name, or an address that ends in one."""
        option = re.match(r"\s*(?:-e|--editable)[\s=]*", line)
        line = line[option.end() :] if option else line
        found = REQUIREMENT.match(line)
        is_address = re.match(r"\s*(?:[\w+.]+://|\.|/)", line)
        if is_address:
            found = EGG.search(line) or ADDRESS.match(line.partition(";")[0])
        if found and not line.lstrip().startswith(("-", "#")):
            name = normal(found[1])
            self.names.add(re.sub(r"-\d.*", "", name) if is_address else name)

    def _read_pyproject(self, settings: dict[str, Any]) -> None:
        """Take the requirements of pyproject.toml."""
        project = _table(settings, "project")
        lists = [project.get("dependencies")]
        lists += _table(project, "optional-dependencies").values()
        lists += _table(settings, "dependency-groups").values()
        for each in _strings(lists):
            self._add(each)
        poetry = _table(_table(settings, "tool"), "poetry")
        groups = _table(poetry, "group")
        for each in (poetry, *(_table(groups, name) for name in groups)):
            self.names.update(map(normal, _table(each, "dependencies")))
        pytest = _table(_table(_table(settings, "tool"), "pytest"), "ini_options")
        listed = pytest.get("pythonpath")
        paths = listed.split() if isinstance(listed, str) else _strings([listed])
        self.paths = tuple(path for path in paths if path != ".")


def _table(settings: dict[str, Any], key: str) -> dict[str, Any]:
    found = settings.get(key)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _strings(lists: list[Any]) -> Iterator[str]:
    """Yield the strings that stand in lists."""
    for each in lists:
        items = cast("list[Any]", each) if isinstance(each, list) else [each]
        yield from (item for item in items if isinstance(item, str))
