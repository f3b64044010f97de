"""Where runs lie: Logs/<model_name>/<version_N or --run_name>/."""

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from pytorch_lightning.utilities import rank_zero_only

from ..errors import OptionError, RunError
from .checkpoints import newest_good
from .seed_folder import last_of

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def run_of(checkpoint: Path) -> Path:
    """The folder of the run that wrote a checkpoint."""
    folder = checkpoint.resolve().parent.parent
    if not (folder / "run.json").is_file():
        raise OptionError(f"{checkpoint} lies in no run's folder", "leave it in Logs/<model_name>/<run>/checkpoints")
    return Path(os.path.relpath(folder))


@rank_zero_only
def new_folder(runs: Path, name: str | None) -> Path:
    """Make a run's folder, `name` or the next version_N: never one of another run, even if both start at once."""
    if name is not None and Path(name).name != name:
        raise OptionError(f"--run_name {name} is no name of a folder", "give --run_name a name without a path")
    numbers = [int(found.name[8:]) for found in runs.glob("version_*") if found.name[8:].isdecimal()]
    number = max(numbers, default=-1) + 1
    while True:
        folder = runs / (name or f"version_{number}")
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError as error:
            if name:
                begun = folder if any(folder.glob("seed_*")) else last_of(folder)
                go_on = f", or go on with it by --ckpt_path {begun}" if begun else ""
                raise OptionError(f"there is a run {folder} already", f"choose another --run_name{go_on}") from error
            number += 1


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
