"""Add parameters to the constructor of a class: signature, body and documentation."""

from __future__ import annotations

import ast
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from plgen.project import source
from plgen.project.source import NEWLINE, Edit, Source
from plgen.rendering.params import Param

ARGUMENTS = re.compile(r"^([ \t]*)Arg(?:ument)?s:[ \t]*(?=[\r\n])", re.MULTILINE)
DEEPER = "    "
DOCUMENTED = (ast.ClassDef, ast.FunctionDef)


def with_params(module: Source, class_name: str, params: Sequence[Param]) -> Source:
    """Return the module with parameters; one that the constructor has already gets the default.

    The class must define a constructor.
    """
    class_ = module.find_class(class_name)
    takes = class_.parameters if class_ and class_.constructor else ()
    values = {each.name: each.value for each in takes if each.value}
    old = [each for each in params if each.name in values]
    defaults = [(*module.span(values[each.name]), each.default) for each in old]
    module = source.parse(module.edited(defaults), module.path)
    new = [each for each in params if each.name not in values]
    class_ = module.find_class(class_name)
    node = class_.constructor if class_ else None
    if node is None or not new:
        return module
    edits = {*_signature(module, node, new), *_body(module, node, new)}
    edits |= {*_documentation(module, class_name, node, new), *_import(module, new)}
    return source.parse(module.edited(edits), module.path)


@dataclass(frozen=True)
class _Parentheses:
    """The parentheses of a constructor in the text, and the span of each parameter."""

    start: int
    end: int
    items: tuple[tuple[int, int], ...]
    has_comment: bool


def _parentheses(module: Source, node: ast.FunctionDef) -> _Parentheses:
    """Return where the parameters of a constructor stand."""
    first = module.offset(node.lineno, node.col_offset)
    depth, start, has_comment = 0, 0, False
    items: list[tuple[int, int]] = []
    item: tuple[int, int] | None = None
    for token, begin, end in module.tokens():
        if begin < first:
            continue
        has_comment |= token.type == tokenize.COMMENT
        if token.string in set("([{") and token.type == tokenize.OP:
            depth += 1
            start = start or end
            if depth == 1:
                continue
        elif token.string in set(")]}") and token.type == tokenize.OP:
            depth -= 1
        if start and (depth == 0 or (depth == 1 and token.string == ",")):
            items += [item] if item else []
            item = None
            if depth == 0:
                return _Parentheses(start, begin, tuple(items), has_comment)
        elif start and token.type not in {tokenize.COMMENT, tokenize.NL}:
            item = (item[0] if item else begin, end)
    raise AssertionError("a function has parentheses")


def _signature(module: Source, node: ast.FunctionDef, params: Iterable[Param]) -> Iterator[Edit]:
    """Yield the edits that add parameters to a signature, one a line."""
    found, text, newline = _parentheses(module, node), module.text, module.newline
    indent = _indent(text, found.start)
    new = [f"{each.name}: {each.type} = {each.default}" for each in params]
    items = [text[start:end] for start, end in found.items]
    rest = len(items) - 1 if items[-1].startswith("**") else len(items)
    if not found.has_comment:
        lines = [f"{indent}{DEEPER}{each}," for each in (*items[:rest], *new, *items[rest:])]
        yield found.start, found.end, newline.join(["", *lines, indent])
    elif rest < len(items):
        start = found.items[rest][0]
        between = f",{newline}{_indent(text, start)}"
        yield start, start, "".join(f"{each}{between}" for each in new)
    else:
        start, end = found.items[-1]
        comma = re.compile(r"\s*,").match(text, end, found.end)
        # The last one may have a comment behind its comma.
        line = NEWLINE.search(text, comma.end() if comma else end, found.end)
        place = line.start() if line else comma.end() if comma else end
        between = f"{newline}{_indent(text, start)}" if line else " "
        added = f",{between}".join(new) + ("," if comma or line else "")
        yield end, place, f"{'' if comma else ','}{text[end:place]}{between}{added}"


