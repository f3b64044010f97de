"""main.py's parser: its own knobs, then the options of whatever they choose.

The constructor of the chosen net becomes the group --net.*, a dataset's or a metric's the group of its own name
(--cifar_data.root), those of loss, optimizer and scheduler --loss_args.*, --optimizer_args.* and --lr_scheduler_args.*:
typed, checked and in --help. Nothing has to be written down twice when a net gets a new parameter.
"""

import sys
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import is_dataclass
from inspect import signature
from types import UnionType
from typing import Any, NoReturn, Union, get_args, get_origin

import pytorch_lightning as pl
import yaml
from jsonargparse import SUPPRESS, ArgumentParser, Namespace

from ..choices.groups import CLASH, METHODS, add_options, file_of, lookup, plain
from ..choices.names import load_class
from ..errors import OptionError, unknown
from ..learning.losses import LOSSES
from ..learning.metrics import INFERRED, metric_class, refuse_unsuited, suits, watch
from ..learning.optimizers import OPTIMIZERS
from ..learning.schedulers import DERIVED, SCHEDULERS
from ..runs.output import allow_unread_output
from .changes import flat, leave_gone, refuse_changes, say_new
from .config import LARGEST_SEED, MANY, NEEDED, PLACES, Config, datasets_of, expanded
from .first_look import GROUPS, Given, drop_unchosen, first_look
from .help import HelpFormatter, hide_rare
from .mistakes import explain

TORCH = {"loss": LOSSES, "optimizer": OPTIMIZERS, "lr_scheduler": SCHEDULERS}
ONCE = ("name each once; with other arguments it is another set: plgen add-dataset NAME --like OLD", "name each once")
OF_MAIN: set[str | int] = {"logger", "callbacks", "plugins", "default_root_dir", "barebones"}  # main.py decides


