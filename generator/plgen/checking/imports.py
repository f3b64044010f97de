"""Find imports that certainly lead nowhere, and packages that are not required."""

from __future__ import annotations

import ast
import functools
import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from plgen import disk
from plgen.checking.findings import Finding
from plgen.errors import PlgenError
from plgen.naming import names, words
from plgen.naming.kinds import KINDS
from plgen.project import source, text_files

# The imports of these files are needed to build a project, not to run it.
BUILDING = ("setup.py", "noxfile.py")
# The folders of modules, which are not on Python's path.
FOLDERS = frozenset(kind.folder for kind in KINDS)
COMPILED = (".pyx", ".so", ".pyd")
# What follows the path of a module in that of its source file.
ENDS = (".py", "/__init__.py")
# A module whose text has one of these may have names that the text does not show.
DYNAMIC = re.compile(
    r"import\s*\*|\b(?:globals|locals|vars|exec)\s*\(|sys\.modules|__getattr__|__dict__"
)
# Files that list packages, and the files that these include.
REQUIREMENTS = re.compile(r"pyproject\.toml|.*requirements.*\.txt")
INCLUDED = re.compile(r"(?m)^\s*(?:-r|--requirement)[\s=]*(\S+)")
COMMENT = re.compile(r"(?m)(^|\s)#.*")
# A name begins a line or a text in quotes, or follows `/` or `=`, as in addresses and `#egg=NAME`.
PACKAGE = re.compile(r"""(?m)(?:^[\s\ufeff\ufffd]*|["'/=])([A-Za-z0-9][A-Za-z0-9._-]*)""")
# A program that adds folders to Python's path may import from anywhere.
CHANGES_PATH = re.compile(rb"sys\.path\s*(?:\.\w|\[|\+?=)")
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


def find(root: Path) -> Iterator[Finding]:
    """Yield the findings of all imports."""
    files = list(text_files.files(root))
    # The engine is plgen's own and most of a project's code: parsing it takes a second.
    python = [each for each in files if each.endswith(".py") and not each.startswith("engine/")]
    checker = _Checker(root, python, required_names(root, files))
    changes_path = False
    for file in map(PurePosixPath, python):
        # The imports of a link are relative to another folder.
        if file.name not in BUILDING and not os.path.islink(root / file):  # noqa: PTH114
            with suppress(OSError, PlgenError):
                data = text_files.read(root, str(file))
                changes_path |= bool(CHANGES_PATH.search(data))
                for node in _imports(source.parse(data, str(file)).tree.body):
                    checker.check(file, node)
    yield from checker.found
    if not changes_path:
        yield from checker.foreign


def required_names(root: Path, files: Iterable[str]) -> frozenset[str]:
    """Return every name in pyproject.toml and the files of requirements; most are packages."""
    found: set[str] = set()
    waiting = [file for file in files if REQUIREMENTS.fullmatch(file)]
    # The list grows while it is read.
    for file in waiting:
        with suppress(PlgenError):
            # PowerShell writes UTF-16: for names, ASCII with zeros between the letters.
            data = disk.read_inside(root, file).replace(b"\0", b"")
            text = COMMENT.sub("", text_files.decoded(data))
            found.update(map(names.normal, PACKAGE.findall(text)))
            folder, included = posixpath.dirname(file), INCLUDED.findall(text)
            paths = {posixpath.normpath(posixpath.join(folder, each)) for each in included}
            waiting += paths - {*waiting}
    return frozenset(found)


def is_provided(required: frozenset[str], package: str) -> bool:
    """Return whether a required name provides a package; without any name, nothing is known.

    The dependencies of a requirement do not count, as they may change.
    """
    name = names.normal(package)
    wanted = {name, f"py{name}", f"py-{name}", f"python-{name}"}
    wanted.update(DISTRIBUTIONS.get(package, "").split())
    variants = tuple(f"{each}-" for each in wanted)
    return not required or any(each in wanted or each.startswith(variants) for each in required)


