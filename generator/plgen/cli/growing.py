"""The commands that grow a project: each calls the function of its name, and prints."""

from __future__ import annotations

import inspect
from typing import Annotated, Any, cast

import typer

from plgen.cli import completion
from plgen.cli.output import note, show
from plgen.naming.kinds import KINDS, Kind

DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan, and change nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
OfKind = Annotated[
    str | None,
    typer.Option(
        metavar="|".join(kind.noun for kind in KINDS),
        help="Its kind, if several have the name.",
        autocompletion=completion.nouns,
    ),
]
NameOf = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Its name, or the path of its file.",
        show_default=False,
        autocompletion=completion.names_of(*KINDS),
    ),
]
OldName = Annotated[
    str,
    typer.Argument(
        metavar="OLD",
        help="Its name, or the path of its file.",
        show_default=False,
        autocompletion=completion.names_of(*KINDS),
    ),
]
EXAMPLES = {
    "list": ("plgen list", "plgen list --json"),
    "check": ("plgen check", "plgen check --fix --dry-run", "plgen check --fix"),
    "rename": ("plgen rename my_net mlp_net --dry-run", "plgen rename my_net mlp_net"),
    "remove": ("plgen remove my_net", "plgen remove my_data --kind dataset"),
}


def add_commands(app: typer.Typer) -> None:
    """Give the program the commands that grow a project."""
    for kind in KINDS:
        about = f"Add a {kind.noun}: write {kind.folder}/NAME.py and register it."
        app.command(kind.command, help=about, epilog=_add_examples(kind))(_of_kind(_add, kind))
    for command in (_list, _check, _rename, _remove):
        name = command.__name__.removeprefix("_")
        examples = "".join(f"\n  {example}" for example in EXAMPLES[name])
        app.command(name, epilog=f"\b\nExamples:{examples}")(command)


def _add_examples(kind: Kind) -> str:
    """Return what to type for each way to add a module of a kind."""
    command = f"plgen {kind.command} my_{kind.suffix}"
    params = """--param hidden:int=64 --param "act:Literal['relu', 'gelu']='relu'\""""
    return (
        f"\b\nExamples:\n  {command}\n  {command} {params}\n  {command}_2 --like my_{kind.suffix}"
    )


def _add(  # noqa: PLR0913 - one for each word of the command line
    kind: Kind,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Its file, without .py.", show_default=False)
    ],
    *,
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME:TYPE=DEFAULT", help="A hyperparameter; may be repeated."),
    ] = None,
    like: str | None = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    from plgen.cli import adding

    adding.run(kind, name, param or (), like, dry_run=dry_run, as_json=as_json)


def _of_kind(command: Any, kind: Kind) -> Any:
    """Return the command for one kind, which is its first parameter and completes its names."""
    signature = inspect.signature(command, eval_str=True)

    def bound(**given: Any) -> None:
        command(kind, **given)

    like = typer.Option(
        metavar="OTHER",
        help=f"Copy this {kind.noun} of the project.",
        autocompletion=completion.names_of(kind),
    )
    parameters = signature.parameters | {
        "like": signature.parameters["like"].replace(annotation=Annotated[str | None, like])
    }
    typed = cast("Any", bound)
    typed.__signature__ = signature.replace(parameters=list(parameters.values())[1:])
    return typed


def _list(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="The same, as a list changes nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List nets, datasets and metrics.

    Each with its class, its file and its hyperparameters, as far as they can be read: nothing is
    imported.
    """
    from plgen.cli import report_grow
    from plgen.commands.listing import listing

    # Every command of a project takes it.
    del dry_run
    found = listing()
    show(report_grow.listing_json(found) if as_json else report_grow.listing_text(found))


def _check(
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Repair what is safe to repair.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Check names, registers and files.

    Nothing is imported. The exit code is 1 if something is wrong.
    """
    from plgen.cli import report_grow
    from plgen.commands.check import check

    checked = check(fix=fix, dry_run=dry_run)
    show(report_grow.check_json(checked) if as_json else report_grow.check_text(checked))
    raise typer.Exit(1 if checked.left else 0)


def _rename(
    old: OldName,
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="What it is to be called.", show_default=False)
    ],
    *,
    kind: OfKind = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Rename a net, a dataset or a metric.

    File, class, register, imports, configs and main.py's defaults change together; what only may
    mean it is listed.
    """
    from plgen.cli import report_grow
    from plgen.commands.rename import rename

    renamed = rename(old, new, kind=kind, dry_run=dry_run)
    note(renamed.name.note)
    show(report_grow.rename_json(renamed) if as_json else report_grow.rename_text(renamed))


def _remove(
    name: NameOf,
    *,
    kind: OfKind = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also if it is in use, or git does not have it.")
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Remove a net, a dataset or a metric.

    Refused while something refers to it, and if git could not bring its file back.
    """
    from plgen.cli import report_grow
    from plgen.commands.remove import remove

    removed = remove(name, kind=kind, force=force, dry_run=dry_run)
    show(report_grow.remove_json(removed) if as_json else report_grow.remove_text(removed))
