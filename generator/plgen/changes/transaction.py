"""Change several files or none, whatever fails and whenever the program is killed.

The new contents are written beside their targets, then renamed. The old contents lie in a journal
outside the project. An empty file in the project, the mark, says that the journal counts:
as long as it is there, the next command undoes the changes. Removing it makes them final.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from plgen import disk, signals
from plgen.changes.plan import Operation
from plgen.errors import PlgenError, first_of


@dataclass(frozen=True)
class Entry:
    """A step in the journal; bytes are text in Latin-1."""

    path: str
    before: str | None
    after: str | None
    mode: int = 0
    # The file beside the target that is renamed to it.
    new: str = ""

    def is_done(self, root: Path) -> bool:
        """Return whether the file has its new content, and not the user's own work since."""
        return disk.read(root / self.path) == _bytes(self.after)

    def undo(self, root: Path) -> None:
        """Restore the old content."""
        before, new = _bytes(self.before), root / self.new
        if before is None:
            (root / self.path).unlink(missing_ok=True)
        else:
            disk.write(new, before)
            disk.set_mode(new, self.mode)
            new.replace(root / self.path)


def run(root: Path, steps: Sequence[Operation], journal: Path) -> None:
    """Carry out all steps in their order, or none; raise PlgenError if one is impossible."""
    if not steps:
        return
    mark = f"{disk.TEMPORARY_PREFIX}{os.urandom(8).hex()}"
    done: list[str] = []
    # Outermost: undoing must not be interrupted.
    with signals.postponed() as pending:
        try:
            check(root, steps)
            try:
                entries = [_entry(root, mark, step, n) for n, step in enumerate(steps)]
                _write(journal, mark, entries)
                disk.write(root / mark, b"")
                for step, entry in zip(steps, entries, strict=True):
                    _prepare(root, step, entry)
                pending.stop_if_any()
                for step, entry in zip(steps, entries, strict=True):
                    check(root, [step])
                    _apply(root, step, entry)
                    done.append(step.path)
                # From here on the changes are final.
                (root / mark).unlink()
            except BaseException as error:
                _undo_or_explain(root, journal, done, error)
                raise
        except OSError as error:
            raise _unchanged(error, root) from error
        signals.ignore()
        # Without its mark, a journal is ignored.
        with suppress(OSError):
            journal.unlink()


def check(root: Path, steps: Iterable[Operation]) -> None:
    """Raise PlgenError unless every file has its old content and lies in the project."""
    for step in steps:
        target = root / step.path
        if not disk.is_inside(root, Path(step.path).parent) or target.is_symlink():
            raise disk.linked(root, step.path)
        if step.before is None and os.path.lexists(target):
            raise PlgenError(f"{step.path} already exists", f"move {step.path} away")
        if step.before is not None and disk.read(target) != step.before:
            raise PlgenError(f"{step.path} changed in the meantime", "run the command again")


def recover(root: Path, journal: Path) -> None:
    """Undo the changes of an interrupted command."""
    try:
        _undo(root, journal)
    except OSError as error:
        raise _unchanged(error, root) from error


def refuse_interrupted(root: Path, journal: Path) -> None:
    """Raise PlgenError if a command was killed while it changed the project."""
    _, entries = _read(root, journal)
    if entries:
        raise PlgenError(
            f"a plgen command was killed while it changed {first_of([e.path for e in entries])}; "
            "the next command that changes the project undoes that first",
            "plgen check --fix",
        )


def _unchanged(error: OSError, root: Path) -> PlgenError:
    """Return the error for a failure of the system after which nothing is changed."""
    path = Path(str(error.filename or root))
    folder = path.parent if path.name.startswith(disk.TEMPORARY_PREFIX) else path
    shown = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else str(folder)
    return disk.explained(error, f"nothing was changed: {shown}")


def _entry(root: Path, mark: str, step: Operation, number: int) -> Entry:
    """Return a step as the journal records it."""
    new = (Path(step.path).parent / f"{mark}.{number}").as_posix()
    mode = 0 if step.before is None else stat.S_IMODE((root / step.path).stat().st_mode)
    return Entry(step.path, _text(step.before), _text(step.after), mode, new)


def _prepare(root: Path, step: Operation, entry: Entry) -> None:
    """Write the new content of a file beside it."""
    if step.after is None:
        return
    disk.write(root / entry.new, step.after)
    if step.before is not None or step.mode_of is not None:
        status = (root / (step.mode_of or step.path)).stat()
        disk.set_mode(root / entry.new, stat.S_IMODE(status.st_mode))


def _apply(root: Path, step: Operation, entry: Entry) -> None:
    """Put a step into effect, at once."""
    if step.after is not None:
        (root / entry.new).replace(root / step.path)
    else:
        (root / step.path).unlink()


def _undo_or_explain(root: Path, journal: Path, done: Collection[str], why: BaseException) -> None:
    """Undo the steps that are done; if that fails too, the journal is for the next command."""
    try:
        _undo(root, journal, done)
    except OSError as error:
        reason = why if isinstance(why, Exception) else "by a signal"
        raise PlgenError(
            f"interrupted half way ({reason}), and undoing it failed: {error}",
            "free space or make the folder writable; the next plgen command that changes the "
            "project undoes the rest",
        ) from error


def _undo(root: Path, journal: Path, done: Collection[str] = ()) -> None:
    """Undo the changes in a journal: those in `done`, and files that have the new content."""
    mark, entries = _read(root, journal)
    for entry in entries:
        (root / entry.new).unlink(missing_ok=True)
    for entry in reversed(entries):
        if entry.path in done or entry.is_done(root):
            entry.undo(root)
    if entries:
        (root / mark).unlink(missing_ok=True)
    for file in (journal, journal.with_suffix(".new")):
        file.unlink(missing_ok=True)


def _write(journal: Path, mark: str, entries: Iterable[Entry]) -> None:
    """Write a journal, whole or not at all; `_undo` removes an unfinished one."""
    new = journal.with_suffix(".new")
    disk.write(new, json.dumps([mark, [asdict(entry) for entry in entries]]).encode())
    new.replace(journal)


def _read(root: Path, journal: Path) -> tuple[str, list[Entry]]:
    """Return the mark and the entries of a journal; no entries if there is nothing to undo."""
    try:
        mark, written = json.loads(journal.read_bytes())
    except (FileNotFoundError, ValueError):
        return "", []
    entries = [Entry(**each) for each in written]
    # Without its mark it is finished, or belongs to an earlier project in this folder.
    counts = (root / mark).is_file() and all(
        disk.is_inside(root, Path(entry.path).parent) for entry in entries
    )
    return mark, entries if counts else []


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("latin-1")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("latin-1")
