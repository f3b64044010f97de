"""The questions of copier.yml: what is no answer to any of them."""

from __future__ import annotations

import pytest
from plgen import questions
from plgen.errors import UsageError
from plgen.naming import names


def test_a_mistyped_question() -> None:
    """A question that is not asked is refused with the nearest one."""
    with pytest.raises(UsageError, match=r"no question 'lisense'; did you mean 'license'\?"):
        questions.check({"lisense": "MIT"})


def test_a_question_like_no_other() -> None:
    """Where none is near, none is proposed."""
    with pytest.raises(UsageError, match=r"no question 'zzz'$"):
        questions.check({"zzz": 1})


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("ExampleNet", ["example_net", "example_net_2"]),
        ("examplenet", ["example_net", "example_net_2"]),
        ("exmple_net", ["example_net", "example_net_2"]),
        ("zzz", []),
        ("", []),
    ],
)
def test_nearest(typed: str, near: list[str]) -> None:
    """A class or another spelling of a name comes first, each name once."""
    known = ["acc", "example_net_2", "example_net", "example_net"]

    assert names.nearest(typed, known) == near
