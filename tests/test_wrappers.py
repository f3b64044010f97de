"""Items with names reach the parameters of a net that is compiled, wrapped or decorated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from projects import drive, outcomes, project

WRAPPERS = ("plain", "compiled", "wrapper", "wrapper of a compiled net", "decorated", "undisclosed")


@pytest.fixture(scope="module")
def tried(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what each net computed."""

    def make(results: Path) -> None:
        drive(lab, project(tmp_path_factory, "wrappers", example=False), "wrappers.py", [], results)

    return outcomes(tmp_path_factory, "wrappers", make)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_inputs_by_name(tried: dict[str, Any], wrapper: str) -> None:
    """Left is left, whatever comes first."""
    assert tried[wrapper] == 2


@pytest.mark.parametrize(
    ("net", "takes"),
    {"traced": "does not name its inputs", "other names": "takes a, b"}.items(),
)
def test_nobody_guesses(tried: dict[str, Any], net: str, takes: str) -> None:
    """Several inputs whose names the net does not have are refused."""
    first, second = tried[net].splitlines()

    assert first == f"error: items hold the inputs right, left, and the net's forward {takes}"
    assert second == "help: give its parameters the names that the items hold"
