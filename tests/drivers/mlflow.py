"""What Lightning's logger asks of MLflow, kept in the file that MLFLOW_TRACKING_URI names.

A test puts this file where Python looks for the package.
"""

# pyright: basic
# PyTorch and projects are not in the environment that checks these types.
from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

MLFLOW_RUN_NAME = "mlflow.runName"

# Every module that something is imported from is this one.
context = sys.modules[__name__]
PARTS = ("tracking", "tracking.context", "entities", "utils", "utils.mlflow_tags")
sys.modules.update({f"{__name__}.{part}": context for part in PARTS})


class Param(NamedTuple):
    """What a run was begun with."""

    key: str
    value: str


class Metric(NamedTuple):
    """A number of a run."""

    key: str
    value: float
    timestamp: int
    step: int


def set_tracking_uri(_: str) -> None:
    """Know it already."""


def resolve_tags(tags: dict[str, str]) -> dict[str, str]:
    """Add nothing to the tags of a run."""
    return tags


class MlflowClient:
    """Runs, and the rules that MLflow has for them."""

    def __init__(self, uri: str) -> None:
        self.file = Path(uri)
        self.runs = json.loads(self.file.read_text()) if self.file.is_file() else {}

    def save(self) -> None:
        """Write all runs."""
        self.file.write_text(json.dumps(self.runs))

    def get_experiment_by_name(self, _: str) -> Any:
        """Return the one experiment that there is."""
        return SimpleNamespace(experiment_id="1", lifecycle_stage="active")

    def create_run(self, experiment_id: str, tags: dict[str, str]) -> Any:
        """Begin a run."""
        name = f"id{len(self.runs)}"
        self.runs[name] = {"tags": tags, "status": "RUNNING", "params": {}, "metrics": []}
        self.save()
        return SimpleNamespace(info=SimpleNamespace(run_id=name, experiment_id=experiment_id))

    def get_run(self, run_id: str) -> Any:
        """Return what is known of a run."""
        if run_id not in self.runs:
            message = f"Run with id={run_id} not found"
            raise RuntimeError(message)
        return SimpleNamespace(info=SimpleNamespace(run_id=run_id, experiment_id="1"))

    def log_batch(self, run_id: str, params: Any = (), metrics: Any = ()) -> None:
        """Take numbers, and parameters unless they change."""
        run = self.runs[run_id]
        for key, value in params:
            if run["params"].setdefault(key, value) != value:
                message = f"Changing param values is not allowed: {key}"
                raise RuntimeError(message)
        run["metrics"] += [[key, step] for key, _, _, step in metrics]
        self.save()

    def update_run(self, run_id: str, status: str) -> None:
        """Say how it is with a run."""
        self.runs[run_id]["status"] = status
        self.save()

    def set_terminated(self, run_id: str, status: str) -> None:
        """End a run."""
        self.update_run(run_id, status)
