"""What a run's config.yaml or checkpoint gives to another command, in which what is typed wins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import once
from plgen.commands.new import new
from projects import TINY, drive, outcomes, rows

RUNS = "Logs/standard_net"
NET = ["--model_name=standard_net", "--net.width=4"]
WHOLE = [f"--trainer.limit_{stage}_batches=1.0" for stage in ("train", "val", "test")]
LEARN = [
    *WHOLE,
    "--train_dataset=standard_data",
    "--eval_datasets=standard_data",
    "--batch_size=100",
]
OF_A_SET = ["--monitor=val_acc/example_evaldata", "--metrics", "acc", "AUROC"]
BEGUN = {
    "watched": ["--run_name=watched", *TINY, *NET, *OF_A_SET],
    "loss": ["--run_name=loss", *TINY, *NET, *LEARN, "--trainer.max_epochs=3"],
    "half": ["--run_name=half", *TINY, *NET, "--trainer.precision=bf16-mixed"],
}
LOSS = f"--config={RUNS}/loss/config.yaml"
WATCHED = f"--config={RUNS}/watched/config.yaml"
CHECKPOINT = f"--ckpt_path={RUNS}/watched/checkpoints/last.ckpt"
LIMITED = "--trainer.limit_test_batches=2"
FOLLOWING = {
    "another monitor": [LOSS, "--run_name=acc", "--monitor=val_acc"],
    "no evaluation": [LOSS, "--trainer.limit_train_batches=2", "--eval_datasets"],
    "fewer metrics": [WATCHED, "--monitor=val_loss", "--metrics", "acc"],
    "other metrics tested": [CHECKPOINT, "--stage=test", LIMITED, "--metrics", "f1"],
    "another set validated": [CHECKPOINT, "--stage=validate", "--eval_datasets=standard_data"],
    "precision": [
        f"--ckpt_path={RUNS}/half/checkpoints/last.ckpt",
        "--stage=test",
        LIMITED,
        "--run_name=half tested",
    ],
}
REFUSED = {
    "validate": ["--eval_datasets"],
    "test": ["--test_datasets"],
    "predict": ["--test_datasets"],
}


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> Path:
    """Give a project in which the runs were begun."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": ""}, git=False).path
        drive(lab, made, "options.py", list(BEGUN.items()), folder / "begun.json")

    return once(tmp_path_factory, "config", make) / "sample"


@pytest.fixture
def tried(project: Path, tmp_path_factory: pytest.TempPathFactory, lab: Path) -> dict[str, Any]:
    """Give how each command ended."""
    refused = {stage: [CHECKPOINT, f"--stage={stage}", *none] for stage, none in REFUSED.items()}

    def make(file: Path) -> None:
        drive(lab, project, "options.py", list((FOLLOWING | refused).items()), file)

    return outcomes(tmp_path_factory, "config-tried", make)


@pytest.mark.parametrize("case", FOLLOWING)
def test_works(tried: dict[str, Any], case: str) -> None:
    """Whatever else is typed, the rest of the options fits it."""
    found = tried[case]

    assert (found["code"], found["traceback"]) == (0, ""), found["stderr"]


@pytest.mark.parametrize("stage", REFUSED)
def test_without_a_set(tried: dict[str, Any], stage: str) -> None:
    """A stage without a dataset has nothing to do, and says which option it needs."""
    found = tried[stage]

    assert (found["code"], found["new"]) == (2, [])
    assert found["stderr"] == (
        f"error: --stage {stage} needs a dataset\nhelp: add {REFUSED[stage][0]} NAME\n"
    )


@pytest.mark.usefixtures("tried")
def test_mode_of_another_monitor(project: Path) -> None:
    """Another monitor brings its own mode: the best accuracy is the highest one."""
    table = rows(project / RUNS / "acc", "metrics.csv")
    values = [float(row["val_acc"]) for row in table if row["val_acc"]]
    (best,) = (project / RUNS / "acc/checkpoints").glob("best-*.ckpt")

    assert min(values) < max(values)
    assert best.name == f"best-{values.index(max(values))}-{max(values):.4f}.ckpt"


@pytest.mark.usefixtures("tried")
def test_precision_of_a_checkpoint(project: Path) -> None:
    """A checkpoint is tested in the precision of its training, with the same numbers."""
    again = project / RUNS / "half tested"
    options = yaml.safe_load((again / "config.yaml").read_text())

    assert options["trainer"]["precision"] == "bf16-mixed"
    (first,) = (row for row in rows(project / RUNS / "half") if row["stage"] == "test")
    (second,) = rows(again)
    assert first == second