class Parser(ArgumentParser):
    """A parser to add knobs to; `parse` then reads checkpoint, --config files and command line."""

    def __init__(self, description: str | None = None, **inner: Any) -> None:
        super().__init__(**inner) if inner else self.start(description)

    def start(self, description: str | None) -> None:
        """Begin main.py's own parser; jsonargparse makes others for the dataclasses within values."""
        super().__init__(
            prog="main.py",
            usage="python main.py [--option value ...]",
            description=description,
            formatter_class=HelpFormatter,
            allow_abbrev=False,
        )
        self.add_argument("--config", action="config", help="YAML file of options, such as the config.yaml of a run")
        show = "show the options above, and every option of Lightning's Trainer"
        self.add_argument("--help_all", action="help", default=SUPPRESS, help=show)
        self.words: list[str] = []
        self.of_code: dict[str, str] = {}  # parameters that are no options, and the files of their classes

    def add_trainer(self, **defaults: Any) -> None:
        """Let the options of Lightning's Trainer follow all others, with some defaults of one's own."""
        self.trainer_defaults = {f"trainer.{name}": value for name, value in defaults.items()}

    def parse(self, argv: Sequence[str] | None = None) -> Namespace:
        """Return the options: the command line takes precedence over --config files, these over a checkpoint.

        `config` holds them as config.yaml and checkpoints do: as given, in plain types.
        Raises OptionError for anything that is wrong.
        """
        allow_unread_output()
        self.words = apart(sys.argv[1:] if argv is None else argv)
        given = first_look(self.words, self.get_defaults().as_dict())
        options, chosen = given.options, given.chosen
        usual_metrics = "metrics" not in options
        if usual_metrics:
            options["metrics"] = chosen["metrics"] = [name for name in chosen["metrics"] if suits(name, chosen["loss"])]
        drop_unchosen(given)
        self.add_chosen(chosen, given.gone)
        leave_gone(given.trained, options, {action.dest for action in self._actions})
        settle_momentum(given, OPTIMIZERS[chosen["optimizer"]])
        self.refuse_code(given)
        for word in given.rest:
            if word.startswith(tuple(f"--{choice}." for choice in GROUPS)):  # else --loss.x would change --loss
                self.error(f"unrecognized arguments: {word}")
        words = join_entries(given.rest, self._actions, options)
        args = self.parse_args([f"--config={yaml.safe_dump(options)}", *words])
        del args["config"]
        for place in PLACES:
            args[place] = expanded(args[place])
        for key, value in vars(args.as_flat()).items():
            if type(value).__module__ == "jsonargparse.typing":  # a checkpoint with a PositiveInt would not load
                args[key] = int(value) if isinstance(value, int) else float(value)
        if not args.get(NEEDED.get(args.stage, "stage")):
            raise OptionError(f"--stage {args.stage} needs a dataset", f"add --{NEEDED[args.stage]} NAME")
        if any(seed > LARGEST_SEED for seed in (args.seed, *(args.seeds or ()))):
            raise OptionError("a seed is too large", f"give one up to {LARGEST_SEED}")
        config = plain(self, args, options, {word[2:].partition("=")[0] for word in given.rest})
        refuse_changes(given.trained, config)
        if given.trained:
            say_new(given.trained, config, self.plain_defaults(args))
        if args.stage == "fit":  # what is typed stays in the config: another monitor has another mode
            evaluated = [] if args.trainer.limit_val_batches == 0 else args.eval_datasets
            args.monitor, args.monitor_mode = watch(
                args.monitor, args.monitor_mode, args.metrics, evaluated, args.preflight
            )
        args.usual_metrics, args.config, args.seeds_folder = usual_metrics, config, None
        return args

    def format_help(self, *args: Any, **kwargs: Any) -> str:
        """Return the help, with the seldom used options of the Trainer for --help_all alone."""
        hide_rare(self._actions, all_of_them="--help_all" in self.words)
        return super().format_help(*args, **kwargs)

    def add_chosen(self, chosen: dict[str, Any], gone: set[str]) -> None:
        """Add the options of everything that is chosen, and those of the Trainer, of which there are most, last."""
        for option in MANY:
            if len(set(chosen[option])) < len(chosen[option]):
                raise OptionError(f"--{option} has a name twice: {' '.join(chosen[option])}", ONCE[option == "metrics"])
        self.add_group(load_class("model", str(chosen["model_name"])), "net")
        for name in (name for name in datasets_of(chosen) if name not in gone):
            self.add_group(load_class("data", name), name, filled=["split"])
        for role, known in TORCH.items():
            name = chosen[role]
            if name is not None and name not in known:
                raise unknown(role, str(name), known, f"; write your own in {METHODS[GROUPS[role]]}")
            if name is not None:
                self.add_group(known[name], GROUPS[role], derived=DERIVED.get(name, {}))
        for name in chosen["metrics"]:
            refuse_unsuited(name, chosen["loss"])
            self.add_group(metric_class(name), name, derived=INFERRED)
        trainer: Any = self.add_argument_group("Trainer (--trainer.*)", name="trainer")
        trainer.add_class_arguments(pl.Trainer, "trainer", as_group=False, skip=OF_MAIN)
        self.set_defaults(self.trainer_defaults)

    def plain_defaults(self, args: Namespace) -> Config:
        """The defaults in plain values; what is required has none, and takes its value of `args` only to be dumped."""
        defaults, known = vars(self.get_defaults().as_flat()), args.clone()
        for key, value in defaults.items():
            if value is not None:
                known[key.replace(CLASH, "")] = value
        return flat(plain(self, known)) | {key.replace(CLASH, ""): None for key in defaults if defaults[key] is None}

    def add_group(self, found: Any, group: str, **special: Collection[str]) -> None:
        """Add the options of a class, and remember its parameters that are none."""
        self.of_code |= {f"{group}.{name}": file_of(found) for name in add_options(self, found, group, **special)}

    def refuse_code(self, given: Given) -> None:
        """Refuse values for parameters that only code can give."""
        words = {word[2:].partition("=")[0] for word in given.rest}
        for option, file in self.of_code.items():
            if option in words or option in flat(given.options):
                message = f"--{option} takes an object of Python, such as a class or a function, which text cannot give"
                raise OptionError(message, f"leave it out to use its default, which you can change in {file}")

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raise what jsonargparse found wrong as one line with the options that may have been meant."""
        if not hasattr(self, "of_code"):
            super().error(message, ex)
        options = {text[2:]: act.help or "" for act in self._actions for text in act.option_strings if text[:2] == "--"}
        knobs = [option for option in options if "." not in option or option in self.trainer_defaults]
        raise explain(message, options, knobs, self.words) from ex


def settle_momentum(given: Given, optimizer: Any) -> None:
    """Write into a new run's options whether its scheduler cycles the momentum: beta1 of Adam's kin, if none is chosen.

    What is typed or stands in a file is chosen; and SGD has no momentum unless one is.
    """
    ours, args = (given.options.get(group) or {} for group in ("lr_scheduler_args", "optimizer_args"))
    asked = "cycle_momentum" in DERIVED.get(given.chosen["lr_scheduler"], {}) and "optimizer" not in given.trained
    typed = any(word.startswith("--optimizer_args.betas") for word in given.rest)
    if asked and (typed or ours.get("cycle_momentum") is None):
        cycled = "betas" in signature(optimizer).parameters and "betas" not in args and not typed
        given.options["lr_scheduler_args"] = ours | {"cycle_momentum": cycled}


def apart(argv: Sequence[str]) -> list[str]:
    """`--run_name=two words` as two words: argparse takes it for a value of the option before it."""
    return [part for word in argv for part in (word.split("=", 1) if word[:2] == "--" and " " in word else [word])]


def join_entries(words: Sequence[str], actions: Sequence[Any], options: Config) -> list[str]:
    """Join --net.blocks.a.width 3 and --net.blocks.a.depth 2 to --net.blocks.a '{width: 3, depth: 2}'.

    jsonargparse adds an entry to a dict, but refuses a part of a new entry, and forgets the other parts of an old one.
    """
    tables = [f"--{action.dest}." for action in actions if holds_tables(getattr(action, "_typehint", None))]
    entries: dict[str, Any] = {}
    others: list[str] = []
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        table = next((table for table in tables if name.startswith(table)), "")
        entry, *path = name.removeprefix(table).split(".") if table else [name]
        if not path or (not equals and (value := next(rest, None)) is None):
            others.append(word)
            continue
        found = entries.setdefault(f"{table}{entry}", deepcopy(lookup(options, f"{table[2:]}{entry}", {})))
        for part in path[:-1]:
            found = found.setdefault(part, {})
        parsed = yaml.safe_load(value)
        found[path[-1]] = parsed if isinstance(parsed, (dict, list)) else value
    return [*others, *(word for name, entry in entries.items() for word in (name, yaml.safe_dump(entry)))]


def holds_tables(annotation: Any) -> bool:
    """Whether a type is a dict of dicts or of dataclasses."""
    kind, parts = get_origin(annotation), get_args(annotation)
    if kind in (Union, UnionType):
        return any(map(holds_tables, parts))
    kinds = [get_origin(part) or part for value in parts[1:] for part in (value, *get_args(value))]
    is_table = isinstance(kind, type) and issubclass(kind, Mapping)
    return is_table and any(part is dict or is_dataclass(part) for part in kinds)
