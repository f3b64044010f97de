"""`rename` and `remove` search every text file that git does not ignore."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import plgen, run
from plgen.commands.remove import remove
from plgen.commands.rename import rename
from plgen.errors import PlgenError

COMMAND = "python main.py --model_name standard_net\n"


def write(file: Path, content: str | bytes = COMMAND) -> Path:
    """Write a file, in whatever folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def places() -> list[str]:
    """Return where the net is still named, in other files than those of the template."""
    left = (f"{place.file}:{place.line}" for place in remove("standard_net", dry_run=True).left)
    return [place for place in left if not place.startswith(("README.md:", "main.py:"))]


def refusal() -> str:
    """Return why the net cannot be removed."""
    with pytest.raises(PlgenError) as refused:
        remove("standard_net")
    return refused.value.message


@pytest.mark.parametrize(
    "file",
    """
    job.sbatch run.slurm Makefile sweep.zsh scripts/sweep tools/run.R .gitlab-ci.yml
    .github/workflows/train.yml .vscode/launch.json .plgen/parts/net.py.jinja notes/a.ipynb
    """.split(),
)
def test_any_file_may_use_it(project: Path, file: str) -> None:
    """What runs main.py need not end in .sh, nor lie in sight."""
    write(project / file)

    assert refusal() == f"'standard_net' is in use: {file}:1"
    assert f"{file}:1" in [f"{p.file}:{p.line}" for p in rename("standard_net", "tiny_net").left]
    assert (project / file).read_text() == COMMAND


ODD: dict[str, tuple[str, bytes]] = {
    "a byte of latin-1": ("run.sh", b"# caf\xe9\n" + COMMAND.encode()),
    "YAML in latin-1": ("a.yaml", "# café\nmodel_name: standard_net\n".encode("latin-1")),
    "a large notebook": ("a.ipynb", b"x" * 1_100_000 + b"\n" + COMMAND.encode()),
}


@pytest.mark.parametrize(("file", "content"), ODD.values(), ids=ODD)
def test_any_text_is_read(project: Path, file: str, content: bytes) -> None:
    """A size or an encoding hides nothing; what cannot be written back as it was is only listed."""
    write(project / file, content)

    assert refusal() == f"'standard_net' is in use: {file}:2"
    assert f"{file}:2" in [f"{p.file}:{p.line}" for p in rename("standard_net", "tiny_net").left]
    assert (project / file).read_bytes() == content


def test_what_is_too_large_is_said(project: Path) -> None:
    """A text of many megabytes is not read, and both commands say so; data is passed over."""
    text, data = write(project / "all.json", COMMAND * 50), write(project / "all.raw", b"\0" * 50)
    for file in (text, data):
        os.truncate(file, 21_000_000)
    note = "not searched: all.json (larger than 20 MB)"

    removed = plgen("remove", "standard_net", "--dry-run")
    renamed = rename("standard_net", "tiny_net")

    assert note in removed.stdout.splitlines()
    assert renamed.notes == (note,)


def hide(project: Path) -> None:
    """Let the project's own file say what git ignores."""
    with (project / ".gitignore").open("a") as file:
        file.write("/local/\n")


def hide_for_me(project: Path) -> None:
    """Let the user's own file say what git ignores."""
    ignore = write(project.parent / "ignored", "local\n")
    run("git", "config", "--global", "core.excludesFile", str(ignore))


@pytest.mark.parametrize("way", [hide, hide_for_me])
def test_what_git_ignores_is_not_searched(project: Path, way: Callable[[Path], None]) -> None:
    """Data may lie beside the code; without git there is nothing to tell it by."""
    write(project / "local/run.sh")
    before = refusal()
    way(project)
    ignored = places()
    shutil.rmtree(project / ".git")

    assert before == "'standard_net' is in use: local/run.sh:1"
    assert ignored == []
    assert refusal() == before


@pytest.mark.parametrize(
    ("file", "mark"),
    [
        ("Logs/a/config.yaml", ""),
        ("runs/a/config.yaml", "runs/a/run.json"),
        ("env/lib/a.py", "env/pyvenv.cfg"),
        ("env/lib/a.py", "env/conda-meta/history"),
        (".ruff_cache/a.json", ""),
        ("a.dat", ""),
    ],
)
@pytest.mark.parametrize("git", [True, False], ids=["git", "no git"])
def test_records_and_tools_are_not_searched(
    project: Path, file: str, mark: str, *, git: bool
) -> None:
    """Runs wherever they are, environments, caches and binary files are no use of it."""
    write(project / file, b"\0standard_net" if file.endswith(".dat") else "net: standard_net\n")
    if mark:
        write(project / mark, "{}")
    if not git:
        shutil.rmtree(project / ".git")

    renamed = rename("standard_net", "tiny_net", dry_run=True)

    assert file not in {place.file for place in renamed.left}
    assert file not in {each.json["path"] for each in renamed.plan.operations}


@pytest.mark.parametrize("git", [True, False], ids=["git", "no git"])
def test_a_record_hides_no_scripts(project: Path, *, git: bool) -> None:
    """A folder is that of a run if it holds the options of one too."""
    write(project / "scripts/run.json", "{}")
    write(project / "scripts/run.sh")
    if not git:
        shutil.rmtree(project / ".git")

    assert refusal() == "'standard_net' is in use: scripts/run.sh:1"


def test_names_that_are_no_text(project: Path) -> None:
    """A file is searched whatever bytes its name is made of, also with a blank before it."""
    write(project / " a.sh")
    write(project / os.fsdecode(b"caf\xe9.sh"))

    assert refusal() == "'standard_net' is in use:  a.sh:1, caf\udce9.sh:1"


def test_links(project: Path, tmp_path: Path) -> None:
    """A link leads to another file, which is searched where it is in the project."""
    shared = write(tmp_path / "shared.yaml", "model_name: standard_net\n")
    own = write(project / "own.yaml", "model_name: standard_net\n")
    (project / "configs").mkdir()
    (project / "configs/shared.yaml").symlink_to(shared)
    (project / "configs/own.yaml").symlink_to(own)
    (project / "configs/itself.yaml").symlink_to("itself.yaml")
    (project / "more").symlink_to(tmp_path)

    message = refusal()
    renamed = rename("standard_net", "tiny_net")

    assert message == "'standard_net' is in use: own.yaml:1"
    assert renamed.left == ()
    assert renamed.notes == ()
    assert shared.read_text() == "model_name: standard_net\n"
    assert own.read_text() == "model_name: tiny_net\n"


def test_the_code_follows_whatever_git_ignores(project: Path) -> None:
    """A line that was meant for data hides the datasets from git; a renaming still finds them."""
    (project / ".gitignore").write_text("data/\n")
    run("git", "rm", "--quiet", "-r", "--cached", "data")

    rename("example_traindata", "digits")

    assert (
        "from data.digits import HELD_OUT, Digits"
        in (project / "data/example_evaldata.py").read_text()
    )


def test_a_project_that_is_ignored(project: Path) -> None:
    """A repository that keeps nothing of the project cannot say what is in it."""
    shutil.rmtree(project / ".git")
    run("git", "init", "--quiet", cwd=project.parent)
    write(project.parent / ".gitignore", "*\n")
    write(project / "run.sh")

    assert refusal() == "'standard_net' is in use: run.sh:1"
