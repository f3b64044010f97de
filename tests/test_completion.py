"""Completion in the shell: names from the registers, and silence where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import plgen

TYPED: dict[str, tuple[str, list[str]]] = {
    "remove": ("plgen remove example_n", ["example_net"]),
    "rename": ("plgen rename standard_", ["standard_data", "standard_net"]),
    "like": ("plgen add-model x --like ", ["example_net", "standard_net"]),
    "like, of its kind": ("plgen add-metric x --like ", ["top_k"]),
    "nothing": ("plgen remove zzz", []),
}


def complete(typed: str) -> list[str]:
    """Return what the shell would offer."""
    count = len(typed.split()) - (not typed.endswith(" "))
    done = plgen(_PLGEN_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=str(count))
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(("typed", "offered"), TYPED.values(), ids=TYPED)
def test_names(project: Path, typed: str, offered: list[str]) -> None:
    """A name is completed from the registers, one of the right kind where there is only one."""
    assert (project / "main.py").is_file()

    assert complete(typed) == offered


def test_what_is_not_registered(project: Path) -> None:
    """A file that `rename` accepts is offered, and no helper is."""
    text = "from torch import nn\nclass LooseNet(nn.Module): ...\n"
    (project / "model/loose_net.py").write_text(text)
    (project / "model/loose_ends.py").write_text("class LooseEnds: ...\n")

    assert complete("plgen rename loose_") == ["loose_net"]


def test_silence(project: Path) -> None:
    """A register that is broken offers nothing and prints nothing."""
    (project / "model/__init__.py").write_text("NETS = (\n")

    assert complete("plgen add-model x --like ") == []


def test_outside_a_project(place: Path) -> None:
    """Outside a project there is nothing to offer."""
    assert place.is_dir()

    assert complete("plgen remove ") == []
