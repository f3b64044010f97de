"""The output of `python main.py --help`: each option with the first sentence of its documentation."""

import argparse
import re
from collections.abc import Iterable

from jsonargparse import SUPPRESS, DefaultHelpFormatter

# Options of the Trainer that only --help_all shows.
RARE = {
    *("enable_autolog_hparams", "min_epochs", "min_steps", "model_registry"),
    *("reload_dataloaders_every_n_epochs", "use_distributed_sampler"),
}
SENTENCE = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)\s+(?=[A-Z`:{\"'(])")  # where the next one starts
DEFAULT = re.compile(r"\(?\bdefaults?( to|:| is)[^.)]*(\d\.[^.)]*)?[.)]*\s*$", re.IGNORECASE)  # shown anyway
ROLE = re.compile(r":\w+:| ?<https?://\S+>|# noqa: \S+|`_*|_(?=\W|$)")  # marks of reStructuredText, and links
LONGEST_TYPE = 40
SHOWN = ("bool", "Literal", "Optional[bool]")  # types whose values are listed behind the option


class HelpFormatter(argparse.RawDescriptionHelpFormatter, DefaultHelpFormatter):
    """One short text for each option, with its type and default."""

    def _get_help_string(self, action: argparse.Action) -> str:
        facts = ["required"] if action.required else []
        kind = self._get_type_str(action)
        if kind and len(kind) <= LONGEST_TYPE and not kind.startswith(SHOWN):
            facts.append("type: %(type)s")
        if action.default not in (None, SUPPRESS):
            facts.append("default: %(default)s")
        text = first_sentence(action.help or "")
        return f"{text} ({', '.join(facts)})" if facts else text

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
