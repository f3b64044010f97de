"""Find the references of Python files to a module and its class."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS
from plgen.naming.names import Renaming, clash_key, without_alias
from plgen.project import source
from plgen.project.bindings import Names, dotted, full_name, imported, origin
from plgen.project.source import Edit, Source, assigned

# An old and a new name.
Pair = tuple[str, str]


def find(modules: Mapping[str, Source], renaming: Renaming) -> dict[str, set[Edit]]:
    """Return the edits of each file that follow the renaming; raise PlgenError if one cannot."""
    pairs = _full_names(modules, renaming)
    return {path: _edits(module, renaming, pairs) for path, module in modules.items()}


def _full_names(modules: Mapping[str, Source], renaming: Renaming) -> dict[str, Pair]:
    """Return the full names of the module and of its class, also where files pass them on."""
    module, class_ = renaming.names
    own = f"{renaming.kind.folder}.{module[0]}"
    pairs = {own: module, f"{own}.{class_[0]}": class_}
    known = 0
    while known < len(pairs):
        known = len(pairs)
        for path, each in modules.items():
            full = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            bound = _bound(each, class_[0], pairs)
            if class_ in bound:
                pairs[f"{full}.{class_[0]}"] = class_
            if module in bound:
                pairs |= {f"{full}.{module[0]}": module, f"{full}.{module[0]}.{class_[0]}": class_}
    return pairs


def _bound(module: Source, class_name: str, pairs: Mapping[str, Pair]) -> set[Pair]:
    """Return the pairs whose old name a file imports, perhaps by `*`."""
    found: set[Pair | None] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            base = origin(module.path, node)
            names = [alias.name for alias in node.names if not alias.asname]
            full_names = [f"{base}.{class_name if name == '*' else name}" for name in names]
            found |= {_pair(module.path, full, pairs) for full in full_names}
    return {pair for pair in found if pair}


def _pair(path: str, full: str, pairs: Mapping[str, Pair]) -> Pair | None:
    """Return the pair of a full name in a file.

    A script also imports what lies beside it; the project's own packages are imported from its top.
    """
    *folder, _ = path.split("/")
    is_own = folder in [[kind.folder] for kind in KINDS]
    return pairs.get(full if is_own or full in pairs else ".".join([*folder, full]))


def _edits(module: Source, renaming: Renaming, pairs: Mapping[str, Pair]) -> set[Edit]:
    """Return the edits of a file."""
    bound = _bound(module, renaming.old.class_name, pairs)
    edits = {*_imports(module, renaming, pairs), *_attributes(module, pairs)}
    if module.path == renaming.file:
        edits |= set(_definition(module, renaming))
        bound.add(renaming.names[1])
    if module.path == "main.py":
        edits |= set(_defaults(module, renaming))
    for old, new in bound:
        edits |= set(_uses(module, old, new))
    _refuse_mixtures(module, edits, bound)
    return edits


def _imports(module: Source, renaming: Renaming, pairs: Mapping[str, Pair]) -> Iterator[Edit]:
    """Yield the edits of import statements."""
    (old, new), _ = renaming.names
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            base = origin(module.path, node)
            if _pair(module.path, base, pairs):
                pattern = rf"from\b[\s\\.\w]*?\b({re.escape(old)})\b"
                yield from _match(module, pattern, module.span(node)[0], new)
            for alias in node.names:
                if pair := _pair(module.path, f"{base}.{alias.name}", pairs):
                    start, end = module.span(alias)
                    # `OldNet as NewNet` becomes `NewNet`.
                    yield start, end if alias.asname == pair[1] else start + len(pair[0]), pair[1]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in pairs:
                    path = r"\w+[\s\\]*\.[\s\\]*(\w+)"
                    yield from _match(module, path, module.span(alias)[0], new)


def _attributes(module: Source, pairs: Mapping[str, Pair]) -> Iterator[Edit]:
    """Yield the edits of `model.old_net` and `model.old_net.OldNet` where imports bind `model`."""
    names = list(imported(module.path, ast.walk(module.tree)))
    binders, fulls = Names(module.tree).binders, dict(names)
    doubtful = {
        name
        for name, full in names
        if full != fulls[name] or not all(isinstance(each, ast.alias) for each in binders[name])
    }
    certain = fulls.keys() - doubtful
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            name, end = dotted(node), module.span(node)[1]
            pair = _pair(module.path, full_name(name, fulls), pairs)
            # Python 3.11 misplaces some names in f-strings.
            is_there = pair and module.text.endswith(pair[0], 0, end)
            if pair and is_there and name.partition(".")[0] in certain:
                yield end - len(pair[0]), end, pair[1]


def _refuse_mixtures(module: Source, edits: set[Edit], bound: Iterable[Pair]) -> None:
    """Raise PlgenError if a file uses a new name already, or would still use the old one."""
    before = Names(module.tree)
    after = Names(source.parse(module.edited(edits), module.path).tree)
    for old, new in bound:
        used = old if before.free(new) else new
        if old != new and not (before.free(new) and after.free(old)):
            raise PlgenError(
                f"{module.path} uses {used} for something else, so {old} cannot become {new}",
                f"rename that {used} in {module.path} first",
            )


def _uses(module: Source, old: str, new: str) -> Iterator[Edit]:
    """Yield the uses of a name that the file binds, also in string annotations and `__all__`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and node.id == old:
            start, _ = module.span(node)
            # Python 3.11 misplaces some names in f-strings.
            if module.text.startswith(old, start):
                yield start, start + len(old), new
    # What a dotted path in a string means is not certain.
    name = re.compile(rf"(?<![\w.]){re.escape(old)}(?![\w.])")
    for text in (*_annotation_strings(module.tree), *_export_strings(module.tree)):
        for found in name.finditer(module.text, *module.span(text)):
            yield *found.span(), new


