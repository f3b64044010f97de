"""main.py's parser: its own options, then those of the chosen classes.

The parameters of the chosen net become the options --net.*, those of a dataset, a metric or a callback
--<its name>.*, those of loss, optimizer, scheduler and interface --loss_args.*, --optimizer_args.* and so on:
typed, checked and in --help. A new parameter of a net needs no edit anywhere else.
"""

import argparse
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any, get_args, get_origin

import pytorch_lightning as pl
import yaml
from jsonargparse import SUPPRESS, ArgumentError, ArgumentParser, Namespace
from torch.utils.data import DataLoader

from ..choices.groups import actions_of, add_options, is_code, parameters_of, plain_options
from ..choices.kinds import BALANCED, DATASET, INTERFACE, KINDS, METRIC, SAMPLER, SCHEDULER, Kind
from ..choices.names import MODEL_INTERFACE, find_class, module_of
from ..errors import OptionError
from ..learning.losses import library_equivalent
from ..learning.metrics import INFERRED, monitor_and_mode, suits
from ..learning.schedulers import derived_arguments
from ..loading import loaders, samplers
from ..runs.display import allow_closed_output
from .changes import drop_unknown, listed, refuse_changes
from .chosen_names import GROUPS, Given, chosen_names, drop_unchosen
from .config import LARGEST_SEED, LIST_OPTIONS, NEEDED, PATHS, Config, datasets_of, expanded
from .help import HelpFormatter, hide_rare, option_error

# Parameters of the Trainer that main.py sets.
OF_MAIN: set[str | int] = {"logger", "callbacks", "plugins", "default_root_dir", "barebones"}


