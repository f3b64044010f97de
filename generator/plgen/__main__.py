"""Start the program, also as `python -m plgen`."""

import os
import sys


def _leads_here(entry: str) -> bool:
    """Return whether Python would look for libraries in the current folder, or one above it."""
    try:
        here, folder = os.path.realpath(""), os.path.realpath(entry)
    except FileNotFoundError:
        # The current folder is gone.
        return False
    ours = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    libraries = {"site-packages", "dist-packages", os.path.basename(os.path.dirname(os.__file__))}
    installed = folder == ours or os.path.basename(folder) in libraries
    return not installed and os.path.join(here, "").startswith(os.path.join(folder, ""))


# `python -m` puts the current folder first, and so does an empty entry of PYTHONPATH: the project's
# own typer.py would be run. Nothing may be imported before this, not even `__future__`.
sys.path[:] = [entry for entry in sys.path if not _leads_here(entry)]

import gc  # noqa: E402

from plgen import signals  # noqa: E402

# As early as possible: the imports below take longer than most commands.
signals.install()


def main() -> int:
    """Run the command line; an interrupt ends it with one line at any moment."""
    # Collecting garbage would take a sixth of a run, which is too short to need it.
    gc.disable()
    try:
        code = _run(sys.argv[1:])
    except KeyboardInterrupt:
        signals.exit_interrupted()
    signals.ignore()
    gc.freeze()
    return code


def _run(words: list[str]) -> int:
    """Run a command: through Typer, unless it adds a module and only a name is given."""
    from plgen.naming.kinds import KINDS

    kinds = {kind.command: kind for kind in KINDS}
    completing = "_PLGEN_COMPLETE" in os.environ
    match words:
        # Typer takes longer to import than the command takes to run, and there is nothing to parse.
        case [command, name] if command in kinds and not name.startswith("-") and not completing:
            from plgen import output, reports
            from plgen.commands.add import add

            return output.run(lambda: output.report(reports.added(add(kinds[command], name))))
        case _:
            from plgen import cli

            return cli.main()


if __name__ == "__main__":
    sys.exit(main())
