"""The metrics that every project has under short names: acc, f1, mae and r2."""

from __future__ import annotations

from pathlib import Path

from conftest import Render
from projects import python

OWN = "from torchmetrics import MeanMetric\n\n\nclass Acc(MeanMetric):\n    pass\n"
LOOK = """
from engine.choices.kinds import METRIC
from engine.choices.names import find_class
from engine.learning.metrics import build_metric, suits
known = {"task": "multiclass", "num_classes": 3}
print(find_class(METRIC, "acc").__module__, suits("acc", "MSELoss"), suits("f1", "MSELoss"))
print(*(build_metric("f1", args, known).average for args in ({}, {"average": "micro"})))
"""


def test_own_metric_of_a_short_name(render: Render, lab: Path) -> None:
    """A metric of the project takes precedence; f1 is the mean over classes unless given."""
    project = render()
    (project / "utils/acc.py").write_text(OWN)
    (project / "utils/__init__.py").write_text('METRICS = ("acc", "top_k")\n')

    done = python(lab, project, "-c", LOOK)

    assert done.stdout == "utils.acc True False\nmacro micro\n", done.stderr
