"""--seeds 1 2 3: one run per seed in one folder, and the mean and standard deviation of their results.

Logs/<model_name>/<version_N or --run_name>/
    config.yaml              the options of all: --config repeats them, --ckpt_path <this folder> resumes them
    seed_1/, seed_2/, ...    complete runs, each of which can be resumed and repeated by itself
    results.csv              for each stage and set a row per seed, the mean and the standard deviation
"""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml
from jsonargparse import Namespace

from ..choices.groups import Config
from ..errors import OptionError, RunError
from ..loading.processes import report
from .checkpoints import load, newest_good
from .folders import last_checkpoint, new_run, remove_run, runs_folder, write_file
from .results import NAMES, Row, print_rows, write_rows
from .run import found_by_finder, full_disk_error, resuming, stopped_message


def run_seeds(args: Namespace, run: Callable[[Namespace], None]) -> None:
    """Call `run` once per seed and report the results together; without --seeds, call it once.

    If --ckpt_path is the folder of several seeds, its finished runs stay as they are, and others are resumed.

    Raises OptionError if --seeds makes no sense.
    """
    config: Config = args.config
    refuse_seeds(config)
    seeds, resumed = config["seeds"], config["ckpt_path"]
    if not seeds:
        run(args)
        return
    folder = Path(resumed) if resumed else new_run(runs_folder(config), config["run_name"])
    left = [seed for seed in seeds if not (resumed and is_done(folder / f"seed_{seed}"))]
    if resumed and left:
        report(f"resuming {folder} after {len(seeds) - len(left)} of {len(seeds)} seeds")
    elif resumed:
        report(f"{folder} has all of its {len(seeds)} seeds")
    try:
        if not resumed:
            write_file(folder / "config.yaml", yaml.safe_dump(config | {"run_name": None}, sort_keys=False))
        for seed in left:
            last = checkpoint_of(folder / f"seed_{seed}") if resumed else None
            run(args_of_seed(args, seed, folder, last))
            args.preflight = False  # one seed has passed it; with several processes a second one would hang
            write_rows(with_statistics(read_rows(folder, seeds)), folder)
        rows = with_statistics(read_rows(folder, seeds))
        write_rows(rows, folder)
    except KeyboardInterrupt as error:  # between two runs; a run that is interrupted raises SystemExit
        report(f"\n{stopped_message(folder, folder)}", sys.stderr)
        raise SystemExit(130) from error
    except Exception as error:
        started = resumed or any(folder.glob("seed_*"))
        if not started:
            remove_run(folder)  # a refused option creates no run
        if full := full_disk_error(error, folder, folder if started else None):
            raise full from error
        resume = f"resume the seeds: {resuming(folder)}"
        if started and isinstance(error, RunError):
            error.hint += f"; {resume}"
        elif started:
            error.add_note(f"help: {resume}")
        raise
    print_rows(rows, folder)


def checkpoint_of(run: Path) -> str | None:
    """Return the checkpoint to resume a seed from; None, without a folder, for one that has not trained yet.

    Raises OptionError if it has trained and no checkpoint can be resumed.
    """
    if good := newest_good(run / "checkpoints"):
        return str(good)
    if last := last_checkpoint(run):
        load(last)  # it says if the file is damaged
        hint = f"delete {run}: then this seed starts over"
        raise OptionError(f"no checkpoint of {run} can be resumed", hint)
    remove_run(run)
    return None


def args_of_seed(args: Namespace, seed: int, folder: Path, ckpt_path: str | None) -> Namespace:
    """Return the options of one seed, whose run is in the folder of all."""
    own = {"seed": seed, "seeds": None, "run_name": f"seed_{seed}", "ckpt_path": ckpt_path}
    if ckpt_path:  # a finder may have changed its learning rate or batch size
        own = found_by_finder(args.config, load(ckpt_path, mmap=True)["config"]) | own
    args = args.clone()
    for name, value in own.items():
        args[name] = value
    args.config, args.seeds_folder = args.config | own, folder
    return args


def refuse_seeds(config: Config) -> None:
    """Raise OptionError if --seeds makes no sense."""
    seeds, path = config["seeds"], config["ckpt_path"]
    if seeds and len(set(seeds)) < len(seeds):
        raise OptionError(f"--seeds has a seed twice: {' '.join(map(str, seeds))}", "give each seed once")
    if seeds and config["stage"] != "fit":
        message = f"--stage {config['stage']} does not train, so seeds change nothing"
        raise OptionError(message, "leave out --seeds")
    if seeds and path and not Path(path).is_dir():
        raise OptionError("a resumed run has the seed of its checkpoint", "leave out --seeds or --ckpt_path")


def is_done(run: Path) -> bool:
    """Return whether a run has finished."""
    try:
        return json.loads((run / "run.json").read_text(encoding="utf-8"))["status"] == "done"
    except (OSError, ValueError, KeyError):
        return False


def read_rows(folder: Path, seeds: list[int]) -> list[Row]:
    """Return the results of the finished runs from their tables."""
    rows: list[Row] = []
    for seed in seeds:
        table = folder / f"seed_{seed}" / "results.csv"
        if is_done(table.parent) and table.exists():  # there is none without evaluation and test sets
            with table.open(newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    values = {
                        key: value if key in NAMES else float(value) for key, value in row.items() if value
                    }
                    rows.append({"seed": str(seed), **values})
    return rows


def with_statistics(rows: list[Row]) -> list[Row]:
    """Group the rows by stage and set, each followed by its mean and its sample standard deviation."""
    groups: dict[tuple[str | float, str | float], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["stage"], row["set"]), []).append(row)
    result: list[Row] = []
    for (stage, name), group in groups.items():
        # A resumed seed may have more values, or fewer.
        keys = [key for key in group[0] if all(key in row for row in group)]
        numbers = [key for key in keys if key not in NAMES]
        values = np.array([[row[key] for key in numbers] for row in group], dtype=float)  # (seeds, numbers)
        std = values.std(axis=0, ddof=1) if len(group) > 1 else np.full(len(numbers), np.nan)
        result += [{key: row[key] for key in keys} for row in group]
        for kind, statistic in (("mean", values.mean(axis=0)), ("std", std)):
            named: Row = {"seed": kind, "stage": stage, "set": name}
            result.append(named | dict(zip(numbers, statistic.tolist(), strict=True)))
    return result
