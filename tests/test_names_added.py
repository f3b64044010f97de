"""The naming rule holds in a project whatever is typed."""

from __future__ import annotations

import ast
import string
import sys
from pathlib import Path

from conftest import contents, plgen, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plgen.commands.add import add
from plgen.errors import NameRefused
from plgen.naming.kinds import KINDS, Kind
from plgen.project import register

SPELLINGS = st.one_of(
    st.from_regex(r"[a-z][a-z0-9]{0,9}([_ -][A-Za-z0-9]{1,9}){0,3}", fullmatch=True),
    st.text(string.ascii_letters + string.digits + "_- ./\\é{$\n'", max_size=70),
)
SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


def test_whatever_is_typed(project: Path) -> None:
    """An accepted name gives a registered class, a refused one changes nothing, a proposal is good.

    The project is in order afterwards, and the linter and the formatter find nothing to change.
    """
    accepted: list[str] = []

    @SETTINGS
    @given(SPELLINGS, st.sampled_from(KINDS))
    def type_name(typed: str, kind: Kind) -> None:
        before = contents(project)
        try:
            added = add(kind, typed)
        except NameRefused as refusal:
            assert contents(project) == before
            if refusal.hint.startswith(f"plgen {kind.command} "):
                add(kind, refusal.hint.split()[-1])
            return
        accepted.append(added.name.module)
        tree = ast.parse((project / added.file).read_bytes())
        assert added.name.class_name in {
            node.name for node in tree.body if isinstance(node, ast.ClassDef)
        }
        package = (project / kind.package).read_bytes()
        assert added.name.module in register.read(package, kind).names

    type_name()

    assert len(set(accepted)) > 10
    checked = plgen("check", cwd=project)
    assert checked.returncode == 0, checked.stdout
    for command in (["check"], ["format", "--check"]):
        done = run(sys.executable, "-m", "ruff", *command, project)
        assert done.returncode == 0, done.stdout
