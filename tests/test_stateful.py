"""Any sequence of commands leaves a clean project, and does what its dry run said."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conftest import contents, shrink, succeed
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from plgen.changes.plan import Plan
from plgen.commands.add import add
from plgen.commands.check import check
from plgen.commands.new import new
from plgen.commands.remove import remove
from plgen.commands.rename import rename
from plgen.errors import PlgenError
from plgen.naming.kinds import DATASET, KINDS, NET, Kind
from plgen.project import inventory

# Few enough to meet again, with some that clash and some that are refused.
NAMES = st.sampled_from(
    "toy_net a_data b_data unet_2d unet2d UNet top_k TOPK res_net ResNet class x_ x".split()
)
Files = dict[str, tuple[bytes, bool]]


def after(before: Files, plan: Plan) -> dict[str, bytes]:
    """Return what the files hold when a plan is carried out."""
    files = {name: content for name, (content, _) in before.items()}
    for operation in plan.operations:
        files.pop(operation.path, None)
        if operation.after is not None:
            files[operation.to or operation.path] = operation.after
    return files


def attempt(command: Callable[..., Any], *words: Any, **options: Any) -> tuple[Any, str]:
    """Return the result of a command, or the reason why it is refused."""
    try:
        return command(*words, **options), ""
    except PlgenError as error:
        return None, error.message


class Life(RuleBasedStateMachine):
    """The life of one project: what a user types, and what a user does by hand."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="life-"))
        self.root = self.folder / "sample"

    @initialize()
    def start(self) -> None:
        """Begin with a new project."""
        shutil.copytree(self.template, self.root)

    def teardown(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.folder)

    def type(self, command: Callable[..., Any], *words: Any, **options: Any) -> Any:
        """Run a command, first as a dry run; return its result, or nothing if it is refused."""
        before = contents(self.root)
        options["start"] = self.root / "data"
        dry, reason = attempt(command, *words, **options, dry_run=True)
        unchanged = contents(self.root) == before
        real, same_reason = attempt(command, *words, **options)
        assert unchanged
        assert reason == same_reason
        if real is None:
            assert contents(self.root) == before
            return None
        assert real.plan == dry.plan
        files = {name: content for name, (content, _) in contents(self.root).items()}
        assert files == after(before, dry.plan)
        return real

    def registered(self) -> list[tuple[Kind, str]]:
        """Return the modules that can be renamed and removed."""
        return [(kind, name) for kind in KINDS for name in inventory.load(self.root, kind).names]

    def found(self) -> list[str]:
        """Return the codes of all findings."""
        return [each.code for each in check(start=self.root).findings]

    def class_of(self, kind: Kind, name: str) -> str:
        """Return the class of a module, in its file's own spelling."""
        return inventory.load(self.root, kind).module(name).class_name

    @rule(kind=st.sampled_from(KINDS), name=NAMES)
    def add(self, kind: Kind, name: str) -> None:
        """Add a module; the same command again changes nothing."""
        if self.type(add, kind, name):
            assert self.type(add, kind, name).plan.operations == ()

    @rule(data=st.data(), name=NAMES)
    def copy(self, data: st.DataObject, name: str) -> None:
        """Add a module like another one."""
        kind, other = data.draw(st.sampled_from(self.registered() or [(NET, "none")]))
        self.type(add, kind, name, (), other)

    @rule(data=st.data(), name=NAMES)
    def rename(self, data: st.DataObject, name: str) -> None:
        """Rename a module; nobody calls it by its old name then."""
        kind, old = data.draw(st.sampled_from(self.registered() or [(NET, "none")]))
        renamed = self.type(rename, kind.file(old), name)
        if renamed and renamed.plan.operations:
            assert not (self.root / kind.file(old)).exists()

    @rule(data=st.data(), force=st.booleans())
    def remove(self, data: st.DataObject, *, force: bool) -> None:
        """Remove a module, with its user where it is forced."""
        kind, name = data.draw(st.sampled_from(self.registered() or [(NET, "none")]))
        removed = self.type(remove, kind.file(name), force=force)
        if removed:
            assert force or removed.commit
            (self.root / f"use_{kind.folder}.py").unlink(missing_ok=True)

    @precondition(lambda self: bool(self.registered()))
    @rule(data=st.data())
    def use(self, data: st.DataObject) -> None:
        """Write a file that imports a module."""
        kind, name = data.draw(st.sampled_from(self.registered()))
        held = self.class_of(kind, name)
        text = f"from {kind.folder}.{name} import {held}\n\nprint({held})\n"
        (self.root / f"use_{kind.folder}.py").write_text(text)

    @rule()
    def commit(self) -> None:
        """Let git have everything."""
        succeed("git", "add", "--all", cwd=self.root)
        commit = ("commit", "--quiet", "--allow-empty", "--message", "x")
        succeed("git", *commit, cwd=self.root)

    @rule()
    def undo(self) -> None:
        """Go back to the last commit."""
        succeed("git", "reset", "--hard", "--quiet", cwd=self.root)
        succeed("git", "clean", "--quiet", "--force", "-d", cwd=self.root)

    @rule(kind=st.sampled_from([NET, DATASET]))
    def write_by_hand(self, kind: Kind) -> None:
        """Copy a file without registering it; `--fix` does that."""
        source = inventory.load(self.root, kind).module(f"standard_{kind.suffix}")
        if source.exists and not (self.root / kind.file("by_hand")).exists():
            text = (self.root / source.file).read_text().replace(source.class_name, "ByHAND")
            (self.root / kind.file("by_hand")).write_text(text)
            assert self.found() == ["PLG205"]
            self.type(check, fix=True)

    @precondition(lambda self: bool(self.registered()))
    @rule(data=st.data())
    def delete_by_hand(self, data: st.DataObject) -> None:
        """Delete a file without a word to its register; `--fix` follows."""
        kind, name = data.draw(st.sampled_from(self.registered()))
        (self.root / kind.file(name)).unlink()
        (self.root / f"use_{kind.folder}.py").unlink(missing_ok=True)
        assert self.found() == ["PLG204"]
        self.type(check, fix=True)

    @invariant()
    def clean(self) -> None:
        """Check that there are no findings, and that imports follow their classes."""
        if not self.root.exists():
            return
        assert self.found() == []
        for user in self.root.glob("use_*.py"):
            _, module, _, held = user.read_text().splitlines()[0].split()
            file = self.root / f"{module.replace('.', '/')}.py"
            assert f"class {held}(" in file.read_text()
        assert not list(self.root.rglob(".plgen-*"))


def test_any_sequence_of_commands(home: Path, tmp_path: Path) -> None:
    """Add, rename, remove, check, git and an editor get along in whatever order."""
    assert home.is_dir()
    Life.template = new(str(tmp_path / "sample"), {"example": False, "author": ""}, git=False).path
    shrink(Life.template)
    succeed("git", "init", "--quiet", cwd=Life.template)
    succeed("git", "add", "--all", cwd=Life.template)
    succeed("git", "commit", "--quiet", "--message", "Start", cwd=Life.template)
    Life.TestCase.settings = settings(
        max_examples=8,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    Life.TestCase().runTest()
