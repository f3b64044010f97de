"""Start main.py: one run, or one for each of --seeds. Errors that a user can fix take two lines."""

import errno
import os
import sys
from collections.abc import Callable

from jsonargparse import Namespace
from pytorch_lightning.utilities import rank_zero_only

from .errors import OptionError, RunError, find_option_error
from .imports import missing_package
from .options.parser import Parser
from .runs.seeds import run_seeds

FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def launch(parser: Parser, run: Callable[[Namespace], None]) -> None:
    """Parse the command line and call `run` with the options of each run; a bug keeps its traceback."""
    try:
        args = parser.parse()
        on_first_node = os.environ.get("NODE_RANK", "0") == "0" or "RANK" in os.environ
        if args.trainer.num_nodes > 1 and not on_first_node:
            # Not the first process; the Trainer sets its number later.
            rank_zero_only.rank = 1  # pyright: ignore[reportFunctionMemberAccess] (Lightning sets it so)
        run_seeds(args, run)
    except KeyboardInterrupt as error:  # before a run starts: a run reports its own
        print("\nstopped", file=sys.stderr)
        raise SystemExit(130) from error
    except Exception as error:
        refused = find_option_error(error) or missing_package(error) or full_disk(error)
        if refused is None:
            raise
        print(refused, file=sys.stderr)
        sys.exit(refused.exit_code)


def full_disk(error: BaseException | None) -> OptionError | None:
    """Return the error for a full disk, if it ended the run; else None."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL_DISK:
            hint = "free some space, then resume the run from its last.ckpt; without one, start over"
            return RunError(f"{error.filename or 'a file'} cannot be written: {error.strerror}", hint)
        error = error.__cause__ or error.__context__
    return None
