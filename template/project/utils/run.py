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
import yaml
from pytorch_lightning.utilities import rank_zero_only

from utils.errors import OptionError, RunError
from utils.folders import new_folder, remove_folder, run_of
from utils.loggers import loggers, quiet
from utils.results import Results
from utils.schedulers import forget_lengths

PACKAGES = ("torch", "torchvision", "pytorch-lightning", "torchmetrics", "jsonargparse")


class Run(pl.Callback):
    """A run's folder and its record. As a callback it puts the run's options into every checkpoint.

    Args:
        options: every option as used, in plain types: what config.yaml will hold.
        runs: the folder to make this run's in, unless it is <log_dir>/<model_name>.

    Raises OptionError when there is a run of the name that --run_name gives, or none to go on with.
    """

    def __init__(self, options: dict[str, Any], runs: Path | None = None) -> None:
        quiet()
        self.options = options
        self.started = time.time()
        self.resumed = self.options["stage"] == "fit" and self.options["ckpt_path"]
        made_in = runs or Path(options["log_dir"]) / options["model_name"]
        if self.resumed:
            self.folder = run_of(Path(self.resumed))
        else:  # the first process makes the folder, and alone writes there
            self.folder = new_folder(made_in, options["run_name"]) or made_in
        self.loggers = loggers(self.folder)
        self.results = Results(self.folder)
        self.record: dict[str, Any] = {}

    def __enter__(self) -> "Run":
        self.record = {
            "status": "running",
            "command": shlex.join([Path(sys.executable).name, *sys.argv]),
            "seed": self.options.get("seed"),
            "git": git_state(),
            "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
            "python": sys.version.split()[0],
        }
        own = ("run_name", "ckpt_path") if self.options["stage"] == "fit" else ("run_name",)  # of this run alone
        self.write("config.yaml", yaml.safe_dump(self.options | dict.fromkeys(own), sort_keys=False))
        self.write("run.json", json.dumps(self.record, indent=2))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        refused = isinstance(error, OptionError) and not isinstance(error, RunError)
        if refused and not self.resumed:
            remove_folder(self.folder)  # a refused option makes no run
            return
        stopped = isinstance(error, (KeyboardInterrupt, SystemExit))  # Lightning turns Ctrl-C into SystemExit
        self.record["status"] = "stopped" if stopped else "failed" if error else "done"
        if error and not stopped:
            said = error.message if isinstance(error, OptionError) else str(error)
            self.record["error"] = f"{type(error).__name__}: {said}"
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

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        self.record["device"] = str(trainer.strategy.root_device)
        self.write("run.json", json.dumps(self.record, indent=2))

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        checkpoint["config"] = self.options

    def on_load_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        forget_lengths(checkpoint.get("lr_schedulers", []))


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
