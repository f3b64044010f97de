"""The naming rule: the file resnet_net.py holds the class ResnetNet, and its package's register lists resnet_net."""

import importlib
from pathlib import Path
from typing import Any

from ..errors import OptionError, unknown

PROJECT = Path(__file__).resolve().parents[2]
REGISTERS = {"model": "NETS", "data": "DATASETS", "utils": "METRICS"}
KINDS = {"model": "net", "data": "dataset", "utils": "metric"}


def class_name(name: str) -> str:
    """`unet_2d` -> `Unet2d`: each part with its first letter in upper case, joined."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def registered(package: str) -> tuple[str, ...]:
    """The names in a package's register."""
    return getattr(importlib.import_module(package), REGISTERS[package])


def load_class(package: str, name: str) -> Any:
    """Import the class of a registered name; an error inside its file keeps its own traceback.

    Raises OptionError for a name that is not registered, or whose file or class is not there.
    """
    file, register = f"{package}/{name}.py", f"{REGISTERS[package]} in {package}/__init__.py"
    there = (PROJECT / file).is_file()
    if name not in registered(package):
        if there and name.isidentifier():
            raise OptionError(f"{file} is there but not registered", f'add "{name}" to {register}')
        raise unknown(KINDS[package], name, registered(package))
    if not there:
        raise OptionError(f"{name!r} is registered but {file} does not exist", f"write it, or drop it from {register}")
    found = getattr(importlib.import_module(f"{package}.{name}"), class_name(name), None)
    if found is None:
        raise OptionError(f"{file} holds no class {class_name(name)}", f"call its class {class_name(name)}")
    return found
