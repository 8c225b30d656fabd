"""The map: where the communes of the service are, how many young people each has, which one a portrait is about."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Ellipse, PathPatch
from matplotlib.path import Path as Outlined

from rlpipeline.display import french, many, rates, text
from rlpipeline.display.bound import Reference
from rlpipeline.display.cells import WITH_NUMBER
from rlpipeline.display.drawing import BLUE, INK, LAND, OF_SERVICE, PAPER, SMALL, WIDTH, Picture, blank, picture
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.display.outlines import Outline, Point, Ring, outlines_of
from rlpipeline.figures import SERVICE
from rlpipeline.settings.models import Commune, Settings

TALLEST = 1.2
"""Height of the map for a width of one, at most."""
MOST_NAMES = 25
WIDTH_OF_DISCS = 3.0
"""Inches of a map without outlines, where there is less to see."""
MEASURES = {
    ("communes", "total"): "jeunes accompagnés",
    ("taux_communes", "accompagnes"): "jeunes accompagnés pour 1\u202f000 habitants",
}
"""What discs may be in proportion to: table and column, in words."""
FEWEST = 2
"""Communes that a map without outlines shows, at least."""
AROUND = 0.18
"""Room around the discs, as a part of the longest side."""
LARGEST_DISC, SMALLEST_DISC, GAP = 0.06, 0.012, 0.01
"""Radius of the discs, and what lies between a disc and its name, as parts of the map's width."""


@dataclass(frozen=True)
class Disc:
    """A commune where it is: its area on the map is in proportion to a figure.

    Parameters
    ----------
    at
        Longitude and latitude.
    value
        0 where the figure is not known: the disc is then as small as one can be.
    """

    code: str
    at: Point
    value: float


@dataclass(frozen=True)
class Sized:
    """What discs are sized by.

    Parameters
    ----------
    words
        What is counted: « jeunes accompagnés ».
    values
        Figures by commune; those that are not known are left out.
    named
        The same in words, as HTML: « Carvin 17, Oignies 28 ».
    """

    words: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    named: str = ""


def to_html(settings: Settings, commune: str | None, sized: Sized = Sized()) -> str:
    """Draw the map; empty where the settings have neither outlines (``carte``) nor the ``position`` of two communes.

    Parameters
    ----------
    commune
        INSEE code of the commune that stands out; None for the whole service.
    sized
        What the discs are sized by.

    Raises
    ------
    SettingsError
        The file cannot be used.
    """
    outlines = outlines_of(settings)
    discs = [*_discs(settings, sized)]
    if not outlines and len(discs) < FEWEST:
        return ""
    names = many.names([one.nom for one in settings.service.communes])
    place = settings.service.commune_name(commune) if commune else ""
    alt = f"{_ends(settings, sized)}Carte des communes : {names}."
    if place:
        alt += f" {place} est mise en évidence."
    legend = french.spaced(escape(" ".join(_legend(settings, place, bool(outlines))), quote=False))
    if discs and sized.named:
        legend += f" Disques : {sized.words} ({sized.named})."
    drawn = _draw(outlines, discs, settings, commune)
    return (
        f'<figure class="rl-figure rl-carte">{drawn.to_html(alt, settings.service.apparence.couleur or "")}'
        f"<figcaption>{legend}</figcaption></figure>"
    )


def _ends(settings: Settings, sized: Sized) -> str:
    """Say which communes have the most and the least, as the sizes of the discs do: the legend has the figures."""
    if len({*sized.values.values()}) < FEWEST:
        return ""
    said = []
    for words, bound in (("le plus", max(sized.values.values())), ("le moins", min(sized.values.values()))):
        places = [settings.service.commune_name(code) for code, value in sized.values.items() if value == bound]
        said.append(f"{words} {french.listing([*map(french.at, places[:MOST_NAMES])])}")
    return f"{sized.words[0].upper()}{sized.words[1:]} : {', '.join(said)}. "


def mapped(laid: LaidOut, id: str = "communes", column: str = "total") -> str:
    """Draw the map of a report, its discs sized by a table of the service. Raises as ``to_html``."""
    scope = laid.scope
    communes = [one for one in laid.settings.service.communes if one.position]
    sized = _sized(laid, communes, (id, column)) if len(communes) >= FEWEST else Sized()
    if id != "communes" and not sized.values:  # the map of the communes is there already
        return ""
    return to_html(laid.settings, None if scope.is_service else scope.territory, sized)


