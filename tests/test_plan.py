"""A plan is carried out as a whole or not at all, whatever fails."""

from __future__ import annotations

import builtins
import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plgen.changes import lock
from plgen.changes.plan import Operation, Plan
from plgen.errors import PlgenError

Tree = dict[str, tuple[bytes | str, int]]
REGISTER = b'NETS = ("a", "c")\n'


def tree(folder: Path) -> Tree:
    """Return every file with its content and its mode."""
    return {
        file.relative_to(folder).as_posix(): (
            str(file.readlink()) if file.is_symlink() else file.read_bytes(),
            file.lstat().st_mode,
        )
        for file in folder.rglob("*")
        if not file.is_dir()
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder with four files, one of them executable."""
    folder = tmp_path / "root"
    (folder / "model").mkdir(parents=True)
    (folder / "model/__init__.py").write_bytes(REGISTER)
    for name in "ac":
        (folder / f"model/{name}.py").write_bytes(name.encode())
    (folder / "model/a.py").chmod(0o750)
    (folder / "other.yml").write_bytes(b"net: a\n")
    return folder


PLAN = Plan(
    (
        Operation("model/__init__.py", REGISTER, b'NETS = ("b", "d")\n'),
        Operation("model/d.py", None, b"d"),
        Operation("model/a.py", b"a", b"b", "model/b.py"),
        Operation("model/c.py", b"c", None),
        Operation("other.yml", b"net: a\n", b"net: b\n"),
    )
)


def carry_out(root: Path) -> None:
    """Carry out the plan."""
    with lock.planning(root, dry_run=False) as carried_out:
        carried_out(PLAN)


def test_carried_out(root: Path, home: Path) -> None:
    """Every operation takes effect, the mode moves with its file, and nothing else is left."""
    carry_out(root)

    after = {name: content for name, (content, _) in tree(root).items()}
    assert after == {
        "model/__init__.py": b'NETS = ("b", "d")\n',
        "model/b.py": b"b",
        "model/d.py": b"d",
        "other.yml": b"net: b\n",
    }
    assert (root / "model/b.py").stat().st_mode & 0o777 == 0o750
    assert state(home) == []


def test_a_disk_that_refuses_any_mode(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the usual mode are written."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    (root / "model/a.py").chmod((root / "model/c.py").stat().st_mode & 0o777)
    monkeypatch.setattr(Path, "chmod", refuse)

    carry_out(root)

    assert (root / "model/b.py").read_bytes() == b"b"


def state(home: Path) -> list[Path]:
    """Return what the user's own state folder holds of plgen."""
    return list((home / ".local/state/plgen").iterdir())


def test_told() -> None:
    """The dry run shows the operations in lines, with the lines that change."""
    assert PLAN.lines == (
        "edit model/__init__.py",
        '    -1: NETS = ("a", "c")',
        '    +1: NETS = ("b", "d")',
        "create model/d.py",
        "move model/a.py -> model/b.py",
        "    -1: a",
        "    +1: b",
        "delete model/c.py",
        "edit other.yml",
        "    -1: net: a",
        "    +1: net: b",
    )
    assert [each["operation"] for each in PLAN.json] == ["edit", "create", "move", "delete", "edit"]
    assert PLAN.json[4]["changes"][1] == {"line": 1, "sign": "+", "text": "net: b"}


class Saboteur:
    """Let the call of the given number fail, whichever operation of the file system it is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int, fail: Callable[[], None]):
        self.calls = 0
        self.number = number
        self.fail = fail
        of_paths = ("replace", "unlink", "chmod", "read_bytes", "stat")
        of_system = ((builtins, "open"), (os, "fsync"))
        for owner, name in (*of_system, *((Path, name) for name in of_paths)):
            monkeypatch.setattr(owner, name, self.counted(getattr(owner, name)))

    def counted(self, real: Any) -> Any:
        """Return the function that fails when its turn has come."""

        def call(*arguments: Any, **words: Any) -> Any:
            self.calls += 1
            if self.calls == self.number:
                self.fail()
            return real(*arguments, **words)

        return call


def full_disk() -> None:
    """Fail as the system does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "model/d.py")


