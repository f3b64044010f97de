"""main.py's parser: its own knobs, then the options of whatever they choose.

The constructor of the chosen net becomes the group --net.*, a dataset's or a metric's the group of its own name
(--cifar_data.root), those of loss, optimizer and scheduler --loss_args.*, --optimizer_args.* and --lr_scheduler_args.*:
typed, checked and in --help. Nothing has to be written down twice when a net gets a new parameter.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import pytorch_lightning as pl
import yaml
from jsonargparse import ArgumentParser, DefaultHelpFormatter, Namespace

from utils.changes import leave_gone, refuse_changes, say_new
from utils.choices import FILLED, LOSSES, OPTIMIZERS, is_text, parameters_of
from utils.config import Config, datasets_of, plain
from utils.errors import OptionError, explain, unknown
from utils.first_look import GROUPS, MANY, first_look, merge
from utils.names import load_class, registered
from utils.schedulers import DERIVED, SCHEDULERS
from utils.scores import metric_class, watch

TORCH = {"loss": LOSSES, "optimizer": OPTIMIZERS, "lr_scheduler": SCHEDULERS}
OF_MAIN: set[str | int] = {"logger", "callbacks", "plugins", "default_root_dir", "barebones"}  # main.py decides


class HelpFormatter(argparse.RawDescriptionHelpFormatter, DefaultHelpFormatter):
    """Options with type and default, under a description that keeps its lines."""


class Parser(ArgumentParser):
    """A parser to add knobs to; `parse` then reads checkpoint, --config files and command line."""

    def __init__(self, description: str | None) -> None:
        super().__init__(
            prog="main.py",
            usage="python main.py [--option value ...]",
            description=description,
            formatter_class=HelpFormatter,
            allow_abbrev=False,
        )
        self.add_argument("--config", action="config", help="YAML file of options, such as the config.yaml of a run")

    def add_trainer(self, **defaults: Any) -> None:
        """Add the options of Lightning's Trainer, with some defaults of one's own."""
        self.add_class_arguments(pl.Trainer, "trainer", skip=OF_MAIN)
        self.set_defaults({f"trainer.{name}": value for name, value in defaults.items()})

    def parse(self, argv: Sequence[str] | None = None) -> tuple[Namespace, Config]:
        """Every option, as used and in plain types; typed ones win over --config files, these over a checkpoint.

        Raises OptionError for anything that is wrong.
        """
        trained, base, names, rest = first_look(sys.argv[1:] if argv is None else argv)
        chosen = {**self.get_defaults().as_dict(), **base, **names}
        merge(base, names)
        for name in {*registered("data"), *registered("utils")} - {*datasets_of(chosen), *chosen["metrics"]}:
            base.pop(name, None)
        self.add_chosen(chosen)
        leave_gone(trained, base, {action.dest for action in self._actions})
        args = self.parse_args([f"--config={yaml.safe_dump(base)}", *rest])
        del args["config"]
        for key, value in vars(args.as_flat()).items():
            if type(value).__module__ == "jsonargparse.typing":  # a checkpoint with a PositiveInt would not load
                args[key] = int(value) if isinstance(value, int) else float(value)
        evaluated = [] if args.trainer.limit_val_batches == 0 else args.eval_datasets
        args.monitor, args.monitor_mode = watch(args.monitor, args.monitor_mode, args.metrics, evaluated)
        config = plain(self, args)
        refuse_changes(trained, config)
        say_new(trained, config, vars(self.get_defaults().as_flat()))
        return args, config

    def add_chosen(self, chosen: dict[str, Any]) -> None:
        """Add the options of everything that is chosen."""
        for option in MANY:
            if len(set(chosen[option])) < len(chosen[option]):
                raise OptionError(f"--{option} has a name twice: {' '.join(chosen[option])}", "name each once")
        self.add_options_of(load_class("model", str(chosen["model_name"])), "net")
        for name in datasets_of(chosen):
            self.add_options_of(load_class("data", name), name)
        for role, known in TORCH.items():
            name = chosen[role]
            if name is not None and name not in known:
                raise unknown(role, str(name), known)
            if name is not None:
                self.add_options_of(known[name], GROUPS[role], DERIVED.get(name, {}))
        for name in chosen["metrics"]:
            self.add_options_of(metric_class(name), name)

    def add_options_of(self, found: Any, group: str, derived: Iterable[str] = ()) -> None:
        """A constructor's parameters as typed options; those that only code can give keep their defaults.

        Raises OptionError for a class that text alone cannot build.
        """
        parameters = {name: p for name, p in parameters_of(found).items() if name not in FILLED}
        required = {name for name, p in parameters.items() if p.default is p.empty}
        code = {name for name, p in parameters.items() if not is_text(p.annotation)}
        for name in sorted(code & required):
            where = "configure_loss or configure_optimizers of model/model_interface.py"
            if not group.endswith("_args"):
                where = f"{found.__module__.replace('.', '/')}.py, as a default of the parameter"
            raise OptionError(f"{found.__name__} needs {name!r}, which cannot be typed", f"write it in {where}")
        untyped = {name for name in required if parameters[name].annotation is parameters[name].empty}
        skip: set[str | int] = {*FILLED, *code, *untyped, *derived}
        self.add_class_arguments(found, group, skip=skip, fail_untyped=False)
        shown: Any = (self.groups or {}).get(group, self)
        shown.title = f"{found.__name__} (--{group}.*)"
        for name in untyped:
            shown.add_argument(f"--{group}.{name}", type=Any, required=True)
        for name in derived:
            kind = parameters[name].annotation | None
            shown.add_argument(f"--{group}.{name}", type=kind, help="found out from the training unless it is given")

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raise what jsonargparse found wrong as one line with the nearest right option."""
        options = {text for action in self._actions for text in action.option_strings if text.startswith("--")}
        raise explain(message, options) from ex
