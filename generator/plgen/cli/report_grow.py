"""Say what the commands that grow a project found and did, for a reader or for a program."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

# One command runs, and need not load what the others are made of.
if TYPE_CHECKING:
    from plgen.commands.add import Added
    from plgen.commands.check import Checked
    from plgen.commands.listing import Item, Listing
    from plgen.commands.remove import Removed
    from plgen.commands.rename import Renamed
    from plgen.reading.mentions import Mention
    from plgen.reading.source import Parameter

WIDTH = 100
# The lines of one file that are listed; a table of data may have many.
SHOWN = 10


def add_text(added: Added) -> str:
    """Return what was added, and what to type next."""
    what = f"{added.kind.noun} {added.name.module} (class {added.name.class_name})"
    if not added.plan.operations:
        return f"unchanged: {what} is in {added.file} and registered"
    lines = [f"{'would add' if added.dry_run else 'added'} {what}", *_indented(added.plan.lines)]
    lines += _to_judge(added.left)
    if not added.dry_run:
        lines += ["", "next:", f"    {added.next}"]
    return "\n".join(lines)


def add_json(added: Added) -> dict[str, Any]:
    """Return what was added."""
    return {
        "project": str(added.root),
        "kind": added.kind.noun,
        "name": added.name.module,
        "class": added.name.class_name,
        "file": added.file,
        "note": added.name.note,
        "changed": bool(added.plan.operations),
        "plan": added.plan.json,
        "next": added.next,
        "left": [vars(each) for each in added.left],
        "dry_run": added.dry_run,
    }


def listing_text(listing: Listing) -> str:
    """Return the modules kind by kind, each with its hyperparameters."""
    lines: list[str] = []
    for group in listing.groups:
        lines.append(f"{group.kind.noun}s in {group.kind.folder}/")
        if group.error:
            lines.append(f"    error: {group.error}")
        elif not group.items:
            lines.append(f"    none; plgen {group.kind.command} NAME adds one")
        widths = [
            max((len(text) for text in column), default=0)
            for column in ((i.name for i in group.items), (i.class_name for i in group.items))
        ]
        for item in group.items:
            lines += _item(item, widths)
        lines.append("")
    return "\n".join(lines[:-1])


def _item(item: Item, widths: list[int]) -> list[str]:
    name, held = item.name.ljust(widths[0]), item.class_name.ljust(widths[1])
    lines = [f"    {name}  {held}  {item.file}"]
    if item.error:
        return [*lines, f"        error: {item.error}"]
    given = ", ".join(_parameter(each) for each in item.hyperparameters)
    indent = " " * 8
    wrapped = textwrap.wrap(given, WIDTH, initial_indent=indent, subsequent_indent=indent)
    unread = [f"{indent}not read: {item.unread}"] if item.unread else []
    return [*lines, *wrapped, *unread]


def _parameter(parameter: Parameter) -> str:
    annotation = f": {parameter.annotation}" if parameter.annotation else ""
    equals = " = " if parameter.annotation else "="
    return (
        parameter.name + annotation + (f"{equals}{parameter.default}" if parameter.default else "")
    )


def listing_json(listing: Listing) -> dict[str, Any]:
    """Return the modules kind by kind."""
    return {
        "project": str(listing.root),
        **{
            f"{group.kind.noun}s": [_item_json(item) for item in group.items]
            for group in listing.groups
        },
        "errors": [group.error for group in listing.groups if group.error],
    }


def _item_json(item: Item) -> dict[str, Any]:
    # None that are known is another thing than knowing that there are none.
    unknown = item.error or (item.unread and not item.hyperparameters)
    return {
        "name": item.name,
        "class": item.class_name,
        "file": item.file,
        "summary": item.summary,
        "hyperparameters": None
        if unknown
        else [
            {"name": each.name, "type": each.annotation, "default": each.default}
            for each in item.hyperparameters
        ],
        "unread": item.unread,
        "error": item.error,
    }


def check_text(checked: Checked) -> str:
    """Return what is wrong, what was repaired, and how much is left."""
    lines: list[str] = []
    if checked.plan.operations:
        lines += ["would do:" if checked.dry_run else "done:", *_indented(checked.plan.lines)]
    lines += [str(finding) for finding in checked.left]
    fixable = sum(finding.fix is not None for finding in checked.left)
    if not checked.left:
        lines.append("nothing is wrong" if not checked.findings else "nothing else is wrong")
    else:
        count = len(checked.left)
        found = f"{count} finding{'s' if count > 1 else ''}"
        lines.append(f"{found}; plgen check --fix repairs {fixable}" if fixable else found)
    return "\n".join(lines)


def check_json(checked: Checked) -> dict[str, Any]:
    """Return what was found, what `--fix` does, and what is left."""
    return {
        "project": str(checked.root),
        "findings": [finding.json for finding in checked.findings],
        "changed": bool(checked.plan.operations),
        "plan": checked.plan.json,
        "left": [finding.json for finding in checked.left],
        "dry_run": checked.dry_run,
    }


def rename_text(renamed: Renamed) -> str:
    """Return what was renamed, the lines that followed, and those left for the user."""
    old, new = renamed.module.file, renamed.module.kind.file(renamed.name.module)
    if not renamed.plan.operations:
        return f"unchanged: {old}"
    lines = [f"{'would rename' if renamed.dry_run else 'renamed'} {old} to {new}"]
    lines += _indented(renamed.plan.lines)
    lines += _to_judge(renamed.left)
    return "\n".join([*lines, *renamed.notes])


def rename_json(renamed: Renamed) -> dict[str, Any]:
    """Return what was renamed."""
    return {
        "project": str(renamed.module.root),
        "kind": renamed.module.kind.noun,
        "old": renamed.module.name,
        "new": renamed.name.module,
        "class": renamed.name.class_name,
        "file": renamed.module.kind.file(renamed.name.module),
        "note": renamed.name.note,
        "changed": bool(renamed.plan.operations),
        "plan": renamed.plan.json,
        "left": [vars(place) for place in renamed.left],
        "notes": renamed.notes,
        "dry_run": renamed.dry_run,
    }


def remove_text(removed: Removed) -> str:
    """Return what was removed, how to get it back, and where it is still named."""
    lines = [f"{'would remove' if removed.dry_run else 'removed'} {removed.module.file}"]
    lines += _indented(removed.plan.lines)
    if removed.left:
        lines += ["", "still named there:", *_places(removed.left)]
    return "\n".join([*lines, *removed.notes, "", removed.back])


def remove_json(removed: Removed) -> dict[str, Any]:
    """Return what was removed."""
    return {
        "project": str(removed.module.root),
        "kind": removed.module.kind.noun,
        "name": removed.module.name,
        "file": removed.module.file,
        "changed": bool(removed.plan.operations),
        "plan": removed.plan.json,
        "commit": removed.kept.commit,
        "back": removed.back,
        "left": [vars(place) for place in removed.left],
        "notes": removed.notes,
        "dry_run": removed.dry_run,
    }


def _to_judge(left: Iterable[Mention]) -> list[str]:
    """Return the paragraph of the places that were left, if there are any."""
    places = _places(left)
    return ["", "left as they are, for you to judge:", *places] if places else []


def _places(left: Iterable[Mention]) -> list[str]:
    """Return the places, the first ones of each file."""
    lines: list[str] = []
    for file, group in itertools.groupby(left, lambda place: place.file):
        places = list(group)
        lines += map(str, places[:SHOWN])
        if len(places) > SHOWN:
            lines.append(f"{file}: and {len(places) - SHOWN} lines more")
    return _indented(lines)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
