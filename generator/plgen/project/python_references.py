"""Find the references of a Python file to a module and its class, by the syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from plgen.errors import PlgenError
from plgen.naming.names import Renaming, clash_key, without_alias
from plgen.project.bindings import (
    Names,
    annotation_strings,
    bound,
    dotted,
    export_strings,
    option_values,
    origin,
    strings,
)
from plgen.project.source import Edit, Source


def find(
    source: Source, renaming: Renaming, *, exports: bool = False, package_keeps: bool = False
) -> set[Edit]:
    """Return the edits of a file that follow the renaming.

    With `exports`, other files import the class from this one, so the old name stays there. With
    `package_keeps`, the package of the module keeps exporting the class under the old name.
    Raise PlgenError if the class cannot be renamed in its own file.
    """
    search = Search(source, renaming, exports=exports, package_keeps=package_keeps)
    if source.path == renaming.file:
        search.definition()
    search.imports()
    search.attributes()
    if source.path == "main.py":
        search.defaults()
    return search.edits


class Search:
    """The search for one renamed module in one file."""

    def __init__(
        self, source: Source, renaming: Renaming, *, exports: bool, package_keeps: bool
    ) -> None:
        self.source = source
        self.exports, self.package_keeps = exports, package_keeps
        self.kind = renaming.kind
        self.renaming = renaming
        self.names = Names(source.tree)
        self.edits: set[Edit] = set()
        # The names that are bound to the module, and to its package.
        self.modules: set[str] = set()
        self.packages: set[str] = set()

    def definition(self) -> None:
        """Rename the class in its own file, also in the title that the file starts with."""
        old, new = self.renaming.old.class_name, self.renaming.new.class_name
        classes = [
            node
            for node in self.source.tree.body
            if isinstance(node, ast.ClassDef) and node.name == old
        ]
        once = len(classes) == 1 and self.names.only_by(old, classes)
        others = [each.name for each in self.source.classes if each.name != old]
        # main.py would not tell a class of nearly the same name from it.
        near = [each for each in others if clash_key(each) == clash_key(new)]
        if not once or (old != new and (near or not self.names.free(new))):
            used = near[0] if near else new
            what = f"already uses {used}" if once else f"does not define {old} exactly once"
            raise PlgenError(
                f"{self.source.path} {what}, so {old} cannot become {new}",
                f"rename {used} in that file first"
                if once
                else f"define {old} there once, outside of `if` and `try`",
            )
        header = re.compile(rf"class[\s\\]+({re.escape(old)})\b")
        self._match(header, self.source.span(classes[0])[0], new)
        self._uses(old, new)
        title = re.compile(rf"\w*[\"']+({re.escape(old)}):")
        self._match(title, self.source.span(self.source.tree.body[0])[0], new)

    def imports(self) -> None:
        """Rename in imports, and in the uses of the names that they bind."""
        old, new, folder = self.renaming.old, self.renaming.new, self.kind.folder
        module = f"{folder}.{old.module}"
        classes: list[ast.alias] = []
        modules: list[ast.alias] = []
        renamed: list[ast.alias] = []
        packages: list[ast.alias] = []
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if f"{alias.name}.".startswith(f"{module}."):
                        path = re.compile(r"\w+[\s\\]*\.[\s\\]*(\w+)")
                        self._match(path, self.source.span(alias)[0], new.module)
                    inner = alias.name.startswith(f"{folder}.") and not alias.asname
                    packages += [alias] if inner or alias.name == folder else []
                    renamed += [alias] if alias.name == module and alias.asname else []
            elif isinstance(node, ast.ImportFrom):
                named = origin(self.source.path, node)
                if f"{named}.".startswith(f"{module}."):
                    path = re.compile(rf"from\b[\s\\.\w]*?\b({re.escape(old.module)})\b")
                    self._match(path, self.source.span(node)[0], new.module)
                if named == folder:
                    modules += [alias for alias in node.names if alias.name == old.module]
                if named in self.renaming.packages and not (named == folder and self.package_keeps):
                    # A class may be called like its module, which is what the package has.
                    found = [alias for alias in node.names if alias.name == old.class_name]
                    classes += [alias for alias in found if alias not in modules]
        self._bindings(modules, old.module, new.module)
        self._bindings(classes, old.class_name, new.class_name, keep=self.exports)
        self.modules = self._unshared([*modules, *renamed])
        self.packages = self._unshared(packages)

    def _unshared(self, aliases: Sequence[ast.alias]) -> set[str]:
        """Return the names that only these imports bind in the file."""
        names = {name for alias in aliases for name in bound(alias)}
        return {name for name in names if self.names.only_by(name, aliases)}

    def _bindings(
        self, aliases: Sequence[ast.alias], old: str, new: str, *, keep: bool = False
    ) -> None:
        """Rename what `from` imports; use `as` where the new name is not free in the file."""
        plain = [alias for alias in aliases if not alias.asname]
        free = not keep and self.names.only_by(old, plain) and self.names.free(new)
        safe = old == new or free
        for alias in aliases:
            start, end = self.source.span(alias)
            named = f"{new} as {old}" if not (alias.asname or safe) else new
            self.edits.add((start, end if alias.asname == new else start + len(old), named))
        if plain and safe:
            self._uses(old, new)

    def _uses(self, old: str, new: str) -> None:
        """Rename every use of an identifier, also in string annotations and `__all__`."""
        tree = self.source.tree
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id == old:
                self._replace(self.source.span(node)[0], old, new)
        # What a dotted path in a string means is not certain.
        name = re.compile(rf"(?<![\w.]){re.escape(old)}(?![\w.])")
        for text in (*annotation_strings(tree), *export_strings(tree)):
            for found in name.finditer(self.source.text, *self.source.span(text)):
                self.edits.add((*found.span(), new))

    def attributes(self) -> None:
        """Rename `model.old` and `model.old.Old` where the module or its package is imported."""
        old, new = self.renaming.old, self.renaming.new
        modules = self.modules | {f"{package}.{old.module}" for package in self.packages}
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.Attribute):
                owner, start = dotted(node.value), self.source.span(node)[1] - len(node.attr)
                if node.attr == old.module and owner in self.packages:
                    self._replace(start, old.module, new.module)
                elif node.attr == old.class_name and owner in modules:
                    self._replace(start, old.class_name, new.class_name)

    def defaults(self) -> None:
        """Rename the defaults of main.py's options that take names of this kind."""
        literal = re.compile(r"\w*[\"']+(\w+)")
        for option, call in option_values(self.source.tree):
            for node in strings(call) if option in self.kind.options else ():
                if without_alias(str(node.value), self.kind) == self.renaming.old.module:
                    self._match(literal, self.source.span(node)[0], self.renaming.new.module)

    def _match(self, pattern: re.Pattern[str], start: int, new: str) -> None:
        """Replace the group of a pattern that matches at a position."""
        found = pattern.match(self.source.text, start)
        if found:
            self.edits.add((*found.span(1), new))

    def _replace(self, start: int, old: str, new: str) -> None:
        """Replace a name, if it is there: Python 3.11 misplaces some names in f-strings."""
        if self.source.text.startswith(old, start):
            self.edits.add((start, start + len(old), new))
