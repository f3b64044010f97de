"""A run's results: one table for every stage and set, printed and in results.csv."""

import csv
from collections.abc import Mapping
from pathlib import Path

from pytorch_lightning.utilities import rank_zero_only
from rich.console import Console
from rich.table import Table
from torch import Tensor


class Results:
    """Collects the values of each stage, and reports them in the run's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[dict[str, str | float]] = []

    def add(self, stage: str, values: Mapping[str, Tensor]) -> None:
        """Make a row of each set's logged values, and one of their mean when there are several sets."""
        rows: dict[str, dict[str, str | float]] = {}
        for key, value in values.items():
            logged, _, name = key.partition("/")
            if logged.startswith(f"{stage}_"):
                row = rows.setdefault(name, {"stage": stage, "set": name or "mean"})
                row[logged.removeprefix(f"{stage}_")] = value.item()
        mean = rows.pop("", {})
        self.rows += [*rows.values(), mean] if len(rows) > 1 else rows.values()

    @rank_zero_only
    def report(self) -> None:
        """Print the table and write results.csv; nothing when no set was evaluated."""
        if not self.rows:
            return
        columns = list(self.rows[0])
        table = Table()
        for name in columns:
            table.add_column(name, justify="left" if name in ("stage", "set") else "right", overflow="fold")
        for row in self.rows:
            table.add_row(*(value if isinstance(value, str) else f"{value:.4f}" for value in row.values()))
        print(f"Results in {self.folder}")
        Console().print(table)
        with (self.folder / "results.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=columns)
            writer.writeheader()
            writer.writerows(self.rows)
