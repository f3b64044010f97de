"""The results of a run: one table for every stage and set, printed and in results.csv."""

import csv
import io
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pytorch_lightning.utilities import rank_zero_only
from rich import get_console
from rich.console import Console
from rich.table import Table
from torch import Tensor

from .folders import write_file

Row = dict[str, str | float]
NAMES = ("seed", "stage", "set")  # columns with names; all others hold numbers


def rows_of(stage: str, values: Mapping[str, Tensor], sets: Sequence[str]) -> list[Row]:
    """Return a row per set from the logged values; if there are several sets, also one for their means.

    Args:
        stage: "val" or "test", which the keys start with; other keys are from your own interface.
        values: the logged values, such as `val_loss/<set>` and `val_loss`, the mean over the sets.
    """
    rows: dict[str, Row] = {name: {} for name in (*sets, "")}
    for key, value in values.items():
        logged, _, name = key.partition("/")
        rows.setdefault(name, {})[logged.removeprefix(f"{stage}_")] = value.item()
    if len(sets) == 1:  # its values are the means too
        rows[sets[0]] = rows.pop("") | rows[sets[0]]
    return [{"stage": stage, "set": name or "mean"} | row for name, row in rows.items() if row]


@rank_zero_only
def write_rows(rows: list[Row], folder: Path) -> None:
    """Write results.csv, if there are rows."""
    if rows:
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=all_columns(rows))
        writer.writeheader()
        writer.writerows(rows)
        write_file(folder / "results.csv", text.getvalue())


@rank_zero_only
def print_rows(rows: list[Row], folder: Path) -> None:
    """Print the folder and a table; a narrow terminal folds names and numbers."""
    print(f"Results in {folder}")
    if not rows:
        return
    columns, table = all_columns(rows), Table()
    for name in columns:
        table.add_column(name, justify="left" if name in NAMES else "right", overflow="fold")
    for row, after in zip(rows, [*rows[1:], {}], strict=True):
        is_last = "seed" in row and (row["stage"], row["set"]) != (after.get("stage"), after.get("set"))
        table.add_row(*(format_number(row.get(name, "")) for name in columns), end_section=is_last)
    # A file has room for all columns; rich would leave out those without room for a digit.
    width = max(get_console().width, 5 * len(columns)) if sys.stdout.isatty() else 1000
    Console(width=width).print(table)


def all_columns(rows: list[Row]) -> list[str]:
    """Return the columns of all rows, in order; a set may lack a value of another."""
    return list(dict.fromkeys(name for row in rows for name in row))


def format_number(value: str | float) -> str:
    """Return a name as it is, and a number with four decimals or four digits."""
    if isinstance(value, str):
        return value
    needs_exponent = 0 < abs(value) < 1e-4 or 1e5 <= abs(value) < math.inf
    return f"{value:.3e}" if needs_exponent else f"{value:.4f}"
