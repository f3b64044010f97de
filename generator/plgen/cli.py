"""The command line: each command parses, calls the function of its name, prints and exits."""

import inspect
import sys
from collections.abc import Callable
from typing import Annotated, Any, Literal

import typer
from typer.main import get_command

from plgen import output, reports, signals, template
from plgen.errors import PlgenError
from plgen.naming.kinds import KINDS, Kind

EXAMPLES = {
    "new": (
        "plgen new myproject",
        'plgen new myproject --author "Ada Lovelace" --license MIT --ci github',
        "plgen new myproject --dry-run",
        "plgen new . -i",
    ),
    "list": ("plgen list", "plgen list --json"),
    "check": ("plgen check", "plgen check --fix --dry-run", "plgen check --fix"),
    "rename": ("plgen rename my_net mlp_net --dry-run", "plgen rename my_net mlp_net"),
    "remove": ("plgen remove my_net", "plgen remove data/my_data.py"),
}


def main() -> int:
    """Run the command line and return the exit code."""
    return output.run(_parse_and_run)


def _parse_and_run() -> int:
    """Let Typer run the command, and print its errors like those of plgen."""
    try:
        words = sys.argv[1:] or ["--help"]
        code = get_command(_app()).main(words, prog_name="plgen", standalone_mode=False) or 0
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "plgen"
        # The validation library under Typer adds the kind of error, which does not help here.
        message = error.format_message().replace("Value error, ", "")
        return output.print_error(message, f"{command} --help", error.exit_code)
    # Typer turns every KeyboardInterrupt into this code.
    if code == signals.INTERRUPTED:
        signals.exit_interrupted()
    return code


def _app() -> typer.Typer:
    """Return the program with its commands."""
    app = typer.Typer(name="plgen", rich_markup_mode=None)
    app.callback()(_plgen)
    app.command("new", epilog=_epilog(*EXAMPLES["new"]))(_with_flags(_new))
    for kind in KINDS:
        command = f"plgen {kind.command} my_{kind.suffix}"
        params = """--param hidden:int=64 --param "act:Literal['relu', 'gelu']='relu'\""""
        examples = (command, f"{command} {params}", f"{command}_2 --like my_{kind.suffix}")
        about = f"Add {kind.a_noun}: write {kind.folder}/NAME.py and register it."
        app.command(kind.command, help=about, epilog=_epilog(*examples))(_add_command(kind))
    for command in (_list, _check, _rename, _remove):
        name = command.__name__.removeprefix("_")
        app.command(name, epilog=_epilog(*EXAMPLES[name]))(command)
    return app


def _epilog(*examples: str) -> str:
    """Return the end of a help text."""
    # The first character keeps Typer from joining the lines.
    return "\n  ".join(["\b\nExamples:", *examples])


def _complete_names(*kinds: Kind) -> Callable[[str], list[str]]:
    """Return the completion of module names of these kinds."""

    def complete(incomplete: str) -> list[str]:
        # Only a shell's completion needs these.
        from plgen.project import inventory, lookup
        from plgen.project.project import find_root

        try:
            root = find_root()
            stock = [inventory.load(root, kind) for kind in kinds]
            # Without a register, commands find no module.
            whole = [each for each in stock if each.refusal is None]
            found = {name for each in whole for name in lookup.module_names(each)}
        except Exception:  # noqa: BLE001 - a shell that completes has no place for an error
            return []
        # Some shells evaluate the names they are offered.
        return sorted(name for name in found if name.isidentifier() and name.startswith(incomplete))

    return complete


def _module_argument(metavar: str) -> Any:
    """Return the argument that names a module of the project."""
    return typer.Argument(
        metavar=metavar,
        help="The module's name, or the path of its file.",
        show_default=False,
        autocompletion=_complete_names(*KINDS),
    )


DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and change nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        output.print_result(f"plgen {template.version()}")
        raise typer.Exit


