"""A small map: where the communes of the service are, how many young people each has, which one a portrait is about."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Ellipse, PathPatch
from matplotlib.path import Path as Outlined

from rlpipeline import french
from rlpipeline.display import cells, layout, text
from rlpipeline.display.cells import Reference
from rlpipeline.display.drawing import (
    BLUE,
    INK,
    LAND,
    OF_SERVICE,
    PAPER,
    SMALL,
    WIDTH,
    blank,
    our_style,
    written,
)
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.display.subjects import RATES
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.figures import SERVICE
from rlpipeline.settings.models import Settings

TALLEST = 1.2
"""Height of the map for a width of one, at most."""
MOST_NAMES = 25
NAMES = 12
"""Points of the name of a disc."""
MEASURES = {
    ("communes", "total"): "jeunes accompagnés",
    (RATES, "accompagnes"): "jeunes accompagnés pour 1\u202f000 habitants",
}
"""What discs may be in proportion to: table and column, in words."""
FEWEST = 2
"""Figures that sizes tell apart, at least."""
LARGEST_DISC, SMALLEST_DISC, GAP = 0.06, 0.012, 0.01
"""Radius of the discs, and what lies between a disc and its name, as parts of the map's width."""
CODES = ("code", "insee", "code_insee", "insee_com", "codgeo", "com_code", "code_commune")
"""Names that files give to the INSEE code of a commune, in lower case."""
FEWEST_POINTS = 3
Ring = tuple[tuple[float, float], ...]
Outlines = Mapping[str, Sequence[Ring]]
NONE: Mapping[str, float] = MappingProxyType({})
EXPECTED = (
    "un fichier GeoJSON : une FeatureCollection de Polygon ou MultiPolygon, une commune par Feature"
)


def mapped(laid: LaidOut, id: str = "communes", column: str = "total") -> str:
    """Draw the map of a report, its discs sized by a table of the service.

    Raises as ``to_html``; UsageError: its discs may not be sized by that column.
    """
    prose, values, named = laid.prose(SERVICE), dict[str, float](), list[str]()
    communes = [commune for commune in laid.settings.service.communes if commune.position]
    for commune in communes if len(communes) >= FEWEST else ():
        cell = laid.lookup.cell(Reference(id, commune.code, column, prose.year, SERVICE))
        if cell.is_number:
            values[commune.code] = cell.value
            figure = prose.chiffre(id, commune.code, column, None, 1 if id == RATES else None)
            named.append(
                f"{escape(commune.nom, quote=False)}{french.NBSP}: {text.with_sign(figure)}"
            )
    if id != "communes" and not values:  # the map of the communes is there already
        return ""
    if (id, column) not in MEASURES:
        raise UsageError(
            "La carte ne montre pas cette colonne.",
            where=f"report.map({id!r}, {column!r})",
            expected=" ou ".join(f"report.map({table!r}, {of!r})" for table, of in MEASURES),
            todo="choisir parmi celles-ci",
        )
    place = None if laid.scope.is_service else laid.scope.territory
    return to_html(laid.settings, place, MEASURES[id, column], values, ", ".join(named))


def to_html(
    settings: Settings,
    commune: str | None,
    measure: str = "",
    sizes: Mapping[str, float] = NONE,
    named: str = "",
) -> str:
    """Draw the map; empty where the settings have no outlines (``carte``): discs without land are no map.

    The commune of an INSEE code stands out; none, in that of the whole service. Discs are sized by a measure in words,
    its figure by commune where known, the same as HTML. Raises SettingsError: the file cannot be used.
    """
    outlines, service = outlines_of(settings), settings.service
    discs = [commune for commune in service.communes if commune.position]
    if not outlines:
        return ""
    alt = f"Carte des communes : {layout.names([commune.nom for commune in service.communes])}."
    if (
        len({*sizes.values()}) >= FEWEST
    ):  # what the sizes of the discs say: the legend has the figures
        ends = []
        for words, end in (("le plus", max(sizes.values())), ("le moins", min(sizes.values()))):
            places = [service.commune_name(code) for code, value in sizes.items() if value == end]
            ends.append(f"{words} {french.listing([*map(french.at, places[:MOST_NAMES])])}")
        alt = f"{measure[0].upper()}{measure[1:]} : {', '.join(ends)}. {alt}"
    place = service.commune_name(commune) if commune else ""
    alt += f" {place} est mise en évidence." if place else ""
    legend = f"Le territoire du service{f', {place} en gras' if place else ''}."
    legend += f" Source : {service.carte_source or 'contours fournis par le service'}."
    legend = cells.words(legend)
    legend += f" Disques : {measure} ({named})." if discs and named else ""
    with our_style():
        drawn = written(_draw(settings, outlines, sizes, commune))
    return (
        f'<figure class="rl-figure rl-carte">{drawn.to_html(alt, service.apparence.couleur or "")}'
        f"<figcaption>{legend}</figcaption></figure>"
    )


