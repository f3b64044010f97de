"""The command line: parse, call the function of the same name, print, exit."""

from __future__ import annotations

import inspect
import sys
from typing import Annotated, Any, Literal

import typer
from typer.main import get_command

from plgen import questions
from plgen.cli import growing, output
from plgen.writing import signals

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
    return output.code_of(_parse_and_run)


def _parse_and_run() -> int:
    """Let Typer run the command that is meant, and print its errors as those of plgen."""
    try:
        words = sys.argv[1:] or ["--help"]
        code = get_command(_app()).main(words, prog_name="plgen", standalone_mode=False) or 0
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "plgen"
        # The validation library under Typer says what kind of error it is, which is of no use here.
        message = error.format_message().replace("Value error, ", "")
        return output.complain(message, f"{command} --help", error.exit_code)
    # Typer makes this code of every KeyboardInterrupt.
    if code == signals.INTERRUPTED:
        signals.interrupted()
    return code


def _app() -> typer.Typer:
    """Return the program with its commands."""
    app = typer.Typer(name="plgen", rich_markup_mode=None)
    app.callback()(_plgen)
    app.command("new", epilog=EXAMPLES)(_with_flags(_new))
    growing.add_commands(app)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        output.show(f"plgen {questions.version()}")
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
    from plgen.cli import report_new
    from plgen.commands.new import new

    answers = {key: answer for key, answer in flags.items() if answer is not None}
    made = new(path, answers, interactive=interactive, git=git, dry_run=dry_run)
    output.show(report_new.as_json(made) if as_json else report_new.as_text(made))


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
