"""Find imports of modules and names that do not exist, and packages that are not required."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from plgen.checking import requirements
from plgen.checking.findings import Finding
from plgen.checking.packages import UNKNOWN, Location, Packages, parts_of
from plgen.checking.requirements import Requirements
from plgen.errors import PlgenError
from plgen.naming import names
from plgen.project import source, statements, text_files
from plgen.project.statements import Statement

# The imports of these files are needed to build a project, not to run it.
BUILDING = ("setup.py", "noxfile.py")


def find(root: Path, read: Callable[[str], bytes], unclear: Collection[str]) -> Iterator[Finding]:
    """Yield the findings of all imports; files that are `unclear` cannot be read."""
    files = list(text_files.files(root))
    required = Requirements(read)
    packages = Packages(root, files, read, unclear=unclear, paths=required.paths)
    checker = _Checker(packages, required)
    for file in checker.files:
        if file in unclear or _is_in_submodule(root, file):
            continue
        with suppress(OSError, PlgenError):
            data = read(file)
            checker.changes_path |= b"sys.path" in data
            for each in statements.walk(source.parse(data, file).tree.body):
                checker.check(file, each)
    yield from checker.found
    yield from checker.missing()


def _is_in_submodule(root: Path, file: str) -> bool:
    """Return whether a file is in a submodule of git, whose imports are not the project's."""
    folders = [*PurePosixPath(file).parents][:-1]
    return any(os.path.isfile(root / folder / ".git") for folder in folders)  # noqa: PTH113


class _Checker:
    """The imports of a project, checked file by file."""

    def __init__(self, packages: Packages, required: Requirements) -> None:
        self.packages, self.required = packages, required
        # The engine is plgen's own and most of a project's code: parsing it takes a second.
        self.files = [file for file in packages.files if not file.startswith("engine/")]
        self.found: list[Finding] = []
        # Where each package is imported that no requirement provides.
        self.foreign: dict[str, list[tuple[str, int]]] = {}
        self.changes_path = False

    def check(self, file: str, each: Statement) -> None:
        """Follow a statement, if it is an import, and add its findings."""
        node = each.node
        if each.guarded:
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                parts = alias.name.split(".")
                self._resolve(file, alias.lineno, self._starts(file, each, parts[0]), parts)
        elif isinstance(node, ast.ImportFrom):
            self._check_from(file, each, node)

    def missing(self) -> Iterator[Finding]:
        """Yield the packages that are not required, each where it is imported first."""
        elsewhere = self._elsewhere()
        for package, places in self.foreign.items():
            if package not in elsewhere:
                yield _unrequired(package, places)
            elif not self.changes_path:
                for file, line in places:
                    message = f"there is no module {package} where {file} looks for it"
                    name = requirements.distributions(package)[0]
                    cure = f"import {elsewhere[package]}, or add {name} to requirements.txt"
                    yield Finding(file, line, "PLG401", message, cure)

    def _elsewhere(self) -> dict[str, str]:
        """Return the user's own modules and packages by their last names."""
        found: dict[str, str] = {}
        for file in reversed(self.files):
            *folders, name = file.removesuffix(".py").split("/")
            for number, part in enumerate(folders):
                found[part] = ".".join(folders[: number + 1])
            found[name] = ".".join([*folders, name])
        return found

    def _starts(self, file: str, each: Statement, name: str) -> list[Location]:
        """Return the folders that contain the module of a name; note a package that none does."""
        standard = requirements.is_standard(name)
        known = standard or not self.required.names or self.required.provides(name)
        bases = [] if standard else self.packages.bases_of(file)
        found = [(base, self.packages.find(base, name)) for base in bases]
        # An installed package takes precedence over a folder without `__init__.py`.
        starts = [
            Location(folder=base)
            for base, place in found
            if place and (place.file or place == UNKNOWN or not known)
        ]
        building = file.rpartition("/")[2] in BUILDING
        if not (starts or known or each.typing or building):
            self.foreign.setdefault(name, []).append((file, each.node.lineno))
        return starts

    def _resolve(
        self, file: str, line: int, starts: list[Location], parts: list[str], dots: str = ""
    ) -> list[Location]:
        """Return the modules that dotted names mean; add a finding if there is none."""
        ways = [self.packages.follow(start, parts) for start in starts]
        found = [place for place, number in ways if number == len(parts)]
        if not found and ways:
            place, number = max(ways, key=lambda way: way[1])
            full = dots + ".".join(parts[: number + 1])
            near = names.nearest(parts[number], self.packages.modules_in(place))
            before = dots + "".join(f"{part}." for part in parts[:number])
            message = f"there is no module {full}"
            cure = f"did you mean {before}{near[0]}?" if near else "correct the import"
            self._add(file, line, message, cure)
        return found

    def _check_from(self, file: str, each: Statement, node: ast.ImportFrom) -> None:
        """Add a finding for each name that a `from` imports and its module does not have."""
        parts, dots = parts_of(node), "." * node.level
        if not node.level:
            starts = self._starts(file, each, parts[0])
        else:
            starts = self.packages.starts(file, node)
            if not starts:
                message = f"from {dots}{node.module or ''} leads out of the project"
                self._add(file, node.lineno, message, "import it by its full name")
        found = self._resolve(file, node.lineno, starts, parts, dots)
        for alias in node.names if found else ():
            if alias.name == "*":
                self._check_exports(file, node.lineno, found[0])
            elif not any(self.packages.has(p, alias.name, typing=each.typing) for p in found):
                self._add_name(file, alias.lineno, found[0], dots + ".".join(parts), alias.name)

    def _check_exports(self, file: str, line: int, place: Location) -> None:
        """Add a finding for each name of `__all__` that its module does not have."""
        bindings = self.packages.bindings(place)
        for name in sorted(bindings.exported or () if bindings else ()):
            if not self.packages.has(place, name):
                message = f"__all__ of {place.file} lists {name!r}, which does not exist"
                self._add(file, line, message, f"correct __all__ in {place.file}")

    def _add_name(self, file: str, line: int, place: Location, module: str, name: str) -> None:
        known = [*(self.packages.names(place, frozenset()) or ()), *self.packages.modules_in(place)]
        near = names.nearest(name, sorted(each for each in known if not each.startswith("__")))
        where = place.file or f"{place.folder}/"
        message = f"{module} has no {name}"
        cure = f"did you mean {near[0]}?" if near else f"correct the import, or {where}"
        self._add(file, line, message, cure)

    def _add(self, file: str, line: int, message: str, cure: str) -> None:
        self.found.append(Finding(file, line, "PLG401", message, cure))


def _unrequired(package: str, places: list[tuple[str, int]]) -> Finding:
    """Return the finding of a package that is not required."""
    (file, line), *others = places
    name = requirements.distributions(package)[0]
    message = f"{package} is imported, but requirements.txt does not list {name}"
    if others:
        message += f" (and {len(others)} more import{'s' if others[1:] else ''})"
    cure = f"add {name} to requirements.txt and pyproject.toml, or import it in a try block"
    return Finding(file, line, "PLG402", message, cure)