def _draw(
    settings: Settings, outlines: Outlines, sizes: Mapping[str, float], place: str | None
) -> Canvas:
    """Draw the land, then discs at the communes' positions, or their names on it where no position is known."""
    axes = _axes_of(outlines)
    names = {commune.code: commune.nom for commune in settings.service.communes}
    for code, rings in outlines.items():
        parts = [Outlined([*ring, ring[0]], closed=True) for ring in rings]
        path = Outlined.make_compound_path(*parts)
        colour = OF_SERVICE if code in names else LAND
        colour = BLUE if code == place else colour
        axes.add_patch(PathPatch(path, facecolor=colour, edgecolor=PAPER, linewidth=1))
    named = (
        names
        if len(names) <= MOST_NAMES
        else {code: names[code] for code in names if code == place}
    )
    positions = {commune.code: commune.position for commune in settings.service.communes}
    centres = {code: (at[1], at[0]) for code, at in positions.items() if at}  # longitude, latitude
    _draw_discs(axes, centres, sizes, named, place)
    for code, name in named.items() if not centres else ():
        _name(axes, max(outlines[code], key=len), name, PAPER if code == place else INK)
    canvas = axes.figure
    assert isinstance(canvas, Canvas)
    return canvas


def _axes_of(outlines: Outlines) -> Axes:
    """Give axes as wide as any chart, on which the land has its own shape."""
    points = [point for rings in outlines.values() for ring in rings for point in ring]
    (left, right), (low, high) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
    # How much taller a degree of latitude is than one of longitude there; 1 for coordinates in metres.
    in_degrees = max(abs(left), abs(right)) <= 180 and max(abs(low), abs(high)) <= 89
    stretch = 1 / math.cos(math.radians((low + high) / 2)) if in_degrees else 1.0
    width, tall = max(right - left, 1e-9), max(high - low, 1e-9)
    shape = min(max(tall * stretch / width, 0.4), TALLEST)
    axes = blank(WIDTH * shape).add_axes((0.02, 0.02, 0.96, 0.96))
    axes.set(xlim=(left, right), ylim=(low, high))
    axes.set_aspect(stretch)
    axes.axis("off")
    return axes


def _draw_discs(
    axes: Axes,
    centres: Mapping[str, tuple[float, float]],
    sizes: Mapping[str, float],
    named: Mapping[str, str],
    place: str | None,
) -> None:
    """Draw a disc at each commune, as large as its figure is, with its name below."""
    left, right = axes.get_xlim()
    width, stretch = right - left, float(axes.get_aspect())
    largest = max((sizes.get(code, 0.0) for code in centres), default=0) or 1
    for code, (x, y) in centres.items():
        radius = LARGEST_DISC * math.sqrt(sizes.get(code, 0.0) / largest)
        radius = max(radius, SMALLEST_DISC) * width
        colour = BLUE if place in {None, code} else OF_SERVICE
        disc = Ellipse((x, y), 2 * radius, 2 * radius / stretch)
        axes.add_patch(disc)
        disc.set(facecolor=colour, edgecolor=PAPER)
        weight, low = "bold" if code == place else "normal", y - (radius + GAP * width) / stretch
        axes.text(x, low, named.get(code, ""), ha="center", va="top", fontsize=NAMES, weight=weight)


