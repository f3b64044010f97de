"""Replace places of a text, all at once."""

from __future__ import annotations

from collections.abc import Iterable

# Where a place starts and ends in the text as it was, and what stands there then.
Splice = tuple[int, int, str]


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """Return the text with each of its places replaced; they do not overlap."""
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    return text
