"""What a Python file imports and binds, by its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from plgen.project import source
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
    rb"\b(?:globals|locals|vars|exec)\s*\(|sys\.modules|__getattr__|__path__|__dict__"
)
# What every module has.
ALWAYS = frozenset(
    """
    __annotations__ __builtins__ __cached__ __dict__ __doc__ __file__ __loader__ __name__
    __package__ __spec__
    """.split()
)


@dataclass(frozen=True)
class Import:
    """An import statement: `guarded` if it may fail, `typing` if only type checkers follow it."""

    node: ast.Import | ast.ImportFrom
    guarded: bool
    typing: bool


@dataclass(frozen=True)
class Bindings:
    """The names that importing a module binds; `typing` are those for type checkers alone.

    `exported` is its `__all__`, if that is plain; `dynamic` tells that there may be more names.
    """

    names: frozenset[str]
    typing: frozenset[str]
    stars: tuple[ast.ImportFrom, ...]
    exported: frozenset[str] | None
    dynamic: bool


@dataclass(frozen=True)
class _Statement:
    node: ast.stmt
    guarded: bool = False
    typing: bool = False
    top: bool = True


@lru_cache(maxsize=128)
def code(data: bytes, path: str) -> Code:
    """Return the statements of a file; raise PlgenError if it cannot be parsed."""
    return Code(source.parse(data, path))


class Code:
    """The statements of a module that import or bind names."""

    def __init__(self, module: Source) -> None:
        self.module = module

    @cached_property
    def _statements(self) -> list[_Statement]:
        return list(_walk(self.module.tree.body, _Statement(ast.Pass())))

    def imports(self) -> Iterator[Import]:
        """Yield the import statements, wherever they are."""
        for each in self._statements:
            if isinstance(each.node, (ast.Import, ast.ImportFrom)):
                yield Import(each.node, each.guarded, each.typing)

    @cached_property
    def bindings(self) -> Bindings:
        """Return the names of the module once it is imported."""
        names: set[str] = set(ALWAYS)
        typing: set[str] = set()
        stars: list[ast.ImportFrom] = []
        for each in self._statements:
            if each.top:
                (typing if each.typing else names).update(_bound(each.node))
                if isinstance(each.node, ast.ImportFrom) and each.node.names[0].name == "*":
                    stars.append(each.node)
            elif isinstance(each.node, ast.Global):
                names.update(each.node.names)
        return Bindings(
            names=frozenset(names),
            typing=frozenset(typing - names),
            stars=tuple(stars),
            exported=self._exported(),
            dynamic=bool(DYNAMIC.search(self.module.data)),
        )

    def _exported(self) -> frozenset[str] | None:
        """Return the names in `__all__`, if it is assigned once as a plain list."""
        uses = len(re.findall(r"\b__all__\b", self.module.text))
        for each in self._statements:
            value = getattr(each.node, "value", None)
            if isinstance(value, (ast.List, ast.Tuple)) and "__all__" in _bound(each.node):
                listed = [str(item.value) for item in export_strings(each.node)]
                return frozenset(listed) if uses == 1 and len(value.elts) == len(listed) else None
        return None


def _walk(body: list[ast.stmt], outer: _Statement) -> Iterator[_Statement]:
    """Yield the statements of a block, also of nested ones."""
    for node in body:
        guarded, typing, top = outer.guarded, outer.typing, outer.top
        yield _Statement(node, guarded, typing, top)
        if isinstance(node, ast.If):
            test = ast.unparse(node.test)
            inner = _Statement(node, guarded or bool(CONDITIONAL.search(test)), typing, top)
            checking = test.rpartition(".")[2] == "TYPE_CHECKING"
            yield from _walk(node.body, _Statement(node, inner.guarded, typing or checking, top))
            yield from _walk(node.orelse, inner)
            continue
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            top = False
        if isinstance(node, (ast.Try, ast.TryStar)):
            guarded = guarded or any(map(_catches, node.handlers))
        if isinstance(node, (ast.With, ast.AsyncWith)):
            guarded = guarded or any(map(_suppresses, node.items))
        inner = _Statement(node, guarded, typing, top)
        for block in _blocks(node):
            yield from _walk(block, inner)


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
    if isinstance(node, (ast.Try, ast.TryStar)):
        return {handler.name for handler in node.handlers if handler.name}
    blocks = {id(each) for block in _blocks(node) for each in block}
    found: set[str] = set()
    following: list[ast.AST] = [node]
    while following:
        each = following.pop()
        found.update(bound(each))
        following += (part for part in ast.iter_child_nodes(each) if id(part) not in blocks)
    return found
