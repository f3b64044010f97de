"""What `plgen check --fix` leaves alone, and that its dry run tells the same story."""

from __future__ import annotations

from pathlib import Path

import pytest
from plgen.commands.add import add
from plgen.commands.check import Checked, check
from plgen.naming import kinds
from test_check_codes import Break, all_of, net, write

METRIC = "import torchmetrics\n\n\nclass {}(torchmetrics.Metric):\n    pass\n"
DATASET = "from data.standard_data import StandardData\n\n\nclass {}(StandardData):\n    pass\n"


def found(checked: Checked) -> list[str]:
    """Return the findings that are left, as code and file."""
    return [f"{each.code} {each.file}" for each in checked.left]


def edit(file: str, old: str, new: str) -> Break:
    """Return what replaces a text in a file of a project."""

    def change(project: Path) -> None:
        text = (project / file).read_text()
        assert old in text
        (project / file).write_text(text.replace(old, new))

    return change


# What is wrong, and what `--fix` leaves of it.
CLASHES: dict[str, tuple[Break, list[str]]] = {
    "dataset and metric, neither registered": (
        all_of(
            write("data/zed_x.py", DATASET.format("ZedX")),
            write("utils/zed_x.py", METRIC.format("ZedX")),
        ),
        ["PLG304 data/zed_x.py", "PLG304 utils/zed_x.py"],
    ),
    "two nets of one class, neither registered": (
        all_of(net("conv_11", "Conv11"), net("conv_1_1", "Conv11")),
        ["PLG304 model/conv_11.py", "PLG304 model/conv_1_1.py"],
    ),
    "dataset added beside a metric that is not registered": (
        all_of(
            write("utils/zed_x.py", METRIC.format("ZedX")), lambda _: add(kinds.DATASET, "zed_x")
        ),
        ["PLG304 utils/zed_x.py"],
    ),
    "rival that goes": (
        all_of(
            write("utils/zed_x.py", METRIC.format("ZedX")),
            edit("data/__init__.py", "DATASETS = (\n", 'DATASETS = (\n    "zed_x",\n'),
            edit("utils/__init__.py", "METRICS = (", 'METRICS = (\n    "zed_x",\n    '),
        ),
        [],
    ),
}


@pytest.mark.parametrize(("do", "left"), CLASHES.values(), ids=CLASHES)
def test_the_dry_run_tells_what_is_left(project: Path, do: Break, left: list[str]) -> None:
    """Clashing files are not registered, and every further run leaves the same findings."""
    do(project)

    dry = check(fix=True, dry_run=True)
    real = check(fix=True)

    assert sorted(found(dry)) == sorted(left)
    assert dry.left == real.left == check().findings
    assert dry.plan == real.plan
    assert all(each.fix is None for each in real.left)
    assert check(fix=True).plan.operations == ()
