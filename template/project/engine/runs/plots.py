"""The plots of a run: curves.png over its epochs, and a confusion matrix for each set of classes."""

import csv
import math
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor
from torchmetrics.utilities.plot import plot_confusion_matrix

from ..contract import data_of, model_of

Curve = dict[float, float]  # epoch -> value
Curves = dict[str, Curve]

RATE, LOGGED_RATE = "learning rate", "lr-"
MEANS = {"train": "training set", "val": "mean of the evaluation sets"}  # no set has a name with spaces
WIDTH, HEIGHT = 4.8, 3.4  # inches of a panel
LETTER = 0.075  # inches
COUNTED = 20  # classes up to which the cells of a confusion matrix show counts
LABELS = 40  # class names that fit beside an axis
NAME = 24  # letters of a class name that are shown


def read_curves(file: Path) -> Curves:
    """Return the curves in a metrics.csv, without values that are logged every few steps.

    A metric has its last value of each epoch, a learning rate its first.
    """
    curves: Curves = defaultdict(dict)
    with file.open(newline="", encoding="utf-8") as rows:
        epoch = None  # a learning rate has none: it belongs to the epoch of the next row that has one
        for row in reversed(list(csv.DictReader(rows))):
            epoch = float(row["epoch"]) if row.get("epoch") else epoch
            if any(value for key, value in row.items() if key.startswith("test_")):
                continue  # the test of one epoch is not a curve
            for key, value in row.items():
                if not value or epoch is None or key in ("epoch", "step") or key.endswith("_step"):
                    continue
                if key.startswith(LOGGED_RATE):
                    curves[key][epoch] = float(value)
                else:
                    curves[key].setdefault(epoch, float(value))
    return {key: dict(sorted(curve.items())) for key, curve in curves.items()}


def panels_of(curves: Curves) -> dict[str, Curves]:
    """Return the panels by title (loss, metrics, learning rate), each with its curves by label."""
    panels: dict[str, Curves] = defaultdict(dict)
    for key, curve in curves.items():
        logged, _, name = key.partition("/")
        stage, _, metric = logged.partition("_")
        if stage in MEANS:
            panels[metric][name or MEANS[stage]] = curve
        elif key.startswith(LOGGED_RATE):
            panels[RATE][key.removeprefix(LOGGED_RATE)] = curve
        else:
            panels[logged][name or logged] = curve  # logged by your own interface
    for panel in panels.values():
        if len(panel.keys() - MEANS.values()) == 1:  # the mean over one set is that set
            panel.pop(MEANS["val"], None)
    order = sorted(panels, key=lambda title: (title != "loss", title == RATE, title))
    return {title: panels[title] for title in order}


@rank_zero_only
def draw_curves(folder: Path) -> None:
    """Draw curves.png from metrics.csv, if anything was logged."""
    file = folder / "metrics.csv"
    panels = panels_of(read_curves(file)) if file.exists() else {}
    if not panels:
        return
    labels = {label for title, panel in panels.items() if title != RATE for label in panel}
    labels = sorted(labels, key=lambda label: (label != MEANS["train"], label != MEANS["val"], label))
    styles: dict[str, dict[str, Any]] = {
        label: {"color": f"C{i % 10}", "ls": "-" if i < 10 else "--"} for i, label in enumerate(labels)
    }
    columns = 2 if len(panels) == 4 else min(len(panels), 3)
    rows = math.ceil(len(panels) / columns)
    per_line = int(WIDTH * columns / (LETTER * max(map(len, labels), default=0) + 0.6)) or 1
    legend_height = 0.2 * math.ceil(len(labels) / per_line)
    figure = Figure(figsize=(WIDTH * columns, HEIGHT * rows + legend_height), layout="constrained")
    for place, (title, panel) in enumerate(panels.items(), 1):
        axes = figure.add_subplot(rows, columns, place)
        draw_panel(axes, title, panel, styles)
    if labels:  # one legend for all panels
        lines = [Line2D([], [], marker="o", ms=3, label=label, **style) for label, style in styles.items()]
        figure.legend(
            handles=lines, loc="outside lower center", ncols=per_line, fontsize="small", frameon=False
        )
    figure.savefig(folder / "curves.png", dpi=150)


