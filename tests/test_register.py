"""The register is edited where it stands, in whatever form it is written."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS, NET
from plgen.reading import register

MANY = 'NETS = (\n    "b_net",\n    "d_net",\n)\n'
COMMENTS = """NETS = (  # the nets
    # from papers
    "b_net",  # the baseline
    # our own
    "d_net",
    # last
)
"""
# The form before, then with `c_net` added, `z_net` added, and `b_net` removed.
FORMS = {
    "empty": ("NETS = ()\n", 'NETS = ("c_net",)\n', 'NETS = ("z_net",)\n', "NETS = ()\n"),
    "one": (
        'NETS = ("b_net",)\n',
        'NETS = ("b_net", "c_net")\n',
        'NETS = ("b_net", "z_net")\n',
        "NETS = ()\n",
    ),
    "one line": (
        'NETS = ("b_net", "d_net")\n',
        'NETS = ("b_net", "c_net", "d_net")\n',
        'NETS = ("b_net", "d_net", "z_net")\n',
        'NETS = ("d_net",)\n',
    ),
    "one line and a comma": (
        'NETS = ("b_net", "d_net",)\n',
        'NETS = ("b_net", "c_net", "d_net",)\n',
        'NETS = ("b_net", "d_net", "z_net",)\n',
        'NETS = ("d_net",)\n',
    ),
    "many lines": (
        MANY,
        'NETS = (\n    "b_net",\n    "c_net",\n    "d_net",\n)\n',
        'NETS = (\n    "b_net",\n    "d_net",\n    "z_net",\n)\n',
        'NETS = ("d_net",)\n',
    ),
    "no trailing comma": (
        'NETS = (\n    "b_net",\n    "d_net"\n)\n',
        'NETS = (\n    "b_net",\n    "c_net",\n    "d_net"\n)\n',
        'NETS = (\n    "b_net",\n    "d_net",\n    "z_net"\n)\n',
        'NETS = ("d_net",)\n',
    ),
    "hanging": (
        'NETS = ("b_net",\n        "d_net")\n',
        'NETS = ("b_net",\n        "c_net",\n        "d_net")\n',
        'NETS = ("b_net",\n        "d_net",\n        "z_net")\n',
        'NETS = ("d_net",)\n',
    ),
    "rows": (
        'NETS = (\n    "b_net", "d_net",\n    "f_net",\n)\n',
        'NETS = (\n    "b_net", "c_net", "d_net",\n    "f_net",\n)\n',
        'NETS = (\n    "b_net", "d_net",\n    "f_net",\n    "z_net",\n)\n',
        'NETS = (\n    "d_net",\n    "f_net",\n)\n',
    ),
    "CRLF and tabs": (
        'NETS = (\r\n\t"b_net",\r\n)\r\n',
        'NETS = (\r\n\t"b_net",\r\n\t"c_net",\r\n)\r\n',
        'NETS = (\r\n\t"b_net",\r\n\t"z_net",\r\n)\r\n',
        "NETS = ()\r\n",
    ),
    "byte order mark": (
        '\ufeffNETS = ("b_net",)\n',
        '\ufeffNETS = ("b_net", "c_net")\n',
        '\ufeffNETS = ("b_net", "z_net")\n',
        "\ufeffNETS = ()\n",
    ),
    "no final newline": (
        'NETS = ("b_net",)',
        'NETS = ("b_net", "c_net")',
        'NETS = ("b_net", "z_net")',
        "NETS = ()",
    ),
    "single quotes": (
        "NETS = ('b_net',)\n",
        "NETS = ('b_net', 'c_net')\n",
        "NETS = ('b_net', 'z_net')\n",
        "NETS = ()\n",
    ),
    "typed, after umlauts": (
        'x = "äöü"; NETS: tuple[str, ...] = ("b_net",)  # ü\n',
        'x = "äöü"; NETS: tuple[str, ...] = ("b_net", "c_net")  # ü\n',
        'x = "äöü"; NETS: tuple[str, ...] = ("b_net", "z_net")  # ü\n',
        'x = "äöü"; NETS: tuple[str, ...] = ()  # ü\n',
    ),
    "comments": (
        COMMENTS,
        COMMENTS.replace("    # our own\n", '    "c_net",\n    # our own\n'),
        COMMENTS.replace("    # last\n", '    "z_net",\n    # last\n'),
        COMMENTS.replace('    "b_net",  # the baseline\n', ""),
    ),
    "only a comment": (
        "NETS = (\n  # none yet\n)\n",
        'NETS = (\n  # none yet\n  "c_net",\n)\n',
        'NETS = (\n  # none yet\n  "z_net",\n)\n',
        "NETS = (\n  # none yet\n)\n",
    ),
}


@pytest.mark.parametrize(("before", "inside", "behind", "without"), FORMS.values(), ids=FORMS)
def test_forms(before: str, inside: str, behind: str, without: str) -> None:
    """A name is added in its place and removed, and the form stays as it is."""
    data = before.encode()

    assert register.added(data, NET, "c_net").decode() == inside
    assert register.added(data, NET, "z_net").decode() == behind
    assert register.removed(data, NET, "b_net").decode() == without


def test_other_encoding() -> None:
    """A file keeps the encoding that it declares."""
    data = '# coding: latin-1\nx = "ü"; NETS = ("b_net",)\n'.encode("latin-1")

    assert register.added(data, NET, "a_net") == data.replace(b'("b_net",)', b'("a_net", "b_net")')


def test_full_line_is_broken() -> None:
    """A line that would get too long becomes one name a line, as the formatter writes it."""
    data = f"NETS = ({', '.join(f'{chr(34)}net_{n:03}{chr(34)}' for n in range(10))})\n".encode()

    after = register.added(data, NET, "z_net")

    assert max(map(len, after.splitlines())) < 20
    assert formatted(after) == after


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


@pytest.mark.parametrize("new", ["a_net", "c_net", "z_net"])
@pytest.mark.parametrize("form", FORMS)
def test_renamed_and_back(form: str, new: str) -> None:
    """The way back of a renaming gives the same file, in whatever form it is."""
    before = FORMS[form][0].encode()
    for name in register.read(before, NET).names:
        there = register.renamed(before, NET, name, new)

        assert new in register.read(there, NET).names
        assert register.renamed(there, NET, new, name) == before


def test_lines_are_known() -> None:
    """Each name comes with the line that it stands in."""
    entries = register.read(COMMENTS.encode(), NET).entries

    assert [(entry.name, entry.line) for entry in entries] == [("b_net", 3), ("d_net", 5)]


REFUSED = {
    "missing": ("x = 1\n", "model/__init__.py: the register NETS is missing", "write NETS = "),
    "list": ('\nNETS = ["a_net"]\n', "model/__init__.py:2: ", 'NETS = ("a_net", "new_net")'),
    "string": ('NETS = ("a_net")\n', "no plain tuple", 'NETS = ("a_net", "new_net")'),
    "bare tuple": ('NETS = "a_net", "b_net"\n', "plain tuple", '("a_net", "b_net", "new_net")'),
    "call": ("NETS = tuple(found())\n", "is no plain tuple", 'NETS = (..., "new_net")'),
    "sum": ('NETS = ("a",)\nNETS += ("b",)\n', ":2: the register NETS is written twice", "NETS"),
    "a name in it": ('NETS = (\n    "a",\n    OTHER,\n)\n', ":3: ", 'NETS = (..., "new_net")'),
    "unpacked": ('NETS = (*OTHERS, "a")\n', "holds what is no plain name", "NETS"),
    "two targets": ('NETS = OTHER = ("a",)\n', "is no plain tuple", "NETS"),
    "syntax error": (
        'x = 1\nNETS = ("a"\n',
        "model/__init__.py:2: '(' was never closed",
        "correct",
    ),
    "null byte": ("NETS = ()\0\n", "model/__init__.py", "correct"),
    "bytes": ('NETS = (b"a",)\n', "holds what is no plain name", "NETS"),
}


@pytest.mark.parametrize(("text", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, message: str, hint: str) -> None:
    """A register that is no plain tuple is refused with its place and the line to type."""
    with pytest.raises(PlgenError) as refusal:
        register.added(text.encode(), NET, "new_net")

    assert message in refusal.value.message
    assert hint in refusal.value.hint


def formatted(data: bytes) -> bytes:
    """Return the file as ruff formats it, with the settings of a project."""
    command = [sys.executable, "-m", "ruff", "format", "--line-length", "120", "-"]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


@pytest.mark.parametrize("form", ["one", "one line", "many lines", "comments"])
def test_formatter_changes_nothing(form: str) -> None:
    """What the formatter left as it was it leaves so after every edit."""
    for text in FORMS[form]:
        assert formatted(text.encode()).decode() == text


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


@given(files(), st.from_regex(r"[a-z]{1,6}", fullmatch=True), st.sampled_from(KINDS))
def test_added_and_removed(file: tuple[str, str, str], name: str, kind: register.Kind) -> None:
    """Adding and removing lead back to the same names, and touch nothing outside the register."""
    head, inner, tail = file
    head = head.replace("NETS", kind.register)
    data = (head + inner + tail).encode()
    before = register.read(data, kind).names

    added = register.added(data, kind, name)
    names = register.read(added, kind).names
    back = register.removed(added, kind, name) if name not in before else added

    assert list(names) == sorted({*before, name})
    assert register.read(back, kind).names == before
    for text in (added.decode(), back.decode()):
        assert text.startswith(head)
        assert text.endswith(tail)
        assert ast.parse(text)
