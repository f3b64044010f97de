"""Learning-rate schedules: of parameter groups, and of runs that are resumed in another length."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from plgen.commands.new import new
from projects import drive

BEFORE = {"epochs": 4, "batches": 100}
# How long the training is when it is resumed after half of it, and its steps from then on.
AFTER: dict[str, tuple[dict[str, int], int]] = {
    "the same": (BEFORE, 200),
    "smaller batches": ({"epochs": 4, "batches": 200}, 400),
    "larger batches": ({"epochs": 4, "batches": 50}, 100),
    "accumulated": ({"epochs": 4, "batches": 100, "accumulated": 3}, 68),
    "longer": ({"epochs": 10, "batches": 100}, 800),
    "longer and smaller": ({"epochs": 6, "batches": 150}, 600),
    "shorter": ({"epochs": 3, "batches": 100}, 100),
    "fewer steps": ({"epochs": 4, "batches": 100, "max_steps": 300}, 100),
}
TO_THE_END = ("OneCycleLR", "three phases", "CosineAnnealingLR", "PolynomialLR", "own OneCycleLR")
BY_STEPS = ("OneCycleLR", "three phases", "own OneCycleLR")
FIXED = ("CyclicLR", "StepLR", "LinearLR", "ReduceLROnPlateau")
OWN = ("own LambdaLR", "own SequentialLR", "own Falling", "own LinearLR")
OF_NO_LENGTH = ("own warm-up", "own Fixed")


@pytest.fixture(scope="module")
def rates(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> dict[str, Any]:
    """Give the learning rates of every schedule in every length."""
    names = (*TO_THE_END, *FIXED, *OWN, *OF_NO_LENGTH, "typed length")

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        cases: list[Any] = [
            (f"{name}: {case}", name, BEFORE, after, 2)
            for name in names
            for case, (after, _) in AFTER.items()
        ]
        cases += [
            (f"{name}: ended", name, BEFORE, {"epochs": 8, "batches": 100}, 4) for name in names
        ]
        cases.append(
            ("own every second step: the same", "own every second step", BEFORE, BEFORE, 2)
        )
        alike = {"epochs": 2, "batches": 200}
        cases.append(("own Falling: as long by chance", "own Falling", BEFORE, alike, 1))
        long = {"epochs": 5, "batches": 100}
        cases.append(("too short", "typed length", long, long, 1))
        drive(lab, made, "schedules.py", cases, folder / "rates.json")

    return json.loads((once(tmp_path_factory, "schedules", make) / "rates.json").read_text())


def last(found: dict[str, Any], name: str) -> float:
    """Return the rate at the end: of the last step, or of the epoch after the last."""
    return found["rest"][-1][0] if name in BY_STEPS else found["end"][0]


@pytest.mark.parametrize("case", AFTER)
@pytest.mark.parametrize("name", TO_THE_END)
def test_a_resumed_schedule(rates: dict[str, Any], name: str, case: str) -> None:
    """It goes on from the rate where it was, and comes to its end with the training."""
    found, steps = rates[f"{name}: {case}"], AFTER[case][1]
    whole, rest = ([first for first, _ in found[part]] for part in ("whole", "rest"))

    assert len(rest) == steps
    assert rest[0] == pytest.approx(whole[200], rel=0.01, abs=0.005)
    assert last(found, name) < 1e-5
    half = rest[steps // 2] if name in BY_STEPS else None
    assert half is None or half == pytest.approx(whole[300], rel=0.15)
    assert case != "the same" or found["rest"] == found["whole"][200:]


@pytest.mark.parametrize("name", TO_THE_END)
def test_a_schedule_that_had_ended(rates: dict[str, Any], name: str) -> None:
    """It is planned anew over the whole of a longer training."""
    found = rates[f"{name}: ended"]

    first = found["rest"][0][0]
    # Half of the way down, or of the cycle.
    assert first > 0.01 if name in BY_STEPS else first == pytest.approx(0.05)
    assert last(found, name) < 1e-5


@pytest.mark.parametrize("case", AFTER)
@pytest.mark.parametrize("name", FIXED)
def test_a_schedule_of_its_own_length(rates: dict[str, Any], name: str, case: str) -> None:
    """It goes on as it was."""
    found = rates[f"{name}: {case}"]

    assert found["rest"][0] == found["whole"][200]
    assert case != "the same" or found["rest"] == found["whole"][200:]


@pytest.mark.parametrize("case", [case for case in AFTER if case != "the same"])
@pytest.mark.parametrize("name", OWN)
def test_a_schedule_that_cannot_be_resumed(rates: dict[str, Any], name: str, case: str) -> None:
    """One of configure_optimizers whose length cannot be changed is refused."""
    found = rates[f"{name}: {case}"]

    assert found.startswith(f"error: {name[4:]} was planned for a training of another length")
    assert rates[f"{name}: the same"]["rest"] == rates[f"{name}: the same"]["whole"][200:]


def test_a_length_that_is_the_same_by_chance(rates: dict[str, Any]) -> None:
    """Fewer epochs of smaller batches have as many steps, but the training ends elsewhere."""
    assert "cannot be resumed" in rates["own Falling: as long by chance"]


@pytest.mark.parametrize("case", ["the same", "longer", "shorter", "fewer steps"])
@pytest.mark.parametrize("name", OF_NO_LENGTH)
def test_one_that_does_not_depend_on_the_length(
    rates: dict[str, Any], name: str, case: str
) -> None:
    """It continues in a training of another length."""
    found = rates[f"{name}: {case}"]

    assert found["rest"][0] == found["whole"][200]


def test_a_warm_up_in_other_epochs(rates: dict[str, Any]) -> None:
    """The function of LambdaLR may depend on the length, though its rate is the same now."""
    assert "cannot be resumed" in rates["own warm-up: smaller batches"]


def test_a_schedule_that_is_stepped_less_often(rates: dict[str, Any]) -> None:
    """One that is stepped after every second step goes on in the same training."""
    found = rates["own every second step: the same"]

    assert found["rest"] == found["whole"][200:]


def test_a_cycle_that_is_too_short(rates: dict[str, Any]) -> None:
    """OneCycleLR would raise an error in the midst of the training."""
    assert rates["too short"].startswith("error: OneCycleLR ends after 400 steps, and the training")
    assert "ends after 400 steps" in rates["typed length: smaller batches"]
    assert len(rates["typed length: larger batches"]["rest"]) == 100


@pytest.mark.parametrize("name", [*TO_THE_END, *FIXED])
def test_rates_of_parameter_groups(rates: dict[str, Any], name: str) -> None:
    """A group with a rate of its own keeps its share of the rate, also when it is resumed."""
    for part in ("whole", "rest"):
        for first, second in rates[f"{name}: longer"][part]:
            assert second == pytest.approx(first / 100)
