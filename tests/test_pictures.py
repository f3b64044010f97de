"""What a run shows of its numbers: curves, confusion matrices and the table."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.new import new
from projects import python

NAMES = [f"a_dataset_with_a_name_of_forty_letters_{place}" for place in range(8)]
# Epochs, evaluation sets, metrics, and which value they all have (none: numbers).
CURVES: dict[str, tuple[int, list[str], list[str], float | None]] = {
    "one epoch": (1, NAMES[:1], ["loss", "acc"], None),
    "many sets": (5, NAMES, ["loss", "acc"], None),
    "many metrics": (5, NAMES[:2], ["loss", "acc", "f1", "auroc", "top_k", "iou"], None),
    "no numbers": (5, NAMES[:2], ["loss", "acc"], float("nan")),
    "equal": (5, NAMES[:4], ["loss"], None),
}
# The lines of a metrics.csv, and the learning rates of its epochs: a rate is logged without epoch.
RATES: dict[str, tuple[str, dict[str, float]]] = {
    "each epoch": (",0.1,0\n0,,4\n,0.2,5\n,0.3,9\n1,,9\n", {"0.0": 0.1, "1.0": 0.2}),
    "cut off": (",0.1,0\n0,,4\n1,,9\n,0.3,10\n", {"0.0": 0.1}),
    "evaluated within": (",0.1,0\n,0.2,3\n0,,4\n,0.3,7\n0,,9\n", {"0.0": 0.1}),
}
# Counts of a class with itself and with another, and the classes.
MATRICES: dict[str, tuple[int, int, int]] = {
    "two": (2, 437, 59),
    "ten": (10, 12345, 6),
    "a hundred": (100, 70, 3),
}
DRAW = """
import json, sys
from collections import Counter
from pathlib import Path
import torch
from matplotlib.image import imread
from engine.runs.plots import draw_confusion, draw_curves, panels_of, read_curves
folder = Path(sys.argv[1])
for run in folder.glob("*/metrics.csv"):
    draw_curves(run.parent)
panel = (imread(folder / "equal/curves.png")[:500, :, :3] * 255).round().astype(int)
colours = Counter("#%02x%02x%02x" % tuple(pixel) for pixel in panel.reshape(-1, 3))
(folder / "colours.json").write_text(json.dumps(colours))
tables = folder.glob("*.rates")
rates = {file.stem: panels_of(read_curves(file))["learning rate"] for file in tables}
(folder / "rates.json").write_text(json.dumps(rates))
for name, (size, right, wrong) in json.loads(sys.argv[2]).items():
    counts = torch.full((size, size), wrong).fill_diagonal_(right)
    counts[0] = 0
    for classes in None, [f"class {number} with a name of many letters" for number in range(size)]:
        file = folder / f"{name}-{classes is not None}.svg"
        draw_confusion(counts, file, "test on " + "n" * 40, classes)
