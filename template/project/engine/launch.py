"""Start main.py: one run, or one for each of --seeds. Errors that a user can fix take two lines."""

from collections.abc import Callable

from jsonargparse import Namespace

from .choices.building import from_checkpoint
from .errors import in_two_lines
from .imports import explaining_imports
from .options.parser import Parser
from .runs.seeds import run_seeds


def launch(parser: Parser, run: Callable[[Namespace], None]) -> None:
    """Parse the command line and call `run` with the options of each run."""

    def start(args: Namespace) -> None:
        with from_checkpoint(weights=args.config["ckpt_path"] is not None):
            run(args)

    with in_two_lines(), explaining_imports():
        run_seeds(parser.parse(), start)
