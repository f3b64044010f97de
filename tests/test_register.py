"""The register is read in whatever form it is written, and written in one."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plgen.errors import PlgenError
from plgen.naming.kinds import NET
from plgen.project import register

MANY = 'NETS = (\n    "b_net",\n    "d_net",\n)\n'
COMMENTS = """NETS = (  # the nets
    # from papers
    "b_net",  # the baseline
    # our own
    "d_net",
    # last
)
"""
ONE = 'NETS = ("%s",)\n'
TWO = 'NETS = (\n    "%s",\n    "%s",\n)\n'
BC, BZ, BCD, BDZ = (
    TWO % ("b_net", "c_net"),
    TWO % ("b_net", "z_net"),
    MANY.replace('    "d_net"', '    "c_net",\n    "d_net"'),
    MANY.replace(")", '    "z_net",\n)'),
)
# The form before, then with `c_net` added, `z_net` added, and `b_net` removed.
FORMS = {
    "empty": ("NETS = ()\n", ONE % "c_net", ONE % "z_net", "NETS = ()\n"),
    "one": (ONE % "b_net", BC, BZ, "NETS = ()\n"),
    "one line": ('NETS = ("b_net", "d_net")\n', BCD, BDZ, ONE % "d_net"),
    "one line and a comma": ('NETS = ("b_net", "d_net",)\n', BCD, BDZ, ONE % "d_net"),
    "many lines": (MANY, BCD, BDZ, ONE % "d_net"),
    "no trailing comma": (
        'NETS = (\n    "b_net",\n    "d_net"\n)\n',
        BCD,
        BDZ,
        ONE % "d_net",
    ),
    "hanging": ('NETS = ("b_net",\n        "d_net")\n', BCD, BDZ, ONE % "d_net"),
    "rows": (
        'NETS = (\n    "b_net", "d_net",\n    "f_net",\n)\n',
        'NETS = (\n    "b_net",\n    "c_net",\n    "d_net",\n    "f_net",\n)\n',
        'NETS = (\n    "b_net",\n    "d_net",\n    "f_net",\n    "z_net",\n)\n',
        TWO % ("d_net", "f_net"),
    ),
    "CRLF and tabs": (
        'NETS = (\r\n\t"b_net",\r\n)\r\n',
        BC.replace("\n", "\r\n"),
        BZ.replace("\n", "\r\n"),
        "NETS = ()\r\n",
    ),
    "byte order mark": (
        f"\ufeff{ONE % 'b_net'}",
        f"\ufeff{BC}",
        f"\ufeff{BZ}",
        "\ufeffNETS = ()\n",
    ),
    "no final newline": ('NETS = ("b_net",)', BC.strip(), BZ.strip(), "NETS = ()"),
    "single quotes": ("NETS = ('b_net',)\n", BC, BZ, "NETS = ()\n"),
    "typed, after umlauts": (
        'x = "äöü"; NETS: tuple[str, ...] = ("b_net",)  # ü\n',
        'x = "äöü"; NETS: tuple[str, ...] = (\n    "b_net",\n    "c_net",\n)  # ü\n',
        'x = "äöü"; NETS: tuple[str, ...] = (\n    "b_net",\n    "z_net",\n)  # ü\n',
        'x = "äöü"; NETS: tuple[str, ...] = ()  # ü\n',
    ),
    "not sorted": ('NETS = ("d_net", "b_net")\n', BCD, BDZ, ONE % "d_net"),
    "comments": (
        COMMENTS,
        COMMENTS.replace("    # our own\n", '    "c_net",\n    # our own\n'),
        COMMENTS.replace("    # last\n", '    "z_net",\n    # last\n'),
        COMMENTS.replace('    "b_net",  # the baseline\n', ""),
    ),
    "only a comment": (
        "NETS = (\n  # none yet\n)\n",
        'NETS = (\n    "c_net",\n    # none yet\n)\n',
        'NETS = (\n    "z_net",\n    # none yet\n)\n',
        "NETS = (\n    # none yet\n)\n",
    ),
}


def added(data: bytes, kind: register.Kind, name: str) -> bytes:
    """Return the file of a register with one more name."""
    found = register.read(data, kind)
    return found.written({*found.names, name})


def removed(data: bytes, kind: register.Kind, name: str) -> bytes:
    """Return the file of a register without a name."""
    found = register.read(data, kind)
    return found.written({*found.names} - {name})


@pytest.mark.parametrize(("before", "inside", "behind", "without"), FORMS.values(), ids=FORMS)
def test_forms(before: str, inside: str, behind: str, without: str) -> None:
    """A name is added in its place and removed; comments stay, one name stands in a line."""
    data = before.encode()

    assert added(data, NET, "c_net").decode() == inside
    assert added(data, NET, "z_net").decode() == behind
    assert removed(data, NET, "b_net").decode() == without


def test_renamed_in_its_place() -> None:
    """A name that stays in its place changes there, with the comment behind it."""
    after = register.renamed(COMMENTS.encode(), NET, "b_net", "c_net")

    assert after.decode() == COMMENTS.replace("b_net", "c_net")


def test_renamed_into_another_place() -> None:
    """A name that belongs elsewhere moves there with its comments."""
    after = register.renamed(COMMENTS.encode(), NET, "b_net", "e_net").decode()

    moved = '    "d_net",\n    # from papers\n    "e_net",  # the baseline\n    # last\n'
    assert moved in after
    assert "b_net" not in after


HINT = 'write NETS = ("a_net", "b_net") in model/__init__.py'
REFUSED = {
    "missing": ("x = 1\n", "model/__init__.py: the register NETS is missing", HINT),
    "list": ('\nNETS = ["a_net"]\n', "model/__init__.py:2: ", HINT),
    "string": ('NETS = ("a_net")\n', "not a plain tuple", HINT),
    "bare tuple": ('NETS = "a_net", "b_net"\n', "plain tuple", HINT),
    "call": ("NETS = tuple(found())\n", "is not a plain tuple", HINT),
    "sum": ('NETS = ("a",)\nNETS += ("b",)\n', ":2: the register NETS is defined twice", HINT),
    "a name in it": ('NETS = (\n    "a",\n    OTHER,\n)\n', ":3: ", HINT),
    "unpacked": ('NETS = (*OTHERS, "a")\n', "contains more than plain names", HINT),
    "two targets": ('NETS = OTHER = ("a",)\n', "is not a plain tuple", HINT),
    "syntax error": (
        'x = 1\nNETS = ("a"\n',
        "model/__init__.py:2: '(' was never closed",
        "correct model/__init__.py:2",
    ),
    "null byte": ("NETS = ()\0\n", "model/__init__.py", "correct model/__init__.py"),
    "bytes": ('NETS = (b"a",)\n', "contains more than plain names", HINT),
}


@pytest.mark.parametrize(("text", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, message: str, hint: str) -> None:
    """A register that is not a plain tuple is refused with its place and the form to write."""
    with pytest.raises(PlgenError) as refusal:
        added(text.encode(), NET, "new_net")

    assert message in refusal.value.message
    assert refusal.value.hint == hint


NAMES = st.lists(st.from_regex(r"[a-z]{1,6}(_[a-z0-9]{1,3})?", fullmatch=True), unique=True)
SPACES = st.sampled_from(["", " ", "\n    ", "\n", "  # note\n    ", "\n    # note, (\n    "])


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str, str]:
    """Give a file in three parts: before, in and after the parentheses of a register."""
    names = sorted(draw(NAMES))
    quote = draw(st.sampled_from("\"'"))
    inner = "".join(f"{draw(SPACES)}{quote}{name}{quote}{draw(SPACES)}," for name in names)
    if len(names) > 1 and draw(st.booleans()):
        inner = inner.removesuffix(",")
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    parts = ('"""Ü."""\n\nx = (1,)\nNETS = (', inner + draw(SPACES), ")  # end\n\nY = 2\n")
    return tuple(part.replace("\n", ending) for part in parts)  # type: ignore[return-value]


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


def test_many_names() -> None:
    """Names move with the comments above and behind them; only that behind a lost one goes."""
    wanted = ["a_net", "b_net", "d_net", "e_net", "f_net"]

    after = register.read(ROWS.encode(), NET).written(wanted)

    assert after.decode() == (
        "NETS = (\n"
        '    "a_net",\n'
        "    # our own\n"
        '    "b_net",  # the first\n'
        "    # from papers\n"
        '    "d_net",  # the second\n'
        '    "e_net",\n'
        '    "f_net",  # the last\n'
        ")\n"
    )


@given(files(), NAMES)
def test_any_names(file: tuple[str, str, str], wanted: list[str]) -> None:
    """The wanted names are registered, sorted, and nothing outside the register changes."""
    head, inner, tail = file
    comments = sorted(re.findall("#.*", inner))

    after = register.read((head + inner + tail).encode(), NET).written(wanted).decode()

    assert list(register.read(after.encode(), NET).names) == sorted(wanted)
    assert after.startswith(head)
    assert after.endswith(tail)
    assert {*re.findall("#.*", after.removeprefix(head).removesuffix(tail))} <= {*comments}
    assert ast.parse(after)
