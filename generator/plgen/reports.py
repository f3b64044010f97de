"""What each command prints of its result: text for a reader, JSON for a program."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

# One command runs, and need not load what the others are made of.
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
SHOWN = 10


class Report(NamedTuple):
    """The result of a command; the note says how a name was normalised.

    What `json` holds may have an attribute of that name, which only `--json` needs.
    """

    text: str
    json: dict[str, Any]
    note: str | None = None


def new(made: NewProject) -> Report:
    """Report what was created, what was guessed, and what to type next."""
    summary = f"{len(made.files)} files, {sum(made.files.values()) / 1e6:.1f} MB"
    decided = [*made.guesses, f"git: {made.git.note}"]
    if made.dry_run:
        files = (f"create {file}" for file in made.files)
        lines = [f"would make {made.path} ({summary})", *files, *decided]
    else:
        first = "(before the first run, once: pip install -r requirements.txt)"
        lines = [f"made {made.path} ({summary})", *_tree(made.files), "", *decided]
        lines += ["", "next:", *_indented(made.next), first]
    json = {
        "path": str(made.path),
        "name": made.answers["name"],
        "answers": made.answers,
        "files": list(made.files),
        "git": vars(made.git),
        "guesses": made.guesses,
        "next": made.next,
        "dry_run": made.dry_run,
    }
    return Report("\n".join(lines), json)


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
            width=WIDTH,
            initial_indent=f"    {entry:<{width}}",
            subsequent_indent=" " * (width + 4),
            break_on_hyphens=False,
        )
        or [f"    {entry}"]
    ]


def added(added: Added) -> Report:
    """Report what was added, and what to type next."""
    what = f"{added.kind.noun} {added.name.module} (class {added.name.class_name})"
    lines = [f"unchanged: {what} is in {added.file} and registered"]
    if added.plan.operations:
        lines = [f"{'would add' if added.dry_run else 'added'} {what}"]
        lines += [*_indented(added.plan.lines), *_mentions(added.left)]
        lines += [] if added.dry_run else ["", "next:", f"    {added.next}"]
    json = _json(added, added.root, added.kind) | {
        "name": added.name.module,
        "class": added.name.class_name,
        "file": added.file,
        "note": added.name.note,
        "next": added.next,
    }
    return Report("\n".join(lines), json, added.name.note)


def listing(listing: Listing) -> Report:
    """Report the modules kind by kind, each with its hyperparameters."""
    lines: list[str] = []
    for group in listing.groups:
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
        "project": str(listing.root),
        **{
            group.kind.nouns: [_item_json(item) for item in group.items] for group in listing.groups
        },
        "errors": [group.error for group in listing.groups if group.error],
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
    # An empty list says that there are none, null that they are not known.
    unknown = item.error or (item.unread and not item.hyperparameters)
    parameters = [
        {"name": each.name, "type": each.annotation, "default": each.default}
        for each in item.hyperparameters
    ]
    return {
        "name": item.name,
        "class": item.class_name,
        "file": item.file,
        "summary": item.summary,
        "hyperparameters": None if unknown else parameters,
        "unread": item.unread,
        "error": item.error,
    }


def checked(checked: Checked) -> Report:
    """Report what is wrong, what was fixed, and how much is left."""
    lines: list[str] = []
    if checked.plan.operations:
        lines += ["would do:" if checked.dry_run else "done:", *_indented(checked.plan.lines)]
    lines += [str(finding) for finding in checked.left]
    count = len(checked.left)
    fixable = sum(finding.fix is not None for finding in checked.left)
    if not count:
        lines.append("nothing else is wrong" if checked.findings else "nothing is wrong")
    else:
        found = f"{count} finding{'s' if count > 1 else ''}"
        lines.append(f"{found}; plgen check --fix repairs {fixable}" if fixable else found)
    json = {
        "project": str(checked.root),
        "findings": checked.findings,
        "changed": bool(checked.plan.operations),
        "plan": checked.plan,
        "left": checked.left,
        "dry_run": checked.dry_run,
    }
    return Report("\n".join(lines), json)


def renamed(renamed: Renamed) -> Report:
    """Report what was renamed, what followed, and the mentions that were left."""
    old, new = renamed.module.file, renamed.module.kind.file(renamed.name.module)
    lines = [f"unchanged: {old}"]
    if renamed.plan.operations:
        # The class alone may get another name.
        what = old if old != new else f"the class in {old}"
        to = new if old != new else renamed.name.class_name
        lines = [f"{'would rename' if renamed.dry_run else 'renamed'} {what} to {to}"]
        lines += [*_indented(renamed.plan.lines), *_mentions(renamed.left), *renamed.notes]
    json = _json(renamed, renamed.module.root, renamed.module.kind) | {
        "old": renamed.module.name,
        "new": renamed.name.module,
        "class": renamed.name.class_name,
        "file": new,
        "note": renamed.name.note,
        "notes": renamed.notes,
    }
    return Report("\n".join(lines), json, renamed.name.note)


def removed(removed: Removed) -> Report:
    """Report what was removed, how to restore it, and where it is still mentioned."""
    lines = [f"{'would remove' if removed.dry_run else 'removed'} {removed.module.file}"]
    lines += [*_indented(removed.plan.lines), *_mentions(removed.left, "still mentioned in:")]
    lines += [*removed.notes, "", removed.back]
    json = _json(removed, removed.module.root, removed.module.kind) | {
        "name": removed.module.name,
        "file": removed.module.file,
        "commit": removed.backup.commit,
        "back": removed.back,
        "notes": removed.notes,
    }
    return Report("\n".join(lines), json)


def _json(result: Added | Renamed | Removed, root: Path, kind: Kind) -> dict[str, Any]:
    """Return what the results of all commands that change modules have in common."""
    return {
        "project": str(root),
        "kind": kind.noun,
        "changed": bool(result.plan.operations),
        "plan": result.plan,
        "left": [vars(each) for each in result.left],
        "dry_run": result.dry_run,
    }


def _mentions(
    left: Iterable[Mention], title: str = "other mentions, for you to check:"
) -> list[str]:
    """Return a paragraph of the mentions that were left, the first ones of each file."""
    lines: list[str] = []
    for file, group in itertools.groupby(left, lambda mention: mention.file):
        mentions = list(group)
        lines += map(str, mentions[:SHOWN])
        if len(mentions) > SHOWN:
            lines.append(f"{file}: and {len(mentions) - SHOWN} more lines")
    return ["", title, *_indented(lines)] if lines else []


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
