"""Read the imports and names of a Python file by its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from plgen.project.bindings import bound, export_strings
from plgen.project.source import Source

# The exceptions of a failed import.
CAUGHT = frozenset(["BaseException", "Exception", "ImportError", "ModuleNotFoundError"])
# Conditions on whether a package is installed, or on the platform or Python's version.
CONDITIONAL = re.compile(
    r"find_spec|platform|os\.name|version|avail|install|\b_?has_|\b_?have_|Requirement",
    re.IGNORECASE,
)
# Ways to bind names that the syntax tree does not show.
DYNAMIC = re.compile(
    r"\b(?:globals|locals|vars|exec)\s*\(|sys\.modules|__getattr__|__path__|__dict__"
)
# The names that every module has.
ALWAYS = frozenset(
    """
    __annotations__ __builtins__ __cached__ __dict__ __doc__ __file__ __loader__ __name__
    __package__ __spec__
    """.split()
)


@dataclass(frozen=True)
class Statement:
    """A statement: `guarded` if it may fail, `typing` if only type checkers follow it.

    Names that it binds are those of the module if it is at the `top`.
    """

    node: ast.stmt
    guarded: bool = False
    typing: bool = False
    top: bool = True


OUTERMOST = Statement(ast.Pass())


@dataclass(frozen=True)
class Bindings:
    """The names that importing a module binds; `typing` are those for type checkers alone.

    `exported` is its `__all__`, if that is plain.
    """

    names: frozenset[str]
    typing: frozenset[str]
    stars: tuple[ast.ImportFrom, ...]
    exported: frozenset[str] | None


# Those of a folder without `__init__.py`.
NO_BINDINGS = Bindings(frozenset(), frozenset(), (), None)


def bindings(module: Source) -> Bindings | None:
    """Return the names of a module once it is imported; None if the syntax tree shows not all."""
    if DYNAMIC.search(module.text):
        return None
    names: set[str] = set(ALWAYS)
    typing: set[str] = set()
    stars: list[ast.ImportFrom] = []
    exported: list[frozenset[str] | None] = []
    for each in walk(module.tree.body):
        node = each.node
        if each.top:
            bound = _bound(node)
            (typing if each.typing else names).update(bound)
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                stars.append(node)
            if "__all__" in bound:
                exported.append(_exported(node))
        elif isinstance(node, ast.Global):
            names.update(node.names)
    once = len(re.findall(r"\b__all__\b", module.text)) == 1
    return Bindings(
        names=frozenset(names),
        typing=frozenset(typing - names),
        stars=tuple(stars),
        exported=exported[0] if exported and once else None,
    )


def _exported(node: ast.stmt) -> frozenset[str] | None:
    """Return the names that a statement assigns to `__all__`, if they are a plain list."""
    value = getattr(node, "value", None)
    listed = [item.value for item in export_strings(node)]
    plain = isinstance(value, (ast.List, ast.Tuple)) and len(value.elts) == len(listed)
    return frozenset(map(str, listed)) if plain else None


def walk(body: list[ast.stmt], outer: Statement = OUTERMOST) -> Iterator[Statement]:
    """Yield the statements of a block, also of nested ones."""
    for node in body:
        each = replace(outer, node=node)
        yield each
        if isinstance(node, ast.If):
            test = ast.unparse(node.test)
            each = replace(each, guarded=each.guarded or bool(CONDITIONAL.search(test)))
            checking = test.rpartition(".")[2] == "TYPE_CHECKING"
            yield from walk(node.body, replace(each, typing=each.typing or checking))
            yield from walk(node.orelse, each)
            continue
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            each = replace(each, top=False)
        elif isinstance(node, (ast.Try, ast.TryStar)):
            each = replace(each, guarded=each.guarded or any(map(_catches, node.handlers)))
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            each = replace(each, guarded=each.guarded or any(map(_suppresses, node.items)))
        for block in _blocks(node):
            yield from walk(block, each)


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a compound statement."""
    for field in ("body", "orelse", "finalbody"):
        yield getattr(node, field, [])
    for field in ("handlers", "cases"):
        yield from (part.body for part in getattr(node, field, []))


def _catches(handler: ast.ExceptHandler) -> bool:
    """Return whether a handler catches failed imports."""
    return handler.type is None or not CAUGHT.isdisjoint(_words(handler.type))


def _suppresses(item: ast.withitem) -> bool:
    """Return whether a `with` suppresses failed imports."""
    used = _words(item.context_expr)
    return "suppress" in used and not CAUGHT.isdisjoint(used)


def _words(node: ast.expr) -> list[str]:
    return re.findall(r"\w+", ast.unparse(node))


def _bound(node: ast.stmt) -> set[str]:
    """Return the names that a statement binds itself, not in its blocks."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    found: set[str] = set()
    following: list[ast.AST] = [node]
    while following:
        each = following.pop()
        found.update(bound(each))
        following += (p for p in ast.iter_child_nodes(each) if not isinstance(p, ast.stmt))
    return found
