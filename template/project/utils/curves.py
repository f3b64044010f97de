"""curves.png: loss, metrics and learning rate of a run over its epochs, from its metrics.csv."""

import csv
from collections import defaultdict
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pytorch_lightning.utilities import rank_zero_only

Curves = dict[str, dict[float, float]]  # of each logged key: epoch -> its last value there


def read_curves(file: Path) -> Curves:
    """The curves in a metrics.csv, without what is logged at every few steps."""
    curves: Curves = defaultdict(dict)
    with file.open(newline="", encoding="utf-8") as rows:
        epoch = 0.0
        for row in csv.DictReader(rows):
            epoch = float(row["epoch"] or epoch)
            for key, value in row.items():
                if value and key not in ("epoch", "step") and not key.endswith("_step"):
                    curves[key][epoch] = float(value)
    return curves


def panels_of(curves: Curves) -> dict[str, Curves]:
    """The curves of the loss, of each metric and of the learning rate, in this order."""
    panels: dict[str, Curves] = defaultdict(dict)
    for key, curve in sorted(curves.items()):
        stage, _, metric = key.partition("/")[0].partition("_")
        if stage in ("train", "val"):
            panels[metric][key] = curve
        elif key.startswith("lr-"):
            panels["learning rate"][key] = curve
    order = sorted(panels, key=lambda title: (title != "loss", title == "learning rate", title))
    return {title: panels[title] for title in order}


@rank_zero_only
def draw_curves(folder: Path) -> None:
    """Draw each panel into curves.png; nothing when nothing was logged."""
    file = folder / "metrics.csv"
    panels = panels_of(read_curves(file)) if file.exists() else {}
    if not panels:
        return
    figure = Figure(figsize=(4.8 * len(panels), 3.6), layout="constrained")
    for axes, (title, drawn) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        for key, curve in drawn.items():
            if key.startswith("val") and "/" not in key and sum(other.startswith("val") for other in drawn) == 2:
                continue  # the mean over one set is that set
            axes.plot(list(curve), list(curve.values()), marker="o", markersize=3, label=key)
        axes.set(title=title, xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    figure.savefig(folder / "curves.png", dpi=150)