draw_confusion(torch.zeros(2, 2), folder / "long.svg", "test", ["a" * 100, "b" * 100])
draw_confusion(torch.zeros(2, 2), folder / "dollars.svg", "test", [r"$\\x$", "10 $"])
"""


def write_metrics(
    file: Path, epochs: int, sets: list[str], metrics: list[str], value: float | None
) -> None:
    """Write what a training of so many epochs logs."""
    keys = [f"{stage}_{metric}" for stage in ("train", "val") for metric in metrics]
    keys += [f"val_{metric}/{name}" for metric in metrics for name in sets]
    file.parent.mkdir()
    with file.open("w", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(["epoch", "step", "lr-AdamW", *keys])
        for epoch in range(epochs):
            number = 1 / (1 + epoch) if value is None else value
            writer.writerow([epoch, epoch * 10, 0.1, *[number] * len(keys)])


@pytest.fixture
def pictures(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give a folder with the pictures of CURVES and MATRICES; drawing them warned of nothing."""

    def make(folder: Path) -> None:
        project = new(str(folder / "sample"), {"author": ""}, git=False).path
        for name, case in CURVES.items():
            write_metrics(folder / name / "metrics.csv", *case)
        for name, (lines, _) in RATES.items():
            (folder / f"{name}.rates").write_text("epoch,lr-AdamW,step\n" + lines)
        done = python(lab, project, "-c", DRAW, folder, json.dumps(MATRICES), draw=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    return once(tmp_path_factory, "pictures", make)


def test_equal_curves_are_all_seen(pictures: Path) -> None:
    """Of curves that lie on one another, each is narrower than those below: all colours show."""
    colours: dict[str, int] = json.loads((pictures / "colours.json").read_text())
    # The training set, the mean, and four sets, in Matplotlib's colours.
    cycle = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b"]

    assert {name: colours.get(name, 0) for name in cycle if colours.get(name, 0) < 200} == {}


@pytest.mark.parametrize("name", RATES)
def test_rates(pictures: Path, name: str) -> None:
    """Each epoch has the rate that it began with, and one that was cut off has none."""
    rates: dict[str, Any] = json.loads((pictures / "rates.json").read_text())

    assert rates[name] == {"lr-AdamW": RATES[name][1]}


def written(file: Path) -> list[str]:
    """Return the texts of an SVG, which Matplotlib notes beside their outlines."""
    return re.findall(r"<!-- (.*?) -->", file.read_text("utf-8"))


@pytest.mark.parametrize("named", [True, False], ids=["named", "numbered"])
@pytest.mark.parametrize("name", MATRICES)
def test_confusion(pictures: Path, name: str, *, named: bool) -> None:
    """Title and axes are there; counts stand in the cells as long as they can be read."""
    size, right, wrong = MATRICES[name]
    found = written(pictures / f"{name}-{named}.svg")

    assert {"test on " + "n" * 40, "target", "prediction"} <= {*found}
    # Numbered classes are texts like the counts are.
    if named:
        counted = [found.count(str(number)) for number in (right, wrong)]
        assert counted == ([size - 1, (size - 1) ** 2] if size <= 20 else [0, 0])
        assert found.count("class 0 with a name of many letters") == 2
    else:  # the labels of both axes, and the row of zeros
        assert found.count("0") == 2 + (size if size <= 20 else 0)


def test_unusual_names_of_classes(pictures: Path) -> None:
    """Dollar signs are shown as they are, and the first letters of long names."""
    assert {"$\\x$", "10 $"} <= {*written(pictures / "dollars.svg")}
    assert {"a" * 40, "b" * 40} <= {*written(pictures / "long.svg")}


# In a file, or in a terminal of the width that is given.
SHOW = """
import json, os, sys
from pathlib import Path
from engine.runs.results import print_rows
rows, *width = sys.argv[1:]
os.environ |= {"COLUMNS": each for each in width}
sys.stdout.isatty = lambda: bool(width)
print_rows(json.loads(rows), Path("there"))
"""
VALUES = [0.97, 1e-7, 123456.0, float("nan"), 0.0, -0.5, float("inf"), 12.5]
SHOWN = ["0.9700", "1.000e-07", "1.235e+05", "nan", "0.0000", "-0.5000", "inf", "12.5000"]


def table(lab: Path, project: Path, metrics: list[str], *width: str) -> list[str]:
    """Return the lines of a printed table, in a file or in a terminal of this width."""
    results = [
        {"stage": "test", "set": name, **dict.fromkeys(metrics, value)}
        for name, value in zip(NAMES, VALUES, strict=True)
    ]
    done = python(lab, project, "-c", SHOW, json.dumps(results), *width)
    assert done.returncode == 0, done.stderr
    return re.sub(r"\x1b\[[\d;]*m", "", done.stdout).splitlines()


def test_a_file_has_room_for_the_table(pictures: Path, lab: Path) -> None:
    """Where no terminal cuts lines, each set has one, with its whole name and its numbers."""
    lines = table(lab, pictures / "sample", ["loss", "acc", "MulticlassF1Score"])

    for name, shown in zip(NAMES, SHOWN, strict=True):
        (line,) = [line for line in lines if name in line]
        assert line.replace("│", " ").split() == ["test", name, *[shown] * 3]


def test_a_narrow_terminal_cuts_nothing(pictures: Path, lab: Path) -> None:
    """In 80 columns names are folded."""
    lines = table(lab, pictures / "sample", ["loss", "MulticlassMetric"], "80")

    assert 60 < max(map(len, lines)) <= 80
    assert "…" not in "".join(lines)
    words = " ".join(lines).replace("│", " ").split()
    assert [words.count(shown) for shown in SHOWN] == [2] * len(SHOWN)
