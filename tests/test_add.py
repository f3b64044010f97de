"""`plgen add-model` and the like, one a kind: what they write, and what they refuse."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import contents, plgen
from plgen.commands.add import add
from plgen.errors import NameRefused, PlgenError
from plgen.naming.kinds import (
    CALLBACK,
    DATASET,
    INTERFACE,
    KINDS,
    LOSS,
    METRIC,
    NET,
    SCHEDULER,
    Kind,
)
from plgen.project import register

NEXT = {
    NET: "python main.py --model_name first_one",
    DATASET: "python main.py --train_dataset first_one",
    METRIC: "python main.py --metrics acc first_one",
    LOSS: "python main.py --loss first_one",
    SCHEDULER: "python main.py --lr_scheduler first_one",
    CALLBACK: "python main.py --callbacks first_one",
    INTERFACE: "python main.py --interface first_one",
}


def names(project: Path, kind: Kind) -> tuple[str, ...]:
    """Return what a project registers of a kind."""
    return register.read((project / kind.package).read_bytes(), kind).names


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_added(project: Path, kind: Kind) -> None:
    """A file with the class of the name is written and registered, and nothing else changes."""
    before = contents(project)

    added = add(kind, "first_one")

    after = contents(project)
    assert {file for file in after if after[file] != before.get(file)} == {
        kind.package,
        f"{kind.folder}/first_one.py",
    }
    assert "\nclass FirstOne(" in (project / added.file).read_text()
    assert "{{" not in (project / added.file).read_text()
    assert "first_one" in names(project, kind)
    assert list(names(project, kind)) == sorted(names(project, kind))
    assert added.next == NEXT[kind]


def test_a_class_is_spelt_as_it_is_typed(project: Path) -> None:
    """`CNN` is the class CNN in cnn.py, by either name the same; Cnn would be another class."""
    added = add(NET, "CNN")

    assert "\nclass CNN(nn.Module):" in (project / "model/cnn.py").read_text()
    assert added.name.note == "'CNN' becomes cnn (class CNN)"
    for typed in ("CNN", "cnn"):
        again = add(NET, typed)
        assert (again.plan.operations, again.name.class_name) == ((), "CNN")
    with pytest.raises(NameRefused, match="already exists, with the class CNN"):
        add(NET, "Cnn")


def make_file(project: Path) -> None:
    """Let the user have a file of that name."""
    (project / "model/first_one.py").write_text("mine = 1\n")


def make_capitals(project: Path) -> None:
    """Let the user have a file that differs by case alone."""
    (project / "model/First_One.py").write_text("mine = 1\n")


def make_dangling(project: Path) -> None:
    """Let a link that leads nowhere be in the way."""
    (project / "model/first_one.py").symlink_to(project.parent / "nowhere.py")


def make_link(project: Path) -> None:
    """Let a link out of the project be in the way."""
    (project.parent / "there.py").write_text("mine = 1\n")
    (project / "model/first_one.py").symlink_to(project.parent / "there.py")


def register_other(project: Path) -> None:
    """Let a name be registered that differs by an underscore."""
    file = project / "model/__init__.py"
    found = register.read(file.read_bytes(), NET)
    file.write_bytes(found.written({*found.names, "firstone"}))


CLASHES: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "user's file": (make_file, "model/first_one.py already exists", "plgen check --fix"),
    "case": (make_capitals, "model/First_One.py is too similar", "add-model first_one_net"),
    "dangling link": (make_dangling, "first_one.py is a link, which may", "put a file in place"),
    "link": (make_link, "first_one.py is a link, which may", "put a file in place"),
    "registered": (
        register_other,
        "firstone in NETS is too similar",
        "plgen add-model first_one_net",
    ),
}


@pytest.mark.parametrize("dry_run", [False, True], ids=["real", "dry"])
@pytest.mark.parametrize(("prepare", "message", "hint"), CLASHES.values(), ids=CLASHES)
def test_clashes(
    project: Path, prepare: Callable[[Path], None], message: str, hint: str, *, dry_run: bool
) -> None:
    """A name that something has already is refused, naming it, and nothing changes."""
    prepare(project)
    before, entries = contents(project), sorted(os.listdir(project / "model"))

    with pytest.raises(PlgenError) as refusal:
        add(NET, "first_one", dry_run=dry_run)

    assert message in refusal.value.message
    assert hint in refusal.value.hint
    assert contents(project) == before
    assert sorted(os.listdir(project / "model")) == entries


def test_printed(project: Path) -> None:
    """The command prints what it wrote and what to type next; how it read the name goes apart."""
    done = plgen("add-model", "ResNet", cwd=project)

    assert done.stdout.splitlines() == [
        "added net res_net (class ResNet)",
        "    create model/res_net.py",
        "    edit model/__init__.py",
        '        +8:     "res_net",',
        "",
        "next:",
        "    python main.py --model_name res_net",
    ]
    assert done.stderr == "note: 'ResNet' becomes res_net (class ResNet)\n"
    assert plgen("add-model", "res_net", cwd=project).stdout.startswith("unchanged: net res_net ")


@pytest.mark.parametrize("dry_run", [False, True], ids=["real", "dry"])
def test_json(project: Path, *, dry_run: bool) -> None:
    """The result is one object on stdout."""
    options = ["--dry-run"] if dry_run else []

    told = json.loads(plgen("add-metric", "top_one", "--json", *options, cwd=project).stdout)

    assert (told["kind"], told["name"], told["class"]) == ("metric", "top_one", "TopOne")
    assert [each["path"] for each in told["plan"]] == ["utils/top_one.py", "utils/__init__.py"]
    assert (told["changed"], told["dry_run"]) == (True, dry_run)
    assert (project / told["file"]).is_file() is not dry_run
