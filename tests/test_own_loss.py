"""A loss of one's own, returned from configure_loss."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from projects import SHORT, chosen, python, rows, tasks

OWN = """\
        from model.faults import NamedLoss

        return NamedLoss()
"""


def test_a_dict_of_outputs(
    lab: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It gets a dict of outputs whole; metrics and predictions are of the first of them."""
    project = shutil.copytree(tasks(tmp_path_factory), tmp_path / "sample")
    interface = project / "model/model_interface.py"
    built = '        return build_loss(self.hparams["loss"], self.hparams["loss_args"] or {})\n'
    interface.write_text(interface.read_text().replace(built, OWN))
    typed = [*SHORT, *chosen("named", "regression"), "--loss=MSELoss", "--run_name=own"]
    last = "--ckpt_path=Logs/named_net/own/checkpoints/last.ckpt"

    trained = python(lab, project, "main.py", *typed)
    predicted = python(lab, project, "main.py", "--stage=predict", last, "--run_name=predicted")

    assert trained.returncode == 0, trained.stderr
    assert float(rows(project / "Logs/named_net/own")[-1]["mae"]) < 2
    assert predicted.returncode == 0, predicted.stderr
    table = rows(project / "Logs/named_net/predicted/predictions", "regression_data.csv")
    assert list(table[0]) == ["index", "target", "prediction"]
