"""The naming rule: the file resnet_net.py holds one class of that name, such as ResnetNet or ResNetNet.

The two names are equal when case and underscores are ignored. The register of the package lists resnet_net.
"""

import importlib
import inspect
import re
from typing import Any

from ..errors import OptionError, unknown_name_error
from ..imports import PROJECT
from .kinds import DATASET, INTERFACE, KINDS, METRIC, UNSUITED, Kind
from .metrics import missing_extra

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
    there = bool(kind.package) and name.isidentifier() and (PROJECT / file).is_file()
    if name not in registered(kind):
        for other in KINDS:
            if there and name in registered(other) and other.package == kind.package:
                hint = f"choose it by --{other.options[0]}"
                raise OptionError(f"{file} is registered in {other.register}, not in {kind.register}", hint)
        if there:
            raise OptionError(f"{file} is there but not registered", f'add "{name}" to {register}')
        if name in UNSUITED:
            hint = "main.py or the engine does its work, or it needs code: see README.md"
            raise OptionError(f"the {noun} {name} cannot be chosen by name", hint)
        if kind is METRIC and (extra := missing_extra(name)):
            hint = f"pip install 'torchmetrics[{extra}]'"
            raise OptionError(f"{name} needs a package that is not installed", hint)
        own = f"; or write your own in {kind.package}/" if kind.package else ""
        raise unknown_name_error(noun, name, all_names(kind), own)
    if not there:
        message = f"{name!r} is registered but {file} does not exist"
        raise OptionError(message, f"write it, or remove it from {register}")
    module = importlib.import_module(f"{kind.package}.{name}")
    classes = inspect.getmembers(module, inspect.isclass)
    called = {each for key, each in classes if without_case(key) == without_case(name)}
    found = {each for each in called if each.__module__ == module.__name__} or called  # imports come second
    if not found:
        example = "".join(part.capitalize() for part in name.split("_"))
        hint = f"call its class {example}, in any upper and lower case"
        raise OptionError(f"{file} holds no class {example}", hint)
    if len(found) > 1:
        names = " and ".join(sorted(each.__name__ for each in found))
        message = f"{file} holds {names}, which both match the module's name"
        raise OptionError(message, "give all but one of them another name")
    return found.pop()
