"""main.py trains, evaluates, tests and predicts, and refuses a misspelled name."""

import csv
import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT

from model import NETS

TINY = ["max_epochs=1", "limit_train_batches=2", "limit_val_batches=2", "limit_test_batches=2", "devices=1"]


def test_train_test_and_predict(defaults: Any, run_main: Callable[..., None], tmp_path: Path) -> None:
    """One short epoch leaves all files of a run, and its checkpoint is enough to predict."""
    tiny = [f"--trainer.{option}" for option in TINY]
    run_main(*tiny, "--batch_size=4", f"--log_dir={tmp_path}", "--run_name=tiny")
    (run,) = tmp_path.glob("*/tiny")
    assert json.loads((run / "run.json").read_text())["status"] == "done"
    assert {path.name for path in run.iterdir()} >= {"config.yaml", "metrics.csv", "curves.png"}
    with (run / "results.csv").open(newline="") as file:
        stages = {row["stage"] for row in csv.DictReader(file)}
    assert ("val" in stages, "test" in stages) == (bool(defaults.eval_datasets), bool(defaults.test_datasets))
    if defaults.test_datasets:
        checkpoint = f"--ckpt_path={run / 'checkpoints' / 'last.ckpt'}"
        run_main("--stage=predict", checkpoint, "--trainer.limit_predict_batches=2")
        written = {file.stem for file in run.glob("predictions/last/*") if file.suffix in (".csv", ".npz")}
        assert written == set(defaults.test_datasets)


def test_unknown_names_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelled net gives an error of two lines with the nearest name, and no traceback."""
    misspelled = f"{NETS[0]}x"
    monkeypatch.setattr("sys.argv", ["main.py", "--model_name", misspelled])
    with pytest.raises(SystemExit, match="2"):
        runpy.run_path(str(PROJECT / "main.py"), run_name="__main__")  # as python main.py does
    error, help_line = capsys.readouterr().err.splitlines()
    assert error == f"error: no net is called {misspelled!r}"
    assert help_line.startswith(f"help: did you mean {NETS[0]}?")
