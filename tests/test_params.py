"""`--param name:type=default`: its form in the constructor, and the refusals."""

from __future__ import annotations

import ast
import shlex
import sys
from pathlib import Path

import pytest
from conftest import contents, run
from hypothesis import given
from hypothesis import strategies as st
from plgen.commands.add import add
from plgen.commands.listing import listing
from plgen.errors import UsageError
from plgen.naming.kinds import DATASET, KINDS, METRIC, NET, Kind
from plgen.rendering import params

# As a shell hands it over: type, default, and the line that keeps it.
ACCEPTED = {
    "int": ("a:int=64", "int", "64", "a = a"),
    "negative": ("a:int=-1", "int", "-1", "a = a"),
    "float": ("a:float=0.1", "float", "0.1", "a = a"),
    "int as float": ("a:float=0", "float", "0.0", "a = a"),
    "bool": ("a:bool=False", "bool", "False", "a = a"),
    "text": ("a:str='x'", "str", '"x"', "a = a"),
    "text without quotes": ("a:str=data/it's", "str", '"data/it\'s"', "a = a"),
    "text with quotes": ("""a:str='say "x"'""", "str", """'say "x"'""", "a = a"),
    "text with both quotes": (r'''a:str="a\"b'c"''', "str", r'''"a\"b'c"''', "a = a"),
    "text that is a number": ("a:str=64", "str", '"64"', "a = a"),
    "empty text": ("a:str=", "str", '""', "a = a"),
    "choices": ("a:Literal['x','y']='y'", 'Literal["x", "y"]', '"y"', "a = a"),
    "choices without quotes": ("a:Literal[x,y]=y", 'Literal["x", "y"]', '"y"', "a = a"),
    "choices of numbers": ("a:Literal[1, 2]=2", "Literal[1, 2]", "2", "a = a"),
    "equals sign in a choice": ("a:Literal['x=1']='x=1'", 'Literal["x=1"]', '"x=1"', "a = a"),
    "optional": ("a:int|None=None", "int | None", "None", "a = a"),
    "optional with a value": ("a: None | str = x", "str | None", '"x"', "a = a"),
    "optional choices": (
        "a:Literal[x,y]|None=y",
        'Literal["x", "y"] | None',
        '"y"',
        "a = a",
    ),
    "optional choices without a value": (
        "a:Literal[x]|None=None",
        'Literal["x"] | None',
        "None",
        "a = a",
    ),
    "tuple": ("a:tuple[int,str]=(1,'x')", "tuple[int, str]", '(1, "x")', "a = a"),
    "long tuple": ("a:tuple[int,...]=(1,)", "tuple[int, ...]", "(1,)", "a = a"),
    "list": (
        "a:list[int]=[1,2]",
        "list[int] | None",
        "None",
        "a: list[int] = [1, 2] if a is None else a",
    ),
    "dict": (
        "a:dict[str,list[float]]={'x':[1]}",
        "dict[str, list[float]] | None",
        "None",
        'a: dict[str, list[float]] = {"x": [1.0]} if a is None else a',
    ),
    "optional list": ("a:list[str]|None=None", "list[str] | None", "None", "a = a"),
}


