"""What follows a renaming elsewhere in the project, and what is only listed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from plgen.commands.rename import rename
from plgen.errors import PlgenError
from test_rename import add, left

# What another file says, and what it says after `old_net` became `new_net`.
FOLLOWED = {
    "from": ("from model.old_net import OldNet\nn = OldNet()\n", None),
    "as": ("from model.old_net import OldNet as N\nn = N()\n", None),
    "as the new name": (
        "from model.old_net import OldNet as NewNet\nNewNet()\n",
        "from model.new_net import NewNet\nNewNet()\n",
    ),
    "as the old name": (
        "from model.old_net import OldNet as OldNet\nOldNet()\n",
        "from model.new_net import NewNet as OldNet\nOldNet()\n",
    ),
    "import as the old name": (
        "import model.old_net as old_net\nold_net.OldNet()\n",
        "import model.new_net as old_net\nold_net.NewNet()\n",
    ),
    "other names": ("from model.old_net import OldNet, old_helper\nold_helper(OldNet)\n", None),
    "several lines": ("from model.old_net import (  # OldNet\n    OldNet,\n)\nx = OldNet\n", "x"),
    "backslash": ("from \\\n  model.old_net \\\n  import OldNet\n", None),
    "from package": ("from model import old_net\nn = old_net.OldNet(old_net.x)\n", None),
    "from package as": ("from model import old_net as m\nn = m.OldNet(m.x)\n", None),
    "exported by the package": ("from model import OldNet\nn = OldNet\n", None),
    "import": ("import model.old_net\nn = model.old_net.OldNet(model.old_net.x)\n", None),
    "import package": ("import model\nm = model.old_net\nmodel.old_net.make(3)\n", None),
    "import package, class": (
        "import model\nfrom model.old_net import OldNet\nn = model.old_net.OldNet()\n",
        None,
    ),
    "import another of it": ("import model.x\nn = model.old_net.OldNet()\n", None),
    "import package as": ("import model as nets\nn = nets.old_net.OldNet(nets.x)\n", None),
    "import package, shadowed": ("import model\ndef f(model): return model.old_net\n", "same"),
    "import, variables of both names": (
        "import model.old_net\nnew_net = model.old_net.OldNet()\nold_net = NewNet = 1\n",
        "import model.new_net\nnew_net = model.new_net.NewNet()\nold_net = NewNet = 1\n",
    ),
    "import as": ("import model.old_net as m\nn = m.OldNet()\n", None),
    "import among others": ("import os, model.old_net as m, sys\n", None),
    "in a function": ("def f():\n    from model.old_net import OldNet\n    return OldNet\n", None),
    "subclass": ("from model.old_net import OldNet\nclass My(OldNet):\n    x: 'OldNet'\n", None),
    "annotation": (
        "from model.old_net import OldNet\ndef f(x: 'list[OldNet]') -> 'OldNet': 1\n",
        None,
    ),
    "annotation with paths": (
        "from model.old_net import OldNet\nx: 'OldNet | m.OldNet | OldNet.x'\n",
        "from model.new_net import NewNet\nx: 'NewNet | m.OldNet | OldNet.x'\n",
    ),
    "annotation with a module": (
        "from model import old_net\nx: 'old_net.OldNet'\n",
        "from model import new_net\nx: 'old_net.OldNet'\n",
    ),
    "values in annotations": (
        "from model.old_net import OldNet\nx: Literal['OldNet'] | Annotated['OldNet', 'OldNet']\n",
        "from model.new_net import NewNet\nx: Literal['OldNet'] | Annotated['NewNet', 'OldNet']\n",
    ),
    "exports": ("from model.old_net import OldNet\n__all__ = ['OldNet', \"z\"]\n", None),
    "f-string": ("from model.old_net import OldNet\nx = f'{OldNet.x} {OldNet!r}'\n", None),
    "f-string of several lines": (
        'from model.old_net import OldNet\nx = f"""\n{OldNet}\n  {OldNet.x}"""\n',
        None,
    ),
    "not ASCII": ("from model.old_net import OldNet\nx = 'é€😀', OldNet\n", None),
    "statements in one line": ("x = 1; from model.old_net import OldNet; y = OldNet\n", None),
    "shadowed": (
        "from model.old_net import OldNet\ndef f(OldNet): return OldNet\n",
        "from model.new_net import NewNet as OldNet\ndef f(OldNet): return OldNet\n",
    ),
    "new name in use": (
        "from model.old_net import OldNet\nNewNet = OldNet\n",
        "from model.new_net import NewNet as OldNet\nNewNet = OldNet\n",
    ),
    "module shadowed": (
        "from model import old_net\ndef f(old_net): return old_net.OldNet()\n",
        "from model import new_net as old_net\ndef f(old_net): return old_net.OldNet()\n",
    ),
    "module shadowed under its other name": (
        "import model.old_net as m\ndef f(m): return m.OldNet()\n",
        "import model.new_net as m\ndef f(m): return m.OldNet()\n",
    ),
    "package of the module shadowed": (
        "import model.old_net\ndef f(model): return model.old_net.OldNet()\n",
        "import model.new_net\ndef f(model): return model.old_net.OldNet()\n",
    ),
    "longer names": ("from model.old_net_2 import OldNet2\nx = old_nets.OldNet\n", "same"),
    "a variable of that name": ("old_net = 1\nprint(old_net.OldNetwork)\n", "same"),
    "another package": ("from lib.old_net import OldNet\nOldNet()\n", "same"),
}


def follow(text: str) -> str:
    """Return a text with every name replaced."""
    return text.replace("old_net", "new_net").replace("OldNet", "NewNet")


@pytest.mark.parametrize(("text", "expected"), FOLLOWED.values(), ids=FOLLOWED)
def test_python_follows(project: Path, text: str, expected: str | None) -> None:
    """Imports and uses follow by the syntax tree; where that is unsafe, the import alone does."""
    wanted = {"same": text, "x": follow(text).replace("# NewNet", "# OldNet")}
    add(project, "old_net", "OldNet")
    user = project / "user.py"
    user.write_bytes(text.encode())

    rename("old_net", "new_net")

    assert user.read_text("utf-8") == wanted.get(expected or "", expected or follow(text))
    ast.parse(user.read_bytes())


@pytest.mark.parametrize(
    "text", ["from .old_net import OldNet\nOldNet()\n", "from . import old_net\nold_net.OldNet\n"]
)
def test_relative_imports_follow(project: Path, text: str) -> None:
    """A neighbour may import with dots; the same text elsewhere means something else."""
    add(project, "old_net", "OldNet")
    for folder in ("model", "data"):
        (project / folder / "user.py").write_text(text)

    rename("old_net", "new_net")

    assert (project / "model/user.py").read_text() == follow(text)
    assert (project / "data/user.py").read_text() == text


@pytest.mark.parametrize("other", ["old/model/__init__.py", "old/model.py", "old/model/old_net.py"])
def test_a_folder_with_a_package_of_that_name(project: Path, other: str) -> None:
    """Where Python would find another module of the name, nothing is certain."""
    add(project, "old_net", "OldNet")
    (project / other).parent.mkdir(parents=True)
    (project / other).write_text("")
    texts = {"user.py": "from model.old_net import OldNet\n", "exp.yaml": "model_name: old_net\n"}
    for file, text in texts.items():
        (project / "old" / file).write_text(text)

    renamed = rename("old_net", "new_net")

    assert {file: (project / "old" / file).read_text() for file in texts} == texts
    assert left(renamed) == ["old/exp.yaml:1", "old/user.py:1"]


OWN = {
    "uses": "class OldNet:\n    def copy(self) -> 'OldNet':\n        return super(OldNet, 1).x\n",
    "title": "# mine\nr'OldNet: what it is.'\n\n\nclass OldNet:\n    pass\n",
    "decorated": "@register\nclass OldNet(Base):  # one\n    pass\n",
    "tabs": "class OldNet:\n\tx = 1\n\n\tdef f(self):\n\t\treturn OldNet.x\n",
}


@pytest.mark.parametrize("text", OWN.values(), ids=OWN)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["", "BOM"])
def test_own_file(project: Path, text: str, newline: str, bom: bytes) -> None:
    """The class follows wherever its own file means it; line ends and marks stay."""
    source = bom + text.replace("\n", newline).encode()
    add(project, "old_net", "OldNet", text=source)

    rename("old_net", "new_net")

    assert (project / "model/new_net.py").read_bytes() == follow(source.decode()).encode()


def test_another_encoding(project: Path) -> None:
    """A file that is not UTF-8 is refused."""
    text = "# -*- coding: latin-1 -*-\nclass OldNet:\n    z = 'é'\n"
    add(project, "old_net", "OldNet", text=text.encode("latin-1"))

    with pytest.raises(PlgenError, match=r"model/old_net\.py is not Python in UTF-8"):
        rename("old_net", "new_net")


def test_a_docstring_stays(project: Path) -> None:
    """A docstring is listed, except for the title that the file starts with."""
    text = '"""OldNet: more than old_net."""\nclass OldNet:\n    """OldNet: mine."""\n'
    add(project, "old_net", "OldNet", text=text.encode())

    renamed = rename("old_net", "new_net")

    assert (project / "model/new_net.py").read_text().splitlines() == [
        '"""NewNet: more than old_net."""',
        "class NewNet:",
        '    """OldNet: mine."""',
    ]
    assert left(renamed) == ["model/new_net.py:1", "model/new_net.py:3"]


CONFIG = """\
# example_net
model_name: example_net
net: {width: 3}
train_dataset: "example_traindata"
eval_datasets: [example_evaldata, 'standard_data']
test_datasets:
  - example_traindata  # the same
