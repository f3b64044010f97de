"""The naming rule: the file resnet_net.py holds one class of that name, such as ResnetNet or ResNetNet.

The two names are equal when case and underscores are ignored. The register of the package lists resnet_net.
"""

import importlib
import inspect
from pathlib import Path
from typing import Any

from ..errors import OptionError, unknown

PROJECT = Path(__file__).resolve().parents[2]
REGISTERS = {"model": "NETS", "data": "DATASETS", "utils": "METRICS"}
KINDS = {"model": "net", "data": "dataset", "utils": "metric"}


def without_case(name: str) -> str:
    """Return a name in lower case without underscores: a module and its class share it."""
    return name.replace("_", "").casefold()


def registered(package: str) -> tuple[str, ...]:
    """Return the names in a package's register."""
    return getattr(importlib.import_module(package), REGISTERS[package])


def load_class(package: str, name: str) -> Any:
    """Import the class of a registered name. An error inside its file keeps its own traceback.

    Raises OptionError for a name that is not registered, and for a missing file or class.
    """
    file, register = f"{package}/{name}.py", f"{REGISTERS[package]} in {package}/__init__.py"
    there = (PROJECT / file).is_file()
    if name not in registered(package):
        if there and name.isidentifier():
            raise OptionError(f"{file} is there but not registered", f'add "{name}" to {register}')
        raise unknown(KINDS[package], name, registered(package))
    if not there:
        message = f"{name!r} is registered but {file} does not exist"
        raise OptionError(message, f"write it, or drop it from {register}")
    module = importlib.import_module(f"{package}.{name}")
    classes = inspect.getmembers(module, inspect.isclass)
    called = {each for key, each in classes if without_case(key) == without_case(name)}
    found = {each for each in called if each.__module__ == module.__name__} or called  # imports come second
    if not found:
        example = "".join(part.capitalize() for part in name.split("_"))
        hint = f"call its class {example}, in any upper and lower case"
        raise OptionError(f"{file} holds no class {example}", hint)
    if len(found) > 1:
        names = " and ".join(sorted(each.__name__ for each in found))
        message = f"{file} holds {names}, which are the same name"
        raise OptionError(message, "give all but one of them another name")
    return found.pop()
