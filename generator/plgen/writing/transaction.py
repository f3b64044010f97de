"""Change several files or none, whatever fails and whenever the program is killed.

Everything is written beside its target first, then renamed. A journal names the files, so that the
next command undoes what a killed one left behind. It is trusted as little as the project: names
are checked, and nothing is reached through a link that leads out of the project.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from plgen import disk
from plgen.errors import PlgenError, first_of
from plgen.writing.signals import Signals, ignore

TOKEN = re.compile(r"[0-9a-f]{16}-[0-9]+")


@dataclass(frozen=True)
class Step:
    """One file, before and after; None where there is none. A new file has the mode of `like`."""

    path: str
    before: bytes | None
    after: bytes | None
    like: str | None = None


@dataclass(frozen=True)
class Swap:
    """How a step is done: `new` becomes `path`, and `old` is a copy of what was there.

    Both lie beside `path`, and `mark` makes their names. As long as a part of the steps is done,
    one of these files is there: a journal without any has nothing to undo.
    """

    path: str
    mark: str
    creates: bool
    replaces: bool
    digest: str

    @property
    def new(self) -> str | None:
        """Return the file that holds what will be there, if anything will."""
        return self._beside("new") if self.creates else None

    @property
    def old(self) -> str | None:
        """Return the file that holds what was there, if anything was."""
        return self._beside("old") if self.replaces else None

    def _beside(self, which: str) -> str:
        return (Path(self.path).parent / f"{disk.MARK}{self.mark}.{which}").as_posix()

    def is_within(self, root: Path) -> bool:
        """Return whether it is about files of the project."""
        return bool(TOKEN.fullmatch(self.mark)) and disk.is_inside(root, Path(self.path).parent)

    def left(self, root: Path) -> list[Path]:
        """Return the files beside the target that are there."""
        files = [root / file for file in (self.new, self.old) if file]
        return [file for file in files if os.path.lexists(file)]


def run(root: Path, steps: Sequence[Step], journal: Path) -> None:
    """Carry out all steps in their order, or none; raise PlgenError for what cannot be done."""
    if not steps:
        return
    token = os.urandom(8).hex()
    swaps = [_swap(step, f"{token}-{number}") for number, step in enumerate(steps)]
    renamed: list[Swap] = []
    # Signals outermost: the undoing must not be interrupted.
    with Signals() as signals:
        try:
            check(root, steps)
            _write(journal, swaps)
            try:
                with signals.let_through():
                    for step, swap in zip(steps, swaps, strict=True):
                        _prepare(root, step, swap)
                for step, swap in zip(steps, swaps, strict=True):
                    check(root, [step])
                    _rename(root, swap)
                    renamed.append(swap)
                _verify(root, steps)
                # The moment from which on the command is done.
                journal.replace(_done(journal))
            except BaseException as error:
                _take_back(root, swaps, journal, renamed, error)
                raise
        except OSError as error:
            raise disk.explained(error, root) from error
        ignore()
        # What cannot be removed now the next command removes.
        with suppress(OSError):
            _clean(root, swaps, _done(journal))


def check(root: Path, steps: Iterable[Step]) -> None:
    """Raise PlgenError unless every file is as its step takes it to be, and in the project."""
    for step in steps:
        target = root / step.path
        if not disk.is_inside(root, Path(step.path).parent) or target.is_symlink():
            raise _linked(root, step.path)
        if step.before is None and os.path.lexists(target):
            raise PlgenError(f"{step.path} is there already", f"move {step.path} away")
        if step.before is not None and disk.read(target) != step.before:
            raise PlgenError(f"{step.path} changed in the meantime", "type it again")


def _linked(root: Path, path: str) -> PlgenError:
    """Build the refusal of a path that is, or goes through, a link."""
    folders = [
        folder for folder in reversed(Path(path).parents) if not disk.is_inside(root, folder)
    ]
    link = folders[0].as_posix() if folders else path
    what = "file" if link == path else "folder"
    return PlgenError(
        f"{link} is a link, which may lead out of the project",
        f"put a {what} in place of the link {link}",
    )


def _swap(step: Step, mark: str) -> Swap:
    """Return how a step is done; the mark makes names of its own."""
    return Swap(
        path=step.path,
        mark=mark,
        creates=step.after is not None,
        replaces=step.before is not None,
        digest=_digest(step.after),
    )


def _digest(content: bytes | None) -> str:
    """Return what tells one content from another."""
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _prepare(root: Path, step: Step, swap: Swap) -> None:
    """Write what a step needs beside its target."""
    model = root / (step.like or step.path)
    like = model.stat() if step.before is not None or step.like is not None else None
    for file, content in ((swap.new, step.after), (swap.old, step.before)):
        if file is not None and content is not None:
            disk.write(root / file, content)
            if like is not None:
                (root / file).chmod(stat.S_IMODE(like.st_mode))
    if swap.old is not None and like is not None:
        os.utime(root / swap.old, ns=(like.st_atime_ns, like.st_mtime_ns))


def _rename(root: Path, swap: Swap) -> None:
    """Put a step into effect, at once."""
    if swap.new is not None:
        (root / swap.new).replace(root / swap.path)
    else:
        (root / swap.path).unlink()


def _verify(root: Path, steps: Iterable[Step]) -> None:
    """Raise PlgenError unless every file can be read as it was to become."""
    for step in steps:
        if disk.read(root / step.path) != step.after:
            raise PlgenError(f"{step.path} is not what was written into it", disk.AGAIN)


def _take_back(
    root: Path, swaps: Sequence[Swap], journal: Path, renamed: Sequence[Swap], why: BaseException
) -> None:
    """Undo the renames after an error; if that fails too, the journal is for the next command."""
    try:
        _undo(root, swaps, journal, renamed)
    except OSError as error:
        raise PlgenError(
            f"half done: {why} stopped it, and {error} stopped undoing it",
            "remove the cause; the next plgen command that changes the project undoes the rest",
        ) from error


def recover(root: Path, journal: Path) -> None:
    """Undo what a killed command did by halves, or clean up after one that was done."""
    try:
        _clean(root, _read(root, _done(journal)), _done(journal))
        _undo(root, _read(root, journal), journal)
    except OSError as error:
        raise disk.explained(error, root) from error


def refuse_interrupted(root: Path, journal: Path) -> None:
    """Raise PlgenError if a killed command left the project half changed."""
    paths = [swap.path for swap in _read(root, journal)]
    if paths:
        raise PlgenError(
            f"a plgen command was killed while it changed {first_of(paths)}; "
            "the next command that changes the project undoes that first",
            "plgen check --fix",
        )


def _done(journal: Path) -> Path:
    """Return the journal of a command that only had to clean up."""
    return journal.with_suffix(".done")


def _write(journal: Path, swaps: Iterable[Swap]) -> None:
    """Write a journal, whole or not at all."""
    draft = journal.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    try:
        disk.write(draft, json.dumps([asdict(swap) for swap in swaps]).encode())
        draft.replace(journal)
    except BaseException:
        disk.discard([draft])
        raise


def _read(root: Path, journal: Path) -> list[Swap]:
    """Return what a journal names; nothing where there is nothing to undo or to clean up."""
    try:
        swaps = [Swap(**swap) for swap in json.loads(journal.read_bytes())]
        ours = all(swap.is_within(root) for swap in swaps)
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, RecursionError):
        return []
    # Without them it is about a project that was here before.
    return swaps if ours and any(swap.left(root) for swap in swaps) else []


def _undo(root: Path, swaps: Sequence[Swap], journal: Path, renamed: Sequence[Swap] = ()) -> None:
    """Bring back what was there before, however far the renames got; some are known to be done."""
    for swap in reversed(swaps):
        target = root / swap.path
        old = root / swap.old if swap.old else None
        if swap.new is None:
            pending = os.path.lexists(target)
        else:
            pending = os.path.lexists(root / swap.new) or (
                # Not what was renamed: the user's own work since.
                swap not in renamed and _digest(disk.read(target)) != swap.digest
            )
        if not pending and old is not None and os.path.lexists(old):
            old.replace(target)
        elif not pending and old is None:
            disk.discard([target])
        disk.discard(swap.left(root))
    journal.unlink(missing_ok=True)


def _clean(root: Path, swaps: Iterable[Swap], done: Path) -> None:
    """Remove what is left beside the targets of a command that is done."""
    disk.discard(root / swap.old for swap in swaps if swap.old)
    done.unlink(missing_ok=True)
