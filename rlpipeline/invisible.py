"""Characters that nobody sees: they make two names of one, or show « 411 » for 114."""

from __future__ import annotations

import re

DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Marks that change the order in which the others are shown."""
UNSEEN = (
    f"{DIRECTIONS}\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200d\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e0fff"
)
"""All of them, as the inside of a character class. The selectors that follow an emoji are not among them."""
_DIRECTIONS = re.compile(f"[{DIRECTIONS}]")


def in_reading_order(text: str) -> str:
    """The text without what changes the order of its characters; soft hyphens and joiners stay."""
    return _DIRECTIONS.sub("", text)
