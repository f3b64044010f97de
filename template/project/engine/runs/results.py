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
        """Say where the run is, print the table and write results.csv; no table when no set was evaluated."""
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
    """Print the folder and a table; several below one another where a terminal is too narrow for all columns."""
    print(f"Results in {folder}")
    if not rows:
        return
    console = Console(width=None if sys.stdout.isatty() else 1000)  # a file has room for all
    names = [name for name in rows[0] if name in NAMES]
    # What a column needs, where names and headings may be folded and numbers may not.
    widths = {name: max(min(len(name), 10), *(len(shown(row[name])) for row in rows)) for name in rows[0]}
    room = console.width - 1 - sum(3 + min(widths[name], 24) for name in names)
    tables: list[list[str]] = [[]]
    for name in list(rows[0])[len(names) :]:
        if tables[-1] and sum(3 + widths[other] for other in (*tables[-1], name)) > room:
            tables.append([])
        tables[-1].append(name)
    for numbers in tables:
        console.print(table_of(rows, [*names, *numbers], widths))


def table_of(rows: list[Row], columns: list[str], widths: dict[str, int]) -> Table:
    """Some columns of the rows, in which numbers stay whole and names are folded if need be."""
    table = Table()
    for name in columns:
        left = name in NAMES
        least = None if left else widths[name]
        table.add_column(name, justify="left" if left else "right", overflow="fold", min_width=least)
    for row, after in zip(rows, [*rows[1:], {}], strict=True):
        last = "seed" in row and (row["stage"], row["set"]) != (after.get("stage"), after.get("set"))
        table.add_row(*(shown(row[name]) for name in columns), end_section=last)
    return table


def shown(value: str | float) -> str:
    """A name as it is, and a number with four decimals unless they would hide it."""
    if isinstance(value, str):
        return value
    hidden = 0 < abs(value) < 1e-4 or 1e5 <= abs(value) < math.inf
    return f"{value:.3e}" if hidden else f"{value:.4f}"