class Parser:
    """A parser to add options to; `parse` then reads a checkpoint, --config files and the command line."""

    def __init__(self, description: str | None = None) -> None:
        self.parser = ArgumentParser(
            prog="main.py",
            usage="python main.py [--option value ...]",
            description=description,
            formatter_class=HelpFormatter,
            allow_abbrev=False,
            exit_on_error=False,
        )
        self.add_argument, self.get_defaults = self.parser.add_argument, self.parser.get_defaults
        file = "YAML file of options, such as the config.yaml of a run"
        self.add_argument("--config", action="config", help=file)
        show = "show this help with the rarely used options of Lightning's Trainer too"
        self.add_argument("--help_all", action="help", default=SUPPRESS, help=show)
        self.trainer_defaults: dict[str, Any] = {}
        self.groups: dict[str, str] = dict.fromkeys(loaders.LOADER_GROUPS, "the loaders")  # what each is for
        self.in_code: dict[str, Any] = {}  # what would be options, but for their types; the class of each

    def add_trainer(self, **defaults: Any) -> None:
        """Add the options of Lightning's Trainer after all others, with these defaults."""
        self.trainer_defaults = {f"trainer.{name}": value for name, value in defaults.items()}

    def parse(self, argv: Sequence[str] | None = None) -> Namespace:
        """Return the options: the command line takes precedence over --config files, these over a checkpoint.

        `config` has them in plain types, as in config.yaml and checkpoints.
        Raises OptionError for invalid options.
        """
        allow_closed_output()
        self.parser.set_defaults({name: listed(self.parser.get_default(name)) for name in LIST_OPTIONS})
        words, defaults = split_equals(sys.argv[1:] if argv is None else argv), self.get_defaults().as_dict()
        given = chosen_names(words, defaults)
        options, chosen = given.options, given.chosen
        usual_metrics = "metrics" not in options
        if usual_metrics:
            suited = [name for name in defaults["metrics"] if suits(name, library_equivalent(chosen["loss"]))]
            options["metrics"] = chosen["metrics"] = suited
        drop_unchosen(given, defaults)
        self.add_chosen(chosen, given.unregistered)
        drop_unknown(given.trained, options, {action.dest for action in actions_of(self.parser)})
        if {"-h", "--help", "--help_all"} & {*words}:  # jsonargparse would not save hidden options
            hide_rare(actions_of(self.parser), all_of_them="--help_all" in words)
        args = self.parse_words(given)
        has_epochs = "trainer.max_epochs" in given.flags or "max_epochs" in (options.get("trainer") or {})
        if args.trainer.max_steps != -1 and not has_epochs:  # as in Lightning
            args.trainer.max_epochs = -1
        for path in PATHS:
            args[path] = expanded(args[path])
        for key, value in vars(args.as_flat()).items():
            if type(value).__module__ == "jsonargparse.typing":  # PositiveInt, which torch would not load
                args[key] = int(value) if isinstance(value, int) else float(value)
        if not args.get(NEEDED.get(args.stage, "stage")):
            raise OptionError(f"--stage {args.stage} needs a dataset", f"add --{NEEDED[args.stage]} NAME")
        if any(seed > LARGEST_SEED for seed in (args.seed, *(args.seeds or ()))):
            raise OptionError("a seed is too large", f"give one up to {LARGEST_SEED}")
        config = plain_options(self.parser, args, options, given.flags)
        refuse_changes(given.trained, config)
        if args.stage == "fit":  # `config` keeps null and auto: another monitor has another mode
            evaluated = [] if args.trainer.limit_val_batches == 0 else args.eval_datasets
            args.monitor, args.monitor_mode = monitor_and_mode(
                args.monitor, args.monitor_mode, args.metrics, evaluated
            )
        args.usual_metrics, args.config, args.seeds_folder = usual_metrics, config, None
        return args

    def parse_words(self, given: Given) -> Namespace:
        """Parse the command line. Raises OptionError for unknown options and unsuitable values."""
        actions = {text: each for each in actions_of(self.parser) for text in each.option_strings}
        types = {text[2:]: getattr(each, "_typehint", None) for text, each in actions.items() if text != "-h"}
        mappings = [name for name, annotation in types.items() if is_mapping(annotation)]
        try:
            # jsonargparse would let --loss.x change --loss, and --net.table.a.x drop the rest of table.a.
            for option in sorted(given.flags - {*types}):
                entries = [option[len(name) + 1 :] for name in mappings if option.startswith(f"{name}.")]
                named = option.partition(".")[0] in (*GROUPS, *LIST_OPTIONS)
                if named or any("." in entry for entry in entries):
                    self.parser.error(f"unrecognized arguments: --{option}")
            read = f"--config={yaml.safe_dump(given.options, sort_keys=False)}"
            args = self.parser.parse_args([read, *given.rest])
        except (ArgumentError, argparse.ArgumentError) as error:
            raise option_error(str(error), [*types], self.groups, self.in_code) from error
        del args["config"]
        return args

    def add_chosen(self, chosen: Config, unregistered: set[str]) -> None:
        """Add the options of all chosen classes, and last those of the Trainer, which are most."""
        for option in LIST_OPTIONS:
            if len(set(chosen[option])) < len(chosen[option]):
                message = f"--{option} has a name twice: {' '.join(chosen[option])}"
                raise OptionError(message, "name each once")
        if not chosen["train_dataset"]:
            raise OptionError("--train_dataset names no dataset", "name one or more of data/")
        for kind in KINDS:
            names = [name for option in kind.options for name in listed(chosen[option])]
            names = [name for name in names if name not in unregistered]
            if kind is DATASET:  # `cifar_data:noisy` has the arguments of cifar_data
                names = [part for name in names for part in (module_of(name), name)]
            for name in dict.fromkeys(names):
                group, what = kind.group or name, f"{kind.noun} {name}"
                if group in self.groups:
                    message = f"--{group}.* would be the options of {self.groups[group]} and of {what}"
                    raise OptionError(message, "rename one of them, or choose another")
                self.groups[group] = what
                found = find_class(kind, name)
                in_code = add_options(self.parser, found, group, **self.special(kind, name, found, chosen))
                self.in_code |= {f"{group}.{parameter}": found for parameter in in_code}
        for group, skip in loaders.LOADER_GROUPS.items():
            add_options(self.parser, DataLoader, group, skip=skip, derived=loaders.INFERRED)
        trainer: Any = self.parser.add_argument_group("Trainer (--trainer.*)", name="trainer")
        trainer.add_class_arguments(pl.Trainer, "trainer", as_group=False, skip=OF_MAIN)
        self.parser.set_defaults(self.trainer_defaults)

    def special(self, kind: Kind, name: str, found: Any, chosen: Config) -> dict[str, Collection[str]]:
        """Return the parameters of a class that are not options, and those that are inferred unless given."""
        if kind is DATASET:  # an alias inherits, and a dataset that is only inherited from needs no arguments
            inherits = ":" in name or name not in datasets_of(chosen)
            options = [key for key, each in parameters_of(found).items() if not is_code(each)]
            return {"skip": ["split"], "inherited": options if inherits else []}
        if kind is INTERFACE:
            options = {action.dest for action in actions_of(self.parser)}  # it gets those that it names
            return {"skip": {*parameters_of(find_class(kind, MODEL_INTERFACE)), *options}}
        if kind is SCHEDULER:
            return {"derived": derived_arguments(name, found)}
        if kind is SAMPLER:
            skip = ["weights", "replacement"] if name == BALANCED else []
            return {"derived": samplers.INFERRED, "skip": skip}
        return {"derived": INFERRED} if kind is METRIC else {}


def split_equals(argv: Sequence[str]) -> list[str]:
    """Split `--run_name=two words` at the equals sign: argparse would pass it to the option before."""
    parts = [word.split("=", 1) if word[:2] == "--" and " " in word else [word] for word in argv]
    return [part for word in parts for part in word]


def is_mapping(annotation: Any) -> bool:
    """Return whether a type, or one of a union, is that of a dict."""
    kinds = [get_origin(part) or part for part in (annotation, *get_args(annotation))]
    return any(isinstance(kind, type) and issubclass(kind, Mapping) for kind in kinds)
