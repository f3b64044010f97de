"""Parameters in a constructor that somebody has written: `--like` with `--param`."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from conftest import run
from plgen.commands.add import add
from plgen.commands.listing import listing
from plgen.errors import NameRefused, UsageError
from plgen.naming.kinds import KINDS, NET, Kind

HEAD = "from torch import nn\n\n\nclass FirstNet(nn.Module):\n"
# The constructor of FirstNet, and that of a copy with `depth:int=3`.
WRITTEN = {
    "one line": (
        "    def __init__(self, width: int = 8) -> None:\n        super().__init__()\n",
        (
            "    def __init__(self, width: int = 8, depth: int = 3) -> None:\n"
            "        super().__init__()\n        self.depth = depth\n"
        ),
    ),
    "one line, with a comma": (
        "    def __init__(self, a=1,):\n        self.a = a\n",
        (
            "    def __init__(self, a=1, depth: int = 3,):\n"
            "        self.depth = depth\n        self.a = a\n"
        ),
    ),
    "one a line": (
        "    def __init__(\n        self,\n        a=(8),\n    ):\n        self.a = a\n",
        (
            "    def __init__(\n        self,\n        a=(8),\n        depth: int = 3,\n    ):\n"
            "        self.depth = depth\n        self.a = a\n"
        ),
    ),
    "one a line, and the rest": (
        "    def __init__(\n        self,\n        **rest,\n    ):\n        pass\n",
        (
            "    def __init__(\n        self,\n        depth: int = 3,\n        **rest,\n    ):\n"
            "        self.depth = depth\n        pass\n"
        ),
    ),
    "several lines, and the end in the line": (
        "    def __init__(self,\n                 a=2**3, **rest):\n        pass\n",
        (
            "    def __init__(self,\n                 a=2**3, depth: int = 3, **rest):\n"
            "        self.depth = depth\n        pass\n"
        ),
    ),
    "comments": (
        (
            "    def __init__(\n        self,\n        a: int = 8,  # size (m)\n    ) -> None:\n"
            '        """Build."""\n        super().__init__()  # first\n        self.a = a\n'
        ),
        (
            "    def __init__(\n        self,\n        a: int = 8,  # size (m)\n"
            '        depth: int = 3,\n    ) -> None:\n        """Build."""\n'
            "        super().__init__()  # first\n        self.depth = depth\n"
            "        self.a = a\n"
        ),
    ),
    "comment without a comma": (
        "    def __init__(\n        self,  # me\n        a=(8)  # b\n    ):\n        self.a = a\n",
        (
            "    def __init__(\n        self,  # me\n        a=(8), depth: int = 3  # b\n"
            "    ):\n        self.depth = depth\n        self.a = a\n"
        ),
    ),
    "parentheses around a default, with comments": (
        (
            "    def __init__(\n        self,\n        a=(  # wide (\n"
            "            64  # half of ResNet (He et al.)\n        ),\n    ):\n        pass\n"
        ),
        (
            "    def __init__(\n        self,\n        a=(  # wide (\n"
            "            64  # half of ResNet (He et al.)\n        ),\n        depth: int = 3,\n"
            "    ):\n        self.depth = depth\n        pass\n"
        ),
    ),
    "parentheses around a default, at the end": (
        "    def __init__(self, a=((8) # )\n        )  # (b)\n    ):\n        pass\n",
        (
            "    def __init__(self, a=((8) # )\n        ), depth: int = 3  # (b)\n    ):\n"
            "        self.depth = depth\n        pass\n"
        ),
    ),
    "parentheses around a type": (
        "    def __init__(self, *, a: (int)):\n        pass\n",
        (
            "    def __init__(self, *, a: (int), depth: int = 3):\n"
            "        self.depth = depth\n        pass\n"
        ),
    ),
    "all kinds of parameters": (
        "    def __init__(self, a=(1, 2), /, *b, c: str = '),', **d):\n        pass\n",
        (
            "    def __init__(self, a=(1, 2), /, *b, c: str = '),', depth: int = 3, **d):\n"
            "        self.depth = depth\n        pass\n"
        ),
    ),
    "one only by position": (
        "    def __init__(self, a=1, /, b=2):\n        pass\n",
        (
            "    def __init__(self, a=1, /, b=2, depth: int = 3):\n"
            "        self.depth = depth\n        pass\n"
        ),
    ),
    "only by name": (
        "    def __init__(self, *, a):\n        pass\n",
        (
            "    def __init__(self, *, a, depth: int = 3):\n"
            "        self.depth = depth\n        pass\n"
        ),
    ),
    "decorated function first": (
        (
            "    def __init__(self):\n        @staticmethod\n        def f(): ...\n"
            "        self.f = f\n        super().__init__()\n"
        ),
        (
            "    def __init__(self, depth: int = 3):\n        self.depth = depth\n"
            "        @staticmethod\n        def f(): ...\n"
            "        self.f = f\n        super().__init__()\n"
        ),
    ),
    "body behind the colon": (
        "    def __init__(self, a=1): super().__init__()\n",
        "    def __init__(self, a=1, depth: int = 3): super().__init__(); self.depth = depth\n",
    ),
    "body behind the colon, without a base class": (
        "    def __init__(self): pass\n",
        "    def __init__(self, depth: int = 3): self.depth = depth; pass\n",
    ),
    "end of the file": (
        "    def __init__(self):\n        super().__init__()",
        (
            "    def __init__(self, depth: int = 3):\n"
            "        super().__init__()\n        self.depth = depth"
        ),
    ),
    "attribute in use": (
        "    def __init__(self):\n        self.depth = 5\n",
        "    def __init__(self, depth: int = 3):\n        self.depth = 5\n",
    ),
    "parameter that is there": (
        "    def __init__(self, a=1, depth: int = 8):\n        super().__init__()\n",
        "    def __init__(self, a=1, depth: int = 3):\n        super().__init__()\n",
    ),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(("before", "after"), WRITTEN.values(), ids=WRITTEN)
def test_like_with_a_parameter(project: Path, before: str, after: str, newline: str) -> None:
    """A copy takes the parameter, and is otherwise the same; the same command again is done."""
    add(NET, "first_net")
    text = (HEAD + before).replace("\n", newline)
    (project / "model/first_net.py").write_bytes(text.encode())

    add(NET, "second_net", ["depth:int=3"], "first_net")

    copy = (HEAD.replace("First", "Second") + after).replace("\n", newline)
    assert (project / "model/second_net.py").read_bytes().decode() == copy
    assert add(NET, "second_net", ["depth:int=3"], "first_net").plan.operations == ()
    with pytest.raises(NameRefused, match="already exists, and differs"):
        add(NET, "second_net", ["depth:int=4"], "first_net")


IMPORTS = {
    "none": ("", "from typing import Literal\n"),
    "comments": (
        "#!/usr/bin/python\n# mine\n",
        "#!/usr/bin/python\n# mine\n\n\nfrom typing import Literal\n",
    ),
    "docstring": ('"""A net."""\n', '"""A net."""\n\nfrom typing import Literal\n'),
    "other libraries": (
        '"""A net."""\n\nimport torch\n',
        '"""A net."""\n\nfrom typing import Literal\n\nimport torch\n',
    ),
    "the standard library": (
        "import math  # pi\n\nimport torch\n",
        "import math  # pi\nfrom typing import Literal\n\nimport torch\n",
    ),
    "typing": (
        "import math\nfrom typing import Any\n",
        "import math\nfrom typing import Any, Literal\n",
    ),
    "there": ("import a\nfrom typing import Literal\n", "import a\nfrom typing import Literal\n"),
    "the future": (
        "from __future__ import annotations\n\nimport torch\n",
        "from __future__ import annotations\n\nfrom typing import Literal\n\nimport torch\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), IMPORTS.values(), ids=IMPORTS)
def test_import_of_literal(project: Path, before: str, after: str) -> None:
    """A type that needs an import gets it where the linter wants it."""
    add(NET, "first_net")
    body = "\n\nclass FirstNet:\n    def __init__(self): ...\n"
    (project / "model/first_net.py").write_text(before + body)

    add(NET, "second_net", ["act:Literal['a','b']=a"], "first_net")

    text = (project / "model/second_net.py").read_text()
    assert text.partition("class")[0].strip() == after.strip()
    ast.parse(text)


def test_a_parameter_without_a_default(project: Path) -> None:
    """It stays a required option, and the refusal says so."""
    add(NET, "first_net")
    body = "class FirstNet:\n    def __init__(self, classes: int): ...\n"
    (project / "model/first_net.py").write_text(body)

    with pytest.raises(UsageError, match="the class uses this name already"):
        add(NET, "second_net", ["classes:int=4"], "first_net")


def test_an_import_after_the_class(project: Path) -> None:
    """It is too late for a type of the class."""
    add(NET, "first_net")
    body = "class FirstNet:\n    def __init__(self): ...\n\n\nimport json\n"
    (project / "model/first_net.py").write_text(body)

    add(NET, "second_net", ["act:Literal['a','b']=a"], "first_net")

    assert (project / "model/second_net.py").read_text().startswith("from typing import Literal\n")


@pytest.mark.parametrize("parameters", ["", "self, /", "self, a=1, /, **rest"])
def test_a_constructor_that_cannot_take_one(project: Path, parameters: str) -> None:
    """A parameter that main.py could not give by name is refused."""
    add(NET, "first_net")
    body = f"class FirstNet:\n    def __init__({parameters}): ...\n"
    (project / "model/first_net.py").write_text(body)

    with pytest.raises(UsageError, match="SecondNet has no constructor that takes --param"):
        add(NET, "second_net", ["depth:int=3"], "first_net")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_attributes_of_the_part(project: Path, kind: Kind) -> None:
    """A parameter with the name of an attribute of the part does not replace it."""
    first = (project / add(kind, "first_one").file).read_text()
    class_ = next(node for node in ast.parse(first).body if isinstance(node, ast.ClassDef))
    own = {
        each.name
        for group in listing().groups
        for item in group.items
        if (group.kind, item.name) == (kind, "first_one")
        for each in item.hyperparameters
    }
    stored = {
        node.attr
        for node in ast.walk(class_)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    typed = [f"{name}:str=x" for name in sorted(stored - own)]

    add(kind, "second_one", typed)
    add(kind, "third_one", [*typed, "more:Literal['a']=a"], "first_one")

    for copy in ("second_one", "third_one"):
        text = (project / kind.file(copy)).read_text()
        for each in typed:
            name = each.partition(":")[0]
            assert f'        {name}: str = "x",\n' in text
            assert f"self.{name} = {name}\n" not in text
    for command in (["check"], ["format", "--check"]):
        done = run(sys.executable, "-m", "ruff", *command, project)
        assert done.returncode == 0, done.stdout
