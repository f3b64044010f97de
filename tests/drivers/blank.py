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
# The environment of a project has it, and that of these tests has not.
Figure: Any = importlib.import_module("matplotlib.figure").Figure
draw = Figure.savefig


def savefig(figure: Any, file: str | Path, **options: Any) -> None:
    """Write the picture of a figure."""
    if os.environ.get("DRAW"):
        draw(figure, file, **options)
    else:
        Path(file).write_bytes(PIXEL)


Figure.savefig = savefig
