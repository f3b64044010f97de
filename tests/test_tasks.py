"""Tasks beyond one label an image: each is trained without an edit of an interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from projects import chosen, drive, outcomes, rows, tasks

# Of each task: the loss with what else is typed, and the least that each metric has to reach.
TASKS: dict[str, tuple[list[str], dict[str, float]]] = {
    "regression": (["--loss=MSELoss"], {"r2": 0.95}),
    "several_numbers": (["--loss=L1Loss"], {"r2": 0.9}),
    "binary": (["--loss=BCEWithLogitsLoss"], {"acc": 0.9, "f1": 0.9}),
    "probability": (["--loss=BCELoss"], {"acc": 0.9, "f1": 0.9}),
    "multilabel": (["--loss=BCEWithLogitsLoss"], {"acc": 0.9, "f1": 0.9}),
    "soft": ([], {"acc": 0.9}),
    "segmentation": (["--loss_args.ignore_index=255"], {"acc": 0.95, "f1": 0.9}),
    "sequence": ([], {"acc": 0.99, "f1": 0.8}),
    "dicts": ([], {"acc": 0.9}),
    "one_in_dict": ([], {"acc": 0.9}),
    "two_inputs": ([], {"acc": 0.9}),
}
COMMON = (
    "--batch_size=31",  # 192 items end in a batch of 6
    "--lr=0.02",
    "--trainer.max_epochs=15",
    "--trainer.check_val_every_n_epoch=15",
    "--trainer.accelerator=cpu",
    "--trainer.enable_progress_bar=false",
    "--trainer.enable_model_summary=false",
)


def cases() -> list[tuple[str, list[str]]]:
    """Return the command lines, under a name each."""
    trained = [
        (task, [*chosen(task, task), *typed, *COMMON, "--run_name=trained"])
        for task, (typed, _) in TASKS.items()
    ]
    last = "Logs/{}_net/trained/checkpoints/last.ckpt"
    predict = [
        (
            f"{task} predicted",
            ["--stage=predict", f"--ckpt_path={last.format(task)}", "--run_name=predicted"],
        )
        for task in TASKS
        if task not in ("probability", "one_in_dict", "two_inputs")
    ]
    of_library = {
        "areas": ("segmentation", "MulticlassJaccardIndex", "--loss_args.ignore_index=255"),
        "by task": ("multilabel", "AUROC", "--loss=BCEWithLogitsLoss"),
        "of numbers": ("regression", "PearsonCorrCoef", "--loss=MSELoss"),
        "with its own": ("two_inputs", "FBetaScore", "--FBetaScore.beta=2"),
    }
    named = [
        (
            name,
            [
                *chosen(task, task),
                f"--metrics={metric}",
                typed,
                *COMMON,
                "--trainer.max_epochs=1",
                "--trainer.check_val_every_n_epoch=1",
                f"--run_name={metric}",
            ],
        )
        for name, (task, metric, typed) in of_library.items()
    ]
    bare = [
        "--stage=predict",
        f"--ckpt_path={last.format('regression')}",
        "--test_datasets=bare_data",
    ]
    return [*trained, *predict, *named, ("no targets", [*bare, "--run_name=bare"])]


@pytest.fixture(scope="module")
def tried(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what became of each command line."""
    return outcomes(
        tmp_path_factory,
        "tasks",
        lambda results: drive(
            lab, tasks(tmp_path_factory, "tasks"), "options.py", cases(), results
        ),
    )


@pytest.mark.parametrize("task", TASKS)
def test_task_is_learned(
    tried: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, task: str
) -> None:
    """A net learns its task, and is measured by what suits the loss."""
    found, least = tried[task], TASKS[task][1]

    assert found["code"] == 0, found["stderr"] + found["traceback"]
    tested = rows(tasks(tmp_path_factory, "tasks") / f"Logs/{task}_net/trained")[-1]
    metrics = {
        name: float(value) for name, value in tested.items() if name not in ("stage", "set", "loss")
    }
    assert list(metrics) == (["mae", "r2"] if "r2" in least else ["acc", "f1"])
    assert {name: value for name, value in metrics.items() if value < least.get(name, -1)} == {}
    assert found["stderr"] == ""


def predicted(factory: pytest.TempPathFactory, task: str, run: str = "predicted") -> Path:
    """Return the file of predictions of a task."""
    (file,) = (tasks(factory, "tasks") / f"Logs/{task}_net/{run}/predictions").iterdir()
    return file


@pytest.mark.parametrize(
    ("task", "columns"),
    {
        "regression": ["index", "target", "prediction"],
        "binary": ["index", "target", "prediction", "score"],
        "dicts": ["index", "target", "prediction", "score_0", "score_1"],
    }.items(),
)
def test_predictions_of_one_number_or_class(
    tried: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, task: str, columns: list[str]
) -> None:
    """A number or a class a sample makes a table, which gives the metric of the test again."""
    assert tried[f"{task} predicted"]["code"] == 0, tried[f"{task} predicted"]["stderr"]
    file = predicted(tmp_path_factory, task)
    table = rows(file.parent, file.name)
    tested = rows(file.parents[2] / "trained")[-1]

    pairs = [(float(row["target"]), float(row["prediction"])) for row in table]

    assert list(table[0]) == columns
    assert [int(row["index"]) for row in table] == list(range(192))
    if "acc" in tested:
        found = sum(target == prediction for target, prediction in pairs) / len(pairs)
        assert found == pytest.approx(float(tested["acc"]))
    else:
        found = sum(abs(target - prediction) for target, prediction in pairs) / len(pairs)
        assert found == pytest.approx(float(tested["mae"]), rel=1e-4)


@pytest.mark.parametrize(
    "task", ["several_numbers", "multilabel", "soft", "segmentation", "sequence"]
)
def test_predictions_of_many_numbers(
    tried: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, task: str
) -> None:
    """Anything else becomes arrays."""
    assert tried[f"{task} predicted"]["code"] == 0, tried[f"{task} predicted"]["stderr"]

    assert predicted(tmp_path_factory, task).name == f"{task}_data.npz"


def test_predictions_without_targets(
    tried: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Inputs alone are enough to predict."""
    assert tried["no targets"]["code"] == 0, tried["no targets"]["stderr"]

    file = predicted(tmp_path_factory, "regression", "bare")

    assert list(rows(file.parent, file.name)[0]) == ["index", "prediction"]


@pytest.mark.parametrize("case", ["areas", "by task", "of numbers", "with its own"])
def test_metrics_of_the_library(tried: dict[str, Any], case: str) -> None:
    """A class of torchmetrics finds out what it needs to know, and has its own options."""
    assert (tried[case]["code"], tried[case]["stderr"]) == (0, "")
