"""A name in use is the same for every command: for add, for rename and for check."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from conftest import contents, plgen
from plgen.commands.add import add
from plgen.commands.check import check
from plgen.commands.rename import rename
from plgen.errors import NameRefused, PlgenError
from plgen.naming.kinds import DATASET, KINDS, METRIC, NET, Kind
from plgen.project import inventory

# What is beside the nets, and whether Python could take it for the net first_one.
BESIDE = {
    "of a near name": ("firstone.py", True),
    "folder": ("first_one/", True),
    "folder in capitals": ("First_One/", True),
    "folder like a file": ("first_one.py/", True),
    "two suffixes": ("first_one.v2.py", False),
    "folder with a dot": ("first_one.old/", False),
    "no suffix": ("first_one", False),
    "stub": ("first_one.pyi", False),
    "bytecode": ("first_one.pyc", False),
    "notes": ("first_one.md", False),
    "compiled module": ("first_one.so", False),
}
COMMANDS: tuple[Callable[..., object], ...] = (partial(add, NET), partial(rename, "standard_net"))


def put(project: Path, entry: str) -> None:
    """Put a file or a folder beside the nets."""
    path = project / "model" / entry
    if entry.endswith("/"):
        path.mkdir()
    else:
        path.touch()


@pytest.mark.parametrize(("entry", "taken"), BESIDE.values(), ids=BESIDE)
def test_adding_and_renaming(project: Path, entry: str, *, taken: bool) -> None:
    """Both refuse a name that is taken, saying by what, and accept one that is free."""
    put(project, entry)
    reasons: list[str] = []

    for command in COMMANDS:
        try:
            command("first_one", dry_run=True)
        except NameRefused as refusal:
            reasons.append(refusal.message)

    assert len(reasons) == (2 if taken else 0)
    assert all(f" model/{entry} " in reason for reason in reasons)


@pytest.mark.parametrize(("entry", "taken"), BESIDE.values(), ids=BESIDE)
def test_checking(project: Path, entry: str, *, taken: bool) -> None:
    """A net that got such a neighbour afterwards is found, and cured by another name."""
    add(NET, "first_one")
    if entry == "first_one.py/":
        (project / "model/first_one.py").unlink()
    put(project, entry)

    codes = {each.code for each in check().findings}

    if entry == "first_one.py/":
        assert codes == {"PLG301"}
        return
    assert codes == ({"PLG304"} if taken else set())
    rename("first_one", "other_one")
    assert check().findings == ()


@pytest.mark.usefixtures("project")
def test_names_that_are_near_are_no_options_of_one_name() -> None:
    """A dataset and a metric of nearly one name, and a net of either's, get along."""
    add(DATASET, "hit_rate")
    add(METRIC, "hitrate")
    add(NET, "hit_rate")

    assert check().findings == ()


def test_options_of_one_name_by_hand(project: Path) -> None:
    """A clash written by hand is found on both sides, and cured by its hint."""
    add(METRIC, "first_one")
    text = (project / "data/standard_data.py").read_text()
    (project / "data/first_one.py").write_text(text.replace("StandardData", "FirstOne"))
    package = project / "data/__init__.py"
    package.write_text(
        package.read_text().replace("DATASETS = (", 'DATASETS = (\n    "first_one",')
    )

    found = check(fix=True).left
    done = plgen(*found[0].cure.replace("NEW_NAME", "other_one").split()[1:])

    assert [(each.file, each.code) for each in found] == [
        ("data/first_one.py", "PLG304"),
        ("utils/first_one.py", "PLG304"),
    ]
    assert done.returncode == 0, done.stderr
    assert check().findings == ()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_a_folder_that_cannot_be_read(
    project: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """If a folder cannot be listed, no name counts as gone or as free."""
    before = contents(project)
    scandir = os.scandir

    def listed(path: str) -> object:
        return refuse() if Path(path).is_relative_to(project) else scandir(path)

    monkeypatch.setattr("os.scandir", listed)

    fixed = check(fix=True)
    with pytest.raises(PlgenError, match=f"{kind.folder}/ cannot be read: Permission denied"):
        add(kind, "first_one")

    monkeypatch.undo()
    assert fixed.plan.operations == ()
    assert {each.code for each in fixed.left} == {"PLG301"}
    assert contents(project) == before


def test_every_renaming_has_a_way_back(project: Path) -> None:
    """A module, an example too, is renamed without a finding, and back: every byte is as before."""
    before = contents(project)
    for kind in KINDS:
        for name in inventory.load(project, kind).names:
            for new in ("a_name", "z_name"):
                rename(name, new)
                assert check().findings == ()
                rename(new, name)

                assert contents(project) == before, (name, new)


PROPOSED = {
    "of another kind": (DATASET, "f1_", "f1_data"),
    "of this kind": (NET, "example_net_", "example_net_net"),
    "nearly of this kind": (NET, "exa__mplenet", "exa_mplenet_net"),
    "a word of Python": (NET, "class", "my_class"),
}


@pytest.mark.parametrize(("kind", "typed", "proposed"), PROPOSED.values(), ids=PROPOSED)
@pytest.mark.usefixtures("project")
def test_what_is_proposed_is_free(kind: Kind, typed: str, proposed: str) -> None:
    """A name that is proposed is accepted as it is, by add and by rename: nothing is called so."""
    add(NET, "class_net")
    add(kind, "first_one")

    with pytest.raises(NameRefused) as added:
        add(kind, typed)
    with pytest.raises(NameRefused) as renamed:
        rename("first_one", typed)

    assert added.value.hint == f"plgen {kind.command} {proposed}"
    assert renamed.value.hint == f"plgen rename first_one {proposed}"
    assert add(kind, proposed).plan.operations


def test_check_proposes_what_is_free(project: Path) -> None:
    """The renaming that check gives as a cure is accepted, and repairs it."""
    text = (project / "model/standard_net.py").read_text()
    add(NET, "class_net")
    (project / "model/class.py").write_text(text.replace("StandardNet", "Class"))

    (cure,) = {each.cure for each in check().findings if each.file == "model/class.py"}

    assert cure == "plgen rename class my_class"
    rename(*cure.split()[2:])
    assert check().findings == ()


def refuse(*_: object) -> None:
    """Fail as a folder without the right to read does, for root too."""
    raise PermissionError(13, "Permission denied")
