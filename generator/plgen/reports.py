"""The results of the commands: as text for a reader, as JSON for a program."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

# A command need not load the modules of the others.
if TYPE_CHECKING:
    from pathlib import Path

    from plgen.commands.add import Added
    from plgen.commands.check import Checked
    from plgen.commands.listing import Item, Listing
    from plgen.commands.new import NewProject
    from plgen.commands.remove import Removed
    from plgen.commands.rename import Renamed
    from plgen.naming.kinds import Kind
    from plgen.project.mentions import Mention
    from plgen.project.source import Parameter

WIDTH = 100
# The mentions of one file that are listed; a table of data may have many.
MENTIONS_SHOWN = 10


class Report(NamedTuple):
    """The result of a command; the note says how a name was normalised.

    The values in `json` may be objects with an attribute `json`, which only `--json` computes.
    """

    text: str
    json: dict[str, Any]
    note: str | None = None


def new(made: NewProject) -> Report:
    """Report the new project, its repository, and the next commands."""
    if made.dry_run:
        lines = [f"would create {made.path}", *(f"create {file}" for file in made.files)]
        lines.append(f"git: {made.git}")
    else:
        first = "(before the first run, once: pip install -r requirements.txt)"
        lines = [f"created {made.path}", f"git: {made.git}", ""]
        lines += ["next:", *_indented(made.next), first]
    json = {
        "path": str(made.path),
        "name": made.answers["name"],
        "answers": made.answers,
        "files": made.files,
        "git": made.git,
        "next": made.next,
        "dry_run": made.dry_run,
    }
    return Report("\n".join(lines), json)


def added(result: Added) -> Report:
    """Report the new module, and the command that uses it."""
    what = f"{result.kind.noun} {result.name.module} (class {result.name.class_name})"
    lines = [f"unchanged: {what} is in {result.file} and registered"]
    if result.plan.operations:
        lines = [f"{'would add' if result.dry_run else 'added'} {what}"]
        lines += _indented(result.plan.lines)
        lines += [] if result.dry_run else ["", "next:", f"    {result.next}"]
    json = _json(result, result.root, result.kind) | {
        "name": result.name.module,
        "class": result.name.class_name,
        "file": result.file,
        "note": result.name.note,
        "next": result.next,
    }
    return Report("\n".join(lines), json, result.name.note)


def listing(result: Listing) -> Report:
    """Report the modules kind by kind, each with its hyperparameters."""
    lines: list[str] = []
    for group in result.groups:
        lines.append(f"{group.kind.nouns} in {group.kind.folder}/")
        if group.error:
            lines.append(f"    error: {group.error}")
        elif not group.items:
            lines.append(f"    none; plgen {group.kind.command} NAME adds one")
        names = max((len(item.name) for item in group.items), default=0)
        classes = max((len(item.class_name) for item in group.items), default=0)
        for item in group.items:
            lines.append(f"    {item.name:<{names}}  {item.class_name:<{classes}}  {item.file}")
            lines += _item(item)
        lines.append("")
    json = {
        "project": str(result.root),
        **{group.kind.nouns: [_item_json(item) for item in group.items] for group in result.groups},
        "errors": [group.error for group in result.groups if group.error],
    }
    return Report("\n".join(lines[:-1]), json)


def _item(item: Item) -> list[str]:
    """Return the lines about a module's hyperparameters."""
    indent = " " * 8
    if item.error:
        return [f"{indent}error: {item.error}"]
    parameters = ", ".join(_parameter(each) for each in item.hyperparameters)
    lines = textwrap.wrap(parameters, WIDTH, initial_indent=indent, subsequent_indent=indent)
    return [*lines, *([f"{indent}not read: {item.unread}"] if item.unread else [])]


def _parameter(parameter: Parameter) -> str:
    annotation = f": {parameter.annotation}" if parameter.annotation else ""
    equals = " = " if parameter.annotation else "="
    default = f"{equals}{parameter.default}" if parameter.default else ""
    return f"{parameter.name}{annotation}{default}"


