"""What a terminal shows while a net trains is about the net, and fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import TINY, project, python

SHOWN = [option for option in TINY if "progress_bar" not in option and "summary" not in option]


@pytest.fixture
def printed(
    tmp_path_factory: pytest.TempPathFactory, lab: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Give the lines that a short training prints on 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    made = project(tmp_path_factory, "displayed")
    done = python(lab, made, "main.py", *SHOWN, "--trainer.log_every_n_steps=1")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_is_shown(printed: list[str]) -> None:
    """The summary has the net's layers alone; the bar is a line with loss and monitored value."""
    table = [line.split() for line in printed if line.startswith("  ") and line.strip()]
    (bar,) = (line for line in printed if line.startswith("Epoch 0/0"))

    assert table[0] == ["Name", "Type", "Params", "Mode"]
    assert [row[0] for row in table[1:] if row[0][0].isalpha()] == [
        "net",
        "net.conv1",
        "net.conv2",
        "net.pool",
        "net.head",
    ]
    assert "65,162 parameters, 65,162 of them trainable: 0.3 MB" in printed
    assert [word for word in bar.split() if word.endswith(":")] == ["loss:", "val_loss:"]
    assert len(bar.rstrip()) <= 80
