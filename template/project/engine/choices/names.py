"""The naming rule: the file resnet_net.py holds one class of that name, such as ResnetNet or ResNetNet.

The two names are equal when case and underscores are ignored. The register of the package lists resnet_net.
"""

import importlib
import inspect
import re
from typing import Any

from ..errors import OptionError, unknown_name_error
from ..imports import PROJECT
from .kinds import CALLBACK, DATASET, INTERFACE, KINDS, METRIC, UNSUITED, Kind

MODEL_INTERFACE = "model_interface"  # MInterface, which is in no register


def module_of(name: str) -> str:
    """Return the module of a dataset's name: `cifar_data:noisy` is cifar_data with other arguments.

    Raises OptionError for an alias that does not follow the rule.
    """
    module, colon, alias = name.partition(":")
    if colon and not re.fullmatch("[a-z][a-z0-9_]*", alias):
        message = f"{name!r}: the part after the colon is not a name in lower case"
        raise OptionError(message, f"name it such as {module}:noisy")
    return module


def without_case(name: str) -> str:
    """Return a name in lower case without underscores: a module and its class share it."""
    return name.replace("_", "").casefold()


def registered(kind: Kind) -> tuple[str, ...]:
    """Return the names in the register of a kind; none for a kind that has no register."""
    return getattr(importlib.import_module(kind.package), kind.register) if kind.package else ()


def all_names(kind: Kind) -> list[str]:
    """Return the names that can be chosen: the project's own, then those of the library."""
    return [*([MODEL_INTERFACE] if kind is INTERFACE else []), *registered(kind), *kind.library]


def find_class(kind: Kind, name: str) -> Any:
    """Return the class that a name stands for: one of the project, or one of the library of its kind.

    Raises OptionError for an unknown name, a missing file or class, and a class that is not of this kind.
    """
    if kind is INTERFACE and name == MODEL_INTERFACE:
        return importlib.import_module("model").MInterface
    if name in kind.library and name not in registered(kind):
        return kind.library[name]
    own = load_class(kind.noun, name)
    base = find_class(INTERFACE, MODEL_INTERFACE) if kind is INTERFACE else kind.base
    if not issubclass(own, base):
        message = f"{own.__name__} in {kind.package}/{name}.py is not a subclass of {base.__name__}"
        hint = f"write `class {own.__name__}({base.__name__}):`, or choose another {kind.noun}"
        raise OptionError(message, hint)
    return own


def load_class(noun: str, name: str) -> Any:
    """Import the class of a registered module. An error inside its file keeps its own traceback.

    Args:
        noun: the kind of class, such as "net" or "dataset".

    Raises OptionError for a name that is not registered, and for a missing file or class.
    """
    kind = next(kind for kind in KINDS if kind.noun == noun)
    name = module_of(name) if kind is DATASET else name
    file, register = f"{kind.package}/{name}.py", f"{kind.register} in {kind.package}/__init__.py"
    exists = bool(kind.package) and name.isidentifier() and (PROJECT / file).is_file()
    if name not in registered(kind):
        if exists:
            hint = f'add "{name}" to {register}, if it is one'
            raise OptionError(f"{file} is not registered as a {noun}", hint)
        if kind in (METRIC, CALLBACK) and name in UNSUITED:
            hint = "main.py or the engine does its work, or it needs code: see README.md"
            raise OptionError(f"the {noun} {name} cannot be chosen by name", hint)
        more = f"; or write your own in {kind.package}/" if kind.package else ""
        if kind is METRIC:
            more = f"; some need packages, such as pip install 'torchmetrics[image]'{more}"
        raise unknown_name_error(noun, name, all_names(kind), more)
    classes = classes_of_name(f"{kind.package}.{name}") if exists else []
    if len(classes) != 1:
        example = "".join(part.capitalize() for part in name.split("_"))
        message = f"{file} must hold exactly one class called {example}"
        hint = f'write it, in any upper and lower case, or remove "{name}" from {register}'
        raise OptionError(message, hint)
    return classes[0]


def classes_of_name(module_name: str) -> list[type]:
    """Import a module, and return its classes of that name; imported ones only if it defines none."""
    module = importlib.import_module(module_name)
    name = without_case(module_name.rpartition(".")[2])
    classes = {each for key, each in inspect.getmembers(module, inspect.isclass) if without_case(key) == name}
    return [each for each in classes if each.__module__ == module_name] or [*classes]
