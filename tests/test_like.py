"""`--like OTHER`: a module of the project under another name."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from conftest import contents, plgen
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


@pytest.mark.parametrize("typed", ["./example_net.py", "example_net", "model/example_net"])
def test_a_path_is_as_good_as_a_name(
    project: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    """The shell completes paths, from the folder that it is in."""
    monkeypatch.chdir(project / "model")

    add(NET, "second_net", other=typed)

    assert "class SecondNet(" in (project / "model/second_net.py").read_text()


REFUSED: dict[str, tuple[tuple[str, tuple[str, ...]], type[PlgenError], str, str]] = {
    "typo": (
        ("exampel_net", ()),
        UsageError,
        "there is no net 'exampel_net'; did you mean example_net?",
        "plgen add-model second_net --like example_net",
    ),
    "of another kind": (("example_traindata", ()), UsageError, "there is no net", "--like "),
    "without its class": (("odd_net", ()), PlgenError, "has no class OddNet", "OddNet"),
    "with a parameter of no type": (
        ("example_net", ("a=1",)),
        UsageError,
        "it is not NAME:TYPE=DEFAULT",
        "write --param NAME:TYPE=DEFAULT, such as --param hidden:int=64; quote ",
    ),
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


def test_the_hint_can_be_typed(project: Path) -> None:
    """The hint of a refusal is a whole command that works."""
    refused = plgen("add-model", "second_net", "--like", "model/exampel_net.py", cwd=project)

    hint = shlex.split(refused.stderr.splitlines()[-1].removeprefix("help: plgen "))

    assert refused.returncode == 2
    assert plgen(*hint, cwd=project).returncode == 0
    assert (project / "model/second_net.py").is_file()
