"""Start the program, also as `python -m plgen`."""

from __future__ import annotations

import gc
import os
import sys

from plgen.writing import signals

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