def interrupt() -> None:
    """Stop the program as Ctrl-C does."""
    signal.raise_signal(signal.SIGINT)


def outcome(root: Path, number: int, fail: Callable[[], None]) -> tuple[BaseException | None, int]:
    """Carry out the plan with a failure at one call; return what came of it and the calls."""
    with lock.planning(root, dry_run=False) as carried_out, pytest.MonkeyPatch.context() as patch:
        saboteur = Saboteur(patch, number, fail)
        try:
            carried_out(PLAN)
        except (PlgenError, KeyboardInterrupt) as error:
            return error, saboteur.calls
        return None, saboteur.calls


@pytest.mark.parametrize("fail", [full_disk, interrupt])
def test_failure_at_every_operation(root: Path, home: Path, fail: Callable[[], None]) -> None:
    """Whichever call fails, or is interrupted, the tree is as before, or the plan is whole."""
    before, number, failed = tree(root), 0, 0
    done = {"model/__init__.py", "model/b.py", "model/d.py", "other.yml"}

    while True:
        number += 1
        error, calls = outcome(root, number, fail)
        if number > calls:
            break
        if error is None:
            # It came after the last moment at which there is something to take back.
            assert {name for name in tree(root) if ".plgen-" not in name} == done
            with lock.planning(root, dry_run=False):
                assert set(tree(root)) == done
            undo(root)
            before = tree(root)
            continue
        failed += 1
        assert tree(root) == before, (number, error)
        assert state(home) == []

    assert error is None
    assert failed > 20


def undo(root: Path) -> None:
    """Bring the folder back to what the plan starts from."""
    (root / "model/__init__.py").write_bytes(REGISTER)
    (root / "model/b.py").rename(root / "model/a.py")
    (root / "model/a.py").write_bytes(b"a")
    (root / "model/d.py").rename(root / "model/c.py")
    (root / "model/c.py").write_bytes(b"c")
    (root / "other.yml").write_bytes(b"net: a\n")


def change(root: Path) -> None:
    """Let somebody else change a file of the plan."""
    (root / "other.yml").write_bytes(b"mine\n")


def occupy(root: Path) -> None:
    """Put a file where the plan creates one."""
    (root / "model/d.py").write_bytes(b"mine\n")


def occupy_by_folder(root: Path) -> None:
    """Put a folder where the plan creates a file."""
    (root / "model/d.py").mkdir()


def dangle(root: Path) -> None:
    """Put a link that leads nowhere where the plan creates a file."""
    (root / "model/d.py").symlink_to(root.parent / "elsewhere.py")


def link_file(root: Path) -> None:
    """Let a file of the plan be a link."""
    (root / "other.yml").rename(root.parent / "other.yml")
    (root / "other.yml").symlink_to(root.parent / "other.yml")


def link_folder(root: Path) -> None:
    """Let a folder of the plan lead out of the project."""
    (root / "model").rename(root.parent / "model")
    (root / "model").symlink_to(root.parent / "model")


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (change, "other.yml changed in the meantime"),
        (occupy, "model/d.py already exists"),
        (occupy_by_folder, "model/d.py already exists"),
        (dangle, "model/d.py is a link, which may lead out"),
        (link_file, "other.yml is a link, which may lead out"),
        (link_folder, "model is a link, which may lead out"),
    ],
)
def test_refused(root: Path, prepare: Callable[[Path], None], message: str) -> None:
    """A file that is not as the plan expects is refused, and nothing changes inside or outside."""
    prepare(root)
    before = tree(root.parent)

    with pytest.raises(PlgenError, match=message):
        carry_out(root)

    assert tree(root.parent) == before
