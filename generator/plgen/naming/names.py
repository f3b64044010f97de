"""The naming rule for modules and projects."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from plgen import template
from plgen.errors import NameRefused
from plgen.naming import words
from plgen.naming.kinds import DATASET, KINDS, METRIC, Kind

MODULE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 64
PROJECT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
# An acronym includes its version (DINOv2) or number (VGG16), and ends before a word (LSTMModel).
WORD = re.compile(
    r"[A-Z]{2,}v?[0-9]+(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]{2,}|[A-Z]?[a-z0-9]+|[A-Z]"
)
# The values of a metric are logged as val_NAME and the like.
BEFORE_A_METRIC = r"(?:(?<!\w)|(?<=\btrain_)|(?<=\bval_)|(?<=\btest_))"

# Returns why a name cannot be used in a project, or None if it is free.
Conflict = Callable[[str], str | None]


@dataclass(frozen=True)
class Name:
    """An accepted name; `note` says how it was changed."""

    module: str
    class_name: str
    note: str | None = None

    @property
    def argument(self) -> str:
        """Return what to type for the name: the class, if its spelling is unusual."""
        usual = class_name(self.module) == self.class_name
        same = _module_name(self.class_name) == self.module
        return self.class_name if same and not usual else self.module


def class_name(module: str) -> str:
    """Return the class that a command writes for a module name: `Unet2d` for `unet_2d`."""
    return "".join(part[:1].upper() + part[1:] for part in module.split("_"))


def clash_key(name: str) -> str:
    """Return a name without underscores and case.

    A module and its class share it (`unet_2d` and `UNet2D`), and so do two names that clash
    (`conv_1_1` and `conv_11`).
    """
    return name.replace("_", "").casefold()


def respelt_class(old: Name, module: str) -> str:
    """Return the class of a renamed module; the parts that stay keep their spelling.

    `cnn` with `CNN` becomes `big_cnn` with `BigCNN`.
    """
    if clash_key(old.module) == clash_key(module):
        return old.class_name
    spelt, rest = dict[str, str](), old.class_name.replace("_", "")
    for part in old.module.split("_"):
        spelt[part], rest = rest[: len(part)], rest[len(part) :]
    return class_name("_".join(spelt.get(part, part) for part in module.split("_")))


def bare(typed: str, kind: Kind) -> str:
    """Return a typed name without the folder of its kind and without `.py`."""
    return typed.removeprefix(f"{kind.folder}/").removesuffix(".py")


def without_alias(name: str, kind: Kind) -> str:
    """Return the module of a name in an option; a dataset may stand there as `cifar_data:noisy`."""
    return name.partition(":")[0] if kind is DATASET else name


def nearest(typed: str, known: Iterable[str]) -> list[str]:
    """Return up to three known names that are similar, the most similar first."""
    import difflib

    known = list(dict.fromkeys(known))
    same = [name for name in known if clash_key(name) == clash_key(typed)]
    near = difflib.get_close_matches(typed.lower(), known)
    return list(dict.fromkeys([*same, *near]))[:3]


def decide(
    typed: str,
    kind: Kind,
    command: str = "",
    old: Name | None = None,
    conflict: Conflict = lambda _: None,
) -> Name:
    """Return the accepted name; raise NameRefused, with a suggestion if possible.

    The hint is the command, by default the one that adds a module, with a name that has no
    `conflict`. A name in CamelCase is taken as the class; otherwise the class keeps the spelling of
    the `old` name.
    """
    spelt = bare(typed, kind)
    reason = next((why for breaks, why in SPELLING_RULES if breaks(spelt)), None)
    module = _corrected(spelt) if reason else _module_name(spelt)
    reason = reason or _reserved(module, kind, _class_of(spelt))
    if reason:
        raise _refused(typed, kind, reason, proposal(module, kind, conflict), command)
    class_ = _class_of(spelt)
    if old and not is_class_name(typed, kind):
        class_ = respelt_class(old, module)
    return Name(module, class_, change_note(typed, module, class_))


def change_note(typed: str, module: str, class_: str) -> str | None:
    """Return the note that a name was changed, or None."""
    return None if module == typed else f"{typed!r} becomes {module} (class {class_})"


def refuse_conflict(typed: str, module: str, kind: Kind, conflict: Conflict, command: str) -> None:
    """Raise NameRefused, with a free name, if the module that was typed clashes with another."""
    reason = conflict(module)
    if reason is not None:
        raise _refused(typed, kind, reason, proposal(module, kind, conflict), command)


def proposal(module: str, kind: Kind, conflict: Conflict) -> str:
    """Return the first valid and free variant of a name, or an empty string."""
    suffixed = f"{module}_{kind.suffix}"
    numbered = (f"{module}_{number}" for number in range(2, 100))
    for name in (module, suffixed, f"my_{module}", f"my_{suffixed}", *numbered):
        fits = MODULE.fullmatch(name) and len(name) <= LONGEST_NAME
        if fits and not _reserved(name, kind, class_name(name)) and conflict(name) is None:
            return name
    return ""


# In order of importance to the user.
SPELLING_RULES: tuple[tuple[Callable[[str], object], str], ...] = (
    (lambda spelling: not spelling.strip("_ "), "it is empty"),
    (re.compile(r"[\x00-\x1f\x7f]").search, "it contains a control character"),
    (re.compile(r"^~|[/\\:]").search, "a name is not a path"),
    (re.compile(r"[^\x00-\x7f]").search, "only the letters a to z, digits and '_' are allowed"),
    (re.compile(r"^__\w+__$").search, "Python reserves such names"),
    (re.compile(r"[^A-Za-z0-9._ -]").search, "only letters, digits and '_' are allowed"),
    (re.compile(r"\.").search, "a dot would separate packages"),
    (re.compile(r"^[-_ ]|[-_ ]$|[-_ ]{2}").search, "a single '_' may only stand between two parts"),
    (re.compile(r"^[0-9]").search, "it starts with a digit"),
    (
        lambda spelling: len(_module_name(spelling)) > LONGEST_NAME,
        f"it is longer than {LONGEST_NAME} characters",
    ),
)


def _module_name(spelling: str) -> str:
    """Return the module name of a spelling: `ResNet50` and `Res-Net50` are both `res_net50`."""
    parts = re.split("[-_ ]", spelling)
    return "_".join(word for part in parts for word in WORD.findall(part)).lower()


def is_class_name(typed: str, kind: Kind) -> bool:
    """Return whether a name is typed in CamelCase, and so is the class itself."""
    spelt = bare(typed, kind)
    return spelt.isalnum() and spelt != _module_name(spelt)


def _class_of(spelling: str) -> str:
    """Return the class of a spelling: the name itself if it was typed in CamelCase."""
    return class_name(spelling if spelling.isalnum() else _module_name(spelling))


def _corrected(spelling: str) -> str:
    """Return the nearest correct spelling, or nothing."""
    if re.fullmatch(r"__\w+__", spelling):
        return ""
    ascii_only = plain_ascii(re.sub(r"[\x00-\x1f\x7f]", " ", spelling).strip())
    last = re.split(r"[/\\:~]", ascii_only)[-1].removesuffix(".py")
    if re.search(r"[^A-Za-z0-9._ -]", last):
        return ""
    parts = [part for part in _module_name(last.replace(".", "_")).split("_") if part]
    digits = [part for part in parts if part[0].isdigit()]
    while parts and parts[0][0].isdigit() and len(digits) < len(parts):
        parts.append(parts.pop(0))
    return "" if digits == parts else "_".join(parts)


def plain_ascii(text: str) -> str:
    """Return the text without accents, ligatures and invisible characters; other letters stay."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if unicodedata.category(char) not in {"Mn", "Cf"})