example_traindata:
  root: example_traindata
metrics:
- top_k
monitor: val_top_k/example_evaldata
"""


@pytest.mark.parametrize(
    ("old", "new", "changed", "places"),
    [
        ("example_net", "lenet", [2], [1]),
        ("example_traindata", "digits", [4, 7, 8], [9]),
        ("example_evaldata", "digits", [5], [12]),
        ("top_k", "top_one", [11], [12]),
    ],
)
def test_configs_follow(
    project: Path, old: str, new: str, changed: list[int], places: list[int]
) -> None:
    """A value of an option of main.py follows; a comment and a value of one's own are listed."""
    (project / "exp.yaml").write_bytes(CONFIG.replace("\n", "\r\n").encode())

    renamed = rename(old, new)

    before = CONFIG.splitlines()
    after = (project / "exp.yaml").read_bytes().decode().split("\r\n")
    numbers = [n for n, pair in enumerate(zip(before, after, strict=False), 1) if len({*pair}) > 1]
    assert numbers == changed
    assert all(new in after[number - 1] for number in changed)
    assert [p.line for p in renamed.left if p.file == "exp.yaml"] == places


MAIN = {
    "add('--model_name', default='example_net')": True,
    "add('--model_name', choices=('example_net', 'standard_net'))": True,
    "parser.set_defaults(model_name='example_net')": False,
    "add('--run_name', default='example_net')": False,
    "add('--train_dataset', default='example_net')": False,
    "wandb.init(project='example_net', entity='lab')": False,
    "BUCKET = 'example_net'": False,
}