def _name(axes: Axes, ring: Ring, name: str, colour: str) -> None:
    """Write a name at the centre of gravity of a ring; at the mean of its points where it has no area."""
    pairs = [*pairwise([*ring, ring[0]])]
    area = sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairs) / 2
    if area:
        x = sum((x + next_x) * (x * next_y - next_x * y) for (x, y), (next_x, next_y) in pairs) / (
            6 * area
        )
        y = sum((y + next_y) * (x * next_y - next_x * y) for (x, y), (next_x, next_y) in pairs) / (
            6 * area
        )
    else:
        x, y = sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
    axes.text(x, y, name, ha="center", va="center", fontsize=SMALL, color=colour)


def outlines_of(settings: Settings) -> Outlines:
    """Read the outlines that ``carte`` names, by INSEE code (else by rank); none where the settings name none.

    Raises SettingsError: the file is elsewhere, missing, no GeoJSON of polygons, or lacks a commune of the service.
    """
    name, place = settings.service.carte, str(settings.directory / "service.yml")
    if name is None:
        return {}
    path = settings.directory / name
    if not path.resolve().is_relative_to(settings.directory.resolve()) or Path(name).is_absolute():
        raise SettingsError(
            "La carte doit être dans le dossier des paramètres.", place, got=f"carte: {name!r}"
        )
    if not path.is_file():
        raise SettingsError(
            "Le fichier de la carte est introuvable.",
            place,
            expected=f"un fichier {name} dans le dossier des paramètres",
            todo="corriger la clé carte, ou l'enlever",
        )
    outlines: dict[str, Sequence[Ring]] = {}
    for number, feature in enumerate(_features(path), start=1):
        try:
            by_name = {
                str(key).lower(): value for key, value in (feature["properties"] or {}).items()
            }
            code = next((by_name[key] for key in CODES if isinstance(by_name.get(key), str)), "")
            outlines[code if code and code not in outlines else f"n° {number}"] = [
                *_rings(feature["geometry"])
            ]
        except (
            KeyError,
            TypeError,
            ValueError,
            IndexError,
            AttributeError,
            RecursionError,
            OverflowError,
        ) as error:
            raise _wrong(path, f"Le contour numéro {number} de la carte ne se lit pas.") from error
    missing = [commune for commune in settings.service.communes if commune.code not in outlines]
    if missing:
        names = ", ".join(f"{commune.code} ({commune.nom})" for commune in missing[:3])
        expected = f"le code INSEE de chaque commune dans une propriété {', '.join(CODES)}"
        raise _wrong(
            path, "La carte n'a pas toutes les communes du service.", f"il manque {names}", expected
        )
    return outlines


def _features(path: Path) -> Sequence[Any]:
    def no_constant(name: str) -> float:
        raise ValueError(name)

    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise _wrong(path, "Le fichier de la carte n'est pas du JSON.") from error
    features = content.get("features") if isinstance(content, Mapping) else None
    if (
        not isinstance(content, Mapping)
        or content.get("type") != "FeatureCollection"
        or not isinstance(features, list)
    ):
        raise _wrong(path, "Le fichier de la carte n'est pas une FeatureCollection.")
    return features


def _rings(geometry: Mapping[str, Any]) -> Iterator[Ring]:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    for polygon in {"Polygon": [coordinates], "MultiPolygon": coordinates}[kind]:
        for ring in polygon:
            points = tuple(_point(point) for point in ring)
            if len(points) < FEWEST_POINTS:
                raise ValueError("a ring has fewer than three points")
            yield points


def _point(point: Sequence[Any]) -> tuple[float, float]:
    x, y = (
        float(number)
        for number in point[:2]
        if isinstance(number, int | float) and not isinstance(number, bool)
    )
    if not (math.isfinite(x) and math.isfinite(y) and abs(x) < 1e8 and abs(y) < 1e8):
        raise ValueError("a coordinate is no number of a map")
    return x, y


def _wrong(
    path: Path, what: str, got: str | None = None, expected: str = EXPECTED
) -> SettingsError:
    return SettingsError(
        what,
        str(path),
        expected,
        got,
        "corriger le fichier, ou enlever la clé carte de service.yml",
    )