def _annotation_strings(tree: ast.AST) -> Iterator[ast.Constant]:
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


def _export_strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the strings of `__all__`."""
    for node in ast.walk(tree):
        if "__all__" in assigned(node):
            yield from _strings(node)


def _definition(module: Source, renaming: Renaming) -> Iterator[Edit]:
    """Yield the edits of the class, and of the title that its file starts with.

    Raise PlgenError unless the file defines it once, and no other of nearly the new name.
    """
    old, new = renaming.old.class_name, renaming.new.class_name
    names = [each.name for each in module.classes]
    # main.py would not tell a class of nearly the same name from it.
    found = [each for each in names if each == old or clash_key(each) == clash_key(new)]
    if found != [old]:
        raise PlgenError(
            f"{module.path} defines {' and '.join(found) or f'no {old}'}, "
            f"so {old} cannot become {new}",
            f"define {old} alone there, once, outside of `if` and `try`",
        )
    for node in module.tree.body:
        yield from _match(module, rf"class[\s\\]+({old})\b", module.span(node)[0], new)
    yield from _match(module, rf"\w*[\"']+({old}):", module.span(module.tree.body[0])[0], new)


def _match(module: Source, pattern: str, start: int, new: str) -> Iterator[Edit]:
    """Yield the edit of a pattern's group, if the pattern matches there."""
    if found := re.compile(pattern).match(module.text, start):
        yield *found.span(1), new


def _defaults(module: Source, renaming: Renaming) -> Iterator[Edit]:
    """Yield the edits of calls such as `add("--model_name", default=...)` in main.py."""
    flags = {f"--{option}" for option in renaming.kind.options}
    for call in ast.walk(module.tree):
        match call:
            case ast.Call(args=[ast.Constant(value=flag), *_]) if flag in flags:
                for node in _strings(call):
                    if without_alias(str(node.value), renaming.kind) == renaming.old.module:
                        start, _ = module.span(node)
                        yield from _match(module, r"\w*[\"']+(\w+)", start, renaming.new.module)
            case _:
                pass


def _strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the strings of a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
