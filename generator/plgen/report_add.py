"""Say what an add- command wrote, as text for a reader or as JSON for a program."""

from __future__ import annotations

import json

from plgen.add import Added


def as_json(added: Added) -> str:
    """Return what was added as one JSON object."""
    return json.dumps(
        {
            "kind": added.kind.noun,
            "name": added.name.module,
            "class": added.name.class_name,
            "file": added.file,
            "project": str(added.root),
            "note": added.name.note,
            "changed": bool(added.plan.operations),
            "plan": added.plan.json,
            "next": added.next,
            "dry_run": added.dry_run,
        },
        indent=2,
    )


def as_text(added: Added) -> str:
    """Return what was added, and what to type next."""
    what = f"{added.kind.noun} {added.name.module} (class {added.name.class_name})"
    if not added.plan.operations:
        return f"unchanged: {what} is in {added.file} and registered"
    lines = [f"would add {what}" if added.dry_run else f"added {what}"]
    lines += [f"    {line}" for line in added.plan.lines]
    if not added.dry_run:
        lines += ["", "next:", f"    {added.next}"]
    return "\n".join(lines)
