"""`prepare` of a dataset, such as a download: called once on each machine, while other processes wait."""

import hashlib
import inspect
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from ..choices.building import split_args
from ..choices.groups import arguments, file_of, has_default, parameters_of
from ..choices.names import module_of
from ..errors import OptionError, as_option_error
from ..imports import PROJECT

JOB, START = "PREPARING_JOB", "PREPARING_START"  # environment variables: processes started later have them
IMPORTED, TOGETHER = time.time(), 60  # seconds within which the processes of a run start
WAIT = 600  # seconds in which the first process must have begun
called: set[str] = set()  # in this process


def prepare_dataset(dataset_class: Any, name: str, split: str, args: Mapping[str, Any]) -> None:
    """Call a dataset's static method `prepare`, if any, with the constructor's arguments that it names.

    Only the first process of a machine calls it, and the others wait.

    Raises OptionError if `prepare` fails, or if it takes parameters that the constructor does not.
    """
    prepare = getattr(dataset_class, "prepare", None)
    if prepare is None:
        return
    chosen = named_arguments(dataset_class, prepare, name, split, args)
    key = digest(PROJECT, module_of(name), chosen.get("split"))
    call = f"{key} {chosen}"
    if call in called:
        return
    first = not int(os.environ.get("LOCAL_RANK", os.environ.get("SLURM_LOCALID", "0")))
    folder = Path(tempfile.gettempdir()) / f"prepare-{getattr(os, 'getuid', int)()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != getattr(os, "getuid", int)():  # others may write to the folder above
        raise OptionError(f"{folder} belongs to another user", "set TMPDIR to a folder of your own")
    run, start = os.environ.setdefault(JOB, job()), os.environ.setdefault(START, str(IMPORTED))
    marker = folder / digest(key, dict(args), run)
    if not first:
        wait_for(marker, float(start), name)
    with FileLock(folder / f"{key}.lock"):  # the first process has it while it prepares the data
        if first:
            marker.touch()
            hint = f"look at {file_of(prepare)}, --{name}.*"
            with as_option_error(f"prepare of {name} failed", hint, OSError):
                prepare(**chosen)
    called.add(call)


def named_arguments(
    dataset_class: Any, prepare: Any, name: str, split: str, args: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of `prepare`: those of the constructor, with its defaults."""
    of_class = parameters_of(dataset_class)
    values = {key: each.default for key, each in of_class.items() if has_default(each)}
    values |= arguments(dataset_class, name, args) | split_args(dataset_class, split)
    parameters = inspect.signature(prepare).parameters
    for key, parameter in parameters.items():
        if key not in values and parameter.default is parameter.empty:
            message = f"prepare in {file_of(dataset_class)} takes {key!r}, which the constructor does not"
            raise OptionError(message, "let it be a @staticmethod that takes parameters of the constructor")
    return {key: values[key] for key in parameters if key in values}


def wait_for(marker: Path, start: float, name: str) -> None:
    """Wait until the first process prepares a dataset. Raises OptionError if it does not begin."""
    for _ in range(10 * WAIT):
        if marker.exists() and marker.stat().st_mtime > start - TOGETHER:  # not of an earlier run
            return
        time.sleep(0.1)
    message = f"the first process of this machine has not prepared {name} for {WAIT} seconds"
    raise OptionError(message, "start all processes together")


def job() -> str:
    """Return an identifier that the processes of a machine share if they are started together."""
    if "SLURM_JOB_ID" in os.environ and "LOCAL_RANK" not in os.environ:
        return f"{os.environ['SLURM_JOB_ID']}-{os.environ.get('SLURM_STEP_ID', '')}"
    return f"{os.environ.get('TORCHELASTIC_RESTART_COUNT', '')}-{os.getppid()}"


def digest(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