@pytest.mark.parametrize(("text", "followed"), MAIN.items(), ids=MAIN)
def test_strings_of_main(project: Path, text: str, *, followed: bool) -> None:
    """What an option of the kind is given follows; any other string is listed."""
    main = project / "main.py"
    main.write_text(f"{text}\n")

    renamed = rename("example_net", "lenet")

    assert main.read_text() == (text.replace("example_net", "lenet") if followed else text) + "\n"
    assert ("main.py:1" in left(renamed)) is not followed


def test_a_package_that_exports_the_class_follows(project: Path) -> None:
    """An import and `__all__` beside the register change together with it."""
    package = project / "model/__init__.py"
    text = package.read_text().replace('"NETS", ', '"NETS", "StandardNet", ')
    package.write_text(f"from model.standard_net import StandardNet\n{text}")

    rename("standard_net", "tiny_net")

    expected = text.replace("standard_net", "tiny_net").replace("StandardNet", "TinyNet")
    assert package.read_text() == f"from model.tiny_net import TinyNet\n{expected}"


def test_defaults_of_main_follow(project: Path) -> None:
    """main.py trains the renamed net by default; its other words stay."""
    rename("example_net", "lenet")
    rename("example_evaldata", "digits")

    main = (project / "main.py").read_text()
    assert 'add("--model_name", default="lenet"' in main
    assert 'add("--eval_datasets", nargs="*", default=["digits"]' in main


def test_a_class_called_like_its_module(project: Path) -> None:
    """A package gives the module, which holds the class of the same name."""
    text = b'"""unet: ours."""\n\nfrom torch import nn\n\n\nclass unet(nn.Module):\n    pass\n'
    add(project, "unet", "unet", text=text)
    (project / "user.py").write_text("from model import unet\n\nnet = unet.unet()\n")

    rename("unet", "my_unet")

    expected = "from model import my_unet\n\nnet = my_unet.MyUnet()\n"
    assert (project / "user.py").read_text() == expected
    assert (project / "model/my_unet.py").read_text().startswith('"""MyUnet: ours."""\n')


def test_a_use_that_stays_is_no_change(project: Path) -> None:
    """A file that uses only the class, which keeps its name, is not in the plan."""
    add(project, "resnet", "ResNet")
    (project / "user.py").write_text("from model import ResNet\n\n# resnet\nResNet()\n")

    plan = rename("resnet", "res_net").plan

    assert "user.py" not in {operation.path for operation in plan.operations}
