"""Spare short runs what takes a third of their time: drawing, and parsing the files of libraries.

Pictures are blank, except where DRAW is set.
"""

from __future__ import annotations

import base64
import copy
import importlib
import os
from pathlib import Path
from typing import Any

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
# What most runs have options of.
USUAL = {
    "pytorch_lightning": ("Trainer",),
    "torch.nn": ("CrossEntropyLoss", "MSELoss"),
    "torch.optim": ("Adam", "AdamW", "SGD"),
    "torch.optim.lr_scheduler": ("OneCycleLR",),
    "torch.utils.data": ("DataLoader",),
    "torchmetrics": ("Accuracy", "F1Score", "MeanAbsoluteError", "R2Score"),
}
PARAMETERS: dict[Any, list[Any]] = {}
# The environment of a project has these, and that of these tests has not.
figures: Any = importlib.import_module("matplotlib.figure")
plots: Any = importlib.import_module("torchmetrics.utilities.plot")
signatures: Any = importlib.import_module("jsonargparse._signatures")
parameters: Any = importlib.import_module("jsonargparse._parameter_resolvers")
Figure, plot_confusion_matrix = figures.Figure, plots.plot_confusion_matrix
read_anew = parameters.get_signature_parameters


class Blank:
    """A figure, and any part of it, on which nothing can be seen."""

    texts = ()

    def __getattr__(self, name: str) -> Blank:
        """Return a part."""
        return self

    def __call__(self, *_: Any, **__: Any) -> Blank:
        """Draw nothing, and return a part."""
        return self

    def savefig(self, file: str | Path, **_: Any) -> None:
        """Write a picture."""
        Path(file).write_bytes(PIXEL)


def figure(*sizes: Any, **options: Any) -> Any:
    """Return a new figure."""
    return Figure(*sizes, **options) if os.environ.get("DRAW") else Blank()


def plot(counts: Any, axes: Any, **options: Any) -> None:
    """Draw a confusion matrix."""
    if not isinstance(axes, Blank):
        plot_confusion_matrix(counts, axes, **options)


def read_parameters(found: Any, method: str | None = None, **options: Any) -> list[Any]:
    """Return the parameters of a class or a function; those of USUAL are read once."""
    if method is None and found in PARAMETERS:
        return [copy.copy(parameter) for parameter in PARAMETERS[found]]
    return read_anew(found, method, **options)


setattr(figure, "savefig", Figure.savefig)  # noqa: B010 - which the tests of a project replace
figures.Figure, plots.plot_confusion_matrix = figure, plot
for names in (signatures, parameters):
    names.get_signature_parameters = read_parameters
for module, classes in USUAL.items():
    for name in classes:
        found = getattr(importlib.import_module(module), name)
        PARAMETERS[found] = read_anew(found)
