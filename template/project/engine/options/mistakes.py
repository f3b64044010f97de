"""What jsonargparse finds wrong, in one line, with the options that may have been meant."""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ..errors import OptionError
from .first_look import config_files

SEE = "python main.py --help lists every option"
LIST = "a list or a tensor is typed as one word, such as '[1,2]'"
MOST = 3  # options that a wrong one may stand for: more are no help


def explain(message: str, options: Mapping[str, str], knobs: Collection[str], argv: Sequence[str]) -> OptionError:
    """The error for jsonargparse's message.

    Args:
        message: what jsonargparse says.
        options: every option with its help text.
        knobs: those of main.py itself, which are meant more often than the many others.
        argv: what was typed.
    """
    if typed := re.search(r"unrecognized arguments: (?:.*?(?=--))?([^\s=]+)", message):
        if not typed[1].startswith("-"):
            number = re.fullmatch(r"[\d.]+", typed[1])
            return OptionError(f"no option takes {typed[1]}", f"{LIST}; {SEE}" if number else SEE)
        return OptionError(f"there is no option {typed[1]}", suggestion(typed[1], options, knobs))
    if read := re.search(r"Option '(.+)' is not accepted|Group '(.+)' does not accept option '(.+)'", message):
        name = ".".join(filter(None, read.groups()))
        return OptionError(f"there is no option {name}{source(name, argv)}", suggestion(name, options, knobs))
    if value := re.match(r'Parser key "(.+?)":\s*(.*)', message, re.DOTALL):
        reason = re.sub(r"<class '(?:.*\.)?(\w+)'>|typing\.|Not of type \w+: ", r"\1", value[2])
        if union := re.search(r"Subtypes: [\[(](.*?)[\])]\n.*Given value: (.*)", reason, re.DOTALL):
            reason = f"expected one of {union[1]}, got {union[2]!r}"
        cure = f"{LIST}; {SEE}" if re.search("Tensor|list|tuple", reason, re.IGNORECASE) else SEE
        return OptionError(f"--{value[1]}{source(value[1], argv)}: {' '.join(reason.split())}", cure)
    return OptionError(" ".join(message.split()), SEE)


def source(option: str, argv: Sequence[str]) -> str:
    """The --config file in which an option stands, unless it is typed."""
    files, words = config_files(argv)
    if f"--{option}" in (word.partition("=")[0] for word in words):
        return ""
    return next((f" in {file}" for file, options in reversed(files) if holds(options, option)), "")


def holds(options: Any, name: str) -> bool:
    """Whether an option stands in a file, in its group or with a dot."""
    group, _, rest = name.partition(".")
    return isinstance(options, dict) and (name in options or (rest != "" and holds(options.get(group), rest)))


def suggestion(name: str, options: Mapping[str, str], knobs: Collection[str]) -> str:
    """The help for an option that there is not."""
    *others, last = [f"--{option}" for option in meant(name, options, knobs)] or [""]
    found = f"{', '.join(others)} or {last}" if others else last
    return f"did you mean {found}? {SEE}" if found else SEE


def meant(name: str, options: Mapping[str, str], knobs: Collection[str]) -> list[str]:
    """The options that one which there is not may stand for: none rather than a far-fetched one."""
    group, _, word = plain(name).rpartition(".")
    among = [option for option in options if group and plain(option).startswith(f"{group}.")] or [*options]
    of_knobs = {option: names_of(option, options[option]) for option in among if option in knobs}
    of_all = {option: {plain(last(option))} for option in among}
    ways = (
        spelt(word, of_knobs, 0.76),  # --epochs, --workers, --dataset
        [knob for knob, names in of_knobs.items() if len(word) > 2 and any(name.startswith(word) for name in names)],
        spelt(word, of_all, 0.85 if len(among) == len(options) else 0.6),  # --dropout; --net.widht
        [option for option in among if len(word) > 1 and word == "".join(part[:1] for part in last(option).split("_"))],
    )
    return next((found for found in ways if 0 < len(found) <= MOST), [])


def spelt(word: str, names: Mapping[str, set[str]], likeness: float) -> list[str]:
    """The options that have a name which is spelt most like a word, if that is alike enough (0 to 1)."""
    near = get_close_matches(word, {name for of_one in names.values() for name in of_one}, n=1, cutoff=likeness)
    return [option for option, of_one in names.items() if of_one.intersection(near)]


def names_of(knob: str, help_text: str) -> set[str]:
    """What a knob may be called: its name and each word of it, and the first words of its help text."""
    first, second, *_ = [*help_text.split(), "", ""]
    words = [last(knob), *last(knob).split("_"), first, first + second]
    return {plain(word) for word in words if len(word) > 2}


def plain(name: str) -> str:
    """A name without what is easily spelt otherwise: capitals, dashes, the s of a plural."""
    return re.sub("[_-]|(?<=[a-z]{3})s$", "", name.lower())


def last(option: str) -> str:
    """`--trainer.max_epochs` -> `max_epochs`."""
    return option.rpartition(".")[2]
