"""An add- command for what already exists, whole or in part."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import contents, plgen, run
from plgen.commands.add import add
from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS, NET, Kind
from plgen.project import register

PARAMS = ["depth:int=18", "act:Literal['relu','gelu']=relu", "root:str|None=None"]


def test_again(project: Path) -> None:
    """The same command again changes nothing, also when the user has changed the file since."""
    add(NET, "first_one")
    (project / "model/first_one.py").write_text("class FirstOne: mine = 1\n")
    before = contents(project)

    again = add(NET, "FirstOne")

    assert again.plan.operations == ()
    assert contents(project) == before


def test_again_with_a_class_of_ones_own_spelling(project: Path) -> None:
    """The note says the class that the file has."""
    file = project / add(NET, "res_net").file
    file.write_text(file.read_text().replace("ResNet", "RESNet"))

    assert add(NET, "Res-Net").name.note == "'Res-Net' becomes res_net (class RESNet)"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_again_with_parameters(project: Path, kind: Kind) -> None:
    """The same parameters again change nothing, and others are refused."""
    add(kind, "first_one", PARAMS)
    before = contents(project)

    assert add(kind, "first_one", PARAMS).plan.operations == ()
    refused = plgen(kind.command, "FirstOne", "--param", "depth:int=34")

    assert refused.returncode == 2
    file = kind.file("first_one")
    assert refused.stderr.splitlines()[-2:] == [
        f"error: {file} already exists, and differs from what these options write",
        f"help: edit {file}",
    ]
    assert contents(project) == before


def test_a_pipe_of_that_name(project: Path) -> None:
    """A pipe is refused at once, as it is not a regular file."""
    os.mkfifo(project / "model/first_one.py")

    with pytest.raises(PlgenError) as refusal:
        add(NET, "first_one")

    assert refusal.value.message == "model/first_one.py cannot be read: not a regular file"
    assert refusal.value.hint == "check that model/first_one.py is a readable file"


def test_registered_without_a_file(project: Path) -> None:
    """A name that was registered by hand gets its file."""
    file = project / "model/__init__.py"
    found = register.read(file.read_bytes(), NET)
    file.write_bytes(found.written({*found.names, "first_one"}))

    assert [each.verb for each in add(NET, "first_one").plan.operations] == ["create"]
    assert (project / "model/first_one.py").is_file()


def test_own_file_that_is_not_registered(project: Path) -> None:
    """A file that the command would write itself is registered as it is."""
    added = add(NET, "first_one")
    run("git", "checkout", "model/__init__.py", cwd=project)

    again = add(NET, "first_one")

    assert again.plan.operations == added.plan.operations[1:]
    assert "first_one" in register.read((project / NET.package).read_bytes(), NET).names
