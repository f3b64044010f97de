"""`--like OTHER`: a module of the project under another name."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import contents
from plgen.commands.add import add
from plgen.errors import PlgenError, UsageError
from plgen.naming.kinds import NET


def test_like(project: Path) -> None:
    """A copy has its own class, wherever the old one stood, and is otherwise the same."""
    source = (
        '"""FirstNet: mine."""\n\nfrom model.example_net import ExampleNet\n\n\n'
        "class FirstNet(ExampleNet):\n"
        "    def twin(self) -> 'FirstNet':\n        return FirstNet()\n"
    )
    add(NET, "first_net")
    (project / "model/first_net.py").write_text(source)

    add(NET, "second_net", other="first_net")

    copy = source.replace("FirstNet", "SecondNet")
    assert (project / "model/second_net.py").read_text() == copy
    assert (project / "model/first_net.py").read_text() == source


REFUSED: dict[str, tuple[tuple[str, tuple[str, ...]], type[PlgenError], str, str]] = {
    "of another kind": (("example_traindata", ()), UsageError, "there is no net", "--like "),
    "without its class": (("odd_net", ()), PlgenError, "has no class OddNet", "OddNet"),
    "with a parameter, without a constructor": (
        ("bare", ("a:int=1",)),
        UsageError,
        "SecondNet has no constructor that takes --param",
        "leave out --param, or write an __init__ first",
    ),
}


@pytest.mark.parametrize(("words", "error", "text", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused(
    project: Path, words: tuple[str, tuple[str, ...]], error: type[PlgenError], text: str, hint: str
) -> None:
    """Only a module of the kind is copied, and as it is."""
    package = project / "model/__init__.py"
    package.write_text(package.read_text().replace("NETS = (", 'NETS = ("odd_net", "bare",'))
    (project / "model/odd_net.py").write_text("class Odd: ...\n")
    (project / "model/bare.py").write_text("class Bare: ...\n")
    before = contents(project)

    with pytest.raises(error) as refusal:
        add(NET, "second_net", words[1], words[0])

    assert text in refusal.value.message
    assert hint in refusal.value.hint
    assert contents(project) == before
