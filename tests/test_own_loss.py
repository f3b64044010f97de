"""A loss of one's own, returned from configure_loss."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from projects import SHORT, chosen, drive, outcomes, require_refusal, rows, tasks

BUILT = '        return build_loss(self.hparams["loss"], self.hparams["loss_args"] or {})\n'
# The loss is the one that --run_name is called after.
OWN = """\
        import sys

        from model import faults

        name = sys.argv[-1].partition("=")[2].rstrip("-")
        return getattr(faults, f"{name}Loss")()
"""
HEADS, NONE = chosen("two_heads", "two_targets"), ["--metrics"]
TRAINED = {
    "Named": [*chosen("named", "regression"), "--loss=MSELoss"],
    "Plain": [*chosen("regression", "regression"), "--loss=MSELoss"],
    "All": [*HEADS, *NONE],
    "All-": [*HEADS, "--metrics", "acc"],
}
REFUSED = {
    "All--": (
        HEADS,
        "acc, f1 would use only the first of output (32, 2) float32, (32",
        "--metrics",
    ),
    "Few": (
        [*HEADS, *NONE],
        "the forward of FewLoss takes first, second, target (missing a required",
        "help: let it take (output, target)",
    ),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project whose interface has losses of its own."""

    def make(folder: Path) -> None:
        copied = shutil.copytree(tasks(tmp_path_factory, "own_loss"), folder / "own")
        interface = copied / "model/model_interface.py"
        assert BUILT in interface.read_text()
        interface.write_text(interface.read_text().replace(BUILT, OWN))

    return once(tmp_path_factory, "project-own-loss", make) / "own"


@pytest.fixture(scope="module")
def tried(lab: Path, place: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what became of each command line."""
    lines = [*TRAINED.items(), *((case, typed) for case, (typed, _, _) in REFUSED.items())]
    cases = [(case, [*SHORT, *typed, f"--run_name={case}"]) for case, typed in lines]
    last = "--ckpt_path=Logs/named_net/Named/checkpoints/last.ckpt"
    cases.append(("predicted", ["--stage=predict", last, "--run_name=Named"]))
    cases[-1][1][-1] = "--run_name=Named-"
    return outcomes(
        tmp_path_factory, "own-loss", lambda file: drive(lab, place, "options.py", cases, file)
    )


@pytest.mark.parametrize("case", TRAINED)
def test_all_of_the_net_and_the_item(tried: dict[str, Any], case: str) -> None:
    """It gets outputs and targets as they are, and is trained."""
    assert (tried[case]["code"], tried[case]["stderr"]) == (0, "")


def test_shapes_that_broadcast(tried: dict[str, Any]) -> None:
    """One line says that each sample may be compared with all others."""
    said = [
        case for case in TRAINED for _ in range(tried[case]["stdout"].count(" with all others"))
    ]

    assert said == ["Plain"]
    assert "PlainLoss gets an output and a target of shapes (B) and " in tried["Plain"]["stdout"]


def test_a_dict_of_outputs(tried: dict[str, Any], place: Path) -> None:
    """It gets a dict of outputs whole; metrics and predictions are of the first of them."""
    assert tried["predicted"]["code"] == 0, tried["predicted"]["stderr"]

    assert float(rows(place / "Logs/named_net/Named")[-1]["mae"]) < 2
    table = rows(place / "Logs/named_net/Named-/predictions", "regression_data.csv")
    assert list(table[0]) == ["index", "target", "prediction"]


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_form_that_is_needed(tried: dict[str, Any], case: str) -> None:
    """What it cannot take or return costs two lines before the training, and leaves no run."""
    _, error, cure = REFUSED[case]

    require_refusal(tried[case], error, cure)
