"""Find imports that certainly lead nowhere, and packages that are not required."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path, PurePosixPath

from plgen.checking import requirements
from plgen.checking.findings import Finding
from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS
from plgen.project import source, text_files

# The imports of these files are needed to build a project, not to run it.
BUILDING = ("setup.py", "noxfile.py")
# The folders of modules, which are not on Python's path.
FOLDERS = frozenset(kind.folder for kind in KINDS)
SUFFIXES = (".py", ".pyx", ".so", ".pyd")
# What follows the path of a module in that of its source file.
ENDS = (".py", "/__init__.py")
# A module whose text has one of these may have names that the text does not show.
DYNAMIC = re.compile(
    r"import\s*\*|\b(?:globals|locals|vars|exec)\s*\(|sys\.modules|__getattr__|__dict__"
)
# A program that adds folders to Python's path may import from anywhere.
CHANGES_PATH = re.compile(rb"sys\.path\s*(?:\.\w|\[|\+?=)")


def find(root: Path, unclear: Collection[str]) -> Iterator[Finding]:
    """Yield the findings of all imports, except from files that are `unclear`."""
    files = list(text_files.files(root))
    # The engine is plgen's own and most of a project's code: parsing it takes a second.
    python = [each for each in files if each.endswith(".py") and not each.startswith("engine/")]
    checker = _Checker(root, unclear, python, requirements.read(root, files))
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


def _imports(body: Sequence[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports of a block; within `if`, `try` and `with` they may fail on purpose."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from _imports(node.body)


class _Checker:
    """The imports of a project; `foreign` are the findings that depend on Python's path."""

    def __init__(
        self, root: Path, unclear: Collection[str], python: list[str], required: frozenset[str]
    ) -> None:
        self.root, self.unclear, self.required = root, unclear, required
        # Where Python's path leads into folders of the project, these may be meant.
        parts = (part for file in python for part in file.removesuffix(".py").split("/"))
        self.names = {root.name, *FOLDERS, *parts}
        self.names_in = cache(self._names_in)
        self.found: list[Finding] = []
        self.foreign: list[Finding] = []

    def check(self, file: PurePosixPath, node: ast.Import | ast.ImportFrom) -> None:
        """Add the findings of an import."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._resolve(file, alias.lineno, alias.name)
            return
        module = "." * node.level + (node.module or "")
        places = self._resolve(file, node.lineno, module)
        for alias in node.names if places else ():
            if not any(self._may_have(place, alias.name) for place in places):
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
        places = [start.joinpath(*parts) for start in starts]
        if any(f"{each}{end}" in self.unclear for each in places for end in ENDS):
            return []
        found = [each for each in places if self._exists(each)]
        if starts and not found:
            self._add(file, line, f"there is no module {module}")
        return found

    def _folders(self, file: PurePosixPath, line: int, package: str) -> list[PurePosixPath]:
        """Return the folders of Python's path that have a package; without any, add a finding."""
        required = requirements.provide(self.required, package)
        if package not in FOLDERS and (required or requirements.is_standard(package)):
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
            cure = requirements.cure(package)
            self.foreign.append(Finding(str(file), line, "PLG402", message, cure))
        return found

    def _may_have(self, module: PurePosixPath, name: str) -> bool:
        """Return whether a name may be importable from a module."""
        if name == "*" or name.startswith("__") or self._exists(module / name):
            return True
        try:
            files = [text_files.read(self.root, f"{module}{end}") for end in ENDS]
        except OSError:
            return True
        text = "".join(map(text_files.decoded, files))
        # A compiled module has no text.
        known = text or (self.root / module).is_dir()
        return not known or bool(DYNAMIC.search(text) or re.search(rf"\b{name}\b", text))

    def _exists(self, module: PurePosixPath) -> bool:
        """Return whether there is such a module or folder, or whether its folder is unreadable."""
        names = self.names_in(module.parent)
        # The project's folder has no name within itself.
        return not module.name or names is None or module.name in names

    def _names_in(self, folder: PurePosixPath) -> frozenset[str] | None:
        """Return the names of the modules and folders in a folder; None if it is unreadable."""
        try:
            entries = os.listdir(self.root / folder)  # noqa: PTH208 - there may be many
        except (FileNotFoundError, NotADirectoryError):
            return frozenset()
        except OSError:
            return None
        modules = (each for each in entries if "." not in each or each.endswith(SUFFIXES))
        return frozenset(each.partition(".")[0] for each in modules)

    def _add(self, file: PurePosixPath, line: int, message: str) -> None:
        self.found.append(Finding(str(file), line, "PLG401", message, "correct the import"))
