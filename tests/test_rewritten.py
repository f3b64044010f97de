"""A register is rewritten at once as it would be name by name, in whatever form it is."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from plgen.naming.kinds import NET
from plgen.reading import register
from test_register import FORMS, NAMES, files, formatted

ROWS = """NETS = (
    # from papers
    "d_net",  # the second
    "x_net",  # lost
    # our own
    "b_net",  # the first
    "d_net",
    "f_net",  # the last
)
"""


@pytest.mark.parametrize(("before", "inside", "behind", "without"), FORMS.values(), ids=FORMS)
def test_one_name(before: str, inside: str, behind: str, without: str) -> None:
    """One name that comes or goes changes what adding or removing it changes."""
    names = {*register.read(before.encode(), NET).names}

    def rewritten(*wanted: str) -> str:
        return register.rewritten(before.encode(), NET, wanted).decode()

    assert rewritten(*names, "c_net") == inside
    assert rewritten(*names, "z_net") == behind
    assert rewritten(*names - {"b_net"}) == without


def test_many_names() -> None:
    """Names move with the comment behind them, and comments above others stay with those."""
    after = register.rewritten(ROWS.encode(), NET, ["a_net", "b_net", "d_net", "e_net", "f_net"])

    assert after.decode() == (
        "NETS = (\n"
        '    "a_net",\n'
        '    "b_net",  # the first\n'
        "    # from papers\n"
        '    "d_net",  # the second\n'
        "    # our own\n"
        '    "e_net",\n'
        '    "f_net",  # the last\n'
        ")\n"
    )


@given(files(), NAMES)
def test_any_names(file: tuple[str, str, str], wanted: list[str]) -> None:
    """Whatever is wanted is registered, sorted, and nothing outside the register is touched."""
    head, inner, tail = file

    after = register.rewritten((head + inner + tail).encode(), NET, wanted).decode()

    assert list(register.read(after.encode(), NET).names) == sorted(wanted)
    assert after.startswith(head)
    assert after.endswith(tail)
    assert ast.parse(after)


@pytest.mark.parametrize("count", [0, 1, 2, 5, 30])
def test_formatter_changes_nothing(count: int) -> None:
    """A register of one name a line is afterwards as the formatter writes it."""
    names = [f"net_{number:02}" for number in range(count)]
    lines = "".join(f'    "{name}",\n' for name in reversed(["a_net", *names[::2], "b_net"]))

    after = register.rewritten(f"NETS = (\n{lines})\n".encode(), NET, names)

    assert formatted(after) == after
