"""The template, at the root of a checkout or in the installed package, and its questions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Answer = str | bool | int | float
TYPES: dict[str, type[Answer]] = {"str": str, "bool": bool, "int": int, "float": float}
# The questions whose answers are guessed, and from what.
GUESSED_FROM = {"name": "the folder", "author": "git's user.name"}
OPTION = re.compile(r"[\"']--(\w+)[\"']")
# A line of the template with less fixed text may be the user's own.
SHORT = 20
# The loader in C is five times as fast, but not available everywhere.
YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Question:
    """One question: its key, the type and the choices of its answer, and its default."""

    key: str
    type: type[Answer]
    help: str
    default: Answer
    choices: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """Return the flag of `plgen new` that answers the question."""
        return "--" + self.key.replace("_", "-")

    @property
    def guessed_from(self) -> str:
        """Return what the answer is guessed from, or an empty string."""
        return GUESSED_FROM.get(self.key, "")


@cache
def root() -> Path:
    """Return the folder that holds copier.yml and template/."""
    package = Path(__file__).resolve().parent
    checkout = package.parents[1]
    # An editable installation leaves an old _bundle behind, so a checkout takes precedence.
    if package.parent.name == "generator" and (checkout / "copier.yml").is_file():
        return checkout
    return package / "_bundle"


@cache
def configuration() -> dict[str, Any]:
    """Return the content of copier.yml."""
    return yaml.load((root() / "copier.yml").read_bytes(), YAML_LOADER)  # noqa: S506 - it is safe


@cache
def questions() -> tuple[Question, ...]:
    """Return the questions of copier.yml, which are also the flags of `plgen new`, in order."""
    return tuple(
        Question(
            key=key,
            type=TYPES[details["type"]],
            help=details["help"],
            default=details["default"],
            choices=tuple(details.get("choices", ())),
        )
        for key, details in configuration().items()
        if not key.startswith("_") and details.get("when") is not False
    )


def version() -> str:
    """Return the version of plgen, which is also that of the template."""
    return configuration()["plgen_version"]["default"]


@cache
def modules(folder: str) -> frozenset[str]:
    """Return the names of the modules that the template writes into a folder of a project."""
    files = (root() / "template" / "project" / folder).glob("*.py*")
    return frozenset(file.name.split(".")[0] for file in files)


@cache
def options() -> frozenset[str]:
    """Return the options of main.py."""
    main = root() / "template" / "project" / "main.py.jinja"
    return frozenset(OPTION.findall(main.read_text("utf-8")))


def wrote(file: str, line: str) -> bool:
    """Return whether the template wrote a line into a file."""
    return any(pattern.fullmatch(line) for pattern in _lines(file))


@cache
def _lines(file: str) -> tuple[re.Pattern[str], ...]:
    """Return patterns that the rendered lines of a template file match."""
    project = root() / "template" / "project"
    for path in (project / file, project / f"{file}.jinja"):
        if path.is_file():
            lines = path.read_text("utf-8").splitlines()
            fixed = [re.split(r"\{\{.*?\}\}|\{%.*?%\}", line.strip()) for line in lines]
            # A line that is mostly Jinja could match any line.
            known = [each for each in fixed if len("".join(each)) > SHORT]
            return tuple(re.compile(".*".join(map(re.escape, each))) for each in known)
    return ()


@cache
def plumbing(folder: str) -> frozenset[str]:
    """Return the modules of a folder that the template writes and does not register."""
    package = next((root() / "template" / "project" / folder).glob("__init__.py*"))
    registers = re.findall(
        r"^[A-Z]+ = \((.*?)\)$", package.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return modules(folder) - set(re.findall(r'"(\w+)"', "".join(registers)))
