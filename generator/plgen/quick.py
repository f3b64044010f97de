"""Run a plain `plgen add-...` without the parser, whose libraries take longer than the work.

Only what cannot be misread is run here; everything else, and every error, is for cli.py.
"""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Sequence
from typing import cast

from plgen.errors import PlgenError
from plgen.kinds import KINDS, Kind

FLAGS = ("--dry-run", "--json")
VALUES = ("--param", "--like")


def run(words: Sequence[str]) -> bool:
    """Run the command if it is a plain one; tell whether that has been done."""
    kind = next((kind for kind in KINDS if words and kind.command == words[0]), None)
    names: list[str] = []
    given: dict[str, list[str]] = {}
    rest = list(words[1:])
    while rest:
        word = rest.pop(0)
        if word in VALUES and rest and not rest[0].startswith("-"):
            given.setdefault(word, []).append(rest.pop(0))
        elif word in FLAGS:
            given[word] = []
        else:
            names.append(word)
    odd = any(name.startswith("-") for name in names) or len(given.get("--like", ())) > 1
    if kind is None or len(names) != 1 or odd:
        return False
    # So short a run leaves nothing behind that is worth looking for.
    gc.disable()
    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    like = given.get("--like", [None])[0]
    params, dry_run, as_json = given.get("--param", []), "--dry-run" in given, "--json" in given
    try:
        add(kind, names[0], params, like, dry_run=dry_run, as_json=as_json)
    except PlgenError:
        # It changed nothing, and comes again from cli.py, which explains it.
        return False
    return True


def add(  # noqa: PLR0913 - one for each word of the command line
    kind: Kind,
    name: str,
    params: Sequence[str],
    like: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add a module and print what was written."""
    from plgen import add as adding
    from plgen import report_add

    added = adding.add(kind, name, params, like, dry_run=dry_run)
    if added.name.note:
        print(f"note: {added.name.note}", file=sys.stderr)
    print(report_add.as_json(added) if as_json else report_add.as_text(added))
