"""The naming rule, row by row of its table and as properties."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plgen import template
from plgen.errors import NameRefused
from plgen.naming import names
from plgen.naming.kinds import KINDS, NET, Kind

ACCEPTED = {
    "plain": ("resnet_net", "resnet_net", "ResnetNet"),
    "digits stay small": ("unet_2d", "unet_2d", "Unet2d"),
    "camel case": ("ResNet50", "res_net50", "ResNet50"),
    "one capital and a word": ("UNet", "u_net", "UNet"),
    "small and capital": ("resNet", "res_net", "ResNet"),
    "acronym": ("CNN", "cnn", "CNN"),
    "acronym and word": ("LSTMModel", "lstm_model", "LSTMModel"),
    "acronym and version": ("DINOv2", "dinov2", "DINOv2"),
    "acronym and number": ("VGG16", "vgg16", "VGG16"),
    "hyphen": ("res-net", "res_net", "ResNet"),
    "space": ("res net", "res_net", "ResNet"),
    "hyphen and capitals": ("Res-Net", "res_net", "ResNet"),
    "file": ("resnet_net.py", "resnet_net", "ResnetNet"),
    "own path": ("model/resnet_net.py", "resnet_net", "ResnetNet"),
    "64 characters": ("a" * 64, "a" * 64, "A" + "a" * 63),
}

REFUSED = {
    "empty": ("", ""),
    "blanks": ("  ", ""),
    "underscore": ("_", ""),
    "other path": ("data/resnet.py", "resnet"),
    "parent": ("../x", "x"),
    "absolute": ("/x", "x"),
    "backslash": ("a\\b", "b"),
    "drive": ("C:\\x", "x"),
    "home": ("~x", "x"),
    "null": ("x\0", "x"),
    "line break": ("resnet_net\n", "resnet_net"),
    "escape": ("x\x1b[0m", ""),
    "undecodable": ("\udcff", ""),
    "dot": ("res.net", "res_net"),
    "dot and number": ("yolov8.1", "yolov8_1"),
    "digit first": ("3d_unet", "unet_3d"),
    "digits only": ("50", ""),
    "underscore first": ("_x", "x"),
    "underscore last": ("x_", "x"),
    "two underscores": ("a__b", "a_b"),
    "dunder": ("__init__", ""),
    "main": ("__main__", ""),
    "keyword": ("class", "class_net"),
    "soft keyword": ("match", "match_net"),
    "later soft keyword": ("type", "type_net"),
    "constant": ("none", "none_net"),
    "truth": ("true", "true_net"),
    "builtin": ("exception", "exception_net"),
    "builtin of two words": ("type_error", "type_error_net"),
    "builtin constant": ("ellipsis", "ellipsis_net"),
    "imported class": ("data_loader", "data_loader_net"),
    "imported class of typing": ("literal", "literal_net"),
    "imported module": ("nn", "nn_net"),
    "Lightning's class": ("lightning_module", "lightning_module_net"),
    "the interface": ("model_interface", "model_interface_net"),
    "like the interface": ("modelinterface", "modelinterface_net"),
    "class like a digit": ("i", "i_net"),
    "conftest": ("conftest", "conftest_net"),
    "main.py": ("main", "main_net"),
    "group of options": ("trainer", "trainer_net"),
    "option": ("run_name", "run_name_net"),
    "collected by its beginning": ("test_net", "my_test_net"),
    "collected by its end": ("net_test", "net_test_net"),
    "device": ("con", "con_net"),
    "numbered device": ("lpt1", "lpt1_net"),
    "YAML value": ("off", "off_net"),
    "YAML letter": ("n", "n_net"),
    "accent": ("modèle", "modele"),
    "Cyrillic": ("\u0430net", ""),
    "ligature": ("\ufb01lter", "filter"),
    "full width": ("\uff52\uff45\uff53", "res"),
    "zero width": ("res\u200bnet", "resnet"),
    "65 characters": ("a" * 65, ""),
    "shell": ("$(x)", ""),
    "quote": ("x'y", ""),
    "Jinja": ("{{ x }}", ""),
    "batch file": ("%x%", ""),
    "two commands": ("; rm", ""),
}


@pytest.mark.parametrize(("typed", "module", "held"), ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(typed: str, module: str, held: str) -> None:
    """A name that keeps to the rule, or can be brought to it, is accepted."""
    name = names.decide(typed, NET)

    assert (name.module, name.class_name) == (module, held)


@pytest.mark.parametrize(("typed", "proposal"), REFUSED.values(), ids=REFUSED)
def test_refused(typed: str, proposal: str) -> None:
    """A name that breaks the rule is refused, with a better one where there is one."""
    with pytest.raises(NameRefused) as refusal:
        names.decide(typed, NET)

    assert refusal.value.message.startswith(f"{typed!r} cannot name a net: ")
    assert refusal.value.hint == (f"plgen add-model {proposal}" if proposal else "")
    assert refusal.value.exit_code == 2


KEPT = {
    "acronym": ("cnn", "CNN", "big_cnn", "BigCNN"),
    "acronym in the middle": ("my_cnn_net", "MyCNNNet", "cnn", "CNN"),
    "only underscores": ("resnet", "ResNet", "res_net", "ResNet"),
    "class with an underscore": ("unet_2d", "UNet_2D", "unet_3d", "UNet3d"),
    "nothing in common": ("cnn", "CNN", "wide_net", "WideNet"),
    "typed as it should be": ("cnn", "CNN", "BigCnn", "BigCnn"),
}


@pytest.mark.parametrize(("module", "held", "typed", "kept"), KEPT.values(), ids=KEPT)
def test_a_renamed_class_keeps_its_spelling(module: str, held: str, typed: str, kept: str) -> None:
    """Parts that both names share are spelt as before, unless the class is typed."""
    name = names.decide(typed, NET, old=names.Name(module, held))

    assert name.class_name == kept


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_files_of_the_template_are_taken(kind: Kind) -> None:
    """No module can take the place of the template's plumbing; examples are not plumbing."""
    plumbing = template.plumbing(kind.folder)
    for module in plumbing - {"__init__"}:
        with pytest.raises(NameRefused):
            names.decide(module, kind)
    for module in template.modules(kind.folder) - plumbing:
        assert names.decide(module, kind).module == module


