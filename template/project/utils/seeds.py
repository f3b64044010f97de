"""--seeds 1 2 3: a run for each seed, all in one folder, and the mean and standard deviation of their results.

Logs/<model_name>/<version_N or --run_name>/
    seed_1/, seed_2/, ...    each a whole run, which can be gone on with and repeated by itself
    results.csv              a row for each seed, the mean and the standard deviation, of each stage and set
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from utils.config import Config
from utils.errors import OptionError
from utils.folders import new_folder, remove_empty
from utils.results import NAMES, Row, print_rows, write_rows
from utils.run import Run


def refuse_seeds(config: Config) -> None:
    """Raise OptionError where --seeds makes no sense."""
    seeds = config["seeds"]
    if seeds and len(set(seeds)) < len(seeds):
        raise OptionError(f"--seeds has a seed twice: {' '.join(map(str, seeds))}", "name each once")
    if seeds and config["stage"] != "fit":
        raise OptionError(f"--stage {config['stage']} trains nothing that seeds could vary", "leave out --seeds")
    if seeds and config["ckpt_path"]:
        raise OptionError("a run that goes on has one seed, that of its checkpoint", "leave out --seeds or --ckpt_path")


def run_seeds(config: Config, run: Callable[[Config, Path | None], Run]) -> None:
    """Make a run for each of --seeds, one after the other, and report their results together; without them, one run.

    Args:
        config: the options of all.
        run: makes one run, with its own options and in a folder that it makes in that of all.

    Raises OptionError where --seeds makes no sense.
    """
    refuse_seeds(config)
    if not config["seeds"]:
        run(config, None)
        return
    runs = Path(config["log_dir"]) / config["model_name"]
    folder = new_folder(runs, config["run_name"]) or runs  # the first process makes it, and alone writes there
    rows: list[Row] = []
    try:
        for seed in config["seeds"]:
            own = config | {"seed": seed, "seeds": None, "run_name": f"seed_{seed}"}
            rows += [{"seed": str(seed), **row} for row in run(own, folder).results.rows]
            write_rows(summary(rows), folder)
    finally:
        remove_empty(folder, folder.parent, folder.parent.parent)  # a refused option makes no run
    print_rows(summary(rows), folder)


def summary(rows: list[Row]) -> list[Row]:
    """The rows of each stage and set together, followed by their mean and standard deviation (that of a sample)."""
    groups: dict[tuple[str | float, str | float], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["stage"], row["set"]), []).append(row)
    found: list[Row] = []
    for (stage, name), group in groups.items():
        numbers = [key for key in group[0] if key not in NAMES]
        values = np.array([[row[key] for key in numbers] for row in group], dtype=float)  # (seeds, numbers)
        std = values.std(axis=0, ddof=1) if len(group) > 1 else np.full(len(numbers), np.nan)
        found += group
        for kind, of_all in (("mean", values.mean(axis=0)), ("std", std)):
            found.append({"seed": kind, "stage": stage, "set": name} | dict(zip(numbers, of_all.tolist(), strict=True)))
    return found
