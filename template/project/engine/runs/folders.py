"""Where runs lie: Logs/<model_name>/<version_N or --run_name>/."""

import errno
import os
import shutil
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from pytorch_lightning.utilities import rank_zero_only

from ..choices.names import PROJECT
from ..errors import OptionError, RunError
from .checkpoints import newest_good
from .seed_folder import last_of

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LONGEST, FARTHEST = 255, 3500  # bytes of a name, and of a path that leaves room for the files of a run


def run_of(checkpoint: Path) -> Path:
    """The folder of the run that a checkpoint lies in; checkpoints/ may be a link, and the file too."""
    for folder in (checkpoint.absolute().parent.parent, checkpoint.resolve().parent.parent):
        if (folder / "run.json").is_file():
            return Path(os.path.relpath(folder))
    message = f"{checkpoint} lies in no run's folder"
    raise OptionError(message, "name it as Logs/<model_name>/<run>/checkpoints/last.ckpt, or start over: --finetune")


def runs_of(options: dict[str, Any]) -> Path:
    """The folder of all runs of a net. A relative --log_dir lies in the project, wherever main.py is called from."""
    folder = Path(options["log_dir"]).expanduser() / options["model_name"]
    return folder if folder.is_absolute() else Path(os.path.relpath(PROJECT / folder))


@rank_zero_only
def refuse_folder(options: dict[str, Any]) -> None:
    """Refuse a --run_name or a --log_dir in which no run's folder can be made."""
    runs, name = runs_of(options), options["run_name"]
    if name is not None:
        refuse_name(name)
        refuse_existing(runs / name)
    above = runs.absolute()
    while not os.path.lexists(above) and above != above.parent:
        above = above.parent
    reason = None
    if any(len(os.fsencode(part)) > LONGEST for part in runs.parts) or len(os.fsencode(runs.absolute())) > FARTHEST:
        reason = "its name is too long"
    elif not above.exists():
        reason = f"{above} is a link to nothing"
    elif not above.is_dir():
        reason = f"{above} is a file"
    elif not os.access(above, os.W_OK | os.X_OK):
        reason = f"{above} cannot be written to"
    if reason:
        message = f"no folder can be made in --log_dir {options['log_dir']}: {reason}"
        raise OptionError(message, "give another --log_dir")


def refuse_name(name: str) -> None:
    """Refuse a --run_name that is no name of one folder."""
    reason = None
    if Path(name).name != name or "\\" in name or os.path.expandvars(name) != name:
        reason = "is no name of a folder"
    elif not name.strip(". "):
        reason = "has neither letters nor digits"
    elif not name.isprintable():
        reason = "has characters that cannot be printed"
    elif len(os.fsencode(name)) > LONGEST:
        reason = f"has {len(os.fsencode(name))} bytes, and a folder's name at most {LONGEST}"
    if reason:
        raise OptionError(f"--run_name {name[:40]!r} {reason}", "give --run_name a short name without a path")


def refuse_existing(folder: Path) -> None:
    """Refuse the folder of another run."""
    if os.path.lexists(folder):
        begun = folder if any(folder.glob("seed_*")) else last_of(folder)
        go_on = f", or go on with it by --ckpt_path {begun}" if begun else ""
        raise OptionError(f"there is a run {folder} already", f"choose another --run_name{go_on}")


@rank_zero_only
def new_folder(runs: Path, name: str | None) -> Path:
    """Make a run's folder, `name` or the next version_N: never one of another run, even if both start at once."""
    numbers = [int(found.name[8:]) for found in runs.glob("version_*") if found.name[8:].isdecimal()]
    number = max(numbers, default=-1) + 1
    while True:
        folder = runs / (name or f"version_{number}")
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            if name:
                refuse_existing(folder)
            number += 1
        except OSError as error:
            if error.errno in FULL:
                raise
            message = f"{folder} cannot be made: {error.strerror}"
            raise OptionError(message, "give another --log_dir or --run_name") from error


def run_around(checkpoint: Path) -> Path | None:
    """The folder of the run that wrote a checkpoint; None for a file that was moved out of it."""
    try:
        return run_of(checkpoint)
    except OptionError:
        return None


@rank_zero_only
def predictions_folder(run: Path, checkpoint: str) -> Path:
    """Make a folder for predictions with a checkpoint: <run>/predictions/<checkpoint>, or <checkpoint>-2 and so on."""
    for number in count(1):
        folder = run / "predictions" / (f"{checkpoint}-{number}" if number > 1 else checkpoint)
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            continue
        except OSError as error:
            message = f"{folder} cannot be made: {error.strerror}"
            raise OptionError(message, "add --run_name NAME for a folder in --log_dir") from error
    raise AssertionError


@rank_zero_only
def remove_folder(folder: Path) -> None:
    """Remove a run that never began, and the folders above it if they held nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    remove_empty(folder.parent, folder.parent.parent)


@rank_zero_only
def remove_empty(*folders: Path) -> None:
    """Remove those of the folders that hold nothing."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


@rank_zero_only
def write_whole(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    unfinished = file.with_name(f".{file.name}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def full_disk(error: BaseException | None, folder: Path, seeds: Path | None = None) -> RunError | None:
    """What to say of an error that comes from a full disk, whatever was raised on the way; None for another.

    Args:
        error: what ended a run.
        folder: that of the run.
        seeds: the folder of all, if it is one of several seeds.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            good = seeds or newest_good(folder / "checkpoints")
            go_on = f", then go on by: python main.py --ckpt_path {good}" if good else ", then start again"
            return RunError(f"{folder} cannot be written to: {error.strerror}", f"free some space{go_on}")
        error = error.__cause__ or error.__context__
    return None
