"""The names that a Python file binds and uses, and the strings that contain names."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from plgen.project.source import assigned


class Names:
    """The nodes that bind each identifier of a file, and the identifiers that it uses."""

    def __init__(self, tree: ast.AST) -> None:
        self.binders: dict[str, list[ast.AST]] = defaultdict(list)
        self.used: set[str] = set()
        for node in ast.walk(tree):
            for name in bound(node):
                self.binders[name].append(node)
            if isinstance(node, ast.Name):
                self.used.add(node.id)

    def free(self, name: str) -> bool:
        """Return whether the file neither binds nor uses a name."""
        return name not in self.binders and name not in self.used

    def only_by(self, name: str, nodes: Iterable[ast.AST]) -> bool:
        """Return whether only these nodes bind the name."""
        given = {id(node) for node in nodes}
        return all(id(binder) in given for binder in self.binders.get(name, ()))


def bound(node: ast.AST) -> Iterator[str]:
    """Yield the identifiers that a node binds."""
    if isinstance(node, ast.Name):
        if not isinstance(node.ctx, ast.Load):
            yield node.id
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, (ast.Global, ast.Nonlocal)):
        yield from node.names
    else:
        # Definitions, handlers, patterns and, from Python 3.12 on, type parameters.
        for field in ("name", "rest"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                yield name


def origin(file: str, node: ast.ImportFrom) -> str:
    """Return the full name of the module that a `from` import names."""
    package = PurePosixPath(file).parent.parts
    base = package[: len(package) - node.level + 1] if node.level else ()
    return ".".join([*base, *([node.module] if node.module else [])])


def imported(file: str, nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """Yield the names that imports of a file bind, each with the full name it stands for."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            module = origin(file, node)
            for alias in node.names:
                yield alias.asname or alias.name, f"{module}.{alias.name}"
        elif isinstance(node, ast.Import):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)


def full_name(name: str, names: Mapping[str, str]) -> str:
    """Return the full name of `a.b`, by the names that imports bind."""
    first, dot, rest = name.partition(".")
    return names.get(first, first) + dot + rest


def dotted(node: ast.expr) -> str:
    """Return `a.b` for an expression of names and attributes, nothing for any other."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return ".".join([node.id, *parts]) if isinstance(node, ast.Name) else ""


def annotation_strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the strings in annotations that name types."""
    for node in ast.walk(tree):
        for field in ("annotation", "returns"):
            annotation = getattr(node, field, None)
            if isinstance(annotation, ast.AST):
                yield from _type_names(annotation)


def _type_names(node: ast.AST) -> Iterator[ast.Constant]:
    """Yield the strings of an annotation, but not the values in `Literal` and `Annotated`."""
    parts = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Subscript):
        container = dotted(node.value).rpartition(".")[2]
        if container == "Literal":
            return
        if container == "Annotated" and isinstance(node.slice, ast.Tuple):
            parts = [*node.slice.elts[:1]]
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    for part in parts:
        yield from _type_names(part)


def export_strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the strings of `__all__`."""
    for node in ast.walk(tree):
        if "__all__" in assigned(node):
            yield from strings(node)


def option_values(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yield the options that calls such as `add("--x", default=...)` define, with the call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            flag = getattr(node.args[0], "value", None)
            if isinstance(flag, str) and flag.startswith("--"):
                yield flag.removeprefix("--"), node


def strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the strings of a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
