"""What the folder of several seeds holds: the options of all, which runs are done, and from where the others go on."""

import csv
import json
from pathlib import Path
from typing import Any

import yaml

from ..errors import OptionError
from .results import NAMES, Row


def read_options(path: str, stage: str) -> dict[str, Any]:
    """The options with which several seeds began, to go on with them.

    Raises OptionError for another folder, and for a stage that takes the net of one seed.
    """
    folder = Path(path)
    try:
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        several = bool(config["seeds"])
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        config, several = {}, False
    if several and stage == "fit":
        return config
    wrong = "neither a checkpoint nor the folder of several seeds"
    if several:
        wrong = f"the folder of several seeds, and --stage {stage} takes one net"
    depths = ("last.ckpt", "*/last.ckpt", "*/*/last.ckpt")
    last = next((found for depth in depths for found in sorted(folder.glob(depth))), None)
    such = f"such as {last}" if last else "which lies in Logs/<model_name>/<run>/checkpoints"
    raise OptionError(f"{path} is {wrong}", f"give a checkpoint, {such}")


def run_of_seed(folder: Path, seed: int) -> Path:
    """The folder of a seed's run."""
    return folder / f"seed_{seed}"


def is_done(run: Path) -> bool:
    """Whether a run has come to its end."""
    try:
        return json.loads((run / "run.json").read_text(encoding="utf-8"))["status"] == "done"
    except (OSError, ValueError, KeyError):
        return False


def last_of(run: Path) -> str | None:
    """The checkpoint from which a run goes on; None where it has to begin."""
    last = run / "checkpoints" / "last.ckpt"
    return str(last) if last.exists() else None


def rows_of(folder: Path, seeds: list[int]) -> list[Row]:
    """The results of the runs that are done, read from their tables."""
    rows: list[Row] = []
    for seed in seeds:
        table = run_of_seed(folder, seed) / "results.csv"
        if is_done(table.parent) and table.exists():  # without sets there is none
            with table.open(newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    values = {key: value if key in NAMES else float(value) for key, value in row.items() if value}
                    rows.append({"seed": str(seed), **values})
    return rows