def _body(module: Source, node: ast.FunctionDef, params: Iterable[Param]) -> Iterator[Edit]:
    """Yield the edits that keep parameters as attributes, once the base class is initialized."""
    newline, text = module.newline, module.text
    lines = [f"self.{each.kept}" for each in params]
    start = module.span(node.body[0])[0]
    if decorators := getattr(node.body[0], "decorator_list", []):
        start = text.rindex("@", 0, module.span(decorators[0])[0])
    header = module.offset(node.lineno, node.col_offset)
    if not NEWLINE.search(text, _parentheses(module, node).end, start):
        # The body stands behind the colon.
        inner = newline + _indent(text, header) + DEEPER
        end = module.span(node.body[-1])[1]
        yield text.rindex(":", header, start) + 1, start, inner
        yield end, end, "".join(inner + line for line in lines)
        return
    inner = newline + _indent(text, start)
    first = [statement for statement in node.body[:2] if _is_first(statement)]
    if first:
        end = _line_end(text, module.span(first[-1])[1])
        yield end, end, "".join(inner + line for line in lines)
    else:
        yield start, start, "".join(line + inner for line in lines)


def _is_first(statement: ast.stmt) -> bool:
    """Return whether a statement is a docstring or calls the constructor of the base class."""
    match statement:
        case ast.Expr(value=ast.Constant() | ast.Call(func=ast.Attribute(attr="__init__"))):
            return True
        case _:
            return False


def _documentation(
    module: Source, class_name: str, node: ast.FunctionDef, params: Iterable[Param]
) -> Iterator[Edit]:
    """Yield the edit that documents parameters under the `Args:` of a docstring, if it has some."""
    text, newline = module.text, module.newline
    classes = (each for each in module.tree.body if getattr(each, "name", "") == class_name)
    for documented in (node, *classes):
        first = documented.body[0] if isinstance(documented, DOCUMENTED) else None
        if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
            continue
        start, end = module.span(first)
        title = ARGUMENTS.search(text, start, end)
        if title:
            # The quotes may stand in the last line.
            end -= len('"""')
            deeper = re.compile(rf"(?:{NEWLINE.pattern}){title[1]}[ \t]+\S[^\r\n]*")
            place, indent = title.end(), title[1] + DEEPER
            while entry := deeper.match(text, place, end):
                if place == title.end():
                    indent = re.split(r"\S", entry[0].lstrip("\r\n"), maxsplit=1)[0]
                place = entry.end()
            yield place, place, "".join(f"{newline}{indent}{p.name}: {p.help}" for p in params)
            return


def _import(module: Source, params: Iterable[Param]) -> Iterator[Edit]:
    """Yield the edit that imports Literal where a type needs it, in the order of the linter."""
    body = module.tree.body
    # An import after a class is too late for its annotations.
    first = min(node.lineno for node in body if isinstance(node, ast.ClassDef))
    early = [node for node in body if node.lineno < first]
    nodes = [node for node in early if isinstance(node, (ast.Import, ast.ImportFrom))]
    bound = {alias.asname or alias.name for node in nodes for alias in node.names}
    if "Literal" in bound or not any("Literal[" in each.type for each in params):
        return
    line, newline, text = "from typing import Literal", module.newline, module.text
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module, node.level) == ("typing", 0):
            later = [alias for alias in node.names if alias.name > "Literal"]
            later = [alias for alias in later if not alias.name.isupper()]
            if later:
                start = module.span(later[0])[0]
                yield start, start, "Literal, "
            else:
                end = module.span(node.names[-1])[1]
                yield end, end, ", Literal"
            return
    standard = [node for node in nodes if _library(node) in sys.stdlib_module_names]
    before = [
        each for each in standard if isinstance(each, ast.Import) or _library(each) < "typing"
    ]
    following = [node for node in nodes if node not in before and _library(node) != "__future__"]
    if before and _library(before[-1]) != "__future__":
        end = _line_end(text, module.span(before[-1])[1])
        yield end, end, newline + line
    elif following:
        start = module.span(following[0])[0]
        blank = "" if following[0] in standard else newline
        yield start, start, f"{line}{newline}{blank}"
    else:
        ahead = [*(each for each in body[:1] if isinstance(each, ast.Expr)), *before]
        end = module.span(ahead[-1])[1] if ahead else 0
        yield end, end, f"{newline}{newline}{line}" if end else f"{line}{newline}{newline}"


def _library(node: ast.Import | ast.ImportFrom) -> str:
    """Return the top-level package of an import; nothing for a relative import."""
    name = node.names[0].name if isinstance(node, ast.Import) else node.module or ""
    relative = isinstance(node, ast.ImportFrom) and node.level
    return "" if relative else name.partition(".")[0]


def _indent(text: str, position: int) -> str:
    """Return the white space that starts the line of a position."""
    start = max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1
    found = re.compile(r"[ \t]*").match(text, start)
    return found[0] if found else ""


def _line_end(text: str, position: int) -> int:
    """Return where the line of a position ends."""
    found = NEWLINE.search(text, position)
    return found.start() if found else len(text)
