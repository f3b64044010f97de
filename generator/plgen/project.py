"""Recognise a project that plgen made."""

from __future__ import annotations

from pathlib import Path

ANSWERS = ".copier-answers.yml"


def is_project(folder: Path) -> bool:
    """Tell whether plgen made the folder."""
    try:
        lines = (folder / ANSWERS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    return "_src_path: plgen" in lines


def find(start: Path) -> Path | None:
    """Return the project that `start` is or lies in."""
    return next((folder for folder in (start, *start.parents) if is_project(folder)), None)
