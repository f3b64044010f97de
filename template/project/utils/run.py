"""One run, one folder: Logs/<model_name>/<version_N or --run_name>/, and run.json, which says how the run went."""

import importlib.metadata
import json
import shlex
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import pytorch_lightning as pl
import torch
import yaml
from pytorch_lightning.utilities import rank_zero_only

from utils.errors import OptionError
from utils.loggers import loggers, quiet

PACKAGES = ("torch", "torchvision", "pytorch-lightning", "torchmetrics", "jsonargparse")


class Run(pl.Callback):
    """A run's folder and its record. As a callback it puts the run's options into every checkpoint.

    Args:
        options: every option as used, in plain types: what config.yaml will hold.

    Raises OptionError when there is a run of the name that --run_name gives.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.started = time.time()
        resumed = self.options["stage"] == "fit" and self.options.get("ckpt_path")
        runs = Path(options["log_dir"]) / options["model_name"]
        if resumed:
            self.folder = Path(resumed).resolve().parent.parent
        else:  # the first process makes the folder, and alone writes there
            self.folder = new_folder(runs, options["run_name"]) or runs
        self.loggers = loggers(self.folder)
        self.record: dict[str, Any] = {}

    def __enter__(self) -> "Run":
        quiet()
        self.record = {
            "status": "running",
            "command": shlex.join([Path(sys.executable).name, *sys.argv]),
            "seed": self.options.get("seed"),
            "git": git_state(),
            "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
            "python": sys.version.split()[0],
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        }
        self.write("config.yaml", yaml.safe_dump({**self.options, "run_name": None}, sort_keys=False))
        self.write("run.json", json.dumps(self.record, indent=2))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        stopped = isinstance(error, (KeyboardInterrupt, SystemExit))  # Lightning turns Ctrl-C into SystemExit
        self.record["status"] = "stopped" if stopped else "failed" if error else "done"
        if error and not stopped:
            self.record["error"] = f"{type(error).__name__}: {error}"
        self.record["seconds"] = round(time.time() - self.started, 1)
        self.write("run.json", json.dumps(self.record, indent=2))
        if stopped:
            last = self.folder / "checkpoints" / "last.ckpt"
            hint = f", go on by: python main.py --ckpt_path {last}" if last.exists() else ""
            print(f"\nstopped{hint}", file=sys.stderr)
            raise SystemExit(130) from error

    @rank_zero_only
    def write(self, name: str, text: str) -> None:
        """Write a file of the run's folder, whole or not at all."""
        unfinished = self.folder / f".{name}"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(self.folder / name)

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        checkpoint["config"] = self.options


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
        except FileExistsError as error:
            if name:
                raise OptionError(f"there is a run {folder} already", "choose another --run_name") from error
            number += 1


def git_state() -> dict[str, Any] | None:
    """The commit that runs and whether files differ from it; None without git or a commit."""
    try:
        commit, changes = (
            subprocess.run(["git", *command], capture_output=True, text=True, check=True).stdout.strip()
            for command in (["rev-parse", "HEAD"], ["status", "--porcelain"])
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return {"commit": commit, "dirty": bool(changes)}