def _reserved(module: str, kind: Kind, class_: str) -> str | None:
    """Return why no project can use the name; None if one can.

    The template's examples are ordinary modules: their names are free once they are removed.
    """
    plumbing = template.plumbing(kind.folder)
    own = {clash_key(each): each for each in plumbing}
    of_template = own.get(clash_key(module), "")
    groups = [each for each in KINDS if each.grouped and kind.grouped]
    usual = next((each.noun for each in groups if module in each.usual), "")
    reasons = (
        (module in words.KEYWORDS, "it is a Python keyword"),
        (class_ in words.BUILTINS, f"its class {class_} would hide Python's built-in"),
        (module in words.IMPORTED, f"its class {class_} would hide what the file itself imports"),
        (of_template, f"plgen's template writes {kind.file(of_template)}"),
        (class_ in words.LIKE_DIGITS, f"its class {class_} looks like a digit"),
        (module in {"conftest", "main"}, "the project has a file of that name"),
        (module in words.USED | template.options(), "main.py uses it as an option"),
        (module.startswith("test_") or module.endswith("_test"), "pytest would collect its file"),
        (usual, f"every project has the {usual} {module}, with options --{module}.*"),
        (module in words.WINDOWS_DEVICES, "Windows reserves it for a device"),
        (module in words.YAML_VALUES, "YAML reads it as a value"),
    )
    return next((reason for applies, reason in reasons if applies), None)


