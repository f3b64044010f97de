"""Errors of jsonargparse in one line, with suggestions for mistyped options."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from ..errors import OptionError, one_line
from .help import RARE

SEE = "python main.py --help lists every option"
UNKNOWN = (
    r"unrecognized arguments:.*?\s--([^\s=]+)|Option '(.+)' is not accepted"
    "|Group '(.+)' does not accept option '(.+)'"
)
# The error for a value that fits no type of a union, with the details of each type.
UNION = re.compile(r"Does not validate .*Subtypes: [\[(](.*)[\])]\s+Errors:.*Given value: (.*)", re.DOTALL)
TYPE = re.compile(r"<class '(?:[\w.]*\.)?(\w+)'>|typing\.")


def option_error(message: str, options: Sequence[str]) -> OptionError:
    """Return the error for a message of jsonargparse, with the option that a mistyped one may mean."""
    if unknown := re.search(UNKNOWN, message):
        name = ".".join(filter(None, unknown.groups()))
        group, _, word = name.rpartition(".")
        own = by_last_part(option for option in options if option.rpartition(".")[0] == group)
        # Without its group, such as --max_epochs; the scheduler's `epochs` are inferred.
        others = by_last_part(() if group else (each for each in options if "lr_scheduler_args." not in each))
        near = [own[last] for last in get_close_matches(word, own, n=1)]
        near = near if own else get_close_matches(name, options, n=1)  # there is no such group
        near = near or [others[last] for last in get_close_matches(word, {*others} - RARE, n=2, cutoff=0.75)]
        guess = f"did you mean --{' or --'.join(near)}? " if near else ""
        return OptionError(f"there is no option --{name}", f"{guess}{SEE}")
    message = TYPE.sub(r"\1", UNION.sub(r"Expected one of \1. Got value: \2", message))
    return OptionError(one_line(re.sub(r'^Parser key "(.+?)"', r"--\1", message)), SEE)


def by_last_part(options: Iterable[str]) -> dict[str, str]:
    """Return options by the part of their names after the last dot."""
    return {option.rpartition(".")[2]: option for option in options}
