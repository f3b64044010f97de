"""A constructor's parameters as a group of options, typed and with the help of its docstring."""

from collections.abc import Iterable
from typing import Any

from jsonargparse import ArgumentParser

from utils.choices import FILLED, is_text, parameters_of
from utils.errors import OptionError


def add_options(parser: ArgumentParser, found: Any, group: str, derived: Iterable[str] = ()) -> None:
    """A constructor's parameters as typed options; those that only code can give keep their defaults.

    Raises OptionError for a class that text alone cannot build.
    """
    parameters = {name: p for name, p in parameters_of(found).items() if name not in FILLED}
    derived = [name for name in derived if name in parameters]
    required = {name for name, p in parameters.items() if p.default is p.empty}
    code = {name for name, p in parameters.items() if not is_text(p.annotation)}
    for name in sorted(code & required - {*derived}):
        where = "configure_loss or configure_optimizers of model/model_interface.py"
        if not group.endswith("_args"):
            where = f"{found.__module__.replace('.', '/')}.py, as a default of the parameter"
        raise OptionError(f"{found.__name__} needs {name!r}, which cannot be typed", f"write it in {where}")
    untyped = {name for name in required if parameters[name].annotation is parameters[name].empty}
    skip: set[str | int] = {*FILLED, *code, *untyped, *derived}
    shown: Any = parser.add_argument_group(f"{found.__name__} (--{group}.*)", name=group)
    shown.add_class_arguments(found, group, as_group=False, skip=skip, fail_untyped=False)
    for name in untyped:
        shown.add_argument(f"--{group}.{name}", type=Any, required=True)
    for name in derived:
        kind = parameters[name].annotation | None
        shown.add_argument(f"--{group}.{name}", type=kind, help="found out by itself unless it is given")
