"""Follow the base classes of a class through the project, without importing any."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from plgen import disk, template
from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS, Kind
from plgen.project import source
from plgen.project.bindings import bound, dotted, full_name, imported
from plgen.project.source import Class, Parameter, Source, assigned

# The classes of libraries that take no hyperparameters.
PLAIN = frozenset(
    ["object", "ABC", "Callback", "Dataset", "Generic", "IterableDataset", "Module", "Protocol"]
)


def is_of_kind(root: Path, kind: Kind, module: Source, class_: Class) -> bool:
    """Return whether a class is of a kind, by the nearest base class that decides."""
    bases = list(_with_bases(root, module, class_))
    siblings = [each for each in KINDS if each.folder == kind.folder]
    for full, each, _ in bases:
        nearest = [sibling for sibling in siblings if _is_base(sibling, full, own=each is not None)]
        if nearest:
            return kind in nearest
    forward = next((each.forward for _, each, _ in bases if each and each.forward is not None), ())
    return bool(forward) and forward == kind.forward


def _is_base(kind: Kind, full: str, *, own: bool) -> bool:
    """Return whether the classes derived from this one are of a kind.

    One of the project's `own` classes is recognised by its full name.
    """
    if own:
        return full in kind.bases
    packages = tuple(f"{package}." for package in kind.base_packages)
    return full.endswith(kind.bases) or full.startswith(packages)


def attributes(root: Path, module: Source, class_: Class) -> frozenset[str]:
    """Return the attributes that a class has from its own file and from others of the project."""
    found: set[str] = set()
    for _, _, file in _with_bases(root, module, class_):
        for node in ast.walk(file.tree) if file else ():
            if isinstance(node, ast.ClassDef):
                found |= {name for part in node.body for name in (*assigned(part), *bound(part))}
            elif isinstance(node, ast.Attribute) and dotted(node.value) == "self":
                found.add(node.attr)
    return frozenset(found)


def set_by_project(root: Path, kind: Kind, module: Source, class_: Class) -> frozenset[str]:
    """Return the parameters of a class that are not options, as main.py sets them."""
    bases = (each for full, each, _ in _with_bases(root, module, class_) if full in kind.bases)
    inherited = [parameter.name for each in bases if each for parameter in each.parameters]
    # An interface also gets the options of main.py that its constructor names.
    options = template.options() if inherited else ()
    return frozenset([*inherited, *options, *kind.set_by_project])


def hyperparameters(
    root: Path, kind: Kind, module: Source, class_: Class
) -> tuple[tuple[Parameter, ...], str | None]:
    """Return the parameters of a class's constructor, and what of them cannot be read."""
    bases = list(_with_bases(root, module, class_))
    for number, (full, each, _) in enumerate(bases, 1):
        if full in kind.bases:
            break
        if each is None:
            if full.rpartition(".")[2] not in PLAIN:
                return (), f"the constructor of {full}"
        elif each.is_dataclass:
            return (), "the fields of a dataclass"
        elif each.constructor:
            following = (name for name, base, _ in bases[number:] if not base or base.constructor)
            return each.parameters, None if next(following, "") in kind.bases else each.rest
    return (), None


def _with_bases(
    root: Path, module: Source, class_: Class
) -> Iterator[tuple[str, Class | None, Source | None]]:
    """Yield the full name of the class and of each base class, with the class and its module.

    These are None for a class of a library.
    """
    known: set[tuple[str, str]] = set()
    following: list[tuple[str, tuple[Source, Class] | None]] = [(class_.name, (module, class_))]
    while following:
        full, found = following.pop(0)
        if found is None:
            yield full, None, None
        elif (found[0].path, found[1].name) not in known:
            file, each = found
            known.add((file.path, each.name))
            yield f"{file.path.removesuffix('.py').replace('/', '.')}.{each.name}", each, file
            names = dict(imported(file.path, file.tree.body))
            bases = [
                full_name(re.split(r"[\[( ]", base, maxsplit=1)[0], names) for base in each.bases
            ]
            following = [*((base, _find(root, file, base)) for base in bases), *following]


def _find(root: Path, module: Source, full: str) -> tuple[Source, Class] | None:
    """Return a class of the project by its full name, also where a module re-exports it."""
    known: set[str] = set()
    while full not in known:
        known.add(full)
        *parts, name = full.split(".")
        file = _module(root, "/".join(parts)) if parts else module
        if file is None:
            return None
        found = file.find_class(name)
        if found:
            return file, found
        full = dict(imported(file.path, file.tree.body)).get(name, full)
    return None


def _module(root: Path, path: str) -> Source | None:
    """Return a module or a package of the project, if it can be read."""
    for file in (f"{path}/__init__.py", f"{path}.py"):
        try:
            return source.parse(disk.read_inside(root, file), file)
        except PlgenError:
            continue
    return None