def _refused(typed: str, kind: Kind, reason: str, better: str, command: str) -> NameRefused:
    """Return the refusal; its hint is the command with a better name, if there is one."""
    hint = f"{command or f'plgen {kind.command}'} {better}" if better else ""
    return NameRefused(f"{typed!r} cannot name {kind.a_noun}: {reason}", hint)


def check_project(name: str, folder: str) -> None:
    """Raise NameRefused unless a project, made in `folder`, can have this name."""
    reason = _unfit_for_project(name)
    if reason is None:
        return
    guess = guess_project_name(name)
    candidates = (guess, f"my-{guess}".lower(), "my-project")
    good = next(word for word in candidates if _unfit_for_project(word) is None)
    hint = f"plgen new {shlex.quote(folder)} --name {good}"
    raise NameRefused(f"{name!r} cannot name a project: {reason}", hint)


def guess_project_name(folder: str) -> str:
    """Return the project's name that a folder's name suggests, which may be nothing."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain_ascii(folder)).strip("._-")


def normal(name: str) -> str:
    """Return the name of a project or package in the form in which package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _unfit_for_project(name: str) -> str | None:
    """Return why a project cannot have a name; None if it can."""
    if not PROJECT.fullmatch(name):
        return "letters, digits, '.', '_' and '-' only, with a letter or a digit at both ends"
    if normal(name) in words.DEPENDENCIES:
        return "it is the name of plgen, or of a package that it or its projects depend on"
    if normal(name) in words.STANDARD_LIBRARY:
        return "it is the name of a module of Python's standard library"
    return None


@dataclass(frozen=True)
class Renaming:
    """A module of one kind under its old and its new name."""

    kind: Kind
    old: Name
    new: Name

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the old names that change, each with the new one.

        Where nothing is renamed, only searched for, these are the module's and the class's names.
        """
        modules = (self.old.module, self.new.module)
        both = (modules, (self.old.class_name, self.new.class_name))
        return tuple(pair for pair in both if pair[0] != pair[1]) or both

    @property
    def file(self) -> str:
        """Return the module's file under its old name."""
        return self.kind.file(self.old.module)

    @property
    def packages(self) -> tuple[str, str]:
        """Return where the class is imported from: its module, or the package that exports it."""
        return (f"{self.kind.folder}.{self.old.module}", self.kind.folder)

    def pattern(self, name: str) -> str:
        """Return the pattern of an old name where a text may mean this kind of module."""
        before = BEFORE_A_METRIC if self.kind is METRIC else r"(?<!\w)"
        return rf"{before}{re.escape(name)}(?!\w)"


def whole_word(name: str) -> str:
    """Return the pattern of a name as a whole word."""
    return rf"(?<!\w){re.escape(name)}(?!\w)"
