"""`plgen remove`: nothing that is in use goes, and nothing that git does not have."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from conftest import contents, plgen, run
from plgen import reports
from plgen.commands.add import add
from plgen.commands.check import check
from plgen.commands.remove import Removed, remove
from plgen.errors import PlgenError, UsageError
from plgen.naming.kinds import NET

FILE = "model/standard_net.py"


def git(*arguments: str) -> None:
    """Run git in the current folder, where it must not fail."""
    done = run("git", *arguments)
    assert done.returncode == 0, done.stderr


def get_back(removed: Removed, folder: Path) -> None:
    """Type what is printed of the way back, in some folder."""
    back, _, cure = removed.back.removeprefix("to restore it: ").partition(", then ")
    done = run(*shlex.split(back), cwd=folder)
    assert done.returncode == 0, done.stderr
    assert cure == "add 'standard_net' to NETS (or plgen check --fix)"
    assert check(fix=True, start=folder).left == ()


def test_what_git_has_is_removed(project: Path) -> None:
    """File and register go together; the plan is what then happened, and the way back works."""
    before = contents(project)

    planned = remove("standard_net", dry_run=True)
    unchanged = contents(project) == before
    removed = remove("standard_net")
    gone = not (project / FILE).exists() and check().findings == ()

    assert unchanged
    assert gone
    assert planned.plan == removed.plan
    assert [each.json["operation"] for each in removed.plan.operations] == ["edit", "delete"]
    get_back(removed, project / "data")
    assert contents(project)[FILE] == before[FILE]


def test_the_line_of_the_register_is_no_mention(project: Path) -> None:
    """A register in one line is edited, and not listed for the user to check."""
    package = project / "model/__init__.py"
    before = package.read_text()
    start, end = before.index("NETS = ("), before.index(")", before.index("NETS = ("))
    package.write_text(before[:start] + 'NETS = ("example_net", "standard_net"' + before[end:])

    removed = remove("standard_net", force=True)

    assert "model/__init__.py" not in {each.file for each in removed.left}


def test_a_repository_within_is_said_to_be_left(project: Path) -> None:
    """The files of another repository are not searched, and a note says so."""
    (project / "lib").mkdir()
    git("init", "--quiet", "lib")
    (project / "lib/a.py").write_text("from model.standard_net import StandardNet\n")

    removed = remove("standard_net", dry_run=True)

    assert removed.notes == ("not searched: lib/ (a repository of its own)",)


USES = {
    "import": ("user.py", "from model.standard_net import StandardNet\n"),
    "config": ("exp/a.yaml", "lr: 0.1\nmodel_name: standard_net\n"),
    "script": ("sweep.sh", "# sweep\npython main.py --model_name standard_net\n"),
    "script that is merged": ("user.py", "<<<<<<< HEAD\nfrom model.standard_net import x\n"),
    "base": ("model/other.py", "from .standard_net import StandardNet as S\n"),
}


@pytest.mark.parametrize(("file", "text"), USES.values(), ids=USES)
def test_what_is_in_use_is_kept(project: Path, file: str, text: str) -> None:
    """Every place that would break is named."""
    (project / file).parent.mkdir(exist_ok=True)
    (project / file).write_text(text)

    with pytest.raises(PlgenError, match="is in use") as refused:
        remove("standard_net")

    line = text.count("\n")
    assert refused.value.message == f"'standard_net' is in use: {file}:{line}"
    assert (project / FILE).is_file()
    assert remove("standard_net", force=True).left[0].file in {"README.md", file}


VALUES = {
    "monitor": ("exp.yaml", "metrics: [acc]\nmonitor: val_top_k/cifar_data:a\n"),
    "callback": ("exp.yaml", "callbacks: [EarlyStopping]\nEarlyStopping: {monitor: val_top_k}\n"),
    "script": ("sweep.sh", "python main.py \\\n  --monitor test_top_k\n"),
}


@pytest.mark.parametrize(("file", "text"), VALUES.values(), ids=VALUES)
def test_the_values_of_a_metric_are_in_use(project: Path, file: str, text: str) -> None:
    """A metric is used where what it logs is monitored or read."""
    (project / file).write_text(text)

    with pytest.raises(PlgenError, match=f"in use: {file}:{text.count(chr(10))}"):
        remove("top_k")


def test_a_default_of_main_is_in_use(project: Path) -> None:
    """What main.py trains without being told is not removed."""
    for name in ("example_net", "example_traindata"):
        with pytest.raises(PlgenError, match=r"in use: (.*, )?main\.py:\d+"):
            remove(name)
    assert (project / "model/example_net.py").is_file()


def test_a_registered_name_without_a_file(project: Path) -> None:
    """What is left of a file that went by other ways can be removed too."""
    (project / FILE).unlink()

    removed = remove("standard_net")

    assert reports.removed(removed).text.startswith("removed standard_net from NETS\n")
    assert [each.path for each in removed.plan.operations] == ["model/__init__.py"]
    assert check().findings == ()


def test_the_last_of_its_kind(project: Path) -> None:
    """A register may become empty, and grow again."""
    remove("top_k", force=True)
    empty = check().findings

    text = "from torchmetrics import Metric\nclass MyRate(Metric): ...\n"
    (project / "utils/my_rate.py").write_text(text)
    check(fix=True)

    assert empty == ()
    assert 'METRICS = ("my_rate",)' in (project / "utils/__init__.py").read_text()


def test_in_use_in_many_places(project: Path) -> None:
    """The first places are named, and the others counted."""
    for number in range(7):
        (project / f"user_{number}.py").write_text("from model import standard_net\n")

    with pytest.raises(PlgenError) as refused:
        remove("standard_net")

    named = ", ".join(f"user_{number}.py:1" for number in range(5))
    assert refused.value.message == f"'standard_net' is in use: {named} and 2 more"


@pytest.mark.parametrize("name", ["zzz", "plots", "__init__"])
def test_what_no_register_lists(project: Path, name: str) -> None:
    """What is not there cannot be removed, and neither can a helper."""
    (project / "utils/plots.py").write_text("class Plots: ...\n")
    before = contents(project)

    with pytest.raises(UsageError, match=r"there is no net, dataset, .* or interface") as refused:
        remove(name, force=True)

    assert refused.value.hint == "plgen list"
    assert contents(project) == before


def test_a_name_beside_a_broken_register(project: Path) -> None:
    """Its modules are not known, so no name is proposed that would then be refused."""
    package = project / "model/__init__.py"
    package.write_text(package.read_text().replace("NETS = (", "NETS = ["))

    with pytest.raises(PlgenError, match=r"model/__init__\.py"):
        remove("standart_net", force=True)


def test_command(project: Path) -> None:
    """From any folder, the program prints the plan and the way back; again, it is gone."""
    add(NET, "my_net")
    git("add", "--all")
    git("commit", "--quiet", "-m", "x")
    commit = run("git", "rev-parse", "--short", "HEAD").stdout.strip()
    dry = plgen("remove", "my_net", "--dry-run", cwd=project / "data")
    done = plgen("remove", "model/my_net.py", "--json", cwd=project / "data")
    again = plgen("remove", "my_net")

    assert dry.stdout.splitlines()[0] == "would remove model/my_net.py"
    assert f"git -C {project} checkout {commit} -- model/my_net.py" in dry.stdout
    data = json.loads(done.stdout)
    assert data["commit"] == commit
    assert [each["operation"] for each in data["plan"]] == ["edit", "delete"]
    assert again.returncode == 2
    assert (
        "error: there is no net, dataset, metric, loss, scheduler, callback or interface 'my_net'"
        in again.stderr
    )
