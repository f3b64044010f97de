"""`plgen rename`: file, class, register and references move together, and nothing else moves."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from conftest import contents, plgen
from plgen.commands.check import check
from plgen.commands.rename import Renamed, rename
from plgen.errors import NameRefused, PlgenError, UsageError
from plgen.project import references

NET = b"from torch import nn\n\n\nclass %s(nn.Module):\n    pass\n"


def add(project: Path, name: str, held: str, folder: str = "model", text: bytes = NET) -> Path:
    """Write a module that the register lists, and return its file."""
    package = project / folder / "__init__.py"
    for register in ("NETS = (", "DATASETS = (", "METRICS = ("):
        package.write_text(package.read_text().replace(register, f'{register}"{name}", '))
    file = project / folder / f"{name}.py"
    file.write_bytes(text % held.encode() if b"%s" in text else text)
    return file


def left(renamed: Renamed) -> list[str]:
    """Return the places that are left for the user."""
    return [f"{place.file}:{place.line}" for place in renamed.left]


def test_file_class_and_register_move_together(project: Path) -> None:
    """The plan holds exactly what changes, and the project is as clean as before."""
    before = contents(project)

    planned = rename("standard_net", "tiny_net", dry_run=True)
    unchanged = contents(project) == before
    renamed = rename("standard_net", "tiny_net")

    assert unchanged
    assert planned.plan == renamed.plan
    assert (renamed.name.module, renamed.name.class_name) == ("tiny_net", "TinyNet")
    assert not (project / "model/standard_net.py").exists()
    assert "class TinyNet(nn.Module):" in (project / "model/tiny_net.py").read_text()
    assert '    "tiny_net",\n)' in (project / "model/__init__.py").read_text()
    assert check().findings == ()


def test_a_class_keeps_its_own_spelling(project: Path) -> None:
    """Shared parts are spelt as before; a name in CamelCase renames the class alone."""
    add(project, "cnn", "CNN")

    moved = rename("cnn", "big_cnn")
    respelt = rename("big_cnn", "BigCnn")

    assert moved.name.class_name == "BigCNN"
    assert [each.verb for each in respelt.plan.operations] == ["edit"]
    assert "class BigCnn(nn.Module):" in (project / "model/big_cnn.py").read_text()
    assert rename("big_cnn", "big_cnn").plan.operations == ()
    assert rename("big_cnn", "BigCnn").plan.operations == ()


def test_a_name_of_two_kinds_needs_the_path(project: Path) -> None:
    """The same name in two folders is told apart by the path, also in main.py's options."""
    for folder in ("model", "data"):
        add(project, "toy_one", "ToyOne", folder)
    main = project / "main.py"
    main.write_text(main.read_text().replace('"example_net"', '"toy_one"') + "X = 'toy_one'\n")

    with pytest.raises(UsageError, match="is a net and a dataset") as refused:
        rename("toy_one", "toy_two")
    renamed = rename("model/toy_one.py", "toy_two")

    assert refused.value.hint == "plgen rename model/toy_one.py toy_two"
    assert (project / "data/toy_one.py").exists()
    assert 'default="toy_two"' in main.read_text()
    lines = len(main.read_text().splitlines())
    assert left(renamed) == ["data/__init__.py:6", "data/toy_one.py:4", f"main.py:{lines}"]


REFUSED: dict[str, tuple[list[str], type[PlgenError], str, str]] = {
    "class for a name": (
        ["ExampleNet", "x"],
        UsageError,
        "did you mean example_net",
        "plgen rename example_net x",
    ),
    "nothing like it": (
        ["zzz", "x"],
        UsageError,
        "there is no net, dataset, metric, loss, scheduler, callback or interface 'zzz'",
        "plgen list",
    ),
    "taken": (
        ["example_net", "standard_net"],
        NameRefused,
        "model/standard_net.py already exists",
        "plgen rename example_net standard_net_net",
    ),
    "clash": (
        ["example_net", "a_b"],
        NameRefused,
        "model/ab.py",
        "plgen rename example_net a_b_net",
    ),
    "no name": (
        ["example_net", "3d_unet"],
        NameRefused,
        "digit",
        "plgen rename example_net unet_3d",
    ),
}


@pytest.mark.parametrize(("words", "error", "text", "hint"), REFUSED.values(), ids=REFUSED)
def test_refusals(
    project: Path, words: list[str], error: type[PlgenError], text: str, hint: str
) -> None:
    """An impossible renaming is refused with a command to type, and nothing changes."""
    (project / "model/ab.py").write_text("")
    before = contents(project)

    with pytest.raises(error, match=text) as refused:
        rename(*words)

    assert refused.value.hint == hint
    assert contents(project) == before


UNSAFE = {
    "new name in another spelling": "class NEWNet: 1\nclass OldNet: 1\n",
    "new name in use": "from x import NewNet\nclass OldNet: 1\n",
    "defined twice": "class OldNet: 1\nclass OldNet: 2\n",
    "several candidates": "from torch import nn\nclass A(nn.Module): 1\nclass B(nn.Module): 2\n",
    "no Python": "class OldNet(\n",
    "within try": "from torch import nn\nclass B(nn.Module): 1\ntry:\n class OldNet(B): 1\n"
    "except B: 1\n",
}


