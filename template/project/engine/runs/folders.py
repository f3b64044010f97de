"""The folders of runs: Logs/<model_name>/<version_N or --run_name>/."""

import os
import shlex
import shutil
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from pytorch_lightning.utilities import rank_zero_only

from ..errors import OptionError
from ..imports import MAIN, PROJECT


def runs_folder(options: dict[str, Any]) -> Path:
    """Return the folder of all runs of a net. A relative --log_dir is inside the project."""
    folder = Path(options["log_dir"]).expanduser() / options["model_name"]
    return folder if folder.is_absolute() else Path(os.path.relpath(PROJECT / folder))


def run_of(checkpoint: str | Path) -> Path | None:
    """Return the folder of the run that a checkpoint belongs to; the file and checkpoints/ may be links."""
    file = Path(checkpoint)
    for folder in (file.absolute().parent.parent, file.resolve().parent.parent):
        if (folder / "run.json").is_file():
            return Path(os.path.relpath(folder))
    return None


def last_checkpoint(run: Path) -> str | None:
    """Return the checkpoint to resume a run from, or None if there is none yet."""
    last = run / "checkpoints" / "last.ckpt"
    return str(last) if last.exists() else None


def resume_seeds(folder: Path) -> str:
    """Return how to resume several seeds: the command, with --log_dir if their folder has moved."""
    config, runs, name = folder / "config.yaml", folder.absolute().parent, folder.absolute().name
    command = f"python {MAIN} --config {shlex.quote(str(config))} --run_name {shlex.quote(name)}"
    with suppress(OSError, ValueError, TypeError, KeyError, yaml.YAMLError):  # such as a damaged file
        options = yaml.safe_load(config.read_text(encoding="utf-8"))
        if runs.name != options["model_name"]:
            return f"first move {folder} into a folder {options['model_name']}, then give it again"
        if runs.resolve() != runs_folder(options).resolve():
            command += f" --log_dir {shlex.quote(str(runs.parent))}"
    return command


def new_run(runs: Path, name: str | None) -> Path:
    """Create a run's folder: `name`, or the next version_N. Returns `runs` in all processes but the first."""
    if name is not None:
        refuse_name(name)
        folders: Iterable[Path] = [runs / name]
    else:
        numbers: list[int] = []
        with suppress(OSError):  # such as a name that is too long: creating the folder says so
            numbers = [
                int(folder.name[8:]) for folder in runs.glob("version_*") if folder.name[8:].isdecimal()
            ]
        folders = (runs / f"version_{number}" for number in count(max(numbers, default=-1) + 1))
    return create_first(folders) or runs


def new_predictions(run: Path, checkpoint: str) -> Path:
    """Create a folder for predictions: <run>/predictions/<checkpoint>, or <checkpoint>-2 and so on."""
    names = (f"{checkpoint}-{number}" if number > 1 else checkpoint for number in count(1))
    return create_first(run / "predictions" / name for name in names) or run


@rank_zero_only
def create_first(folders: Iterable[Path]) -> Path:
    """Create the first folder that does not exist; processes that start at once get different ones.

    Raises OptionError if it cannot be created, or if all of them exist.
    """
    folder = Path()
    for folder in folders:
        try:
            folder.mkdir(parents=True)
            return folder
        except OSError as error:
            if not os.path.lexists(folder):
                remove_empty(folder.parent, folder.parent.parent)
                message = f"the folder {folder} cannot be created: {error.strerror}"
                raise OptionError(message, "give another --log_dir or --run_name") from error
    hint = "choose another --run_name; resume a run by --ckpt_path, several seeds by their config.yaml alone"
    raise OptionError(f"the run {folder} already exists", hint)


def refuse_name(name: str) -> None:
    """Raise OptionError for a --run_name that is not the name of one folder."""
    is_path = Path(name).name != name or "\\" in name or os.path.expandvars(name) != name
    if is_path or not name.strip(". ") or not name.isprintable() or len(os.fsencode(name)) > 255:
        message = f"--run_name {name[:40]!r} is not a valid folder name"
        raise OptionError(message, "give a short name of letters and digits, without a path")


@rank_zero_only
def remove_run(folder: Path) -> None:
    """Remove the folder of a run that never started, and the folders above it if they are empty."""
    shutil.rmtree(folder, ignore_errors=True)
    remove_empty(folder.parent, folder.parent.parent)


def remove_empty(*folders: Path) -> None:
    """Remove those of the folders that are empty."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


@rank_zero_only
def write_file(file: Path, content: str | bytes) -> None:
    """Write a file completely or not at all."""
    unfinished = file.with_name(f".{file.name}")
    try:
        unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
