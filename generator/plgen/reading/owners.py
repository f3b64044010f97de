"""Tell whose class a Python file means by a name, following imports through the project."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS
from plgen.naming.renaming import Renaming
from plgen.reading import source
from plgen.reading.bindings import Names
from plgen.reading.python_references import origin
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
        """Tell whether what a file calls by the module's name may be one nearer to it."""
        return not self._others.isdisjoint(f"/{parent}" for parent in PurePosixPath(file).parents)

    def own(self, module: Source) -> bool:
        """Tell whether the class's name is the file's own there, or follows a renaming."""
        origins = self._origins(module)
        followed = self.renaming.packages
        return bool(origins) and all(
            each in followed or self._foreign(each, frozenset([module.path])) for each in origins
        )

    def _origins(self, module: Source) -> list[str]:
        """Return where what binds the name comes from; nothing where the file defines it."""
        name = self.renaming.old.class_name
        imported = {
            id(alias): origin(module.path, node)
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if alias.name == name
        }
        return [imported.get(id(node), "") for node in Names(module.tree).binders.get(name, ())]

    def _foreign(self, origin: str, seen: frozenset[str]) -> bool:
        """Tell whether what is imported from there is certainly another class."""
        if origin in self.renaming.packages:
            return False
        path = origin.replace(".", "/")
        # A script may be started in any folder, or add one to Python's path.
        ends = (f"/{path}.py", f"/{path}/__init__.py")
        files = [file for file in self.files if origin and f"/{file}".endswith(ends)]
        return all(file in seen or self._holds_another(file, seen | {file}) for file in files)

    def _holds_another(self, file: str, seen: frozenset[str]) -> bool:
        """Tell whether a file of the project certainly has another class of the name."""
        if file == self.renaming.kind.file(self.renaming.old.module):
            return False
        try:
            origins = self._origins(source.parse(self.read(file), file))
        except (OSError, PlgenError):
            return False
        return bool(origins) and all(self._foreign(each, seen) for each in origins)
