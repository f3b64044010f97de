"""What is typed for a module, and what to type where nothing is meant by it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from conftest import plgen
from plgen.commands.remove import remove
from plgen.errors import PlgenError, UsageError
from plgen.naming.kinds import KINDS, NET
from plgen.project import lookup

SPELLINGS = {
    "name": (".", "standard_net"),
    "file": ("model", "standard_net.py"),
    "path": (".", "model/standard_net.py"),
    "path without its end": (".", "model/standard_net"),
    "path from here": (".", "./model/standard_net.py"),
    "path from its folder": ("model", "./standard_net.py"),
    "path from another folder": ("data", "../model/standard_net.py"),
    "absolute path": ("data", "{project}/model/standard_net.py"),
    "path from the project": ("data", "model/standard_net.py"),
}


@pytest.mark.parametrize(("folder", "typed"), SPELLINGS.values(), ids=SPELLINGS)
def test_every_spelling_finds_it(
    project: Path, monkeypatch: pytest.MonkeyPatch, folder: str, typed: str
) -> None:
    """A name is as good as the path of its file, from whatever folder."""
    monkeypatch.chdir(project / folder)

    found = lookup.find(project, typed.format(project=project), KINDS, "plgen remove")

    assert (found.kind, found.name) == (NET, "standard_net")


def test_a_path_through_a_link(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A path through a link to the project means the same file."""
    (tmp_path / "way").symlink_to(project)
    monkeypatch.chdir(tmp_path)

    found = lookup.find(project, "way/model/standard_net.py", KINDS, "plgen remove")

    assert found.name == "standard_net"


ELSEWHERE = [
    *("/etc/standard_net.py", "../model/standard_net.py", "tests/standard_net.py"),
    *("a/\0", "..", ""),
]


@pytest.mark.parametrize("typed", ELSEWHERE)
def test_a_path_elsewhere_finds_nothing(project: Path, typed: str) -> None:
    """A file of another folder is none of the project's modules, and no name is proposed."""
    with pytest.raises(UsageError, match=r"there is no net, dataset, .* or interface") as refused:
        lookup.find(project, typed, KINDS, "plgen remove")

    assert refused.value.hint == "plgen list"


def test_a_file_of_the_folder_is_no_other_folders(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`./standard_net.py` within data/ does not mean the net of that name."""
    (project / "data/standard_net.py").write_text("x = 1\n")
    monkeypatch.chdir(project / "data")

    with pytest.raises(UsageError, match="there is no dataset"):
        lookup.find(project, "./standard_net.py", KINDS, "plgen remove")


HINTS: dict[str, tuple[tuple[str, ...], str]] = {
    "rename": (("rename", "exampl_net", "my_net"), "plgen rename example_net my_net"),
    "options": (
        ("rename", "top_kk", "top_one", "--dry-run"),
        "plgen rename --dry-run top_k top_one",
    ),
    "new name in use": (("rename", "exampl_net", "standard_net"), "plgen list"),
    "blanks": (("rename", "exampl_net", "my net"), "plgen rename example_net 'my net'"),
    "new name": (
        ("rename", "model/example_net.py", "class"),
        "plgen rename model/example_net.py class_net",
    ),
    "remove": (("remove", "standart_net"), "plgen remove standard_net"),
    "force": (("remove", "standart_net", "--force"), "plgen remove standard_net"),
    "path": (("remove", "./model/standart_net.py"), "plgen remove standard_net"),
    "not registered": (("rename", "loose_nt", "x_net"), "plgen rename loose_net x_net"),
    "name to add": (
        ("add-model", "class", "--param", "a:str=x y", "--dry-run"),
        "plgen add-model --param 'a:str=x y' class_net --dry-run",
    ),
    "copy to add": (
        ("add-model", "examplenet", "--like", "example_net"),
        "plgen add-model --like example_net examplenet_net",
    ),
    "module to copy": (
        ("add-model", "a_net", "--like", "exampl_net", "--dry-run"),
        "plgen add-model a_net --like example_net --dry-run",
    ),
    "module to copy, with a parameter": (
        ("add-model", "a_net", "--like", "exampl_net", "--param", "hidden:int=3"),
        "plgen add-model a_net --like example_net --param hidden:int=3",
    ),
}


@pytest.mark.parametrize(("words", "hint"), HINTS.values(), ids=HINTS)
def test_hints_keep_what_was_typed(project: Path, words: tuple[str, ...], hint: str) -> None:
    """A hint is the command as it was typed but for one word, and is then no wrong usage."""
    text = "from torch import nn\nclass LooseNet(nn.Module): ...\n"
    (project / "model/loose_net.py").write_text(text)

    refused = plgen(*words, cwd=project)

    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1] == f"help: {hint}"
    assert plgen(*shlex.split(hint)[1:], cwd=project).returncode in {0, 1}


def test_a_link_is_not_followed(project: Path, tmp_path: Path) -> None:
    """A link in place of the file is refused, and what it leads to stays."""
    outside = tmp_path / "outside.py"
    (project / "model/standard_net.py").rename(outside)
    (project / "model/standard_net.py").symlink_to(outside)

    with pytest.raises(PlgenError, match=r"^model/standard_net\.py is a link"):
        remove("standard_net", force=True)

    assert outside.is_file()
