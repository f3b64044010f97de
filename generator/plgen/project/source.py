"""Read a module by its syntax tree, without importing it, and edit its text."""

from __future__ import annotations

import ast
import codecs
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from plgen.errors import PlgenError

NEWLINE = re.compile(r"\r\n|\r|\n")
# A decorator that writes a constructor.
DATACLASS = re.compile(r"(\w+\.)*dataclass\b(?!.*\binit\s*=\s*False)")
# A start and an end in a text, and what replaces the text between them.
Edit = tuple[int, int, str]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a constructor, as it is written; `value` is its default in the tree."""

    name: str
    annotation: str | None
    default: str | None
    value: ast.expr | None = field(repr=False, compare=False)


@dataclass(frozen=True)
class Class:
    """A class at the top of a module.

    `constructor` is the one that it defines, `is_dataclass` whether a decorator writes it; `rest`
    is the `**kwargs` of the constructor, if there is one. `forward` are the names of the parameters
    of `forward`, None if the class defines none.
    """

    name: str
    line: int
    bases: tuple[str, ...]
    constructor: ast.FunctionDef | None
    is_dataclass: bool
    parameters: tuple[Parameter, ...]
    rest: str | None
    forward: tuple[str, ...] | None


@dataclass(frozen=True)
class Text:
    """The text of a file of the project."""

    path: str
    text: str
    encoding: str

    @cached_property
    def starts(self) -> list[int]:
        """Return where each line starts."""
        return [0, *(found.end() for found in NEWLINE.finditer(self.text))]

    def row(self, position: int) -> int:
        """Return the number of the line of a position, from 0."""
        return bisect_right(self.starts, position) - 1

    def line(self, row: int) -> str:
        """Return a line."""
        end = self.starts[row + 1] if row + 1 < len(self.starts) else len(self.text)
        return self.text[self.starts[row] : end]

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """Return the file after edits, which do not overlap."""
        parts: list[str] = []
        done = 0
        for start, end, new in sorted(edits):
            parts += [self.text[done:start], new]
            done = end
        return "".join([*parts, self.text[done:]]).encode(self.encoding)


@dataclass(frozen=True)
class Source(Text):
    """A module: its path in the project, its text and its syntax tree."""

    tree: ast.Module

    @cached_property
    def classes(self) -> tuple[Class, ...]:
        """Return the classes at the top of the module."""
        return tuple(self._class(node) for node in self.tree.body if isinstance(node, ast.ClassDef))

    @property
    def newline(self) -> str:
        """Return the line ending of the module."""
        found = NEWLINE.search(self.text)
        return found[0] if found else "\n"

    @property
    def imported(self) -> set[str]:
        """Return the names that imports of the module bind, anywhere in it."""
        aliases = (node for node in ast.walk(self.tree) if isinstance(node, ast.alias))
        return {(each.asname or each.name).split(".")[0] for each in aliases}

    def find_class(self, class_name: str) -> Class | None:
        """Return the class of this name, or None."""
        return next((found for found in self.classes if found.name == class_name), None)

    def offset(self, line: int, column: int) -> int:
        """Return the position in `text` of a line (from 1) and a column of the syntax tree."""
        start = self.starts[line - 1]
        # The tree counts columns in bytes of UTF-8.
        if self.text.isascii():
            return start + column
        return start + len(self.text[start : start + column].encode()[:column].decode())

    def span(self, node: ast.expr | ast.stmt | ast.alias | ast.arg) -> tuple[int, int]:
        """Return where in `text` a node starts and ends."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)

    def segment(self, node: ast.expr) -> str:
        """Return an expression as it is written, or in one line if it has several."""
        start, end = self.span(node)
        text = self.text[start:end]
        return text if len(text.splitlines()) == 1 else ast.unparse(node)

    @property
    def data(self) -> bytes:
        """Return the bytes of the file."""
        return self.text.encode(self.encoding)

    def _class(self, node: ast.ClassDef) -> Class:
        methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
        constructor, forward = methods.get("__init__"), methods.get("forward")
        decorators = map(self.segment, node.decorator_list)
        rest = constructor.args.kwarg if constructor else None
        forward_parameters = self._parameters(forward.args) if forward else ()
        return Class(
            name=node.name,
            line=node.lineno,
            bases=tuple(self.segment(base) for base in node.bases),
            constructor=constructor,
            is_dataclass=constructor is None and any(map(DATACLASS.match, decorators)),
            parameters=self._parameters(constructor.args) if constructor else (),
            rest=f"**{rest.arg}" if rest else None,
            forward=tuple(each.name for each in forward_parameters) if forward else None,
        )

    def _parameters(self, arguments: ast.arguments) -> tuple[Parameter, ...]:
        """Return the named parameters after `self`."""
        positional = [*arguments.posonlyargs, *arguments.args]
        missing = [None] * (len(positional) - len(arguments.defaults))
        defaults = [*missing, *arguments.defaults, *arguments.kw_defaults]
        return tuple(
            Parameter(
                argument.arg,
                self.segment(argument.annotation) if argument.annotation else None,
                self.segment(default) if default else None,
                default,
            )
            for argument, default in zip(
                [*positional, *arguments.kwonlyargs], defaults, strict=True
            )
        )[1:]


# Several checks read the same file, but not all files of a large project fit in memory.
@lru_cache(maxsize=64)
def parse(data: bytes, path: str) -> Source:
    """Return the module in a file's bytes, which are UTF-8; raise PlgenError for an error."""
    encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        text = data.decode(encoding)
        with warnings.catch_warnings():
            # Python itself warns about invalid escapes in the user's code.
            warnings.simplefilter("ignore")
            return Source(path, text, encoding, ast.parse(text))
    except SyntaxError as error:
        place = f"{path}:{error.lineno}" if error.lineno else path
        raise PlgenError(error.msg, f"correct {place}", path, error.lineno) from error
    except ValueError as error:
        raise PlgenError(f"{path} is not Python in UTF-8: {error}", f"correct {path}") from error
    except (RecursionError, MemoryError) as error:
        raise PlgenError(f"{path} is nested too deeply to be read", f"correct {path}") from error


def assigned(node: ast.AST) -> list[str]:
    """Return the names that a statement assigns to."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [each.id for each in targets if isinstance(each, ast.Name)]
