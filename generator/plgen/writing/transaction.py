"""Change several files or none, whatever fails and whenever the program is killed.

Everything is written beside its target first, then renamed. A journal names the files, so that the
next command undoes what a killed one left behind.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from plgen import disk
from plgen.errors import PlgenError
from plgen.writing import journal, state
from plgen.writing.journal import Swap
from plgen.writing.signals import Signals, ignore
from plgen.writing.state import State


@dataclass(frozen=True)
class Step:
    """One file, before and after; None where there is none. A new file has the mode of `like`."""

    path: str
    before: bytes | None
    after: bytes | None
    like: str | None = None


def run(root: Path, steps: Sequence[Step]) -> None:
    """Carry out all steps in their order, or none; raise PlgenError for what cannot be done."""
    files = state.of(root)
    token = os.urandom(4).hex()
    swaps = [_swap(step, f"{token}-{number}") for number, step in enumerate(steps)]
    renamed: list[Swap] = []
    # Signals outermost: the undoing must not be interrupted.
    with Signals() as signals:
        try:
            check(root, steps)
            journal.write(files, swaps)
            try:
                for step, swap in zip(steps, swaps, strict=True):
                    with signals.let_through():
                        _prepare(root, step, swap)
                for step, swap in zip(steps, swaps, strict=True):
                    with signals.let_through():
                        check(root, [step])
                    _rename(root, swap)
                    renamed.append(swap)
                with signals.let_through():
                    _verify(root, steps)
                # The moment from which on the command is done.
                files.journal.replace(files.done)
            except BaseException as error:
                _take_back(root, swaps, files, renamed, error)
                raise
        except OSError as error:
            raise disk.explained(error, root) from error
        ignore()
        journal.clean(root, swaps, files)


def check(root: Path, steps: Iterable[Step]) -> None:
    """Raise PlgenError unless every file is as its step takes it to be, and in the project."""
    inside = root.resolve()
    for step in steps:
        target = root / step.path
        if not target.parent.resolve().is_relative_to(inside) or target.is_symlink():
            raise _linked(root, step.path)
        if step.before is None and os.path.lexists(target):
            raise PlgenError(f"{step.path} is there already", f"move {step.path} away")
        if step.before is not None and disk.read(target) != step.before:
            raise PlgenError(f"{step.path} changed in the meantime", "type it again")


def _linked(root: Path, path: str) -> PlgenError:
    """Build the refusal of a path that is, or goes through, a link."""
    folders = [folder.as_posix() for folder in reversed(Path(path).parents)]
    outside = (
        each for each in folders if not (root / each).resolve().is_relative_to(root.resolve())
    )
    link = next(outside, path)
    what = "file" if link == path else "folder"
    return PlgenError(
        f"{link} is a link, which may lead out of the project",
        f"put a {what} in place of the link {link}",
    )


def _swap(step: Step, mark: str) -> Swap:
    """Return the renames of a step, for which the mark makes names of their own."""
    return Swap(
        path=step.path,
        mark=mark,
        creates=step.after is not None,
        replaces=step.before is not None,
        digest=journal.digest(step.after or b""),
    )


def _prepare(root: Path, step: Step, swap: Swap) -> None:
    """Write what a step needs beside its target."""
    target = root / step.path
    model = target if step.like is None else root / step.like
    like = model.stat() if step.before is not None or step.like is not None else None
    if swap.new is not None and step.after is not None:
        disk.write(root / swap.new, step.after)
        if like is not None:
            (root / swap.new).chmod(stat.S_IMODE(like.st_mode))
    if swap.new is not None and swap.old is not None and step.before is not None:
        disk.write(root / swap.old, step.before)
        if like is not None:
            (root / swap.old).chmod(stat.S_IMODE(like.st_mode))
            os.utime(root / swap.old, ns=(like.st_atime_ns, like.st_mtime_ns))


def _rename(root: Path, swap: Swap) -> None:
    """Put a step into effect, in one rename."""
    if swap.new is not None:
        (root / swap.new).replace(root / swap.path)
    elif swap.old is not None:
        (root / swap.path).replace(root / swap.old)


def _verify(root: Path, steps: Iterable[Step]) -> None:
    """Raise PlgenError unless every file can be read as it was to become."""
    for step in steps:
        if disk.read(root / step.path) != step.after:
            raise PlgenError(f"{step.path} is not what was written into it", disk.AGAIN)


def _take_back(
    root: Path, swaps: Sequence[Swap], files: State, renamed: Sequence[Swap], why: BaseException
) -> None:
    """Undo the renames after an error; if that fails too, the journal is for the next command."""
    try:
        journal.undo(root, swaps, files, renamed)
    except OSError as error:
        raise PlgenError(
            f"half done, as {why} stopped it and {error} its undoing",
            "remove the cause; the next plgen command that changes the project undoes the rest",
        ) from error
