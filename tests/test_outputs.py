"""What a checkpoint gives: predictions in the folder of its run, and values from Python."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.new import new
from projects import TINY, drive, outcomes, project, python, rows

NUMBER, NUMBERS = ["index", "prediction"], [17, 10]
SCORES = ["prediction", *(f"score_{label}" for label in range(10))]
# What each way to write predict_step leaves: the columns of a .csv, or the shapes in an .npz.
WRITTEN: dict[str, list[str] | dict[str, list[int]]] = {
    "standard": ["index", "target", *SCORES],
    "pixels": {"target": [17, 3], "prediction": [17, 3], "score": [*NUMBERS, 3]},
    "tensor": {"prediction": NUMBERS},
    "half": NUMBER,
    "squeezed": NUMBER,
    "array": NUMBER,
    "no target": ["index", *SCORES],
    "target of boxes": ["index", *SCORES],
    "target of texts": ["index", "target", *SCORES],
    "texts": NUMBER,
    "dict": {"best": [17], "features": NUMBERS, "name": [17]},
    "dict with gaps": ["index", "a"],
}
REFUSED = {
    "one number": "prediction is one value for the whole batch",
    "batch last": "prediction has 10 rows for 8 samples",
    "tuple": "a list holds more than numbers or strings",
    "list of dicts": "a list holds more than numbers or strings",
    "list of tensors": "a list holds more than numbers or strings",
    "nested": "dict cannot be written",
    "too few": "b has 3 rows for 8 samples",
    "index": "the name index is reserved",
    "file": "the name file is reserved",
}
STREAM = "number of a stream"


@pytest.fixture(scope="module")
def returned(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what became of each way to write predict_step."""

    def make(results: Path) -> None:
        made = project(tmp_path_factory, "predictions", example=False)
        drive(lab, made, "predictions.py", [*WRITTEN, *REFUSED, "nothing", "late", STREAM], results)

    return outcomes(tmp_path_factory, "predictions", make)


@pytest.mark.parametrize("step", WRITTEN)
def test_what_predict_step_returns_is_written(returned: dict[str, Any], step: str) -> None:
    """Each sample has its row, also one that is alone in the last batch."""
    found, wanted = returned[step], WRITTEN[step]
    assert found["error"] == ""

    if isinstance(wanted, list):
        assert list(found["files"]["standard_data.csv"]) == ["rows", *wanted]
        assert found["files"]["standard_data.csv"]["rows"] == 17
    else:
        arrays = {key: shape for key, (shape, _) in found["files"]["standard_data.npz"].items()}
        assert arrays == {"index": [17], **wanted}


def test_targets_that_no_file_holds_are_reported(returned: dict[str, Any]) -> None:
    """They are missing from the file, and one line says so, but not where there are none."""
    said = {step: returned[step]["stdout"] for step in ("target of boxes", "no target")}

    assert said["target of boxes"].count("the targets are not written to the predictions: ") == 1
    assert "targets" not in said["no target"]


def test_predictions_of_pixels_are_classes(returned: dict[str, Any]) -> None:
    """The word means the same in both files: what the net returned is the score."""
    arrays = returned["pixels"]["files"]["standard_data.npz"]

    assert {name: kind for name, (_, kind) in arrays.items()} == {
        "index": "i",
        "target": "i",
        "prediction": "i",
        "score": "f",
    }


def test_text_and_digits_are_kept(returned: dict[str, Any]) -> None:
    """Text with a comma is one cell, and a double has more digits than a float."""
    texts, numbers = (returned[step]["files"]["standard_data.csv"] for step in ("texts", "array"))

    assert texts["prediction"] == "it's, 1"
    assert len(numbers["prediction"]) > len("0.123456789")


@pytest.mark.parametrize("step", REFUSED)
def test_what_cannot_be_written_is_refused(returned: dict[str, Any], step: str) -> None:
    """The first batch tells what is wrong with it and which form is needed."""
    found = returned[step]
    error, cure = found["error"].splitlines()

    assert error.startswith("OptionError: error: predict_step returned ")
    assert error.endswith(f" for standard_data: {REFUSED[step]}")
    assert cure.startswith("help: return one value for each sample, all of one shape: ")
    assert cure.endswith("a tensor (8, ...), a list of 8 numbers or strings, or a dict of these")
    assert (found["batches"], found["files"]) == (1, {})


def test_one_number_for_a_batch_of_a_stream(returned: dict[str, Any]) -> None:
    """It is refused, too: a set without a length must not get one row per batch."""
    found = returned[STREAM]

    assert "prediction is one value for the whole batch" in found["error"]
    assert (found["batches"], found["files"]) == (1, {})


