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
    # Collecting garbage would take a tenth of a run, which is too short to need it.
    gc.disable()
    try:
        from plgen import cli

        code = cli.main()
    except KeyboardInterrupt:
        signals.exit_interrupted()
    signals.ignore()
    return code


if __name__ == "__main__":
    sys.exit(main())