@pytest.mark.parametrize("text", UNSAFE.values(), ids=UNSAFE)
def test_a_class_that_cannot_be_renamed(project: Path, text: str) -> None:
    """If the file itself prevents the renaming, nothing changes."""
    add(project, "old_net", "OldNet", text=text.encode())
    before = contents(project)

    with pytest.raises(PlgenError, match=r"model/old_net\.py"):
        rename("old_net", "new_net")

    assert contents(project) == before


def test_what_is_in_the_way_stays(project: Path) -> None:
    """A file of the new name is never overwritten."""
    (project / "model/tiny_net.py").touch()
    before = contents(project)

    with pytest.raises(NameRefused, match="model/tiny_net"):
        rename("standard_net", "tiny_net")

    assert contents(project) == before


def test_a_disk_that_ignores_case(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new file would be the old one: nothing is lost."""
    add(project, "Wide_Net", "WideNet")
    before, exists = contents(project), os.path.lexists

    def exists_in_any_case(path: Path) -> bool:
        return exists(path) or path.name == "wide_net.py"

    monkeypatch.setattr(os.path, "lexists", exists_in_any_case)

    for dry_run in (True, False):
        with pytest.raises(PlgenError, match=r"^model/wide_net\.py already exists"):
            rename("Wide_Net", "wide_net", dry_run=dry_run)
    assert contents(project) == before


def test_to_itself_and_back(project: Path) -> None:
    """A name that stays is unchanged; a renaming and its reverse leave the project as it was."""
    plgen("add-model", "first_net", cwd=project)
    (project / "try.py").write_text("from model.first_net import FirstNet\n\nFirstNet()\n")
    (project / "try.yaml").write_text("model_name: first_net\n")
    before = contents(project)

    assert rename("first_net", "first_net").plan.operations == ()
    rename("model/first_net.py", "LeNet-x")
    assert not (project / "model/first_net.py").exists()
    rename("le_net_x", "FirstNet")

    assert contents(project) == before


def test_to_itself_with_a_class_of_another_name(project: Path) -> None:
    """The cure of `check` gives the class of a file the name that the rule requires."""
    add(project, "old_net", "WideNet")
    (project / "train.py").write_text("from model.old_net import WideNet\n")

    (finding,) = check(fix=True).left
    shown = plgen(*finding.cure.split()[1:], cwd=project).stdout

    assert finding.cure == "plgen rename model/old_net.py old_net"
    assert shown.startswith("renamed the class in model/old_net.py to OldNet\n")
    assert "class OldNet(" in (project / "model/old_net.py").read_text()
    assert (project / "train.py").read_text() == "from model.old_net import OldNet\n"
    assert rename("old_net", "old_net").plan.operations == ()


def test_command(project: Path) -> None:
    """From any folder, the program prints the plan, other mentions, and the normalised name."""
    dry = plgen("rename", "example_net", "LeNet", "--dry-run", cwd=project / "data")
    done = plgen("rename", "example_net", "LeNet", "--json", cwd=project / "data")
    again = plgen("rename", "example_net", "LeNet")

    data = json.loads(done.stdout)
    assert dry.stdout.startswith("would rename model/example_net.py to model/le_net.py\n")
    assert done.stderr == "note: 'LeNet' becomes le_net (class LeNet)\n"
    assert data["class"] == "LeNet"
    assert [each["operation"] for each in data["plan"]] == ["move", "edit", "edit"]
    assert data["left"] == []
    assert again.returncode == 2
    assert "there is no net" in again.stderr


def test_old_runs_are_said_and_the_template_is_not(project: Path) -> None:
    """Runs that name a dataset are listed; lines that the template wrote are not."""
    run = project / "Logs/example_net/version_0"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text("eval_datasets: [example_testdata, standard_data]\n")
    readme = project / "README.md"
    readme.write_text(readme.read_text() + "\nOur example_testdata is special.\n")

    renamed = rename("example_testdata", "own_data")
    silent = rename("example_traindata", "other_data")

    assert [place.text for place in renamed.left] == ["Our example_testdata is special."]
    assert renamed.notes == (
        "runs that keep the name example_testdata: Logs/example_net/version_0",
    )
    assert silent.notes == ()


def test_runs_on_another_disk_are_not_searched(project: Path, tmp_path: Path) -> None:
    """A link of Logs is not followed, as it may lead anywhere, and a note says so."""
    (tmp_path / "disk/example_net/version_0").mkdir(parents=True)
    run = tmp_path / "disk/example_net/version_0/config.yaml"
    run.write_text("model_name: example_net\n")
    (project / "Logs").symlink_to(tmp_path / "disk")

    assert rename("example_net", "own_net").notes == (
        "not searched for earlier runs: Logs, a link out of the project",
    )


def test_an_editor_saves_meanwhile(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is saved after the search has read a file is not overwritten."""
    add(project, "old_net", "OldNet")
    find = references.find

    def find_and_save(*given: Any) -> references.References:
        found = find(*given)
        (project / "model/old_net.py").write_text("class OldNet: ...  # saved\n")
        return found

    monkeypatch.setattr(references, "find", find_and_save)

    with pytest.raises(PlgenError, match="changed in the meantime"):
        rename("old_net", "new_net")

    assert (project / "model/old_net.py").read_text() == "class OldNet: ...  # saved\n"
