"""`--param name:type=default`: its form in the constructor, and the refusals."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from conftest import run
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
    "text with an open quote": ("a:str='x", "str", '"\'x"', "a = a"),
    "text that is a number": ("a:str=64", "str", '"64"', "a = a"),
    "empty text": ("a:str=", "str", '""', "a = a"),
    "choices": ("a:Literal['x','y']='y'", 'Literal["x", "y"]', '"y"', "a = a"),
    "choice without quotes": ("a:Literal['x','y']=y", 'Literal["x", "y"]', '"y"', "a = a"),
    "choices of numbers": ("a:Literal[1, 2]=2", "Literal[1, 2]", "2", "a = a"),
    "equals sign in a choice": ("a:Literal['x=1']='x=1'", 'Literal["x=1"]', '"x=1"', "a = a"),
    "optional": ("a:int|None=None", "int | None", "None", "a = a"),
    "optional with a value": ("a: str | None = x", "str | None", '"x"', "a = a"),
    "two types": ("a:int|str=1", "int | str", "1", "a = a"),
    "the other of two types": ("a:int|str=x", "int | str", '"x"', "a = a"),
    "optional choices": (
        "a:Literal['x','y']|None=y",
        'Literal["x", "y"] | None',
        '"y"',
        "a = a",
    ),
    "optional choices without a value": (
        "a:Literal['x']|None=None",
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
    (param,) = params.parse([typed], params.Existing())

    assert (param.name, param.type, param.default, param.kept) == ("a", kind, default, kept)


EXISTING = params.Existing(
    used=frozenset({"used", "split"}),
    own={"width": "int", "net": "nn.Module", "sizes": "list[int] | None", "untyped": ""},
)
FORM = "it is not NAME:TYPE=DEFAULT"
PYTHON = "Python, or every constructor, uses this name itself"
OTHER_TYPE = "the constructor gives it the type "
REFUSED = {
    "nothing": ("", FORM),
    "no type": ("a=0.1", FORM),
    "only a name": ("a", FORM),
    "no default": ("a:int", FORM),
    "hyphen": ("a-b:int=1", FORM),
    "not ASCII": ("é:int=1", FORM),
    "keyword": ("lambda:int=1", PYTHON),
    "builtin": ("max:int=1", PYTHON),
    "self": ("self:int=1", PYTHON),
    "looks like a digit": ("l:int=1", PYTHON),
    "in use": ("used:int=1", "the class uses this name already, or main.py sets it"),
    "of another type": ("width:float=1", f"{OTHER_TYPE}int"),
    "of no type to type": ("net:int=1", f"{OTHER_TYPE}nn.Module"),
    "of no plain default": ("sizes:list[int]=[1]", "the class creates its default, a list"),
    "without a type": ("untyped:int=1", "the constructor gives it no type"),
    "unknown type": ("a:Tensor=1", "Tensor is not a type; a type is int, "),
    "no type at all": ("a:=1", "nothing is not a type; "),
    "bare list": ("a:list=[1]", "list is not a type; "),
    "Optional": ("a:Optional[int]=1", "Optional[int] is not a type; "),
    "list as a key": ("a:dict[list[int],int]={}", "dict[list[int],int] is not a type; "),
    "list of two": ("a:list[int,int]=[]", "list[int,int] is not a type; "),
    "choices without quotes": ("a:Literal[x,y]=x", "Literal[x,y] is not a type; "),
    "choice of a fraction": ("a:Literal[0.5]=0.5", "Literal[0.5] is not a type; "),
    "no choices": ("a:Literal[()]=1", "Literal[()] is not a type; "),
    "call as a type": ("a:f()=1", "f() is not a type; "),
    "ellipsis first": ("a:tuple[...,int]=(1,)", "tuple[...,int] is not a type; "),
    "ellipsis twice": ("a:tuple[int,...,...]=(1,)", "tuple[int,...,...] is not a type; "),
    "ellipsis alone": ("a:tuple[...]=(1,)", "tuple[...] is not a type; "),
    "None first": ("a:None|int=1", "None|int is not a type; "),
    "None twice": ("a:None|None=None", "None|None is not a type; "),
    "call as a default": ("a:int=f()", "f() does not fit its type"),
    "no value": ("a:int=", "nothing does not fit its type"),
    "text for a number": ("a:int=x", "x does not fit its type"),
    "truth for a number": ("a:int=True", "True does not fit its type"),
    "fraction for an int": ("a:int=0.5", "0.5 does not fit its type"),
    "lower case": ("a:bool=true", "true does not fit its type"),
    "infinite": ("a:float=1e999", "1e999 does not fit its type"),
    "no choice": ("a:Literal['x','y']=z", "z does not fit its type"),
    "wrong item": ("a:list[int]=[1,'x']", "[1,'x'] does not fit its type"),
    "unpacked dict": ("a:dict[str,int]={**b}", "{**b} does not fit its type"),
    "too large for a float": (f"a:float=1{'0' * 310}", f"1{'0' * 19}... does not fit its type"),
    "wrong length": ("a:tuple[int,int]=(1,)", "(1,) does not fit its type"),
    "list that may be None": ("a:list[int]|None=[1]", "list[int] | None must not be a list"),
    "line break": ("a:str=x\ny", "it holds a character that cannot be printed"),
    "too long": (f"a:str={'x' * 120}", "its line would be longer than 110 characters"),
    "code": ("a:int=1; import os", "1; import os does not fit its type"),
    "minus too often": (f"a:int={'-' * 2000}1", f"{'-' * 20}... does not fit its type"),
    "too many digits": (f"a:int=0x{'f' * 5000}", f"0x{'f' * 18}... does not fit its type"),
    "nested too deeply": (f"a:int={'(' * 500}1{')' * 500}", "does not fit its type"),
}


@pytest.mark.parametrize(("typed", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(typed: str, reason: str) -> None:
    """An invalid parameter is refused with the reason, and the form of a valid one."""
    with pytest.raises(UsageError) as refusal:
        params.parse([typed], EXISTING)

    assert refusal.value.message.startswith(f"--param {typed!r}: ")
    assert reason in refusal.value.message
    assert refusal.value.hint.startswith("write --param NAME:TYPE=DEFAULT, such as ")


def test_given_twice() -> None:
    """A name can be given once."""
    with pytest.raises(UsageError, match="it was given twice"):
        params.parse(["a:int=1", "a:int=2"], params.Existing())


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_text(text: str) -> None:
    """Any text is the same text in Python, or the one that it is in Python itself."""
    typed = text.strip()
    try:
        (param,) = params.parse([f"a:str={text}"], params.Existing())
    except UsageError:
        return

    try:
        value = ast.literal_eval(typed)
    except (SyntaxError, ValueError):
        value = typed
    assert ast.literal_eval(param.default) == (value if isinstance(value, str) else typed)


PIECES = """int float str bool Literal list tuple dict None ... x 1 -1 1e999 True
    | , : = [ ] ( ) { } * ** '"
    """


@given(st.lists(st.sampled_from(PIECES.split()), max_size=14).map("".join))
def test_any_line(text: str) -> None:
    """Any text is a parameter that Python can read, or is refused in one line."""
    try:
        (param,) = params.parse([f"a:{text}"], params.Existing())
    except UsageError:
        return

    ast.parse(f"def __init__(self, a: {param.type} = {param.default}):\n    self.{param.kept}\n")


# What PyTorch's own classes, the optimizer and the loss take too.
USUAL = "device dtype last_epoch lr optimizer params reduce reduction size_average split".split()


def test_usual_names(project: Path) -> None:
    """Any name but an import's, or `split` of a role, is a parameter, and `list` shows it."""
    typed = [f"{name}:int=4" for name in USUAL]
    add(NET, "first_net", typed)
    add(DATASET, "first_data", [each for each in typed if not each.startswith("split")])
    added = add(METRIC, "first_metric", ["reduce:int=4", "split:int=4", "device:int=4"])

    # Metrics have an attribute of this name.
    assert "self.given_device = device" in (project / added.file).read_text()
    for kind, name in (DATASET, "split"), (NET, "nn"):
        with pytest.raises(UsageError, match=f"--param '{name}:"):
            add(kind, "second_one", [f"{name}:str=x"])

    shown = {
        item.name: {each.name for each in item.hyperparameters}
        for group in listing().groups
        for item in group.items
    }
    assert shown["first_net"] >= {*USUAL}
    assert shown["first_data"] >= {*USUAL} - {"split"}
    assert "split" not in shown["first_data"]
    assert shown["first_metric"] >= {"reduce", "split", "device"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_rendered(project: Path, kind: Kind) -> None:
    """Parameters of all types make a file that the linter and the formatter leave as it is."""
    many = [typed.replace("a", f"p{n}", 1) for n, (typed, *_) in enumerate(ACCEPTED.values())]
    long = "a" * 64

    add(kind, "many_one", many)
    add(kind, long, many[:1])
    add(kind, f"{long[:-1]}b")

    for command in (["check"], ["format", "--check"]):
        done = run(sys.executable, "-m", "ruff", *command, project)
        assert done.returncode == 0, done.stdout
    text = (project / kind.file("many_one")).read_text()
    assert f"\n        self.p{len(many) - 1} = p{len(many) - 1}\n" in text


def test_without_parameters_it_is_the_pattern(project: Path) -> None:
    """A new module is, but for its name, the pattern that the project brings."""
    add(NET, "first_one")

    pattern = (project / "model/standard_net.py").read_text()
    assert (project / "model/first_one.py").read_text() == pattern.replace(
        "StandardNet", "FirstOne"
    )
