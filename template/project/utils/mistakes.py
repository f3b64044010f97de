"""What jsonargparse finds wrong, in one line, with the options that may have been meant."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from utils.errors import OptionError
from utils.first_look import config_files

SEE = "python main.py --help lists every option"
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
            return OptionError(f"no option takes {typed[1]}", SEE)
        return OptionError(f"there is no option {typed[1]}", suggestion(typed[1], options, knobs))
    if read := re.search(r"Option '(.+)' is not accepted|Group '(.+)' does not accept option '(.+)'", message):
        name = ".".join(filter(None, read.groups()))
        return OptionError(f"there is no option {name}{source(name, argv)}", suggestion(name, options, knobs))
    if value := re.match(r'Parser key "(.+?)":\s*(.*)', message, re.DOTALL):
        reason = re.sub(r"<class '(?:.*\.)?(\w+)'>|typing\.|Not of type \w+: ", r"\1", value[2])
        if union := re.search(r"Subtypes: [\[(](.*?)[\])]\n.*Given value: (.*)", reason, re.DOTALL):
            reason = f"expected one of {union[1]}, got {union[2]!r}"
        return OptionError(f"--{value[1]}{source(value[1], argv)}: {' '.join(reason.split())}", SEE)
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
    typed = name.lstrip("-").lower().replace("-", "_")
    group, _, word = typed.rpartition(".")
    words = word.split("_")
    ways = (
        [option for option in options if letters(option) == letters(typed)],  # --batchsize
        spelt(word, [option for option in options if option.rpartition(".")[0].lower() == group != ""], 0.6),
        [knob for knob in knobs if is_part(words, last(knob).split("_"))],  # --workers, --epochs
        spelt(word, knobs, 0.77),  # --n_epochs
        [knob for knob in knobs if len(word) > 2 and options[knob].lower().split()[: len(words)] == words],  # --net
        [option for option in options if last(option) == word],  # --weight_decay
        spelt(word, options, 0.85),
        [option for option in options if len(word) > 1 and word == initials(option)],  # --wd
    )
    return next((found for found in ways if 0 < len(found) <= MOST), [])


def is_part(words: list[str], of: list[str]) -> bool:
    """Whether each word begins one of an option's, and these are at least half of them."""
    begin = all(len(word) > 2 and any(whole.startswith(word) for whole in of) for word in words)
    return begin and 2 * len(words) >= len(of)


def spelt(word: str, options: Iterable[str], likeness: float) -> list[str]:
    """The options whose last part is spelt most like a word, if that is alike enough (0 to 1)."""
    parts = {option: last(option) for option in options}
    near = get_close_matches(word, {*parts.values()}, n=1, cutoff=likeness)
    return [option for option, part in parts.items() if part in near]


def letters(option: str) -> str:
    """An option without what may be forgotten of its spelling."""
    return re.sub("[_-]", "", option.lower())


def initials(option: str) -> str:
    """`--optimizer_args.weight_decay` -> `wd`."""
    return "".join(part[:1] for part in last(option).split("_"))


def last(option: str) -> str:
    """`--trainer.max_epochs` -> `max_epochs`, in lower case."""
    return option.rpartition(".")[2].lower()
