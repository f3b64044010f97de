"""Add parameters to the constructor of a class: signature and body."""

from __future__ import annotations

import ast
import sys
import tokenize
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
# Tokens that mean nothing to Python.
SKIPPED = frozenset([tokenize.COMMENT, tokenize.NL])


def with_params(
    root: Path, kind: Kind, module: Source, class_name: str, options: Sequence[str]
) -> tuple[Source, tuple[Param, ...]]:
    """Return the module with parameters, and these; raise UsageError for one that does not fit.

    `options` are parameters as in `--param`: one that the constructor has already gets the default.
    """
    class_ = module.find_class(class_name)
    if class_ is None or class_.constructor is None:
        raise UsageError(
            f"{class_name} has no constructor that takes --param",
            "leave out --param, or write an __init__ first",
        )
    node = class_.constructor
    wanted = params.parse(options, params.existing(root, kind, module, class_))
    values = {each.name: each.value for each in class_.parameters if each.value}
    edits: list[Edit] = [
        (*module.span(values[each.name]), each.default) for each in wanted if each.name in values
    ]
    new = [each for each in wanted if each.name not in values]
    if new:
        edits += [_signature(module, node, new), *_body(module, node, new)]
    if any("Literal[" in each.type for each in new):
        edits += _import_of_literal(module)
    return source.parse(module.edited(edits), module.path), wanted


def _signature(module: Source, node: ast.FunctionDef, new: Sequence[Param]) -> Edit:
    """Return the edit that adds parameters to a signature, in the form that it has."""
    added = [f"{each.name}: {each.type} = {each.default}" for each in new]
    sign, end, place = _last_place(module, node)
    line = module.starts[module.row(place)]
    if sign == "," and not module.text[line:place].strip():
        indent = _indent(module, node) + DEEPER
        return line, line, "".join(f"{indent}{each},{module.newline}" for each in added)
    if node.args.kwarg:
        return place, place, "".join(f"{each}, " for each in added)
    return end, end, {",": " ", "(": ""}.get(sign, ", ") + ", ".join(added)


def _last_place(module: Source, node: ast.FunctionDef) -> tuple[str, int, int]:
    """Return the sign before the last place for a parameter, its end, and the place.

    The place is that of `**kwargs`, or of the parenthesis that closes the signature.
    """
    start = module.offset(node.lineno, node.col_offset)
    rest = module.span(node.args.kwarg)[0] if node.args.kwarg else None
    tokens = [
        (token.string if token.type == tokenize.OP else "", begin, end)
        for token, begin, end in module.tokens()
        if begin >= start and token.type not in SKIPPED
    ]
    depth, last = 0, 0
    for number, (sign, begin, _) in enumerate(tokens):
        depth += (sign in {"(", "[", "{"}) - (sign in {")", "]", "}"})
        if begin == rest or (sign == ")" and depth == 0):
            # The name of `**kwargs` stands behind its sign.
            last = number - 1 if begin == rest else number
            break
    sign, _, end = tokens[last - 1]
    return sign, end, tokens[last][1]


def _body(module: Source, node: ast.FunctionDef, new: Sequence[Param]) -> Iterator[Edit]:
    """Yield the edits that keep parameters as attributes, once the base class is initialized."""
    text, newline = module.text, module.newline
    kept = [f"self.{each.kept}" for each in new]
    start = module.span(node.body[0])[0]
    if decorators := getattr(node.body[0], "decorator_list", []):
        start = text.rindex("@", 0, module.span(decorators[0])[0])
    indent = text[module.starts[module.row(start)] : start]
    first = [statement for statement in node.body[:2] if _is_first(statement)]
    if indent.strip():
        # The body stands behind the colon.
        inner = newline + _indent(module, node) + DEEPER
        end = module.span(node.body[-1])[1]
        yield text.rindex(":", 0, start) + 1, start, inner
        yield end, end, "".join(inner + line for line in kept)
    elif first:
        end = _line_end(module, first[-1])
        yield end, end, "".join(newline + indent + line for line in kept)
    else:
        yield start, start, "".join(line + newline + indent for line in kept)


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
    # Behind the comments at the top, which may declare the encoding.
    place = next(begin for token, begin, _ in module.tokens() if token.type not in SKIPPED)
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


def _indent(module: Source, node: ast.FunctionDef) -> str:
    """Return the white space before a function."""
    start = module.offset(node.lineno, node.col_offset)
    return module.text[module.starts[node.lineno - 1] : start]


def _line_end(module: Source, node: ast.stmt) -> int:
    """Return the end of the line in which a statement ends."""
    found = NEWLINE.search(module.text, module.span(node)[1])
    return found.start() if found else len(module.text)
