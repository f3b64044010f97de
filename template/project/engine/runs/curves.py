"""curves.png: loss, metrics and learning rate of a run over its epochs, from its metrics.csv."""

import csv
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from pytorch_lightning.utilities import rank_zero_only

Curves = dict[str, dict[float, float]]  # of each logged key: epoch -> its value there
Styles = dict[str, dict[str, Any]]  # of each name in the legend

RATE, LOGGED_RATE = "learning rate", "lr-"
WHOLE = {"train": "training set", "val": "mean of the evaluation sets"}  # blanks: no set is called so
WIDTH, HEIGHT = 4.8, 3.4  # inches of a panel
LETTER = 0.075  # inches


def read_curves(file: Path) -> Curves:
    """Return the curves in a metrics.csv, without what is logged every few steps.

    A metric has its last value in each epoch, a learning rate its first.
    """
    curves: Curves = defaultdict(dict)
    with file.open(newline="", encoding="utf-8") as rows:
        epoch = None  # of a rate: that of the row after it; an epoch that was cut off has none
        for row in reversed(list(csv.DictReader(rows))):
            epoch = float(row["epoch"]) if row.get("epoch") else epoch
            for key, value in row.items():
                if not value or epoch is None or key in ("epoch", "step") or key.endswith("_step"):
                    continue
                if key.startswith(LOGGED_RATE):
                    curves[key][epoch] = float(value)
                else:
                    curves[key].setdefault(epoch, float(value))
    return {key: dict(sorted(curve.items())) for key, curve in curves.items()}


def panels_of(curves: Curves) -> dict[str, Curves]:
    """The curves of the loss, of each metric and of the learning rate, in this order, under what their legend says."""
    panels: dict[str, Curves] = defaultdict(dict)
    for key, curve in curves.items():
        logged, _, name = key.partition("/")
        stage, _, metric = logged.partition("_")
        if stage in ("train", "val"):
            panels[metric][name or WHOLE[stage]] = curve
        elif key.startswith(LOGGED_RATE):
            panels[RATE][key.removeprefix(LOGGED_RATE)] = curve
    for drawn in panels.values():
        if len(drawn.keys() - WHOLE.values()) == 1:  # the mean over one set is that set
            drawn.pop(WHOLE["val"], None)
    order = sorted(panels, key=lambda title: (title != "loss", title == RATE, title))
    return {title: panels[title] for title in order}


@rank_zero_only
def draw_curves(folder: Path) -> None:
    """Draw each panel into curves.png; nothing when nothing was logged."""
    file = folder / "metrics.csv"
    panels = panels_of(read_curves(file)) if file.exists() else {}
    if not panels:
        return
    names = dict.fromkeys(name for title, drawn in panels.items() if title != RATE for name in sorted_names(drawn))
    styles: Styles = {name: {"color": f"C{i % 10}", "ls": "-" if i < 10 else "--"} for i, name in enumerate(names)}
    columns = 2 if len(panels) == 4 else min(len(panels), 3)
    rows = math.ceil(len(panels) / columns)
    beside = int(WIDTH * columns / (LETTER * max(map(len, names), default=0) + 0.6)) or 1  # names in a line
    below = 0.2 * math.ceil(len(names) / beside)
    figure = Figure(figsize=(WIDTH * columns, HEIGHT * rows + below), layout="constrained")
    places = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, (title, drawn) in zip(places, panels.items(), strict=False):
        draw_panel(axes, title, drawn, styles if title != RATE else {})
    for axes in places[len(panels) :]:
        axes.remove()
    if names:  # one legend for all panels: the names of sets are long, and the same everywhere
        shown = [Line2D([], [], marker="o", ms=3, label=name, **styles[name]) for name in names]
        figure.legend(handles=shown, loc="outside lower center", ncols=beside, fontsize="small", frameon=False)
    figure.savefig(folder / "curves.png", dpi=150)


def sorted_names(drawn: Curves) -> list[str]:
    """Training first, then the mean over the evaluation sets, then each of them."""
    return sorted(drawn, key=[*WHOLE.values(), *drawn].index)


def overlapping(drawn: Curves) -> list[list[str]]:
    """Group the curves of a panel that differ by less than a line's width in most of their epochs."""
    values = [value for curve in drawn.values() for value in curve.values() if math.isfinite(value)]
    width = (max(values) - min(values)) / 100 if values else 0.0
    groups: list[list[str]] = []
    for name, curve in drawn.items():
        for group in groups:
            other = drawn[group[0]]
            apart = [abs(value - other[epoch]) for epoch, value in curve.items() if epoch in other]
            if sum(distance <= width for distance in apart) > len(apart) / 2:
                group.append(name)
                break
        else:
            groups.append([name])
    return groups


def draw_panel(axes: Axes, title: str, drawn: Curves, styles: Styles) -> None:
    """Draw the curves of one metric. NaN is a gap; of equal curves all are seen, as dashes and rings."""
    for group in overlapping(drawn):
        for place, name in enumerate(group):
            curve, below = drawn[name], len(group) - 1 - place
            finite = [math.isfinite(value) for value in curve.values()]
            marker = "o" if sum(finite) <= 30 or not all(finite) else ""  # a point between gaps has no line
            style: dict[str, Any] = {"ms": 3 + below * min(2.5, 15 / len(group)), **styles.get(name, {})}
            if len(group) > 1:
                style["ls"] = (4 * place, (4, 4 * (len(group) - 1)))  # each one's dashes fill the others' gaps
            axes.plot(list(curve), list(curve.values()), marker=marker, label=name, **style)
    if not any(math.isfinite(value) for curve in drawn.values() for value in curve.values()):
        axes.text(0.5, 0.5, "NaN in every epoch", ha="center", transform=axes.transAxes)
    axes.set(title=title, xlabel="epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)
    if not styles and len(drawn) > 1:
        axes.legend(fontsize="small")
