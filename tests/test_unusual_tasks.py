"""What is out of the ordinary and must not make numbers wrong or lose a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from projects import chosen, drive, outcomes, record, require_refusal, rows, tasks

QUIET = ("--trainer.enable_progress_bar=false", "--trainer.enable_model_summary=false")
SHORT = [*QUIET, "--trainer.max_epochs=1", "--trainer.accelerator=cpu"]
# What is trained, under the name of its run.
TRAINED = {
    "void": [*chosen("segmentation", "void"), "--loss_args.ignore_index=255", "--batch_size=4"],
    "sum": [*chosen("regression", "regression"), "--loss=MSELoss", "--loss_args.reduction=sum"],
    "bags": [*chosen("bags", "bags"), "--loss=BCEWithLogitsLoss"],
    "lazy": chosen("lazy", "binary"),
    "buffered": [*chosen("dicts", "dicts"), "--metrics", "AUROC", "--AUROC.thresholds=10"],
    "weighted": [*chosen("dicts", "dicts"), "--loss_args.weight=[1,2]"],
    "dates": [*chosen("regression", "dates"), "--loss=MSELoss"],
}
SIZES = (5, 64)
SGD = ("--optimizer=SGD", "--lr=0.5", "--lr_scheduler=null", "--metrics")
# One step for 128 sentences of several lengths, and one for the other 64.
STEPS = {
    "at once": ["--batch_size=128"],
    "accumulated": ["--batch_size=16", "--trainer.accumulate_grad_batches=8"],
}
# A sum is not divided by the number of samples, but Lightning divides it by that of the batches.
SUMS = {
    "sum at once": [*STEPS["at once"], "--loss_args.reduction=sum", "--lr=0.0001"],
    "sum accumulated": [*STEPS["accumulated"], "--loss_args.reduction=sum", "--lr=0.0008"],
}
STREAM = (
    *("--loss=MSELoss", "--lr_scheduler=null", "--batch_size=32"),
    "--trainer.log_every_n_steps=1",
)
STREAMS = {"stream": "one worker loads it", "shared_stream": ""}
ENDED = {
    "interrupted": [*chosen("interrupted", "binary"), "--lr_scheduler=StepLR"],
    "late": [*chosen("late", "binary"), "--eval_datasets"],
}
HALF = ["--loss=MSELoss", "--metrics=MeanSquaredError", "--trainer.precision=bf16-mixed"]
STEP = "--lr_scheduler_args.step_size=1"


def cases() -> dict[str, list[str]]:
    """Return the command lines, under a name each."""
    last = {
        name: f"--ckpt_path=Logs/{typed[0].partition('=')[2]}/{name}/checkpoints/last.ckpt"
        for name, typed in TRAINED.items()
    }
    trained = {name: [*typed, *SHORT, f"--run_name={name}"] for name, typed in TRAINED.items()}
    tested = {
        f"{name} by {size}": [
            *(last[name], "--stage=test", f"--batch_size={size}", f"--run_name={name} by {size}")
        ]
        for name in TRAINED
        for size in SIZES
    }
    others = {
        "other weights": [*tested["weighted by 5"][:-1], "--loss_args.weight=[9,1]"],
        "predicted": [last["dates"], "--stage=predict", "--run_name=digits"],
        "interrupted": [*ENDED["interrupted"], STEP, *SHORT, "--run_name=interrupted"],
        "late": [*ENDED["late"], *SHORT, "--run_name=late"],
        "half": [*chosen("regression", "dates"), *HALF, *SHORT, "--run_name=half"],
        "ending": [*chosen("lazy", "binary", tested="ending"), *SHORT, "--run_name=ending"],
        "unsuited": [*chosen("regression", "regression"), "--loss=MSELoss", "--metrics", "f1"],
    }
    for name, typed in (STEPS | SUMS).items():
        sequence = chosen("sequence", "sequence")
        others[name] = [*sequence, *SHORT, *SGD, *typed, f"--run_name={name}"]
    for data in STREAMS:
        loaded = [*chosen("stream", data), *SHORT, *STREAM, "--num_workers=2"]
        others[data] = [*loaded, f"--run_name={data}"]
    others["other weights"].append("--run_name=other weights")
    return trained | tested | others


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of all runs."""
    return tasks(tmp_path_factory, "unusual_tasks") / "Logs"


