"""Modules of one's own in a rendered project: losses, interfaces, nets and datasets, registered."""

from __future__ import annotations

import re
from pathlib import Path

# The name of a module, by its ending -> its folder and its register.
PLACES = {
    "interface": ("model", "INTERFACES"),
    "net": ("model", "NETS"),
    "data": ("data", "DATASETS"),
    "scheduler": ("utils", "SCHEDULERS"),
    "metric": ("utils", "METRICS"),
}


def write(project: Path, modules: dict[str, str], others: str = "LOSSES") -> None:
    """Write modules, and register each where the ending of its name says, or among `others`."""
    for name, text in modules.items():
        folder, register = PLACES.get(name.rpartition("_")[2], ("utils", others))
        (project / folder / f"{name}.py").write_text(text)
        enter(project, folder, register, name)


def enter(project: Path, folder: str, register: str, name: str) -> None:
    """Add a name to a register."""
    file = project / folder / "__init__.py"
    text = file.read_text()
    found = re.search(rf"^{register} = \((.*?)\)$", text, re.MULTILINE | re.DOTALL)
    assert found
    names = [*re.findall(r'"(\w+)"', found[1]), name]
    lines = "".join(f'    "{each}",\n' for each in sorted(names))
    file.write_text(text.replace(found[0], f"{register} = (\n{lines})"))
