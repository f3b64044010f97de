"""The commands that add, behind the parser: Typer calls them, or __main__.py for a name alone."""

from __future__ import annotations

from collections.abc import Sequence

from plgen.cli import report_grow
from plgen.cli.output import note, show
from plgen.commands.add import add
from plgen.errors import PlgenError
from plgen.naming.kinds import Kind


def run(  # noqa: PLR0913 - one for each word of the command line
    kind: Kind,
    name: str,
    params: Sequence[str] = (),
    like: str | None = None,
    *,
    dry_run: bool = False,
    as_json: bool = False,
) -> None:
    """Add a module, and print what was written."""
    try:
        added = add(kind, name, params, like, dry_run=dry_run)
    except PlgenError as error:
        # Whoever asked for a plan and follows the hint is to get a plan.
        if dry_run and error.hint.startswith(f"plgen {kind.command} "):
            error.hint += " --dry-run"
        raise
    note(added.name.note)
    show(report_grow.add_json(added) if as_json else report_grow.add_text(added))
