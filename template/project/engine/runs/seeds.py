"""--seeds 1 2 3: a run for each seed, all in one folder, and the mean and standard deviation of their results.

Logs/<model_name>/<version_N or --run_name>/
    config.yaml              the options of all: --config repeats them, --ckpt_path <this folder> goes on with them
    seed_1/, seed_2/, ...    each a whole run, which can be gone on with and repeated by itself
    results.csv              a row for each seed, the mean and the standard deviation, of each stage and set
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from jsonargparse import Namespace
from pytorch_lightning.utilities import rank_zero_only

from ..errors import OptionError
from .folders import new_folder, refuse_folder, remove_folder, runs_of, write_whole
from .results import NAMES, Row, print_rows, write_rows
from .resume import hint_of
from .seed_folder import is_done, last_of, rows_of, run_of_seed

Config = dict[str, Any]
say = rank_zero_only(print)


def refuse_seeds(config: Config) -> None:
    """Raise OptionError where --seeds makes no sense."""
    seeds, ckpt_path = config["seeds"], config["ckpt_path"]
    if seeds and len(set(seeds)) < len(seeds):
        raise OptionError(f"--seeds has a seed twice: {' '.join(map(str, seeds))}", "name each once")
    if seeds and config["stage"] != "fit":
        raise OptionError(f"--stage {config['stage']} trains nothing that seeds could vary", "leave out --seeds")
    if seeds and ckpt_path and not Path(ckpt_path).is_dir():
        raise OptionError("a run that goes on has one seed, that of its checkpoint", "leave out --seeds or --ckpt_path")


def run_seeds(args: Namespace, run: Callable[[Namespace], None]) -> None:
    """Make a run for each of --seeds, one after the other, and report their results together; without them, one run.

    In a folder that --ckpt_path names, runs that are done stay as they are, and those that have a checkpoint go on.

    Args:
        args: the options of all.
        run: makes one run with the options that it is given.

    Raises OptionError where --seeds makes no sense.
    """
    config: Config = args.config
    refuse_seeds(config)
    if config["stage"] != "fit" or not config["ckpt_path"]:
        refuse_folder(config)
    if not config["seeds"]:
        run(args)
        return
    go_on = config["ckpt_path"] is not None
    folder = Path(config["ckpt_path"]) if go_on else new_seeds(config)
    left = left_of(folder, config["seeds"]) if go_on else dict.fromkeys(config["seeds"])
    try:
        for seed, last in left.items():
            if go_on and last is None:
                remove_folder(run_of_seed(folder, seed))  # it has trained nothing yet
            run(args_of_seed(args, seed, folder, last))
            write_rows(summary(rows_of(folder, config["seeds"])), folder)
    except KeyboardInterrupt as error:  # between two runs; one that is stopped says so itself
        print(f"\nstopped{hint_of(folder, folder)}", file=sys.stderr)
        raise SystemExit(130) from error
    except Exception as error:
        if go_on or any(folder.glob("seed_*")):
            error.add_note(f"help: the seeds go on by: python main.py --ckpt_path {folder}")
        else:
            remove_folder(folder)  # a refused option makes no run
        raise
    rows = summary(rows_of(folder, config["seeds"]))
    write_rows(rows, folder)
    print_rows(rows, folder)


def args_of_seed(args: Namespace, seed: int, folder: Path, ckpt_path: str | None) -> Namespace:
    """Return the options of one seed, whose run lies in the folder of all."""
    own = {"seed": seed, "seeds": None, "run_name": f"seed_{seed}", "ckpt_path": ckpt_path}
    args = args.clone()
    for name, value in own.items():
        args[name] = value
    args.config, args.seeds_folder = args.config | own, folder
    return args


def new_seeds(config: Config) -> Path:
    """Make the folder of all runs, with the options that they share; the first process does, and alone writes there."""
    runs = runs_of(config)
    folder = new_folder(runs, config["run_name"]) or runs
    write_whole(folder / "config.yaml", yaml.safe_dump(config | {"run_name": None}, sort_keys=False))
    return folder


def left_of(folder: Path, seeds: list[int]) -> dict[int, str | None]:
    """The seeds that are not done, each with the checkpoint that it goes on from if it has one; says how many are."""
    left = {seed: last_of(run_of_seed(folder, seed)) for seed in seeds if not is_done(run_of_seed(folder, seed))}
    done, every = len(seeds) - len(left), len(seeds)
    say(f"going on with {folder} after {done} of {every} seeds" if left else f"{folder} has had its {every} seeds")
    return left


def summary(rows: list[Row]) -> list[Row]:
    """The rows of each stage and set together, followed by their mean and standard deviation (that of a sample)."""
    groups: dict[tuple[str | float, str | float], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["stage"], row["set"]), []).append(row)
    found: list[Row] = []
    for (stage, name), group in groups.items():
        shared = [key for key in group[0] if all(key in row for row in group)]  # a seed may have gone on with others
        group = [{key: row[key] for key in shared} for row in group]
        numbers = [key for key in shared if key not in NAMES]
        values = np.array([[row[key] for key in numbers] for row in group], dtype=float)  # (seeds, numbers)
        std = values.std(axis=0, ddof=1) if len(group) > 1 else np.full(len(numbers), np.nan)
        found += group
        for kind, of_all in (("mean", values.mean(axis=0)), ("std", std)):
            found.append({"seed": kind, "stage": stage, "set": name} | dict(zip(numbers, of_all.tolist(), strict=True)))
    return found
