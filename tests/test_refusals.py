"""What `plgen new` refuses, and what a failure leaves behind: nothing."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import python
from plgen.commands.new import new
from plgen.errors import PlgenError, UsageError
from plgen.template import Answer
from test_unreadable import refuse


def make_file(folder: Path) -> None:
    """Put a file where the project is to go."""
    (folder / "x").write_text("mine")


def make_option(folder: Path) -> None:
    """Put a file there whose name looks like an option."""
    (folder / "-x").write_text("mine")


def make_full(folder: Path) -> None:
    """Put a folder with a file in it where the project is to go."""
    (folder / "x").mkdir()
    (folder / "x" / "mine").touch()


def make_dangling(folder: Path) -> None:
    """Put a link that leads nowhere where the project is to go."""
    (folder / "x").symlink_to("nowhere")


def make_circle(folder: Path) -> None:
    """Put a link to itself where the project is to go."""
    (folder / "x").symlink_to("x")


def make_project(folder: Path) -> None:
    """Put a project where the project is to go."""
    new(str(folder / "x"), {}, git=False)


def make_nothing(_folder: Path) -> None:
    """Leave the place empty."""


CHECK = "check the folder and the disk, then run the command again"
OCCUPIED = "already exists and is not an empty folder"
ANOTHER = "plgen new another_folder"
REFUSED = {
    "file": (make_file, "x", OCCUPIED, ANOTHER),
    "full folder": (make_full, "x", OCCUPIED, ANOTHER),
    "dangling link": (make_dangling, "x", OCCUPIED, ANOTHER),
    "link to itself": (make_circle, "x", OCCUPIED, ANOTHER),
    "project": (make_project, "x", OCCUPIED, ANOTHER),
    "like an option": (make_option, "-x", OCCUPIED, ANOTHER),
    "full current folder": (make_full, ".", OCCUPIED, ANOTHER),
    "parent": (make_nothing, "..", OCCUPIED, ANOTHER),
    "below a file": (make_file, "x/y", OCCUPIED, ANOTHER),
    "too long": (make_nothing, "x" * 300, "File name too long", CHECK),
    "null": (make_nothing, "a\0b", "'a\\x00b' cannot be a folder", ANOTHER),
    "empty": (make_nothing, "", "'' cannot be a folder", ANOTHER),
    "dependency": (make_nothing, "torch", "cannot name", "plgen new torch --name my-torch"),
    "no letters": (make_nothing, "実験", "cannot name", "plgen new '実験' --name my-project"),
}


@pytest.mark.parametrize(("prepare", "path", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused_places(
    place: Path, prepare: Callable[[Path], None], path: str, message: str, hint: str
) -> None:
    """A place that will not do is refused, with a command that would, and nothing changes."""
    prepare(place)
    before = sorted(place.rglob("*"))

    with pytest.raises(PlgenError) as refusal:
        new(path, {})

    assert message in refusal.value.message
    assert refusal.value.hint == hint
    assert sorted(place.rglob("*")) == before


WRONG: dict[str, tuple[dict[str, Answer], str]] = {
    "choice": ({"license": "Beerware"}, "Invalid choice for 'license'"),
    "line break": ({"author": "a\nb"}, "control character"),
    "undecodable": ({"author": "\udcff"}, "control character"),
}


@pytest.mark.parametrize(("answers", "message"), WRONG.values(), ids=WRONG)
def test_refused_answers(place: Path, answers: dict[str, Answer], message: str) -> None:
    """An answer that no question accepts is refused before anything is made."""
    with pytest.raises(UsageError, match=message):
        new("first", answers)

    assert os.listdir(place) == []


def test_unwritable_parent(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be written to is an error of the system."""
    refuse(monkeypatch, "mkdir", place)

    with pytest.raises(PlgenError, match="'first' cannot be created: Permission denied") as refusal:
        new("first", {})

    assert refusal.value.hint == CHECK
    assert os.listdir(place) == []


def test_beside_a_project(place: Path) -> None:
    """A folder within a project is refused, with one beside it."""
    make_project(place)

    with pytest.raises(PlgenError, match="is a project; another one inside") as refusal:
        new("x/model/y", {})

    with pytest.raises(PlgenError) as second:
        new("x/x", {})

    assert refusal.value.hint == f"plgen new {place / 'y'}"
    assert second.value.hint == f"plgen new {place / 'another_folder'}"
    assert not (place / "x/model/y").exists()


# Copier leaves the folder open that it was reading when the disk was full.
@pytest.mark.parametrize("path", ["first", "a/b", "."])
@pytest.mark.parametrize("full_after", [0, 5])
def test_full_disk(
    place: Path, monkeypatch: pytest.MonkeyPatch, path: str, full_after: int
) -> None:
    """A disk that is full, at whichever file, leaves nothing behind."""
    write, written = Path.write_bytes, list[Path]()

    def write_or_fail(self: Path, data: bytes) -> int:
        written.append(self)
        if len(written) > full_after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", write_or_fail)
    with pytest.raises(PlgenError) as refusal:
        new(path, {"name": "first"})

    assert refusal.value.message == f"'{path}' cannot be created: No space left on device"
    assert refusal.value.hint == CHECK
    assert os.listdir(place) == []


def test_failure_while_moving_into_an_empty_folder(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When an entry cannot be moved into place, those before it are taken back."""
    rename, moved = Path.rename, list[Path]()

    def rename_or_fail(self: Path, target: Path) -> Path:
        moved.append(self)
        if len(moved) == 3:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_or_fail)
    with pytest.raises(PlgenError, match="Input/output error"):
        new(".", {})

    assert os.listdir(place) == []


def test_a_folder_that_comes_up_meanwhile_is_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's folder of the same name is neither overwritten nor mixed with."""
    rename = Path.rename

    def rename_late(self: Path, target: Path) -> Path:
        make_full(place)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_late)
    with pytest.raises(PlgenError, match="not empty"):
        new("x", {})

    assert [str(path.relative_to(place)) for path in sorted(place.rglob("*"))] == ["x", "x/mine"]


@pytest.mark.parametrize("path", ["sample", "{}/sample"], ids=["beside", "elsewhere"])
def test_in_a_folder_that_is_gone(place: Path, tmp_path: Path, path: str) -> None:
    """No project is made from a folder that is no longer there."""
    run = "import os, sys\nos.rmdir(os.getcwd())\nfrom plgen import cli\nsys.exit(cli.main())"
    done = python("-c", run, "new", path.format(tmp_path))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.endswith(f" cannot be created: No such file or directory\nhelp: {CHECK}\n")
    assert not (tmp_path / "sample").exists()
    assert not place.exists()