def _plgen(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Create PyTorch Lightning research projects and grow them."""


def _new(
    path: Annotated[
        str, typer.Argument(metavar="DIR", help="The folder to create.", show_default=False)
    ],
    *,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Ask the questions that no flag answers.")
    ] = False,
    git: Annotated[
        bool, typer.Option("--git/--no-git", help="Make it a git repository with a first commit.")
    ] = True,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    **flags: template.Answer | None,
) -> None:
    """Create a project that trains.

    Asks nothing unless -i is given: answers without a flag are guessed or have a default.
    """
    from plgen.commands.new import new

    answers = {key: answer for key, answer in flags.items() if answer is not None}
    made = new(path, answers, interactive=interactive, git=git, dry_run=dry_run)
    output.report(reports.new(made), as_json=as_json)


def _with_flags(command: Any) -> Any:
    """Add a flag to a command for each question of copier.yml."""
    signature = inspect.signature(command)
    own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    flags = [_flag(question) for question in template.questions()]
    command.__signature__ = signature.replace(parameters=[*own, *flags])
    return command


def _flag(question: template.Question) -> inspect.Parameter:
    """Return the parameter of `plgen new` that answers a question; None stands for no answer."""
    answer_type: Any = Literal[question.choices] if question.choices else question.type
    flag = question.flag
    default = str(question.default)
    if question.type is bool:
        default = ("" if question.default else "no ") + question.key
        flag = f"{flag}/--no-{flag.removeprefix('--')}"
    if question.guessed_from:
        default = f"from {question.guessed_from}"
    option = typer.Option(flag, help=question.help, show_default=default or False)
    return inspect.Parameter(
        question.key,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[answer_type | None, option],
    )


def _add_command(kind: Kind) -> Callable[..., None]:
    """Return the command that adds a module of a kind."""
    like = typer.Option(
        metavar="OTHER",
        help=f"Copy this {kind.noun} of the project.",
        autocompletion=_complete_names(kind),
    )
    param = typer.Option(
        metavar="NAME:TYPE=DEFAULT", help="A hyperparameter; may be given several times."
    )

    def add_module(
        name: Annotated[
            str,
            typer.Argument(metavar="NAME", help="The file's name without .py.", show_default=False),
        ],
        *,
        param: Annotated[list[str] | None, param] = None,
        like: Annotated[str | None, like] = None,
        dry_run: DryRun = False,
        as_json: AsJson = False,
    ) -> None:
        from plgen.commands.add import add

        try:
            added = add(kind, name, param or (), like, dry_run=dry_run)
        except PlgenError as error:
            # The command in the hint of a dry run must be a dry run too.
            if dry_run and error.hint.startswith(f"plgen {kind.command} "):
                error.hint += " --dry-run"
            raise
        output.report(reports.added(added), as_json=as_json)

    return add_module


def _list(
    *,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Accepted for consistency; listing changes nothing."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the modules of the project.

    Shows the class, the file and the hyperparameters of each. Nothing is imported.
    """
    from plgen.commands.listing import listing

    del dry_run
    output.report(reports.listing(listing()), as_json=as_json)


def _check(
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Apply the fixes that are safe.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Check names, registers, imports and files.

    Nothing is imported. The exit code is 1 if there are findings.
    """
    from plgen.commands.check import check

    checked = check(fix=fix, dry_run=dry_run)
    output.report(reports.checked(checked), as_json=as_json)
    raise typer.Exit(1 if checked.left else 0)


def _rename(
    old: Annotated[str, _module_argument("OLD")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.", show_default=False)],
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Rename a module and all references to it.

    Changes the file, the class, the register, imports, configs and main.py's defaults. Other
    mentions are listed for you to check.
    """
    from plgen.commands.rename import rename

    renamed = rename(old, new, dry_run=dry_run)
    output.report(reports.renamed(renamed), as_json=as_json)


def _remove(
    name: Annotated[str, _module_argument("NAME")],
    *,
    force: Annotated[
        bool,
        typer.Option("--force", help="Remove it even if it is in use or not committed to git."),
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Remove a module.

    Refused while something refers to it, or if git could not restore its file.
    """
    from plgen.commands.remove import remove

    removed = remove(name, force=force, dry_run=dry_run)
    output.report(reports.removed(removed), as_json=as_json)
