"""Import the modules of a project for real, with stand-ins for the libraries that they import."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

LIBRARIES = frozenset(
    """
    jsonargparse lightning lightning_fabric matplotlib numpy pytorch_lightning rich tensorboard
    torch torchmetrics torchvision
    """.split()
)


class Kind(type):
    """What every class of a library is made by: it has every attribute."""

    __all__: Sequence[str] = ()

    def __getattr__(cls, name: str) -> Any:
        """Return a class, except for what Python itself asks for."""
        if name.startswith("__"):
            raise AttributeError(name)
        return Kind(name, (Anything,), {})


class Anything(metaclass=Kind):
    """A class of a library: to derive from, to call, to annotate with."""

    def __init__(self, *_given: object, **_words: object) -> None:
        pass

    def __init_subclass__(cls, **_words: object) -> None:
        """Take whatever a class statement gives."""

    def __class_getitem__(cls, _item: object) -> Any:
        """Return the class, whatever it holds."""
        return cls

    def __call__(self, *_given: object, **_words: object) -> Any:
        """Return something else that has everything."""
        return Anything()

    def __getattr__(self, name: str) -> Any:
        """Return something that has everything, except for what Python itself asks for."""
        return getattr(Anything, name)


class Library(ModuleType):
    """A module of a library: whatever is imported from it is there."""

    __all__: Sequence[str] = ()

    def __getattr__(self, name: str) -> Any:
        """Return a class."""
        return getattr(Anything, name)


class Finder(MetaPathFinder, Loader):
    """Give every module of the libraries."""

    def find_spec(self, name: str, *_given: object) -> ModuleSpec | None:
        """Return how to import a module, if it is of a library."""
        ours = name.split(".", maxsplit=1)[0] in LIBRARIES
        return ModuleSpec(name, self, is_package=True) if ours else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module, which may have modules of its own."""
        return Library(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it as it is."""


def classes(root: Path, wanted: Iterable[tuple[str, str]]) -> list[type]:
    """Import a class of a module of a project, for each pair of names, and forget it again."""
    foreign = {"data", "engine", "model", "utils", *LIBRARIES}
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if _top(name) in foreign}
    path, finders, quiet = sys.path[:], sys.meta_path[:], sys.dont_write_bytecode
    sys.path.insert(0, str(root))
    sys.meta_path.insert(0, Finder())
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        return [getattr(importlib.import_module(module), held) for module, held in wanted]
    finally:
        sys.path[:], sys.meta_path[:], sys.dont_write_bytecode = path, finders, quiet
        for name in [name for name in sys.modules if _top(name) in foreign]:
            del sys.modules[name]
        sys.modules.update(kept)


def _top(name: str) -> str:
    """Return the package that a module is in."""
    return name.split(".", maxsplit=1)[0]
