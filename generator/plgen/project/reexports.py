"""Find the files of the project that pass the class of a module on to others."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS
from plgen.naming.names import Renaming
from plgen.project import source
from plgen.project.bindings import Names, dotted, full_name, imported, origin
from plgen.project.source import Source


@dataclass(frozen=True)
class Reexports:
    """The project's files, from which the class of a renamed module may be imported."""

    files: tuple[str, ...]
    read: Callable[[str], bytes]
    renaming: Renaming

    @cached_property
    def _others(self) -> frozenset[str]:
        """Return the folders in which a script finds another module of this name."""
        folder, module = self.renaming.kind.folder, self.renaming.old.module
        ends = (f"/{folder}.py", f"/{folder}/__init__.py", f"/{folder}/{module}.py")
        paths = [f"/{file}" for file in self.files]
        found = {path.removesuffix(end) for path in paths for end in ends if path.endswith(end)}
        # The project's own packages are imported from its top, whatever they contain.
        return frozenset(found) - {"", *(f"/{kind.folder}" for kind in KINDS)}

    def is_shadowed(self, file: str) -> bool:
        """Return whether a file may find another module of this name in a folder around it."""
        return not self._others.isdisjoint(f"/{parent}" for parent in PurePosixPath(file).parents)

    def is_source(self, file: str) -> bool:
        """Return whether another file imports the class from this one, and not its package."""
        path = f"/{file}"
        return file != self.renaming.kind.package and any(
            # A script in any folder may import it.
            path.endswith((f"/{module}.py", f"/{module}/__init__.py"))
            for module in self._sources
        )

    @cached_property
    def package_keeps(self) -> bool:
        """Return whether the package exports the class under its old name after the renaming."""
        old, new = self.renaming.old.class_name, self.renaming.new.class_name
        module = self._parsed(self.renaming.kind.package)
        if module is None or old == new:
            return False
        names = Names(module.tree)
        direct = [
            alias
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ImportFrom)
            and origin(module.path, node) in self.renaming.packages
            for alias in node.names
            if alias.name == old and not alias.asname
        ]
        follows = names.only_by(old, direct) and names.free(new)
        return bool(names.binders.get(old)) and not follows

    @cached_property
    def _sources(self) -> frozenset[str]:
        """Return the paths of the modules from which any file takes the class."""
        sources: set[str] = set()
        for file in self.files:
            module = self._parsed(file) if file.endswith(".py") else None
            if module is None:
                continue
            nodes = list(ast.walk(module.tree))
            bound = list(imported(file, nodes))
            names = dict(bound)
            used = [full for _, full in bound]
            # The class may also be taken as an attribute of the module.
            attributes = (node for node in nodes if isinstance(node, ast.Attribute))
            used += [full_name(dotted(node), names) for node in attributes]
            parents = (full.rpartition(".") for full in used)
            wanted = {self.renaming.old.class_name, "*"}
            sources |= {parent.replace(".", "/") for parent, _, last in parents if last in wanted}
        return frozenset(sources - {""})

    def _parsed(self, file: str) -> Source | None:
        """Return a file that has the class's name, if it can be read."""
        try:
            data = self.read(file)
            # A file that passes on everything does not name the class.
            named = self.renaming.old.class_name.encode() in data or b"import *" in data
            return source.parse(data, file) if named else None
        except (OSError, PlgenError):
            return None
