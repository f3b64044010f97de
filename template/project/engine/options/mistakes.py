"""Errors of jsonargparse in one line, with suggestions for mistyped options."""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from ..choices.groups import lookup
from ..errors import OptionError, one_line
from .chosen_names import config_files

SEE = "python main.py --help lists every option"
LIST = "give a list or a tensor as one word, such as '[1,2]'"
MOST = 3  # suggestions: more would not help


def option_error(
    message: str, options: Mapping[str, str], own: Collection[str], argv: Sequence[str]
) -> OptionError:
    """Return the error for a message of jsonargparse.

    Args:
        options: every option with its help text.
        own: the options of main.py itself, which are suggested first.
    """
    if typed := re.search(r"unrecognized arguments: (?:.*?(?=--))?([^\s=]+)", message):
        if not typed[1].startswith("-"):
            number = re.fullmatch(r"[\d.]+", typed[1])
            return OptionError(f"no option takes {typed[1]}", f"{LIST}; {SEE}" if number else SEE)
        return OptionError(f"there is no option {typed[1]}", suggestion(typed[1], options, own))
    unknown = r"Option '(.+)' is not accepted|Group '(.+)' does not accept option '(.+)'"
    if read := re.search(unknown, message):
        name = ".".join(filter(None, read.groups()))
        return OptionError(f"there is no option {name}{source(name, argv)}", suggestion(name, options, own))
    if value := re.match(r'Parser key "(.+?)"(?: element \d+)?:\s*(.*)', message, re.DOTALL):
        reason = re.sub(r"<class '(?:.*\.)?(\w+)'>|typing\.|Not of type \w+: ", r"\1", value[2])
        if union := re.search(r"Subtypes: [\[(](.*?)[\])]\n.*Given value: (.*)", reason, re.DOTALL):
            reason = f"expected one of {union[1]}, got {union[2]!r}"
        cure = f"{LIST}; {SEE}" if re.search("Tensor|list|tuple", reason, re.IGNORECASE) else SEE
        return OptionError(f"--{value[1]}{source(value[1], argv)}: {one_line(reason)}", cure)
    return OptionError(one_line(message), SEE)


def source(option: str, argv: Sequence[str]) -> str:
    """Return ` in <file>` for the --config file that gives an option, unless the command line does."""
    files, words = config_files(argv)
    if f"--{option}" in (word.partition("=")[0] for word in words):
        return ""
    giving = [file for file, options in files if lookup(options, option, ...) is not ...]
    return f" in {giving[-1]}" if giving else ""


def suggestion(name: str, options: Mapping[str, str], own: Collection[str]) -> str:
    """Return the help for an option that does not exist."""
    *others, last = [f"--{option}" for option in likely_options(name, options, own)] or [""]
    found = f"{', '.join(others)} or {last}" if others else last
    return f"did you mean {found}? {SEE}" if found else SEE


def likely_options(name: str, options: Mapping[str, str], own: Collection[str]) -> list[str]:
    """Return the options that a mistyped one may mean; none if no option is similar."""
    group, _, word = normalized(name).rpartition(".")
    of_group = [option for option in options if normalized(option).startswith(f"{group}.")]
    among = of_group if group and of_group else [*options]
    of_own = {option: names_of(option, options[option]) for option in among if option in own}
    of_all = {option: {normalized(last(option))} for option in among}
    initials = {option: "".join(part[:1] for part in last(option).split("_")) for option in among}
    begun = [option for option, names in of_own.items() if any(name.startswith(word) for name in names)]
    ways = (
        most_similar(word, of_own, 0.76),  # --epochs, --workers, --dataset
        begun if len(word) > 2 else [],
        most_similar(word, of_all, 0.85 if len(among) == len(options) else 0.6),  # --dropout; --net.widht
        [option for option in among if len(word) > 1 and word == initials[option]],  # --wd
    )
    return next((found for found in ways if 0 < len(found) <= MOST), [])


def most_similar(word: str, names: Mapping[str, set[str]], likeness: float) -> list[str]:
    """Return the options whose name is most similar to a word, and at least by `likeness` (0 to 1)."""
    near = get_close_matches(word, set[str]().union(*names.values()), n=1, cutoff=likeness)
    return [option for option, of_one in names.items() if of_one.intersection(near)]


def names_of(option: str, help_text: str) -> set[str]:
    """Return likely names for an option: its name, each word of it, and the first words of its help."""
    first, second, *_ = [*help_text.split(), "", ""]
    words = [last(option), *last(option).split("_"), first, first + second]
    return {normalized(word) for word in words if len(word) > 2}


def normalized(name: str) -> str:
    """Return a name without capitals, dashes, underscores and the s of a plural."""
    return re.sub("[_-]|(?<=[a-z]{3})s$", "", name.lower())


def last(option: str) -> str:
    """Return `max_epochs` of `trainer.max_epochs`."""
    return option.rpartition(".")[2]
