"""Add parameters to the constructor of a class: signature and body."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from plgen.errors import UsageError
from plgen.naming.kinds import Kind
from plgen.project import source
from plgen.project.bindings import imported
from plgen.project.source import NEWLINE, Edit, Source
from plgen.rendering import params
from plgen.rendering.params import Param

DEEPER = "    "
# The tree leaves out the parentheses around a default or a type. A closing one is followed by
# another one or a comma; the one that ends the signature is not.
GAP = r"(?:[\s\\]|#[^\r\n]*+)*+"
CLOSED = re.compile(rf"(?:{GAP}\)(?={GAP}[),]))*")
# What follows the last parameter where each has a line of its own.
END_OF_LINE = re.compile(r",[ \t]*(#[^\r\n]*)?(\r\n|\r|\n)")


def with_params(
    root: Path, kind: Kind, module: Source, class_name: str, options: Sequence[str]
) -> Source:
    """Return the module with parameters; raise UsageError for one that does not fit.

    `options` are parameters as in `--param`: one that the constructor has already gets the default.
    A new one is kept as an attribute, unless the class has another one of this name.
    """
    class_ = module.find_class(class_name)
    if class_ is None or class_.constructor is None or not _can_grow(class_.constructor.args):
        raise UsageError(
            f"{class_name} has no constructor that takes --param",
            "leave out --param, or write an __init__ first",
        )
    node = class_.constructor
    existing = params.existing(root, kind, module, class_)
    wanted = params.parse(options, existing)
    values = {each.name: each.value for each in class_.parameters if each.value}
    edits: list[Edit] = [
        (*module.span(values[each.name]), each.default) for each in wanted if each.name in values
    ]
    new = [each for each in wanted if each.name not in values]
    attributes = [each.name for each in new if each.name not in existing.attributes]
    if new:
        edits.append(_signature(module, node, new))
    if attributes:
        edits.append(_body(module, node, attributes))
    if any("Literal[" in each.type for each in new):
        edits += _import_of_literal(module)
    return source.parse(module.edited(edits), module.path)


def _can_grow(arguments: ast.arguments) -> bool:
    """Return whether a parameter can follow the last one and still be given by name."""
    return bool(arguments.args or arguments.vararg or arguments.kwonlyargs)


def _signature(module: Source, node: ast.FunctionDef, new: Sequence[Param]) -> Edit:
    """Return the edit that adds parameters to a signature, in the form that it has."""
    added = [f"{each.name}: {each.type} = {each.default}" for each in new]
    end = _end_of_parameters(module, node.args)
    line_end = END_OF_LINE.match(module.text, end)
    if line_end is None:
        return end, end, "".join(f", {each}" for each in added)
    indent = _before(module, module.span(node)[0]) + DEEPER
    lines = "".join(f"{indent}{each},{module.newline}" for each in added)
    return line_end.end(), line_end.end(), lines


def _end_of_parameters(module: Source, arguments: ast.arguments) -> int:
    """Return where the last parameter ends, `**kwargs` aside."""
    named = [*arguments.args, *arguments.kwonlyargs, *filter(None, [arguments.vararg])]
    defaults = filter(None, [*arguments.defaults, *arguments.kw_defaults])
    end = max(module.span(each)[1] for each in (*named, *defaults))
    closed = CLOSED.match(module.text, end)
    return closed.end() if closed else end


def _body(module: Source, node: ast.FunctionDef, attributes: Sequence[str]) -> Edit:
    """Return the edit that sets attributes, once the base class is initialized."""
    lines = [f"self.{name} = {name}" for name in attributes]
    first = [statement for statement in node.body[:2] if _is_first(statement)]
    start = _start(module, node.body[0])
    indent = _before(module, start)
    behind_colon = bool(indent.strip())
    separator = "; " if behind_colon else module.newline + indent
    if not first:
        return start, start, "".join(line + separator for line in lines)
    end = module.span(first[-1])[1] if behind_colon else _line_end(module, first[-1])
    return end, end, "".join(separator + line for line in lines)


def _is_first(statement: ast.stmt) -> bool:
    """Return whether a statement is a docstring or calls the constructor of the base class."""
    match statement:
        case ast.Expr(value=ast.Constant() | ast.Call(func=ast.Attribute(attr="__init__"))):
            return True
        case _:
            return False


def _import_of_literal(module: Source) -> Iterator[Edit]:
    """Yield the edit that imports Literal, unless an import before the first class does."""
    body, newline = module.tree.body, module.newline
    early = takewhile(lambda node: not isinstance(node, ast.ClassDef), body)
    if "Literal" in dict(imported(module.path, early)):
        return
    line = "from typing import Literal"
    # The comments at the top stay there.
    place = _start(module, body[0])
    edit = line + newline * 2
    for node in body:
        match node:
            case ast.ImportFrom(module="typing", level=0, names=[*_, last]) if last.name != "*":
                place, edit = module.span(last)[1], ", Literal"
                break
            case ast.Expr(value=ast.Constant()) | ast.ImportFrom(module="__future__"):
                place, edit = _line_end(module, node), newline * 2 + line
            # The linter wants these first.
            case ast.Import() if node.names[0].name.split(".")[0] in sys.stdlib_module_names:
                place, edit = _line_end(module, node), newline + line
            case _:
                break
    yield place, place, edit


def _start(module: Source, statement: ast.stmt) -> int:
    """Return where a statement starts, with its decorators."""
    decorators = getattr(statement, "decorator_list", ())
    line = min(each.lineno for each in (statement, *decorators))
    return module.offset(line, statement.col_offset)


def _before(module: Source, position: int) -> str:
    """Return the text of a line before a position."""
    return module.text[module.starts[module.row(position)] : position]


def _line_end(module: Source, node: ast.stmt) -> int:
    """Return the end of the line in which a statement ends."""
    found = NEWLINE.search(module.text, module.span(node)[1])
    return found.start() if found else len(module.text)