def test_a_late_change_loses_nothing(returned: dict[str, Any]) -> None:
    """What was predicted before a batch that cannot be written is kept, under another name."""
    found = returned["late"]

    assert found["error"].startswith("RunError: error: predict_step returned (3, 10) float32")
    assert list(found["files"]) == ["standard_data-unfinished.npz"]


def test_nothing_to_write(returned: dict[str, Any]) -> None:
    """A predict_step that writes files of its own returns None."""
    found = returned["nothing"]

    assert (found["error"], found["files"], found["batches"]) == ("", {}, 3)
    assert found["stdout"].endswith(": none were returned\n")


RUN = "Logs/standard_net/version_0"
PREDICT = ["--stage=predict", f"--ckpt_path={RUN}/checkpoints/last.ckpt", "--batch_size=500"]
# In this order, after a training.
COMMANDS = {
    "first": PREDICT,
    "other options": [*PREDICT, "--standard_data.size=5"],
    "moved": ["--stage=predict", "--ckpt_path=moved.ckpt", "--standard_data.size=5"],
    "named": [*PREDICT, "--run_name=named", "--standard_data.size=5"],
    "refused": [*PREDICT, "--trainer.limit_predict_batches=0"],
}
PICTURE = """        if batch_idx == 0:
            self.logger.experiment.add_image("first", batch[0][0], self.global_step)
"""
VALIDATE = """
import pytorch_lightning as pl
from data import DInterface
from model import MInterface
checkpoint = "Logs/standard_net/version_0/checkpoints/last.ckpt"
model, data = (found.load_from_checkpoint(checkpoint) for found in (MInterface, DInterface))
trainer = pl.Trainer(enable_progress_bar=False, default_root_dir="elsewhere")
print([sorted(values) for values in trainer.validate(model, data, verbose=False)])
"""


@pytest.fixture(scope="module")
def predicted(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project with a run that logs pictures, and what COMMANDS made of its checkpoint."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        interface = made / "model/model_interface.py"
        hook = "\n    def on_validation_epoch_end"
        interface.write_text(interface.read_text().replace(hook, PICTURE + hook))
        drive(
            lab,
            made,
            "options.py",
            [("trained", [*TINY, "--net.width=4"])],
            folder / "trained.json",
        )
        shutil.copy(made / RUN / "run.json", folder / "before.json")
        shutil.copy(made / RUN / "checkpoints/last.ckpt", made / "moved.ckpt")
        drive(lab, made, "options.py", [*COMMANDS.items()], folder / "predicted.json")

    return once(tmp_path_factory, "predicted", make) / "sample"


def test_predictions_lie_in_their_run(predicted: Path) -> None:
    """Each command has a folder of its own there, and says which files it wrote."""
    told: dict[str, Any] = json.loads((predicted.parent / "predicted.json").read_text())
    files = {"config.yaml", "run.json", "standard_data.csv"}
    places = {
        "first": f"{RUN}/predictions/last",
        "other options": f"{RUN}/predictions/last-2",
        "moved": "Logs/standard_net/version_1",
        "named": "Logs/standard_net/named",
    }

    for case, place in places.items():
        assert told[case]["code"] == 0, told[case]["stderr"] + told[case]["traceback"]
        new = {name for name in told[case]["new"] if not (predicted / name).is_dir()}
        inside = f"{place}/predictions" if case in ("moved", "named") else place
        assert {Path(name).name for name in new} == files
        assert all(name.startswith(f"{place}/") for name in new)
        last_line = told[case]["stdout"].splitlines()[-1]
        assert last_line == f"Predictions in {inside}: standard_data.csv"
        samples = len(rows(predicted / inside, "standard_data.csv"))
        assert samples == (1000 if case == "first" else 5)
    assert (told["refused"]["code"], told["refused"]["new"]) == (2, [])
    before = (predicted.parent / "before.json").read_text()
    assert (predicted / RUN / "run.json").read_text() == before


def test_the_logger_is_tensorboards(predicted: Path) -> None:
    """`self.logger.experiment` takes pictures, in training and in the validation after it."""
    trained = json.loads((predicted.parent / "trained.json").read_text())["trained"]
    events = [file.read_bytes() for file in (predicted / RUN).glob("events.out.tfevents.*")]

    assert trained["code"] == 0, trained["traceback"]
    assert any(b"first" in logged for logged in events)


def test_validate_returns_its_values(predicted: Path, lab: Path) -> None:
    """From Python, a Trainer returns what it validated under the keys of a run."""
    done = python(lab, predicted, "-c", VALIDATE)
    endings = ("", "/standard_data")
    keys = [f"val_{metric}{ending}" for metric in ("acc", "f1", "loss") for ending in endings]

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str([keys])
