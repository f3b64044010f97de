"""--seeds 1 2 3: one run per seed in one folder, and the mean and standard deviation of their results.

Logs/<model_name>/<version_N or --run_name>/
    config.yaml              the options of all; with the same options and --run_name, a command resumes them
    seed_1/, seed_2/, ...    complete runs, each of which can be resumed and repeated by itself
    results.csv              for each stage and set a row per seed, the mean and the standard deviation
"""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from filelock import FileLock, Timeout
from jsonargparse import Namespace
from pytorch_lightning.utilities import rank_zero_only

from ..choices.groups import Config
from ..errors import OptionError, RunError
from ..loading.processes import report
from .checkpoints import read_config
from .folders import (
    last_checkpoint,
    new_run,
    refuse_name,
    remove_run,
    resume_seeds,
    runs_folder,
    write_file,
)
from .git import git_state
from .results import NAMES, Row, print_rows, write_rows
from .run import changed_by_finder


def run_seeds(args: Namespace, run: Callable[[Namespace], None]) -> None:
    """Call `run` once per seed and report the results together; without --seeds, call it once.

    If the folder of --run_name has the same seeds and options, its finished runs stay as they are, runs with
    a last.ckpt are resumed, and others start over.

    Raises OptionError if --seeds or --run_name makes no sense.
    """
    config: Config = args.config
    refuse_seeds(config)
    seeds: list[int] | None = config["seeds"]
    if not seeds:
        run(args)
        return
    folder, resumed = open_folder(config)
    lock = lock_folder(folder)
    if resumed:
        report_progress(folder, seeds)
    rows: list[Row] = []
    try:
        write_file(folder / "config.yaml", yaml.safe_dump(config | {"run_name": None}, sort_keys=False))
        for seed in seeds:
            own = folder / f"seed_{seed}"
            if not (resumed and is_done(own)):
                run(args_of_seed(args, seed, folder, resume_or_clear(own) if resumed else None))
                args.preflight = False  # one seed has passed it; several processes would hang in a second one
            rows = with_statistics(read_rows(folder, seeds))
            write_rows(rows, folder)
    except BaseException as error:
        refused = isinstance(error, OptionError) and not isinstance(error, RunError)
        if not resumed and not any(folder.glob("seed_*")):
            remove_run(folder)  # a refused option creates no run
        elif not (resumed and refused):  # the same command would be refused again
            report(f"resume all seeds: {resume_seeds(folder)}", sys.stderr)
        raise
    finally:
        lock.release()
    print_rows(rows, folder)


def open_folder(config: Config) -> tuple[Path, bool]:
    """Return the folder of all seeds, and whether it had the same seeds and options; if not, create it.

    Raises OptionError for a --run_name that is not valid or names another run.
    """
    runs, name = runs_folder(config), config["run_name"]
    if name is not None:
        refuse_name(name)
        if has_options(runs / name, config):
            return runs / name, True
    return new_run(runs, name), False


def has_options(folder: Path, config: Config) -> bool:
    """Return whether a folder of several seeds has these options."""
    ignored = {"run_name": None, "log_dir": None}  # the folder may have been renamed or moved
    try:
        used = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8")) | ignored
        patterns = [[*(options["param_groups"] or ())] for options in (used, config)]
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        return False
    return used == config | ignored and patterns[0] == patterns[1]  # later patterns take precedence


def lock_folder(folder: Path) -> FileLock:
    """Lock the folder of several seeds. Raises OptionError if another command trains them at the moment."""
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        rank_zero_only(lock.acquire)()
    except Timeout as error:
        hint = "wait until it ends, or choose another --run_name"
        raise OptionError(f"another command is training the seeds in {folder}", hint) from error
    except (OSError, NotImplementedError):  # the file system has no locks
        pass
    return lock


def report_progress(folder: Path, seeds: list[int]) -> None:
    """Report how many seeds are done, and whether the code may have changed since one of them."""
    done = [seed for seed in seeds if is_done(folder / f"seed_{seed}")]
    report(f"resuming {folder} after {len(done)} of {len(seeds)} seeds")
    if len(done) == len(seeds):
        return
    now = git_state()
    for seed in done:
        earlier = record_of(folder / f"seed_{seed}").get("git")
        if earlier != now or (now and now["dirty"]):
            report(f"the code may have changed since seed {seed}: compare `git` in its run.json")
            return


def resume_or_clear(run: Path) -> str | None:
    """Return the checkpoint to resume a seed from. Without one, remove the run, which starts over.

    Raises OptionError for a run with other checkpoints only.
    """
    last = last_checkpoint(run)
    if last is None:
        if any(run.glob("checkpoints/*.ckpt")):
            message = f"{run} has checkpoints, and no last.ckpt to resume"
            raise OptionError(message, start_over_hint(run))
        remove_run(run)
    return last


def start_over_hint(run: Path) -> str:
    """Return the hint for a seed that cannot be resumed."""
    return f"delete or move {run}, then repeat this command: this seed starts over"


def args_of_seed(args: Namespace, seed: int, folder: Path, ckpt_path: str | None) -> Namespace:
    """Return the options of one seed, whose run is in the folder of all.

    Raises OptionError for a checkpoint that no run can be resumed from.
    """
    own = {"seed": seed, "seeds": None, "run_name": f"seed_{seed}", "ckpt_path": ckpt_path}
    if ckpt_path:
        try:
            earlier = read_config(ckpt_path, "fit")
        except OptionError as error:
            raise OptionError(error.message, start_over_hint(folder / f"seed_{seed}")) from error
        own = changed_by_finder(args.config, earlier) | own  # such as its learning rate or batch size
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
    if seeds and path:
        raise OptionError("a resumed run has the seed of its checkpoint", "leave out --seeds or --ckpt_path")


def record_of(run: Path) -> dict[str, Any]:
    """Return the record of a run; {} if it has none."""
    try:
        return json.loads((run / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def is_done(run: Path) -> bool:
    """Return whether a run has finished."""
    return record_of(run).get("status") == "done"


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
