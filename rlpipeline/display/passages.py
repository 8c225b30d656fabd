"""Passages of a text that are said only where their figures are known: ``[[, soit {{ evolution(…) }} en un an]]``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from rlpipeline.display.bound import Bound
from rlpipeline.display.expressions import located
from rlpipeline.errors import SettingsError

OPEN, CLOSE = "\ue000", "\ue001"
"""Private-use characters around the number of a bound figure, while Markdown does its work."""
SLOT = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_BLANK = r"\n[ \t]*\n"
_PASSAGE = re.compile(rf"\[\[((?:(?!\[\[|\]\]|{_BLANK}).)*)\]\]", re.DOTALL)
_UNCLOSED = re.compile(rf"\[\[(?:(?!{_BLANK}|{OPEN}).)*{OPEN}", re.DOTALL)


def without_unknown(markdown: str, bound: Sequence[Bound], path: Path) -> tuple[str, tuple[int, ...]]:
    """Take away the passages in which a figure is not known, and the brackets of the others.

    Parameters
    ----------
    markdown
        A text whose figures are slots, by their rank in ``bound``.

    Returns
    -------
    The text, and the ranks from 1 of the passages taken away. Double brackets around no figure are no passage.

    Raises
    ------
    SettingsError
        A passage is not closed in its paragraph; with file and line.
    """
    _check_closed(markdown, path)
    ranks = count(1)
    silent: list[int] = []

    def said(match: re.Match[str]) -> str:
        figures = [bound[int(slot)] for slot in SLOT.findall(match[1])]
        if not figures:
            return match[0]
        rank = next(ranks)
        if all(map(_is_number, figures)):
            return match[1]
        silent.append(rank)
        return ""

    return _PASSAGE.sub(said, markdown), tuple(silent)


def _is_number(figure: Bound) -> bool:
    return figure.cell is None or figure.cell.is_number


def _check_closed(markdown: str, path: Path) -> None:
    left = _PASSAGE.sub(lambda closed: re.sub(r"[^\n]", " ", closed[0]), markdown)
    if opening := _UNCLOSED.search(left):
        problem = SettingsError(
            "Un passage [[ … ]] n'est pas fermé.",
            expected="]] dans le même paragraphe, sans autre passage à l'intérieur",
            todo="fermer le passage par ]]",
        )
        raise located(path, left.count("\n", 0, opening.start()) + 1, problem)
