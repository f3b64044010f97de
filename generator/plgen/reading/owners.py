"""Tell whose class a Python file means by a name, following imports through the project."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS
from plgen.naming.renaming import Renaming
from plgen.reading import source, texts
from plgen.reading.bindings import Names, dotted, full_name, imported, origin
from plgen.reading.source import Source


@dataclass(frozen=True)
class Owners:
    """The project's files, in which the class of a module may be imported by many ways."""

    files: tuple[str, ...]
    read: Callable[[str], bytes]
    renaming: Renaming

    @cached_property
    def _others(self) -> frozenset[str]:
        """Return the folders of which a script finds a module of this name in its own folder."""
        folder, module = self.renaming.packages[1], self.renaming.old.module
        ends = (f"/{folder}.py", f"/{folder}/__init__.py", f"/{folder}/{module}.py")
        paths = [f"/{file}" for file in self.files]
        found = {path.removesuffix(end) for path in paths for end in ends if path.endswith(end)}
        # The project's own packages are imported from its top, whatever they have within.
        return frozenset(found) - {"", *(f"/{kind.folder}" for kind in KINDS)}

    def nearer(self, file: str) -> bool:
        """Return whether what a file calls by the module's name may be one nearer to it."""
        return not self._others.isdisjoint(f"/{parent}" for parent in PurePosixPath(file).parents)

    def exports(self, file: str) -> bool:
        """Return whether another file imports the class from this one, and not its package."""
        path = f"/{file}"
        return file != self.renaming.kind.package and any(map(path.endswith, self._exporters))

    @cached_property
    def _exporters(self) -> frozenset[tuple[str, str]]:
        """Return how the paths of what the class is imported from, somewhere, end."""
        parsed = (self._parsed(file) for file in self.files if file.endswith(".py"))
        return frozenset(
            _ends(each) for module in parsed if module for each in self._sources(module)
        )

    def _sources(self, module: Source) -> Iterator[str]:
        """Yield the modules that a file takes the class from, also as an attribute."""
        nodes = list(ast.walk(module.tree))
        bound = list(imported(module.path, nodes))
        names = dict(bound)
        used = [full_name(dotted(node), names) for node in nodes if isinstance(node, ast.Attribute)]
        for each in (*(full for _, full in bound), *used):
            parent, _, last = each.rpartition(".")
            if parent and last in {self.renaming.old.class_name, "*"}:
                yield parent

    def own(self, module: Source) -> bool:
        """Return whether the class's name is the file's own there, or follows a renaming."""
        origins = self._origins(module)
        followed = self.renaming.packages
        return bool(origins) and all(
            each in followed or self._foreign(each, frozenset([module.path])) for each in origins
        )

    def _origins(self, module: Source) -> list[str]:
        """Return where what binds the name comes from; nothing where the file defines it."""
        name = self.renaming.old.class_name
        origins = {
            id(alias): origin(module.path, node)
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if alias.name == name
        }
        return [origins.get(id(node), "") for node in Names(module.tree).binders.get(name, ())]

    def _foreign(self, origin: str, seen: frozenset[str]) -> bool:
        """Return whether what is imported from there is certainly another class."""
        if origin in self.renaming.packages:
            return False
        files = [file for file in self.files if origin and f"/{file}".endswith(_ends(origin))]
        return all(file in seen or self._holds_another(file, seen | {file}) for file in files)

    def _holds_another(self, file: str, seen: frozenset[str]) -> bool:
        """Return whether a file of the project certainly has another class of the name."""
        if file == self.renaming.kind.file(self.renaming.old.module):
            return False
        module = self._parsed(file)
        origins = self._origins(module) if module else []
        return bool(origins) and all(self._foreign(each, seen) for each in origins)

    def _parsed(self, file: str) -> Source | None:
        """Return a file that has the class's name, if it can be read."""
        try:
            data = self.read(file)
            named = texts.holds(data, (self.renaming.old.class_name,))
            return source.parse(data, file) if named else None
        except (OSError, PlgenError):
            return None


def _ends(module: str) -> tuple[str, str]:
    """Return how the path of a module ends, in whatever folder a script is started."""
    path = module.replace(".", "/")
    return f"/{path}.py", f"/{path}/__init__.py"