def _imports(body: Sequence[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports of a block; within `if`, `try` and `with` they may fail on purpose."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from _imports(node.body)


def _compiled(folder: Path) -> set[str]:
    """Return the names of the compiled modules in a folder."""
    return {each.name.split(".")[0] for each in folder.glob("*.*") if each.suffix in COMPILED}


class _Checker:
    """The imports of a project; `foreign` are the findings that depend on Python's path."""

    def __init__(self, root: Path, python: list[str], required: frozenset[str]) -> None:
        self.root, self.required = root, required
        # Many imports ask about the same folder.
        self.compiled = functools.cache(_compiled)
        # Where Python's path leads into folders of the project, these may be meant.
        parts = (part for file in python for part in file.removesuffix(".py").split("/"))
        self.names = {root.name, *FOLDERS, *parts}
        self.found: list[Finding] = []
        self.foreign: list[Finding] = []

    def check(self, file: PurePosixPath, node: ast.Import | ast.ImportFrom) -> None:
        """Add the findings of an import."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._resolve(file, alias.lineno, alias.name)
            return
        module = "." * node.level + (node.module or "")
        found = self._resolve(file, node.lineno, module)
        for alias in node.names if found else ():
            if not any(self._may_have(each, alias.name) for each in found):
                self._add(file, alias.lineno, f"{module} has no {alias.name}")

    def _resolve(self, file: PurePosixPath, line: int, module: str) -> list[PurePosixPath]:
        """Return the modules of the project that a name may mean; without any, add a finding."""
        full = module.lstrip(".")
        parts, level = full.split(".") if full else [], len(module) - len(full)
        if level:
            # The project's folder may be a package itself.
            packages = [*file.parents][: None if self._exists(PurePosixPath("__init__")) else -1]
            starts = packages[level - 1 : level]
            if not starts:
                self._add(file, line, f"from {module} leads out of the project")
        else:
            starts = self._folders(file, line, parts[0])
        found = [each for start in starts if self._exists(each := start.joinpath(*parts))]
        if starts and not found:
            self._add(file, line, f"there is no module {module}")
        return found

    def _folders(self, file: PurePosixPath, line: int, package: str) -> list[PurePosixPath]:
        """Return the folders of Python's path that have a package; without any, add a finding."""
        standard = package.startswith("_") or names.normal(package) in words.STANDARD_LIBRARY
        if package not in FOLDERS and (standard or is_provided(self.required, package)):
            return []
        # Any folder around a file may be where Python was started.
        path = [each for each in file.parents if str(each) not in FOLDERS]
        found = [each for each in path if self._exists(each / package)]
        if not found and self._exists(file.parent / package):
            message = f"there is no module {package} at the top of the project"
            cure = f"import {file.parent}.{package}"
            self.foreign.append(Finding(str(file), line, "PLG401", message, cure))
        elif not found and package not in self.names:
            self.names.add(package)
            message = f"{package} is imported, but the requirements do not list it"
            name, *_ = DISTRIBUTIONS.get(package, "").split() or ["its package"]
            cure = f"add {name} to requirements.txt and pyproject.toml, or import it in a try block"
            self.foreign.append(Finding(str(file), line, "PLG402", message, cure))
        return found

    def _may_have(self, module: PurePosixPath, name: str) -> bool:
        """Return whether a name may be importable from a module."""
        if name == "*" or name.startswith("__") or self._exists(module / name):
            return True
        try:
            files = [text_files.read(self.root, f"{module}{end}") for end in ENDS]
            text = "".join(map(text_files.decoded, files))
            if re.search(rf"\b{name}\b", text) or DYNAMIC.search(text):
                return True
            # What cannot be parsed has a finding of its own, and so has a register that is missing.
            for data in files:
                source.parse(data, str(module))
        except (OSError, PlgenError):
            return True
        # A compiled module has no text.
        return not text and (str(module) in FOLDERS or not (self.root / module).is_dir())

    def _exists(self, module: PurePosixPath) -> bool:
        """Return whether there is such a folder, source file or compiled module."""
        path = self.root / module
        if os.path.isdir(path) or os.path.lexists(f"{path}.py"):  # noqa: PTH112
            return True
        return path.name in self.compiled(path.parent)

    def _add(self, file: PurePosixPath, line: int, message: str) -> None:
        self.found.append(Finding(str(file), line, "PLG401", message, "correct the import"))
