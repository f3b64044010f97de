"""The plots of a run: curves.png over its epochs, and a confusion matrix for each set of classes."""

import csv
import math
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

import pytorch_lightning as pl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor
from torchmetrics.utilities.plot import plot_confusion_matrix

from ..contract import data_of, model_of

Curve = dict[float, float]  # epoch -> value
Curves = dict[str, Curve]

RATE, LOGGED_RATE = "learning rate", "lr-"
MAX_COUNTS = 20  # classes up to which the cells of a confusion matrix show counts
MAX_LABELS = 40  # class names that fit beside an axis
MAX_LETTERS = 40  # of a class name that are shown


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
    return {key: dict(sorted(curve.items())) for key, curve in sorted(curves.items())}


def panels_of(curves: Curves) -> dict[str, Curves]:
    """Return the panels by title (loss, metrics, learning rate), each with its curves by key."""
    panels: dict[str, Curves] = defaultdict(dict)
    for key, curve in curves.items():
        logged = key.partition("/")[0]
        stage, _, metric = logged.partition("_")
        title = metric if stage in ("train", "val") else logged  # others are logged by your own interface
        panels[RATE if key.startswith(LOGGED_RATE) else title][key] = curve
    for metric, panel in panels.items():
        if sum(key.startswith(f"val_{metric}/") for key in panel) == 1:  # the mean over one set is that set
            panel.pop(f"val_{metric}", None)
    order = sorted(panels, key=lambda title: (title != "loss", title == RATE, title))
    return {title: panels[title] for title in order}


@rank_zero_only
def draw_curves(folder: Path) -> None:
    """Draw curves.png from metrics.csv, if anything was logged: a panel per metric."""
    file = folder / "metrics.csv"
    panels = panels_of(read_curves(file)) if file.exists() else {}
    if not panels:
        return
    columns = 2 if len(panels) == 4 else min(len(panels), 3)
    rows = math.ceil(len(panels) / columns)
    legend_height = 0.2 * max(map(len, panels.values())) + 0.2
    size = (4.8 * columns, (3.4 + legend_height) * rows)
    figure = Figure(figsize=size, layout="constrained")
    for position, (title, panel) in enumerate(panels.items(), 1):
        axes = figure.add_subplot(rows, columns, position)
        for number, (label, curve) in enumerate(panel.items(), 1):
            # Each curve is narrower than those below it, so that equal curves are all seen.
            width = 1.2 + min(1.5, 8 / len(panel)) * (len(panel) - number)
            axes.plot(list(curve), list(curve.values()), label=label, lw=width, marker="o", ms=width + 1.5)
        axes.set(title=title, xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.grid(alpha=0.3)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), fontsize="small", frameon=False)
    figure.savefig(folder / "curves.png", dpi=150)


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
    # Matplotlib reads text between dollars as a formula.
    names = [name[:MAX_LETTERS].replace("$", r"\$") for name in classes or map(str, range(size))]
    side = min(5 + 0.3 * size, 11)  # inches
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    plot_confusion_matrix(counts, axes, add_text=size <= MAX_COUNTS, labels=[*names], cmap="Blues")
    axes.set_title(title, fontsize="medium")
    axes.set(xlabel="prediction", ylabel="target")
    shown = range(0, size, math.ceil(size / MAX_LABELS))
    axes.set_xticks(shown, names[:: shown.step], rotation=90 if classes else 0)
    axes.set_yticks(shown, names[:: shown.step], rotation=0)
    for text in axes.texts:
        text.set_fontsize(8)  # five digits fit into a cell
    figure.savefig(file, dpi=150)
