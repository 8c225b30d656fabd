"""Words in a CSV file that no spreadsheet takes for a formula, and the way back.

An apostrophe goes before what would start one: at the beginning of a cell, and after a semicolon, a tab or an end of
line, since a French spreadsheet cuts a file there whatever its separator.
"""

from __future__ import annotations

import re

_RUN = r"(^[;\s\"]*|(?<![;\s\"])[;\s\"]+)"
_SIGN = r"(?='*[=+\-@＝＋－＠])"
GUARDED = tuple(f"'{sign}" for sign in "=+-@＝＋－＠")
"""What a text must hold for some cell of it to be guarded."""

_LIVE = re.compile(f"{_RUN}{_SIGN}")
_GUARDED = re.compile(f"{_RUN}'{_SIGN}")
_CUTS = frozenset(";\t\r\n")


def guarded(text: str) -> str:
    """The text as a cell of a CSV file."""
    return _LIVE.sub(lambda match: f"{match[0]}'" if _starts_a_cell(match) else match[0], text)


def unguarded(cell: str) -> str:
    """The text that a cell of a CSV file stands for."""
    if "'" not in cell:
        return cell
    return _GUARDED.sub(lambda match: match[1] if _starts_a_cell(match) else match[0], cell)


def _starts_a_cell(match: re.Match[str]) -> bool:
    return match.start() == 0 or not _CUTS.isdisjoint(match[1])
