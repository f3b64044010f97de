"""The command line: parse, call the function of the same name, print, exit."""

from __future__ import annotations

import inspect
import io
import sys
from typing import Annotated, Any, Literal, cast

import typer
from typer.main import get_command

from plgen import questions
from plgen.errors import PlgenError
from plgen.kinds import KINDS, Kind

INTERRUPTED = 130
# The first sign keeps Typer from filling the lines.
EXAMPLES = """\b
Examples:
  plgen new myproject
  plgen new myproject --author "Ada Lovelace" --license MIT --ci github
  plgen new myproject --dry-run
  plgen new . -i
"""


def main() -> int:
    """Run the command line and return the exit code."""
    # A folder's name need not be valid text.
    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    try:
        words = sys.argv[1:] or ["--help"]
        code = get_command(_app()).main(words, prog_name="plgen", standalone_mode=False) or 0
    except PlgenError as error:
        _complain(error.message, error.hint)
        return error.exit_code
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "plgen"
        _complain(error.format_message(), f"{command} --help")
        return error.exit_code
    # Typer makes this code of every KeyboardInterrupt.
    if code == INTERRUPTED:
        _complain("interrupted")
    return code


def _app() -> typer.Typer:
    """Return the program with its commands."""
    app = typer.Typer(name="plgen", rich_markup_mode=None)
    app.callback()(_plgen)
    app.command("new", epilog=EXAMPLES)(_with_flags(_new))
    for kind in KINDS:
        about = f"Add a {kind.noun}: write {kind.folder}/NAME.py and register it."
        app.command(kind.command, help=about, epilog=_add_examples(kind))(_of_kind(_add, kind))
    return app


def _complain(message: str, hint: str = "") -> None:
    """Print an error: one line says what and why, one what to type."""
    # The validation library under Typer says what kind of error it is, which is of no use here.
    lines = {"error": message.replace("Value error, ", ""), "help": hint}
    for label, text in lines.items():
        if text:
            print(f"{label}: {' '.join(text.splitlines())}", file=sys.stderr)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"plgen {questions.version()}")
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
        str, typer.Argument(metavar="DIR", help="The folder to make.", show_default=False)
    ],
    *,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Ask the questions that no flag answers.")
    ] = False,
    git: Annotated[
        bool, typer.Option("--git/--no-git", help="Make it a repository with a first commit.")
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the files that would be made.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    **flags: questions.Answer | None,
) -> None:
    """Create a project that trains.

    Nothing is asked: what no flag answers is guessed or has a default.
    """
    from plgen import report
    from plgen.new import new

    answers = {key: answer for key, answer in flags.items() if answer is not None}
    made = new(path, answers, interactive=interactive, git=git, dry_run=dry_run)
    print(report.as_json(made) if as_json else report.as_text(made))


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
    like: Annotated[
        str | None, typer.Option(metavar="OTHER", help="Copy this one of the project.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be written.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    from plgen import report_add
    from plgen.add import add

    added = add(kind, name, param or (), like, dry_run=dry_run)
    if added.name.note:
        print(f"note: {added.name.note}", file=sys.stderr)
    print(report_add.as_json(added) if as_json else report_add.as_text(added))


def _of_kind(command: Any, kind: Kind) -> Any:
    """Return the command for one kind, which is its first parameter."""
    signature = inspect.signature(command, eval_str=True)

    def bound(**given: Any) -> None:
        command(kind, **given)

    typed = cast("Any", bound)
    typed.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])
    return typed


def _flag(question: questions.Question) -> inspect.Parameter:
    """Return the parameter of `plgen new` that answers a question; None stands for no answer."""
    kind: Any = Literal[question.choices] if question.choices else question.type
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
        annotation=Annotated[kind | None, option],
    )


def _with_flags(command: Any) -> Any:
    """Give a command a flag for each question of copier.yml."""
    signature = inspect.signature(command, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    flags = [_flag(question) for question in questions.questions()]
    command.__signature__ = signature.replace(parameters=[*own, *flags])
    return command
