"""The output of `python main.py --help`, and the errors for mistyped options."""

import argparse
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from jsonargparse import SUPPRESS, DefaultHelpFormatter

from ..choices.groups import file_of
from ..choices.kinds import LIST_KINDS
from ..choices.names import all_names, module_of
from ..errors import OptionError, one_line
from ..imports import OWN

SEE = "python main.py --help lists every option"
UNKNOWN = (
    r"unrecognized arguments:.*?\s--([^\s=]+)|Option '(.+)' is not accepted"
    "|Group '(.+)' does not accept option '(.+)'"
)
# The error for a value that fits no type of a union, with the details of each type.
UNION = re.compile(r"Does not validate .*Subtypes: [\[(](.*)[\])]\s+Errors:.*Given value: (.*)", re.DOTALL)
TYPE = re.compile(r"<class '(?:[\w.]*\.)?(\w+)'>|typing\.")
# Options of the Trainer that only --help_all shows.
RARE = {
    *("enable_autolog_hparams", "min_epochs", "min_steps", "model_registry"),
    *("reload_dataloaders_every_n_epochs", "use_distributed_sampler"),
}
SENTENCE = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)\s+(?=[A-Z`:{\"'(])")  # where the next one starts
DEFAULT = re.compile(r"\(?\bdefaults?( to|:| is)[^.)]*(\d\.[^.)]*)?[.)]*\s*$", re.IGNORECASE)  # shown anyway
ROLE = re.compile(r":\w+:| ?<https?://\S+>|# noqa: \S+|`_*|_(?=\W|$)")  # marks of reStructuredText, and links
FORMS = {"dict": "'{a: 1}'", "list": "'[1, 2]'", "tuple": "'[1, 2]'", "set": "'[1, 2]'"}  # of values, by type
LONGEST_TYPE = 40
HIDDEN = ("bool", "Literal", "Optional[bool]", "<function")  # the listed values show it, or it is unknown


class HelpFormatter(argparse.RawDescriptionHelpFormatter, DefaultHelpFormatter):
    """One short text for each option, with its type and default."""

    def _get_help_string(self, action: argparse.Action) -> str:
        if (action.help or "").startswith(("(required", "(type: ", "(default: ")):
            return action.help or ""  # jsonargparse has completed an option without a text already
        facts = ["required"] if action.required else []
        kind = TYPE.sub(r"\1", self._get_type_str(action) or "")
        if kind and len(kind) <= LONGEST_TYPE and not kind.startswith(HIDDEN):
            facts.append(f"type: {kind}")
        if action.default not in (None, SUPPRESS):
            facts.append("default: %(default)s")
        text = first_sentence(action.help or "")
        return f"{text} ({', '.join(facts)})".lstrip() if facts else text

    def _format_action_invocation(self, action: argparse.Action) -> str:
        invocation = super()._format_action_invocation(action)
        return re.sub(r", --[\w.]+\+ .*", "", invocation)  # --x+, which appends to a list


def first_sentence(text: str) -> str:
    """Return the first sentence of a docstring without markup and without the default that it repeats."""
    sentence = SENTENCE.split(" ".join(text.split()), maxsplit=1)[0]
    return DEFAULT.sub("", ROLE.sub("", sentence)).strip().rstrip(".")


def hide_rare(actions: Iterable[argparse.Action], all_of_them: bool) -> None:
    """Hide the rarely used options of the Trainer, unless all options are requested."""
    for action in actions:
        group, _, name = action.dest.partition(".")
        if group == "trainer" and (name.endswith(".help") or (name in RARE and not all_of_them)):
            action.help = SUPPRESS


def option_error(
    message: str, options: Sequence[str], groups: Container[str], in_code: Mapping[str, Any]
) -> OptionError:
    """Return the error for a message of jsonargparse, with the option that a mistyped one may mean.

    Args:
        groups: the groups of options of the chosen classes.
        in_code: parameters that only code can set, each with its class.
    """
    if unknown := re.search(UNKNOWN, message):
        name = ".".join(filter(None, unknown.groups()))
        if name in in_code:
            file = file_of(in_code[name])
            where = file if file.partition("/")[0] in OWN else "a class of your own"
            message = f"--{name} is not an option: it takes an object, such as a function or a class"
            return OptionError(message, f"set it in {where}")
        group, dot, word = name.rpartition(".")
        # `--epochs` means neither min_epochs nor the epochs of the scheduler, which are inferred.
        unusual = () if group else ("lr_scheduler_args.", *(f"trainer.{each}" for each in RARE))
        members = [each for each in options if each.startswith(group + dot) and not each.startswith(unusual)]
        for kind in LIST_KINDS if group and group not in groups else ():
            if module_of(group) in all_names(kind):
                hint = f"{group} is not chosen: name it by --{' or --'.join(kind.options)}"
                return OptionError(f"there is no option --{name}", hint)
        by_end = {each.rpartition(".")[2]: each for each in reversed(members)}  # those of main.py win
        near = get_close_matches(word, by_end, n=1) if by_end else get_close_matches(name, options, n=1)
        guess = f"did you mean --{by_end.get(near[0], near[0])}? " if near else ""
        return OptionError(f"there is no option --{name}", f"{guess}{SEE}")
    message = one_line(TYPE.sub(r"\1", UNION.sub(r"Expected one of \1. Got value: \2", message)))
    expected, _, value = message.partition("Got value")
    found = re.search(rf"Expected.*\b({'|'.join(FORMS)})\b", expected)
    form = FORMS[found[1]] if found else ""
    hint = SEE if form[1:2] in value else f"write it as {form}; {SEE}"  # it may have the form already
    return OptionError(re.sub(r'^Parser key "(.+?)"', r"--\1", message), hint)