def _item_json(item: Item) -> dict[str, Any]:
    # An empty list means that there are none, null that they are not known.
    unknown = item.error or (item.unread and not item.hyperparameters)
    parameters = [
        {"name": each.name, "type": each.annotation, "default": each.default}
        for each in item.hyperparameters
    ]
    return {
        "name": item.name,
        "class": item.class_name,
        "file": item.file,
        "hyperparameters": None if unknown else parameters,
        "unread": item.unread,
        "error": item.error,
    }


def checked(result: Checked) -> Report:
    """Report the fixes and the findings that are left."""
    lines: list[str] = []
    if result.plan.operations:
        lines += ["would do:" if result.dry_run else "done:", *_indented(result.plan.lines)]
    lines += [str(finding) for finding in result.left]
    count = len(result.left)
    fixable = sum(finding.fix is not None for finding in result.left)
    if not count:
        lines.append("nothing else is wrong" if result.findings else "nothing is wrong")
    else:
        found = f"{count} finding{'s' if count > 1 else ''}"
        lines.append(f"{found}; plgen check --fix repairs {fixable}" if fixable else found)
    json = {
        "project": str(result.root),
        "findings": result.findings,
        "changed": bool(result.plan.operations),
        "plan": result.plan,
        "left": result.left,
        "dry_run": result.dry_run,
    }
    return Report("\n".join(lines), json)


def renamed(result: Renamed) -> Report:
    """Report the new name, the changed files, and the mentions that were left."""
    old, new = result.module.file, result.module.kind.file(result.name.module)
    lines = [f"unchanged: {old}"]
    if result.plan.operations:
        # The class alone may get another name.
        what = old if old != new else f"the class in {old}"
        to = new if old != new else result.name.class_name
        lines = [f"{'would rename' if result.dry_run else 'renamed'} {what} to {to}"]
        lines += [*_indented(result.plan.lines), *_mentions(result.left), *result.notes]
    json = _json(result, result.module.root, result.module.kind) | {
        "old": result.module.name,
        "new": result.name.module,
        "class": result.name.class_name,
        "file": new,
        "left": [vars(each) for each in result.left],
        "note": result.name.note,
        "notes": result.notes,
    }
    return Report("\n".join(lines), json, result.name.note)


def removed(result: Removed) -> Report:
    """Report the removed file, how to restore it, and where it is still mentioned."""
    file, kind = result.module.file, result.module.kind
    # A module without a file is removed from its register alone.
    on_disk = any(operation.path == file for operation in result.plan.operations)
    what = file if on_disk else f"{result.module.name} from {kind.register}"
    lines = [f"{'would remove' if result.dry_run else 'removed'} {what}"]
    lines += [*_indented(result.plan.lines), *_mentions(result.left, "still mentioned in:")]
    lines += [*result.notes, "", result.back]
    json = _json(result, result.module.root, kind) | {
        "name": result.module.name,
        "file": file,
        "commit": result.commit,
        "back": result.back,
        "left": [vars(each) for each in result.left],
        "notes": result.notes,
    }
    return Report("\n".join(lines), json)


def _json(result: Added | Renamed | Removed, root: Path, kind: Kind) -> dict[str, Any]:
    """Return the common part of the results of commands that change modules."""
    return {
        "project": str(root),
        "kind": kind.noun,
        "changed": bool(result.plan.operations),
        "plan": result.plan,
        "dry_run": result.dry_run,
    }


def _mentions(
    left: Iterable[Mention], title: str = "other mentions, for you to check:"
) -> list[str]:
    """Return a paragraph of the mentions that were left, the first ones of each file."""
    lines: list[str] = []
    for file, group in itertools.groupby(left, lambda mention: mention.file):
        mentions = list(group)
        lines += map(str, mentions[:MENTIONS_SHOWN])
        if len(mentions) > MENTIONS_SHOWN:
            lines.append(f"{file}: and {len(mentions) - MENTIONS_SHOWN} more lines")
    return ["", title, *_indented(lines)] if lines else []


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
