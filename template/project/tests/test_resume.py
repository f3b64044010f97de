"""A run that was interrupted and resumed ends as if it had not been interrupted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch

import main

SHORT = ["limit_train_batches=4", "limit_val_batches=2", "limit_test_batches=2", "max_epochs=3", "devices=1"]
QUIET = ["enable_progress_bar=false", "enable_model_summary=false"]


class Interruption(pl.Callback):
    """Fails in the middle of the second epoch."""

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        if trainer.current_epoch == 1 and batch_idx == 2:
            raise InterruptedError


@pytest.mark.usefixtures("defaults", "without_plots")
@pytest.mark.parametrize("workers", [0, 2])
def test_resume_equals_uninterrupted(
    workers: int, run_main: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last weights and all logged values are the same, bit for bit."""
    options = ["--preflight=false", *(f"--trainer.{option}" for option in (*SHORT, *QUIET))]
    typed = [*options, "--batch_size=8", f"--num_workers={workers}", f"--log_dir={tmp_path}"]
    run_main(*typed, "--run_name=whole")
    with monkeypatch.context() as patched:
        chosen = main.callbacks
        patched.setattr(main, "callbacks", lambda *args: [*chosen(*args), Interruption()])  # pyright: ignore
        with pytest.raises(InterruptedError):
            run_main(*typed, "--run_name=interrupted")
    (whole,), (interrupted,) = tmp_path.glob("*/whole"), tmp_path.glob("*/interrupted")
    run_main(f"--ckpt_path={interrupted / 'checkpoints' / 'last.ckpt'}")

    for file in ("metrics.csv", "results.csv"):
        assert (interrupted / file).read_text() == (whole / file).read_text()
    weights, expected = (
        torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
        for run in (interrupted, whole)
    )
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[key], expected[key]) for key in expected)
