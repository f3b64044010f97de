"""Say what a command did, as text for a reader or as JSON for a program."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from plgen.commands.new import NewProject


def as_json(made: NewProject) -> dict[str, Any]:
    """Return what was made."""
    return {
        "path": str(made.path),
        "name": made.answers["name"],
        "answers": made.answers,
        "files": list(made.files),
        "git": vars(made.git),
        "guesses": made.guesses,
        "next": made.next,
        "dry_run": made.dry_run,
    }


def as_text(made: NewProject) -> str:
    """Return what was made, what was guessed, and what to type next."""
    summary = f"{len(made.files)} files, {sum(made.files.values()) / 1e6:.1f} MB"
    decided = [*made.guesses, f"git: {made.git.note}"]
    if made.dry_run:
        files = (f"create {file}" for file in made.files)
        return "\n".join([f"would make {made.path} ({summary})", *files, *decided])
    return "\n".join(
        [
            f"made {made.path} ({summary})",
            *_tree(made.files),
            "",
            *decided,
            "",
            "next:",
            *(f"    {command}" for command in made.next),
            "(before the first run, once: pip install -r requirements.txt)",
        ]
    )


def _tree(files: Iterable[str]) -> list[str]:
    """Return a line for each file at the top, and for each folder with what is in it."""
    entries: dict[str, list[str]] = {}
    for file in files:
        top, slash, inner = file.partition("/")
        name, deeper, _ = inner.partition("/")
        inside = entries.setdefault(top + slash, [])
        if name + deeper not in inside:
            inside.append(name + deeper)
    width = max((len(entry) for entry in entries if entry.endswith("/")), default=0) + 2
    return [
        line
        for entry, inside in entries.items()
        for line in textwrap.wrap(
            "  ".join(inside),
            width=100,
            initial_indent=f"    {entry:<{width}}",
            subsequent_indent=" " * (width + 4),
            break_on_hyphens=False,
        )
        or [f"    {entry}"]
    ]
