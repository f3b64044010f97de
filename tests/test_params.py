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

# As a shell hands it over: type and default.
ACCEPTED = {
    "int": ("a:int=64", "int", "64"),
    "negative": ("a:int=-1", "int", "-1"),
    "float": ("a:float=0.1", "float", "0.1"),
    "int as float": ("a:float=0", "float", "0.0"),
    "bool": ("a:bool=False", "bool", "False"),
    "text": ("a:str='x'", "str", '"x"'),
    "text without quotes": ("a:str=data/it's", "str", '"data/it\'s"'),
    "text with quotes": ("""a:str='say "x"'""", "str", """'say "x"'"""),
    "text with an open quote": ("a:str='x", "str", '"\'x"'),
    "text that is a number": ("a:str=64", "str", '"64"'),
    "empty text": ("a:str=", "str", '""'),
    "choices": ("a:Literal['x','y']='y'", 'Literal["x", "y"]', '"y"'),
    "choice without quotes": ("a:Literal['x','y']=y", 'Literal["x", "y"]', '"y"'),
    "choices of numbers": ("a:Literal[1, 2]=2", "Literal[1, 2]", "2"),
    "equals sign in a choice": ("a:Literal['x=1']='x=1'", 'Literal["x=1"]', '"x=1"'),
    "optional": ("a:int|None=None", "int | None", "None"),
    "optional with a value": ("a: str | None = x", "str | None", '"x"'),
    "two types": ("a:int|str=1", "int | str", "1"),
    "the other of two types": ("a:int|str=x", "int | str", '"x"'),
    "optional choices": (
        "a:Literal['x','y']|None=y",
        'Literal["x", "y"] | None',
        '"y"',
    ),
    "optional choices without a value": (
        "a:Literal['x']|None=None",
        'Literal["x"] | None',
        "None",
    ),
    "tuple": ("a:tuple[int,str]=(1,'x')", "tuple[int, str]", '(1, "x")'),
    "long tuple": ("a:tuple[int,...]=(1,)", "tuple[int, ...]", "(1,)"),
    "the word None": ("a:str='None'", "str", '"None"'),
    "as an option": ("a:bool=true", "bool", "True"),
    "text that is an option's": ("a:str=true", "str", '"true"'),
    "optional list": ("a:list[str]|None=None", "list[str] | None", "None"),
}


@pytest.mark.parametrize(("typed", "kind", "default"), ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(typed: str, kind: str, default: str) -> None:
    """A parameter is written as the formatter writes it, also without the quotes a shell takes."""
    (param,) = params.parse([typed], params.Existing())

    assert (param.name, param.type, param.default) == ("a", kind, default)


EXISTING = params.Existing(
    used=frozenset({"used", "split"}),
    own={"width": "int", "net": "nn.Module", "untyped": ""},
)
FORM = "it is not NAME:TYPE=DEFAULT"
PYTHON = "Python, or every constructor, uses this name itself"
NO_TYPE = "its type is not accepted; a type is int, float, "
NO_FIT = "its default does not fit the type"
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
    "looks like a digit": ("l:int=1", "the linter refuses this name, which looks like a digit"),
    "in use": ("used:int=1", "the class uses this name already, or main.py sets it"),
    "of another type": ("width:float=1", f"{OTHER_TYPE}int"),
    "of no type to type": ("net:int=1", f"{OTHER_TYPE}nn.Module"),
    "without a type": ("untyped:int=1", "the constructor gives it no type"),
    "unknown type": ("a:Tensor=1", NO_TYPE),
    "no type at all": ("a:=1", NO_TYPE),
    "bare list": ("a:list=[1]", NO_TYPE),
    "Optional": ("a:Optional[int]=1", NO_TYPE),
    "choices without quotes": ("a:Literal[x,y]=x", NO_TYPE),
    "choice of a fraction": ("a:Literal[0.5]=0.5", NO_TYPE),
    "no choices": ("a:Literal[()]=1", NO_TYPE),
    "call as a type": ("a:f()=1", NO_TYPE),
    "ellipsis first": ("a:tuple[...,int]=(1,)", NO_TYPE),
    "ellipsis twice": ("a:tuple[int,...,...]=(1,)", NO_TYPE),
    "ellipsis alone": ("a:tuple[...]=(1,)", NO_TYPE),
    "None twice": ("a:None|None=None", NO_TYPE),
    "call as a default": ("a:int=f()", NO_FIT),
    "no value": ("a:int=", NO_FIT),
    "text for a number": ("a:int=x", NO_FIT),
    "truth for a number": ("a:int=True", NO_FIT),
    "fraction for an int": ("a:int=0.5", NO_FIT),
    "None for a text": ("a:str=None", f"{NO_FIT}; to allow None, write the type as str | None"),
    "None for a list": ("a:list[int]=None", "to allow None, write the type as list[int] | None"),
    "infinite": ("a:float=1e999", NO_FIT),
    "no choice": ("a:Literal['x','y']=z", NO_FIT),
    "wrong item": ("a:list[int]=[1,'x']", NO_FIT),
    "unpacked dict": ("a:dict[str,int]={**b}", NO_FIT),
    "too large for a float": (f"a:float=1{'0' * 310}", NO_FIT),
    "wrong length": ("a:tuple[int,int]=(1,)", NO_FIT),
    "list": ("a:list[int]|None=[1]", "use None with a type like list[int] | None"),
    "dict": ("a:dict[str,int]={}", "its default is a list or a dict"),
    "line break": ("a:str=x\ny", "it holds a character that cannot be printed"),
    "code": ("a:int=1; import os", NO_FIT),
    "minus too often": (f"a:int={'-' * 2000}1", NO_FIT),
    "too many digits": (f"a:int=0x{'f' * 5000}", NO_FIT),
    "nested too deeply": (f"a:int={'(' * 500}1{')' * 500}", NO_FIT),
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

    ast.parse(f"def __init__(self, a: {param.type} = {param.default}): ...")


# What PyTorch's own classes, the optimizer and the loss take too.
USUAL = "device dtype last_epoch lr optimizer params reduce reduction size_average split".split()


def test_usual_names(project: Path) -> None:
    """Any name but an import's, or `split` of a role, is a parameter, and `list` shows it."""
    typed = [f"{name}:int=4" for name in USUAL]
    add(NET, "first_net", typed)
    add(DATASET, "first_data", [each for each in typed if not each.startswith("split")])
    added = add(METRIC, "first_metric", ["reduce:int=4", "split:int=4", "device:int=4"])

    # Metrics have an attribute of this name.
    assert "self.device" not in (project / added.file).read_text()
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
