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

from plgen.writing import signals  # noqa: E402

# As early as can be: the imports below take longer than most commands.
signals.install()


def main() -> int:
    """Run the command line; Ctrl-C ends it in one line, whenever it comes."""
    # A run is too short to leave much behind, and looking for it takes a sixth of the time.
    gc.disable()
    try:
        code = _run(sys.argv[1:])
    except KeyboardInterrupt:
        signals.interrupted()
    signals.ignore()
    gc.freeze()
    return code


def _run(words: list[str]) -> int:
    """Run a command: through the parser, unless it adds a module and only a name is given."""
    from plgen.naming.kinds import KINDS

    kinds = {kind.command: kind for kind in KINDS}
    completing = "_PLGEN_COMPLETE" in os.environ
    match words:
        # There is nothing to parse here, and the parser takes longer to import than the work does.
        case [command, name] if command in kinds and not name.startswith("-") and not completing:
            from plgen.cli import adding, output

            return output.code_of(lambda: adding.run(kinds[command], name))
        case _:
            from plgen.cli import app

            return app.main()


if __name__ == "__main__":
    sys.exit(main())
