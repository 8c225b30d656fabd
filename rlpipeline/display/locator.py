"""The locator map: where the communes of the service are, and which one a portrait is about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outlined

from rlpipeline.display import french, many
from rlpipeline.display.drawing import BLUE, INK, LAND, OF_SERVICE, PAPER, Picture, blank, picture
from rlpipeline.display.outlines import Outline, Ring, outlines_of
from rlpipeline.settings.models import Settings

TALLEST = 1.2
"""Height of the map for a width of one, at most."""
MOST_NAMES = 25
WIDEST = 5.5
"""Inches of the map."""


def to_html(settings: Settings, commune: str | None) -> str:
    """Draw the map; empty where the settings name no file.

    Parameters
    ----------
    commune
        INSEE code of the commune that stands out; None for the whole service.

    Raises
    ------
    SettingsError
        The file cannot be used.
    """
    outlines = outlines_of(settings)
    if not outlines:
        return ""
    names = many.names([one.nom for one in settings.service.communes])
    place = settings.service.commune_name(commune) if commune else ""
    alt = f"Carte de situation : {names}." + (f" {place} est mise en évidence." if place else "")
    source = settings.service.carte_source or "contours fournis par le service"
    legend = f"Le territoire du service{f', {place} en foncé' if place else ''}. Source : {source}."
    told = french.spaced(escape(legend, quote=False))
    return (
        f'<figure class="rl-figure rl-carte">{_draw(outlines, settings, commune).to_html(alt)}'
        f"<figcaption>{told}</figcaption></figure>"
    )


def _draw(outlines: Sequence[Outline], settings: Settings, commune: str | None) -> Picture:
    names = {one.code: one.nom for one in settings.service.communes}
    points = [point for outline in outlines for ring in outline.rings for point in ring]
    (left, right), (low, high) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
    stretch = _stretch(left, right, low, high)
    width, tall = max(right - left, 1e-9), max(high - low, 1e-9)
    shape = min(max(tall * stretch / width, 0.4), TALLEST)

    def draw(room: float) -> Canvas:
        across = min(room, WIDEST)
        canvas = blank(across, across * shape)
        axes = canvas.add_axes((0.02, 0.02, 0.96, 0.96))
        axes.set(xlim=(left, right), ylim=(low, high))
        axes.set_aspect(stretch)
        axes.axis("off")
        for outline in outlines:
            _fill(axes, outline, _colour(outline.code, names, commune))
        for outline in outlines:
            if outline.code in names and (len(names) <= MOST_NAMES or outline.code == commune):
                _name(axes, outline, names[outline.code], outline.code == commune)
        return canvas

    return picture(draw)


def _stretch(left: float, right: float, low: float, high: float) -> float:
    """How much taller a degree of latitude is than one of longitude there; 1 for coordinates in metres."""
    in_degrees = max(abs(left), abs(right)) <= 180 and max(abs(low), abs(high)) <= 89
    return 1 / math.cos(math.radians((low + high) / 2)) if in_degrees else 1.0


def _colour(code: str, names: object, commune: str | None) -> str:
    if commune is not None and code == commune:
        return BLUE
    return OF_SERVICE if isinstance(names, dict) and code in names else LAND


def _fill(axes: Axes, outline: Outline, colour: str) -> None:
    path = Outlined.make_compound_path(*(Outlined([*ring, ring[0]], closed=True) for ring in outline.rings))
    axes.add_patch(PathPatch(path, facecolor=colour, edgecolor=PAPER, linewidth=1))


def _name(axes: Axes, outline: Outline, name: str, is_dark: bool) -> None:
    x, y = _middle(max(outline.rings, key=len))
    axes.text(x, y, name, ha="center", va="center", fontsize=9, color=PAPER if is_dark else INK)


def _middle(ring: Ring) -> tuple[float, float]:
    """Centre of gravity of a ring; the mean of its points where it has no area."""
    pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    area = sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairs) / 2
    if not area:
        return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
    across = sum((x + next_x) * (x * next_y - next_x * y) for (x, y), (next_x, next_y) in pairs)
    up = sum((y + next_y) * (x * next_y - next_x * y) for (x, y), (next_x, next_y) in pairs)
    return across / (6 * area), up / (6 * area)