def _sized(laid: LaidOut, communes: Sequence[Commune], of: tuple[str, str]) -> Sized:
    (id, column), prose = of, laid.prose(SERVICE)
    values, named = dict[str, float](), list[str]()
    for one in communes:
        cell = laid.lookup.cell(Reference(id, one.code, column, prose.year, SERVICE))
        if cell.etat in WITH_NUMBER:
            values[one.code] = cell.valeur
            words = text.with_sign(prose.chiffre(id, one.code, column, None, 1 if id == rates.TABLE else None))
            named.append(f"{escape(one.nom, quote=False)}{french.NBSP}: {words}")
    return Sized(MEASURES[id, column], values, ", ".join(named))


def _discs(settings: Settings, sized: Sized) -> Iterator[Disc]:
    for one in settings.service.communes:
        if one.position:
            latitude, longitude = one.position
            yield Disc(one.code, (longitude, latitude), sized.values.get(one.code, 0.0))


def _legend(settings: Settings, place: str, has_outlines: bool) -> Iterator[str]:
    yield f"Le territoire du service{f', {place} en gras' if place else ''}."
    if has_outlines:
        yield f"Source : {settings.service.carte_source or 'contours fournis par le service'}."


def _draw(outlines: Sequence[Outline], discs: Sequence[Disc], settings: Settings, commune: str | None) -> Picture:
    names = {one.code: one.nom for one in settings.service.communes}
    points = [point for outline in outlines for ring in outline.rings for point in ring] or [one.at for one in discs]
    (left, right), (low, high) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
    stretch = _stretch(left, right, low, high)
    if not outlines:  # room for the discs and the names of those at the edge
        room = AROUND * max(right - left, (high - low) * stretch, 1e-3)
        left, right, low, high = left - room, right + room, low - room / stretch, high + room / stretch
    width, tall = max(right - left, 1e-9), max(high - low, 1e-9)
    shape = min(max(tall * stretch / width, 0.4), TALLEST)
    largest = max((one.value for one in discs), default=0) or 1

    def draw() -> Canvas:
        across = WIDTH if outlines else WIDTH_OF_DISCS
        canvas = blank(across * shape, across)
        axes = canvas.add_axes((0.02, 0.02, 0.96, 0.96))
        axes.set(xlim=(left, right), ylim=(low, high))
        axes.set_aspect(stretch)
        axes.axis("off")
        for outline in outlines:
            _fill(axes, outline, _colour(outline.code, names, commune))
        for one in discs:
            radius = max(LARGEST_DISC * math.sqrt(one.value / largest), SMALLEST_DISC) * width
            colour = BLUE if commune in {None, one.code} else OF_SERVICE
            axes.add_patch(Ellipse(one.at, 2 * radius, 2 * radius / stretch, facecolor=colour, edgecolor=PAPER))
            if len(names) <= MOST_NAMES or one.code == commune:
                below = (one.at[0], one.at[1] - (radius + GAP * width) / stretch)
                weight = "bold" if one.code == commune else "normal"
                axes.text(
                    *below,
                    names[one.code],
                    ha="center",
                    va="top",
                    fontsize=12 if outlines else SMALL,
                    color=INK,
                    weight=weight,
                )
        for outline in outlines if not discs else ():
            if outline.code in names and (len(names) <= MOST_NAMES or outline.code == commune):
                _name(axes, outline, names[outline.code], outline.code == commune)
        return canvas

    return picture(draw)


def _stretch(left: float, right: float, low: float, high: float) -> float:
    """How much taller a degree of latitude is than one of longitude there; 1 for coordinates in metres."""
    in_degrees = max(abs(left), abs(right)) <= 180 and max(abs(low), abs(high)) <= 89
    return 1 / math.cos(math.radians((low + high) / 2)) if in_degrees else 1.0


def _colour(code: str, names: Mapping[str, str], commune: str | None) -> str:
    return BLUE if code == commune else OF_SERVICE if code in names else LAND


def _fill(axes: Axes, outline: Outline, colour: str) -> None:
    path = Outlined.make_compound_path(*(Outlined([*ring, ring[0]], closed=True) for ring in outline.rings))
    axes.add_patch(PathPatch(path, facecolor=colour, edgecolor=PAPER, linewidth=1))


def _name(axes: Axes, outline: Outline, name: str, is_dark: bool) -> None:
    x, y = _middle(max(outline.rings, key=len))
    axes.text(x, y, name, ha="center", va="center", fontsize=SMALL, color=PAPER if is_dark else INK)


def _middle(ring: Ring) -> tuple[float, float]:
    """Centre of gravity of a ring; the mean of its points where it has no area."""
    pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    area = sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairs) / 2
    if not area:
        return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
    across = sum((x + next_x) * (x * next_y - next_x * y) for (x, y), (next_x, next_y) in pairs)
    up = sum((y + next_y) * (x * next_y - next_x * y) for (x, y), (next_x, next_y) in pairs)
    return across / (6 * area), up / (6 * area)
