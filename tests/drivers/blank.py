"""Let matplotlib write blank pictures, except where DRAW is set: drawing is half of a short run."""

from __future__ import annotations

import base64
import importlib
import os
from pathlib import Path
from typing import Any

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
# The environment of a project has them, and that of these tests has not.
Figure: Any = importlib.import_module("matplotlib.figure").Figure
plots: Any = importlib.import_module("torchmetrics.utilities.plot")
draw, draw_matrix = Figure.savefig, plots.plot_confusion_matrix


def savefig(figure: Any, file: str | Path, **options: Any) -> None:
    """Write the picture of a figure."""
    if os.environ.get("DRAW"):
        draw(figure, file, **options)
    else:
        Path(file).write_bytes(PIXEL)


def plot_confusion_matrix(counts: Any, axes: Any, **options: Any) -> Any:
    """Draw a confusion matrix, which takes a tenth of a short run."""
    return draw_matrix(counts, axes, **options) if os.environ.get("DRAW") else (axes.figure, axes)


Figure.savefig, plots.plot_confusion_matrix = savefig, plot_confusion_matrix