@pytest.mark.parametrize(("typed", "kind", "default", "kept"), ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(typed: str, kind: str, default: str, kept: str) -> None:
    """A parameter is written as the formatter writes it, also without the quotes a shell takes."""
    (param,) = params.parse([typed], "plgen add-model x")

    assert (param.name, param.type, param.default, param.kept) == ("a", kind, default, kept)


# What the part has of its own.
OWN = {"width": "int", "net": "nn.Module", "sizes": "list[int] | None", "untyped": ""}
EXISTING = params.Existing(
    frozenset({"used", "width", "net"}), OWN, refused={"split": "main.py passes it"}
)
# With the parameter that the refusal proposes.
REFUSED = {
    "nothing": ("", "hidden:int=64"),
    "no type": ("a=0.1", "a:float=0.1"),
    "only a name": ("a", "a:int=64"),
    "no default": ("a:int", "a:int=64"),
    "hyphen": ("a-b:int=1", "hidden:int=64"),
    "keyword": ("lambda:int=1", "my_lambda:int=1"),
    "builtin": ("max:int=1", "my_max:int=1"),
    "self": ("self:int=1", "my_self:int=1"),
    "attribute of nets": ("training:bool=True", "my_training:bool=True"),
    "looks like a digit": ("l:int=1", "my_l:int=1"),
    "in use": ("used:int=1", "my_used:int=1"),
    "in use, of another type": ("width:float=1", "width:int=64"),
    "in use, of no type to type": ("net:int=1", "my_net:int=1"),
    "in use, of no plain default": ("sizes:list[int]=[1]", "sizes:list[int] | None=None"),
    "in use, without a type": ("untyped:int=1", "my_untyped:int=1"),
    "passed by main.py": ("split:str=x", "my_split:str=x"),
    "unknown type": ("a:Tensor=1", "a:int=64"),
    "bare list": ("a:list=[1]", "a:int=64"),
    "two types": ("a:int|str=1", "a:int=64"),
    "Optional": ("a:Optional[int]=1", "a:int=64"),
    "list as a key": ("a:dict[list[int],int]={}", "a:int=64"),
    "call as a type": ("a:f()=1", "a:int=64"),
    "call as a default": ("a:int=f()", "a:int=64"),
    "text for a number": ("a:int=x", "a:int=64"),
    "truth for a number": ("a:int=True", "a:int=64"),
    "fraction for an int": ("a:int=0.5", "a:int=64"),
    "lower case": ("a:bool=true", "a:bool=True"),
    "infinite": ("a:float=1e999", "a:float=0.1"),
    "no choice": ("a:Literal[x,y]=z", 'a:Literal["x", "y"]="x"'),
    "wrong item": ("a:list[int]=[1,'x']", "a:list[int]=[64]"),
    "ellipsis first": ("a:tuple[...,int]=(1,)", "a:int=64"),
    "ellipsis between": ("a:tuple[int,...,int]=(1,2,3)", "a:int=64"),
    "ellipsis twice": ("a:tuple[int,...,...]=(1,)", "a:int=64"),
    "ellipsis alone": ("a:tuple[...]=(1,)", "a:int=64"),
    "unpacked dict": ("a:dict[str,int]={**b}", 'a:dict[str, int]={"text": 64}'),
    "unpacked within": ("a:dict[str,int]={'x':1,**b}", 'a:dict[str, int]={"text": 64}'),
    "unpacked list": ("a:list[int]=[1,*b]", "a:list[int]=[64]"),
    "too large for a float": (f"a:float=1{'0' * 310}", "a:float=0.1"),
    "wrong length": ("a:tuple[int,int]=(1,)", "a:tuple[int, int]=(64, 64)"),
    "open quote": ("a:str='x", 'a:str="text"'),
    "list that may be None": ("a:list[int]|None=[1]", "a:list[int] | None=None"),
    "line break": ("a:str=x\ny", "hidden:int=64"),
    "too long": (f"a:str={'x' * 120}", 'a:str="text"'),
    "code": ("a:int=1; import os", "a:int=64"),
    "minus too often": (f"a:int={'-' * 2000}1", "a:int=64"),
    "too many digits": (f"a:int=0x{'f' * 5000}", "a:int=64"),
    "nested too deeply": (f"a:int={'(' * 500}1{')' * 500}", "a:int=64"),
}


@pytest.mark.parametrize(("typed", "good"), REFUSED.values(), ids=REFUSED)
def test_refused(typed: str, good: str) -> None:
    """An invalid parameter is refused with a whole command that works."""
    with pytest.raises(UsageError) as refusal:
        params.parse([typed], "plgen add-model x", EXISTING)

    assert refusal.value.message.startswith(f"--param {typed!r}: ")
    assert refusal.value.hint == f"plgen add-model x --param {shlex.quote(good)}"
    assert params.parse([good], "", params.Existing(own=OWN))


def test_a_type_in_another_spelling() -> None:
    """A parameter of the constructor may get a default of the type that it has."""
    existing = params.Existing(own={"act": "Literal['relu', 'gelu']", "size": "int|None"})

    for typed in ("act:Literal[relu,gelu]=gelu", "size:int | None=3"):
        assert params.parse([typed], "", existing)


def test_given_twice() -> None:
    """A name can be given once."""
    with pytest.raises(UsageError, match="it was given twice"):
        params.parse(["a:int=1", "a:int=2"], "plgen add-model x")


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_text(text: str) -> None:
    """Any text is the same text in Python, or the one within its quotes."""
    typed = text.strip()
    try:
        (param,) = params.parse([f"a:str={text}"], "plgen add-model x")
    except UsageError:
        return

    quoted = typed.startswith(("'", '"'))
    assert ast.literal_eval(param.default) == (ast.literal_eval(typed) if quoted else typed)


PIECES = """int float str bool Literal list tuple dict None ... x 1 -1 1e999 True
    | , : = [ ] ( ) { } * ** '"
    """


@given(st.lists(st.sampled_from(PIECES.split()), max_size=14).map("".join))
def test_any_line(text: str) -> None:
    """Any text is a parameter that Python can read, or is refused in one line."""
    try:
        (param,) = params.parse([f"a:{text}"], "plgen add-model x")
    except UsageError:
        return

    ast.parse(f"def __init__(self, a: {param.type} = {param.default}):\n    self.{param.kept}\n")


@given(
    st.lists(
        st.sampled_from(["a", "a:int=1", "a:int=x", "class:int=1", "b:int", "=", "é"]), max_size=4
    )
)
def test_every_proposed_line_is_accepted(texts: list[str]) -> None:
    """The command that a refusal proposes for several parameters works."""
    existing = params.Existing(frozenset(["a", "my_a", "hidden"]))
    try:
        params.parse(texts, "plgen add-model x", existing)
    except UsageError as refusal:
        words = shlex.split(refusal.hint)[3:]

        better = [word for word in words if word != "--param"]
        params.parse(better, "plgen add-model x", existing)


# What PyTorch's own classes, the optimizer and the loss take too.
USUAL = "device dtype last_epoch lr optimizer params reduce reduction size_average split".split()


def test_usual_names(project: Path) -> None:
    """A net may call its parameters as it likes, and `list` shows them; a role gives `split`."""
    assert (project / "main.py").is_file()
    typed = [f"{name}:int=4" for name in USUAL]
    add(NET, "first_net", typed)
    add(DATASET, "first_data", [each for each in typed if not each.startswith("split")])
    add(METRIC, "first_metric", ["reduce:int=4", "split:int=4", "params:int=4"])

    for kind, name, value in (DATASET, "split", "str=x"), (METRIC, "device", "str=x"):
        with pytest.raises(UsageError, match=f"--param '{name}:"):
            add(kind, "second_one", [f"{name}:{value}"])

    shown = {
        item.name: {each.name for each in item.hyperparameters}
        for group in listing().groups
        for item in group.items
    }
    assert shown["first_net"] >= {*USUAL}
    assert shown["first_data"] >= {*USUAL} - {"split"}
    assert "split" not in shown["first_data"]
    assert shown["first_metric"] >= {"reduce", "split", "params"}


@pytest.mark.parametrize(
    "name", ["width", "nn", "self", "split", "optimizer", "lr", "top", "torch"]
)
def test_names_that_the_part_uses(project: Path, name: str) -> None:
    """A parameter cannot be called like what the constructor uses or main.py passes."""
    before, refused = contents(project), 0

    for kind in KINDS:
        try:
            add(kind, "first_one", [f"{name}:str=x"], dry_run=True)
        except UsageError:
            refused += 1

    assert refused
    assert contents(project) == before


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_rendered(project: Path, kind: Kind) -> None:
    """Parameters of all types make a file that the linter and the formatter leave as it is."""
    many = [
        typed.replace("a", f"p{n}", 1).replace(f"p{n}:", f"p{n}:")
        for n, (typed, *_) in enumerate(ACCEPTED.values())
    ]
    long = "a" * 64

    add(kind, "many_one", many)
    add(kind, long, many[:1])
    add(kind, f"{long[:-1]}b")

    for command in (["check"], ["format", "--check"]):
        done = run(sys.executable, "-m", "ruff", *command, project)
        assert done.returncode == 0, done.stdout
    text = (project / kind.file("many_one")).read_text()
    assert f"\n        p{len(many) - 1}: describe it here.\n" in text
    assert f"\n        self.p{len(many) - 1} = p{len(many) - 1}\n" in text


def test_without_parameters_it_is_the_pattern(project: Path) -> None:
    """A new module is, but for its name, the pattern that the project brings."""
    add(NET, "first_one")

    pattern = (project / "model/standard_net.py").read_text()
    assert (project / "model/first_one.py").read_text() == pattern.replace(
        "StandardNet", "FirstOne"
    )