def draw_panel(axes: Axes, title: str, panel: Curves, styles: dict[str, dict[str, Any]]) -> None:
    """Draw the curves of one metric. NaN is a gap; equal curves share their line as dashes and rings."""
    finite = [value for curve in panel.values() for value in curve.values() if math.isfinite(value)]
    line = (max(finite) - min(finite)) / 100 if finite else 0.0  # about the width of a line
    for label, curve in panel.items():
        values = list(curve.values())
        style: dict[str, Any] = {"marker": "o", "ms": 3, **styles.get(label, {})}
        if len(values) > 30 and all(map(math.isfinite, values)):
            style["marker"] = ""  # a point between two gaps has no line
        equal = [other for other in panel if are_equal(panel[other], curve, line)]
        if len(equal) > 1:
            place = equal.index(label)
            style["ls"] = (4 * place, (4, 4 * (len(equal) - 1)))  # its dashes fill the gaps of the others
            style["ms"] += min(2.5, 15 / len(equal)) * (len(equal) - 1 - place)
        axes.plot(list(curve), values, label=label, **style)
    if not finite:
        axes.text(0.5, 0.5, "NaN in every epoch", ha="center", transform=axes.transAxes)
    axes.set(title=title, xlabel="epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)
    if title == RATE and len(panel) > 1:
        axes.legend(fontsize="small")


def are_equal(curve: Curve, other: Curve, width: float) -> bool:
    """Return whether two curves differ by less than `width` in most of their epochs."""
    shared = [epoch for epoch in curve if epoch in other]
    near = [epoch for epoch in shared if abs(curve[epoch] - other[epoch]) <= width]
    return curve is other or 2 * len(near) > len(shared)


class Confusions(pl.Callback):
    """Draws confusion-<stage>-<set>.png of each set of classes that a checkpoint is evaluated on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.state.fn != "fit":
            self.draw(trainer, "val", "eval")

    def on_test_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.draw(trainer, "test", "test")

    def draw(self, trainer: pl.Trainer, stage: str, split: str) -> None:
        """Draw the matrices of a stage; a dataset may name its classes in an attribute `classes`."""
        data = data_of(trainer)
        datasets = dict(zip(data.names[split], data.sets.get(split, ()), strict=False))  # yours may be empty
        for name, counts in model_of(trainer).scores.confusions(stage).items():
            classes = getattr(datasets.get(name), "classes", ())
            names = list(map(str, classes)) if isinstance(classes, Collection) else []
            file = self.folder / f"confusion-{stage}-{name.replace(':', '-')}.png"
            draw_confusion(counts, file, f"{name} ({stage})", names if len(names) == len(counts) else None)


@rank_zero_only
def draw_confusion(counts: Tensor, file: Path, title: str, classes: list[str] | None = None) -> None:
    """Draw how often each class was predicted as each, with a row per target and a column per prediction.

    Args:
        counts: (C, C), the samples of each target with each prediction.
        classes: C names; without them the classes are numbers.
    """
    size = len(counts)
    names = [
        name if len(name) <= NAME else f"{name[: NAME - 1]}…" for name in classes or map(str, range(size))
    ]
    names = [name.replace("$", r"\$") for name in names]  # Matplotlib reads text between dollars as a formula
    side = min(max(4.0, 0.42 * size), 9.0) + 0.08 * max(map(len, names))  # inches
    figure = Figure(figsize=(max(side + 0.6, 0.11 * len(title)), side + 0.6), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots()
    plot_confusion_matrix(counts, axes, add_text=size <= COUNTED, labels=[*names], cmap="Blues")
    axes.set(xlabel="prediction", ylabel="target")
    shown = range(0, size, math.ceil(size / LABELS))
    axes.set_xticks(
        shown, names[:: shown.step], fontsize="small", rotation=90 if max(map(len, names)) > 2 else 0
    )
    axes.set_yticks(shown, names[:: shown.step], fontsize="small", rotation=0)
    for text in axes.texts:
        text.set_fontsize(8 if len(text.get_text()) < 5 else 6)
        text.set_visible(text.get_text() != "0")
    figure.savefig(file, dpi=150)