@pytest.fixture
def tried(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what became of each command line."""
    return outcomes(
        tmp_path_factory,
        "unusual",
        lambda file: drive(
            lab, tasks(tmp_path_factory, "unusual_tasks"), "options.py", list(cases().items()), file
        ),
    )


@pytest.mark.parametrize("name", TRAINED)
def test_same_loss_in_other_batches(tried: dict[str, Any], folder: Path, name: str) -> None:
    """A set has one loss, however it is cut into batches."""
    for case in (name, *(f"{name} by {size}" for size in SIZES)):
        assert tried[case]["code"] == 0, tried[case]["stderr"] + tried[case]["traceback"]

    tables = [next(folder.glob(f"*/{name}")), *folder.glob(f"*/{name} by *")]
    losses = [float(rows(run)[-1]["loss"]) for run in tables]

    assert len(losses) == 3
    assert losses == [pytest.approx(losses[0], rel=1e-4)] * 3


@pytest.mark.parametrize("pair", [tuple(STEPS), tuple(SUMS)], ids=["mean", "sum"])
def test_accumulated_batches_weigh_what_they_hold(
    tried: dict[str, Any], folder: Path, pair: tuple[str, str]
) -> None:
    """Batches of several lengths make the step of one batch; a sum needs eight times its rate."""
    for case in pair:
        assert tried[case]["code"] == 0, tried[case]["stderr"] + tried[case]["traceback"]

    at_once, accumulated = (
        float(rows(folder / "sequence_net" / case)[-1]["loss"]) for case in pair
    )

    assert accumulated == pytest.approx(at_once, rel=1e-5)


@pytest.mark.parametrize("data", STREAMS)
def test_stream_of_two_workers(tried: dict[str, Any], folder: Path, data: str) -> None:
    """Each item is trained on once: by one worker, unless the stream divides itself."""
    assert tried[data]["code"] == 0, tried[data]["stderr"] + tried[data]["traceback"]

    logged = rows(folder / "stream_net" / data, "metrics.csv")

    assert sum(bool(row["train_loss_step"]) for row in logged) == 6
    assert tried[data]["stdout"].count("one worker loads it") == bool(STREAMS[data])


def test_typed_weights_win(tried: dict[str, Any], folder: Path) -> None:
    """A checkpoint is tested with the class weights that are typed."""
    assert tried["other weights"]["code"] == 0, tried["other weights"]["stderr"]

    own, other = (
        float(rows(folder / "dicts_net" / run)[-1]["loss"])
        for run in ("weighted by 5", "other weights")
    )

    assert own != pytest.approx(other, rel=1e-3)


@pytest.mark.usefixtures("tried")
def test_predictions_keep_their_digits(folder: Path) -> None:
    """Targets of seven digits are written with all of them."""
    table = rows(folder / "regression_net/digits/predictions", "dates_data.csv")

    assert [row["target"] for row in table] == [f"{1234567 + index}.0" for index in range(192)]


@pytest.mark.usefixtures("tried")
def test_targets_are_not_rounded(folder: Path) -> None:
    """With half precision the loss is that of the targets as they are, as the metric is."""
    tested = rows(folder / "regression_net/half")[-1]

    assert float(tested["loss"]) == pytest.approx(float(tested["MeanSquaredError"]), rel=1e-4)


def test_a_set_that_ends_early(tried: dict[str, Any]) -> None:
    """Numbers of a part of a set are no result."""
    assert tried["ending"]["code"] == 1
    assert "error: ending_data (test) ended after 1 of 3 batches" in tried["ending"]["stderr"]


def test_metric_of_another_task(tried: dict[str, Any]) -> None:
    """A metric that is for other tasks than the loss is refused before anything is made."""
    require_refusal(tried["unsuited"], "f1 needs task, which cannot be inferred from the loss", "")


def test_interrupted_before_an_epoch(tried: dict[str, Any], folder: Path) -> None:
    """A run that Ctrl-C stops, with nothing to draw yet, is on record and says how to go on."""
    found = tried["interrupted"]

    assert (found["code"], found["traceback"]) == (130, "")
    assert "stopped after 0 epochs, resume: python main.py --ckpt_path " in found["stderr"]
    assert record(folder / "interrupted_net/interrupted")["status"] == "stopped"


def test_refused_after_training(tried: dict[str, Any], folder: Path) -> None:
    """What is refused once the net is trained does not take the run away."""
    run = folder / "late_net/late"

    assert tried["late"]["code"] == 2
    assert "error: an option that shows late" in tried["late"]["stderr"]
    assert (run / "checkpoints/last.ckpt").is_file()
    assert record(run)["status"] == "failed"
