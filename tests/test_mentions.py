"""Where a name is acted on, and where it is only told of."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import plgen
from plgen.commands.remove import remove
from plgen.commands.rename import rename
from plgen.errors import PlgenError
from test_rename import add

# A line of Python, whether it holds `old_net` back, and whether it does so for `attention`.
PYTHON: dict[str, tuple[str, bool, bool]] = {
    "bare": ("x = 'NAME'", True, True),
    "path": ("x = 'model/NAME.py'", True, True),
    "command": ("run('python main.py --model_name NAME', shell=True)", True, True),
    "option": ("run(['main.py', '--model_name=NAME'])", True, True),
    "pair": ("OVERRIDES = 'model_name: NAME'", True, True),
    "f-string": ("run(f'python main.py --model_name NAME --seed {seed}')", True, True),
    "raw": ("run(r'python main.py --model_name NAME')", True, True),
    "several lines": ("run('''\npython main.py \\\n  --model_name NAME''')", True, True),
    "joined": ("run('python main.py '\n    '--model_name NAME')", True, True),
    "words": ("print('NAME is all you need')", True, False),
    "method": ("'NAME is all you need'.split()", True, False),
    "docstring": ("'''Train: python main.py --model_name NAME'''", False, False),
    "docstring within": ("def f():\n    '''NAME'''  # why\n    return 1", False, False),
    "text between": ("x = 1\n'''NAME'''\ny = 2", False, False),
    "comment": ("x = 1  # 'NAME'", False, False),
}


def held(project: Path, name: str, file: str, text: str) -> bool:
    """Tell whether a file keeps a net from being removed, or only that git does not have it."""
    add(project, name, "Other")
    (project / file).write_text(text.replace("NAME", name))
    with pytest.raises(PlgenError) as refused:
        remove(name)
    return refused.value.message.startswith(f"{name!r} is in use: {file}:")


@pytest.mark.parametrize(("text", "acts", "also_if_common"), PYTHON.values(), ids=PYTHON)
def test_strings_of_python(project: Path, text: str, *, acts: bool, also_if_common: bool) -> None:
    """A string is acted on unless it is documentation, or a common word among others."""
    assert held(project, "old_net", "user.py", f"{text}\n") == acts
    assert held(project, "attention", "user.py", f"{text}\n") == also_if_common


SCRIPTS: dict[str, tuple[str, bool]] = {
    "comment": ("# NAME\n", False),
    "comment behind": ("lr=1 # was for NAME\n", False),
    "comment with quotes": ('# don\'t use the "best" NAME\n', False),
    "directive": ("#SBATCH --export=NET=NAME\n", True),
    "sign in a word": ("python main.py --run_name a#1 --model_name NAME\n", True),
    "sign in a string": ('echo "run # 1" && python main.py --model_name NAME\n', True),
    "within the string": ("sh -c 'echo # 1; python main.py --model_name NAME'\n", True),
}


@pytest.mark.parametrize(("text", "acts"), SCRIPTS.values(), ids=SCRIPTS)
def test_comments_of_scripts(project: Path, text: str, *, acts: bool) -> None:
    """The text behind the sign is prose if the sign begins a comment."""
    assert held(project, "old_net", "run.sh", text) == acts


@pytest.mark.parametrize(
    "file", ["NOTES.md", "notes.txt", "results.csv", "train.log", ".gitignore", "CODEOWNERS"]
)
def test_what_is_read_holds_nothing(project: Path, file: str) -> None:
    """Manuals, results and what git ignores name what there was."""
    assert not held(project, "old_net", file, "NAME: 0.93\n")


def test_the_name_is_seen_in_a_long_line(project: Path) -> None:
    """Of a line that is too long, the part with the name is shown."""
    words = "word " * 50
    (project / "a.md").write_text(f"{words}old_net {words}\nold_net {words}\n{words}old_net\n")
    add(project, "old_net", "OldNet")

    shown = [place.text for place in remove("old_net", force=True).left]

    assert [len(text) for text in shown] == [100, 97, 97]
    assert all("old_net" in text for text in shown)
    assert [(text.startswith("..."), text.endswith("...")) for text in shown] == [
        (True, True),
        (False, True),
        (True, False),
    ]


def test_many_lines_are_counted(project: Path) -> None:
    """A table may name it in each of its lines, which would hide the other files."""
    (project / "a.csv").write_text("standard_net,1\n" * 5000)

    lines = plgen("remove", "standard_net", "--dry-run").stdout.splitlines()

    assert sum(line.startswith("    a.csv:") for line in lines) == 11
    assert "    a.csv: and 4990 more lines" in lines


# Files that lie beside the net, and whether the last one keeps it and is listed.
EXPORT = "from model.old_net import OldNet\n\n__all__ = ['OldNet']\n"
USE = "\nnet = OldNet()\n"
CHAINS: dict[str, tuple[dict[str, str], bool]] = {
    "exported": (
        {"model/zoo.py": EXPORT, "scripts/a.py": f"from model.zoo import OldNet{USE}"},
        True,
    ),
    "exported twice": (
        {
            "model/zoo.py": EXPORT,
            "lib/__init__.py": "from model.zoo import OldNet\n",
            "a.py": f"from lib import OldNet{USE}",
        },
        True,
    ),
    "beside the script": (
        {"scripts/zoo.py": EXPORT, "scripts/a.py": f"from zoo import OldNet{USE}"},
        True,
    ),
    "the project's folder": (
        {"a.py": f"from sample.model.old_net import OldNet{USE}"},
        True,
    ),
    "the module's folder": ({"a.py": f"from old_net import OldNet{USE}"}, True),
    "in a circle": (
        {
            "lib/a.py": "from lib.b import OldNet\n",
            "lib/b.py": "from lib.a import OldNet\n",
        },
        False,
    ),
    "another class": (
        {"lib/b.py": "class OldNet:\n    pass\n", "a.py": f"from lib.b import OldNet{USE}"},
        False,
    ),
    "a package called alike": ({"a.py": f"from timm.model import OldNet{USE}"}, False),
    "not of the project": ({"a.py": f"from timm.models import OldNet{USE}"}, False),
}


@pytest.mark.parametrize(("files", "listed"), CHAINS.values(), ids=CHAINS)
def test_a_class_is_found_by_whatever_way_it_comes(
    project: Path, files: dict[str, str], *, listed: bool
) -> None:
    """The export of another file breaks with the module; another class of the name does not."""
    add(project, "old_net", "OldNet")
    for file, text in files.items():
        (project / file).parent.mkdir(exist_ok=True)
        (project / file).write_text(text)
    file = [*files][-1]

    kept = {place.file for place in remove("old_net", force=True, dry_run=True).left}
    left = {place.file for place in rename("old_net", "new_net").left}

    assert (file in kept) == (file in left) == listed


# A line of Python that names a module as an attribute, and which names of it are listed.
ATTRIBUTES = {
    "import model\nx = model.NAME.make(3)\n": {"old_net", "attention"},
    "import model as nets\nx = nets.NAME\n": {"old_net", "attention"},
    "import model\ndef f(model):\n    return model.NAME\n": {"old_net", "attention"},
    "import model\nNAME = model.x\n": set[str](),
    "def f(model):\n    return model.NAME(1)\n": {"old_net"},
    "x.NAME = 1\n": {"old_net"},
    "x._OldNet__part = 1\n": {"old_net"},
    "delattr(x, '_OldNet__part')\n": {"old_net"},
    "x._OldNetwork__part = 1\n": set[str](),
}


@pytest.mark.parametrize("name", ["old_net", "attention"])
@pytest.mark.parametrize("text", ATTRIBUTES)
def test_attributes(project: Path, text: str, name: str) -> None:
    """The module may be an attribute of its package; a common word is so only of the package."""
    assert held(project, name, "user.py", text) == (name in ATTRIBUTES[text])


def test_attributes_that_are_not_sure_are_listed(project: Path) -> None:
    """Mentions that a renaming does not follow are listed for the user."""
    text = "import model\nfrom model.old_net import OldNet\n\n\ndef f(model):\n    return "
    add(project, "old_net", "OldNet")
    (project / "a.py").write_text(f"{text}model.old_net.OldNet\n")
    (project / "b.py").write_text(f"{text}model.OldNet\n")
    (project / "c.py").write_text(
        "from model import old_net as m\n\n\ndef f(m):\n    return m.OldNet\n"
    )

    found = rename("old_net", "new_net").left

    assert [place for place in map(str, found) if place[:2] in {"a.", "b.", "c."}] == [
        "a.py:6: return model.old_net.OldNet",
        "b.py:6: return model.OldNet",
        "c.py:5: return m.OldNet",
    ]
