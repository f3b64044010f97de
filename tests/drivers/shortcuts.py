"""Spare short runs what takes a fifth of their time: drawing, and parsing the files of libraries.

Pictures are blank, except where DRAW is set.
"""

from __future__ import annotations

import ast
import base64
import functools
import importlib
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
LONG = 1000
# What most runs have options of: they find it parsed.
USUAL = {
    "Trainer": "pytorch_lightning",
    "DataLoader": "torch.utils.data",
    "AdamW": "torch.optim",
    "OneCycleLR": "torch.optim.lr_scheduler",
}
# The environment of a project has these, and that of these tests has not.
figures: Any = importlib.import_module("matplotlib.figure")
plots: Any = importlib.import_module("torchmetrics.utilities.plot")
annotations: Any = importlib.import_module("jsonargparse._postponed_annotations")
Figure, plot_confusion_matrix = figures.Figure, plots.plot_confusion_matrix


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


@functools.cache
def tree_of_library(source: str) -> ast.Module:
    """Parse the text of a module once; jsonargparse does so for each class, to read it."""
    return ast.parse(source)


def parse(source: str) -> ast.Module:
    """Parse a text; the tree of a short one may be changed."""
    return tree_of_library(source) if len(source) > LONG else ast.parse(source)


figures.Figure, plots.plot_confusion_matrix = figure, plot
annotations.ast = SimpleNamespace(**{**vars(ast), "parse": parse})

parser: Any = importlib.import_module("jsonargparse").ArgumentParser()
for name, module in USUAL.items():
    parser.add_class_arguments(getattr(importlib.import_module(module), name), name.lower())
