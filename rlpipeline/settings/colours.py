"""Colours and how well they read on one another, as WCAG 2.2 measures it."""

import math
from collections.abc import Sequence

READABLE = 4.5  # least contrast of text (WCAG 2.2, criterion 1.4.3)
BLACK, WHITE = "#000000", "#ffffff"
LIGHT = ("#ffffff", "#f4f5f3", "#f3f6f7")
DARK = ("#16191d", "#0f1114", "#1c2126")
"""What text stands on in the page, in each scheme: --papier, --fond, --ligne of ``rapport.css``."""
PALE_LIGHT, PALE_DARK = 0.08, 0.25  # how much of a colour is in its pale form
WEIGHTS = (0.2126, 0.7152, 0.0722)
"""How much of the light is red, green and blue."""
_STEPS = 50


def contrast(one: str, other: str) -> float:
    """Contrast of two colours (``#rrggbb``), from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with another mixed in; ``share`` of the first, from 0 to 1."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    channels = (round(first * share + second * (1 - share)) for first, second in pairs)
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def reads_on(colour: str, surfaces: Sequence[str]) -> float:
    """Least contrast of a colour on several surfaces."""
    return min(contrast(colour, surface) for surface in surfaces)


def readable(colour: str, surfaces: Sequence[str], towards: str) -> str:
    """The colour, with as little of ``towards`` mixed in as it takes to be read on every surface."""
    for step in range(_STEPS):
        nearer = mixed(towards, colour, step / _STEPS)
        if reads_on(nearer, surfaces) >= READABLE:
            return nearer
    return towards


def light_surfaces(colour: str) -> tuple[str, ...]:
    """What is behind text of a colour where the page is light: its own pale form too."""
    return (*LIGHT, mixed(colour, WHITE, PALE_LIGHT))


def dark_surfaces(colour: str) -> tuple[str, ...]:
    """What is behind text of a colour where the page is dark."""
    return (*DARK, mixed(colour, DARK[0], PALE_DARK))


def _channels(colour: str) -> tuple[int, ...]:
    """Give red, green and blue, from 0 to 255."""
    return (*bytes.fromhex(colour.removeprefix("#")),)


def _luminance(colour: str) -> float:
    """Give the relative luminance, from 0 to 1."""
    weighted = zip(WEIGHTS, _channels(colour), strict=True)
    return sum(weight * _linear(channel / 255) for weight, channel in weighted)


def _linear(share: float) -> float:
    """Give how much light a channel gives, of how much of it there is."""
    if share <= 0.04045:
        return share / 12.92
    return math.pow((share + 0.055) / 1.055, 2.4)
