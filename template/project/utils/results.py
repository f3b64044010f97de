"""A run's results: one table for every stage and set, printed and in results.csv."""

import csv
import math
import sys
from collections.abc import Mapping
from pathlib import Path

from pytorch_lightning.utilities import rank_zero_only
from rich.console import Console
from rich.table import Table
from torch import Tensor

Row = dict[str, str | float]
NAMES = ("seed", "stage", "set")  # columns that say of what a row is; the others hold numbers


class Results:
    """Collects the values of each stage, and reports them in the run's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[Row] = []

    def add(self, stage: str, values: Mapping[str, Tensor]) -> None:
        """Make a row of each set's logged values, and one of their mean when there are several sets."""
        rows: dict[str, Row] = {}
        for key, value in values.items():
            logged, _, name = key.partition("/")
            if logged.startswith(f"{stage}_"):
                row = rows.setdefault(name, {"stage": stage, "set": name or "mean"})
                row[logged.removeprefix(f"{stage}_")] = value.item()
        mean = rows.pop("", {})
        self.rows += [*rows.values(), mean] if len(rows) > 1 else rows.values()

    def report(self) -> None:
        """Print the table and write results.csv; nothing when no set was evaluated."""
        write_rows(self.rows, self.folder)
        print_rows(self.rows, self.folder)


@rank_zero_only
def write_rows(rows: list[Row], folder: Path) -> None:
    """Write results.csv; nothing without a row."""
    if rows:
        with (folder / "results.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


@rank_zero_only
def print_rows(rows: list[Row], folder: Path) -> None:
    """Print a table; nothing without a row."""
    if not rows:
        return
    table = Table()
    for name in rows[0]:
        table.add_column(name, justify="left" if name in NAMES else "right", overflow="fold")
    for place, row in enumerate(rows):
        last = place + 1 == len(rows) or any(row[name] != rows[place + 1][name] for name in ("stage", "set"))
        table.add_row(*map(shown, row.values()), end_section="seed" in row and last)
    print(f"Results in {folder}")
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def shown(value: str | float) -> str:
    """A name as it is, and a number with four decimals unless they would hide it."""
    if isinstance(value, str):
        return value
    hidden = 0 < abs(value) < 1e-4 or 1e6 <= abs(value) < math.inf
    return f"{value:.3e}" if hidden else f"{value:.4f}"
