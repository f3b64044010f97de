"""main.py trains, evaluates, tests and predicts, and refuses what is mistyped."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from model import NETS

PROJECT = Path(__file__).parent.parent
TINY = ["--trainer.max_epochs=1", "--trainer.limit_train_batches=2", "--trainer.limit_val_batches=2", "--batch_size=4"]


def run_main(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "main.py", "--trainer.accelerator=cpu", "--trainer.devices=1", *args]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)


def test_train_test_and_predict(defaults: Any, tmp_path: Path) -> None:
    """One tiny epoch leaves a whole run, and its checkpoint alone is enough to predict."""
    trained = run_main(*TINY, "--trainer.limit_test_batches=2", f"--log_dir={tmp_path}", "--run_name=tiny")
    assert trained.returncode == 0, trained.stderr
    (run,) = tmp_path.glob("*/tiny")
    assert json.loads((run / "run.json").read_text())["status"] == "done"
    with (run / "results.csv").open(newline="") as file:
        wanted = {stage for stage, key in (("val", "eval_datasets"), ("test", "test_datasets")) if defaults[key]}
        assert {row["stage"] for row in csv.DictReader(file)} == wanted
    assert {path.name for path in run.iterdir()} >= {"config.yaml", "metrics.csv", "curves.png"}
    if not defaults.test_datasets:
        return
    checkpoint = f"--ckpt_path={run / 'checkpoints' / 'last.ckpt'}"
    predicted = run_main("--stage=predict", checkpoint, f"--log_dir={tmp_path}", "--run_name=predicted")
    assert predicted.returncode == 0, predicted.stderr
    assert len([*tmp_path.glob("*/predicted/predictions/*")]) == len(defaults.test_datasets)


def test_unknown_names_are_refused() -> None:
    """A mistyped net gets two lines, the nearest name among them, and no traceback."""
    mistyped = f"{NETS[0]}x"
    refused = run_main("--model_name", mistyped)
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[0] == f"error: no net is called {mistyped!r}"
    assert f"did you mean {NETS[0]}?" in refused.stderr