SPELLINGS = st.text(string.ascii_letters + string.digits + "_- ./\\é{$\n", max_size=70)


@given(SPELLINGS, st.sampled_from(KINDS))
def test_every_decision_keeps_to_the_rule(typed: str, kind: Kind) -> None:
    """An accepted name fits the grammar and is stable; a proposed name is accepted as it stands."""
    try:
        name = names.decide(typed, kind)
        module = name.module
        assert names.clash_key(name.class_name) == names.clash_key(module)
    except NameRefused as refusal:
        if not refusal.hint:
            return
        module = refusal.hint.split()[-1]

    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", module)
    assert names.decide(module, kind) == names.Name(module, names.class_name(module))


PROJECTS = {
    "plain": ("myproject", "myproject"),
    "space": ("My Project", "My-Project"),
    "umlaut": ("Prüfung", "Prufung"),
    "dots at the ends": (".hidden.", "hidden"),
    "no letters": ("実験", ""),
}


@pytest.mark.parametrize(("folder", "guess"), PROJECTS.values(), ids=PROJECTS)
def test_project_name_is_guessed(folder: str, guess: str) -> None:
    """The folder's name suggests a project's name as far as its letters go."""
    assert names.guess_project_name(folder) == guess


REFUSED_PROJECTS = {
    "dependency": ("torch", "plgen new there --name my-torch"),
    "dependency in capitals": ("Torch", "plgen new there --name my-torch"),
    "dependency in other signs": (
        "pytorch_lightning",
        "plgen new there --name my-pytorch_lightning",
    ),
    "standard library": ("json", "plgen new there --name my-json"),
    "plgen": ("plgen", "plgen new there --name my-plgen"),
    "signs": ("a b", "plgen new there --name a-b"),
    "end": ("a-", "plgen new there --name a"),
    "line break": ("a\n", "plgen new there --name a"),
    "no letters": ("実験", "plgen new there --name my-project"),
    "empty": ("", "plgen new there --name my-project"),
}


@pytest.mark.parametrize(("name", "hint"), REFUSED_PROJECTS.values(), ids=REFUSED_PROJECTS)
def test_project_name_is_refused(name: str, hint: str) -> None:
    """A project's name is none of PEP 508, or that of something it would hide."""
    with pytest.raises(NameRefused) as refusal:
        names.check_project(name, "there")

    assert refusal.value.hint == hint


@given(st.text(max_size=20))
def test_every_proposed_project_name_is_accepted(name: str) -> None:
    """The name that a refusal proposes for a project is accepted."""
    try:
        names.check_project(name, "there")
    except NameRefused as refusal:
        names.check_project(refusal.hint.split()[-1], "there")


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("ExampleNet", ["example_net", "example_net_2"]),
        ("examplenet", ["example_net", "example_net_2"]),
        ("exmple_net", ["example_net", "example_net_2"]),
        ("zzz", []),
        ("", []),
    ],
)
def test_nearest(typed: str, near: list[str]) -> None:
    """A class or another spelling of a name comes first, each name once."""
    known = ["acc", "example_net_2", "example_net", "example_net"]

    assert names.nearest(typed, known) == near
