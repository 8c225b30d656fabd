"""A small map: where the communes of the service are, how many young people each has, which one a portrait is about."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from itertools import chain, pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Ellipse, PathPatch
from matplotlib.path import Path as Outlined
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

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
from rlpipeline.settings.models import Commune, Service, Settings

TALLEST = 1.2
"""Height of the map for a width of one, at most."""
MOST_NAMES = 25
BELOW: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": 12}
MIDDLE: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": SMALL}
"""How the name of a disc is written, and that of a commune on its land."""
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
EXPECTED = (
    "un fichier GeoJSON : une FeatureCollection de Polygon ou MultiPolygon, une commune par Feature"
)
Coordinate = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=-1e8, lt=1e8)]


def _without_height(point: object) -> object:
    return point[:2] if isinstance(point, list) else point


Ring = Annotated[
    list[Annotated[tuple[Coordinate, Coordinate], BeforeValidator(_without_height)]],
    Field(min_length=3),
]
Outlines = Mapping[str, Sequence[Ring]]
"""Rings of each commune, by its INSEE code."""


class _Polygon(BaseModel):
    type: Literal["Polygon"]
    coordinates: list[Ring]

    @property
    def rings(self) -> Iterator[Ring]:
        return iter(self.coordinates)


class _MultiPolygon(BaseModel):
    type: Literal["MultiPolygon"]
    coordinates: list[list[Ring]]

    @property
    def rings(self) -> Iterator[Ring]:
        return chain.from_iterable(self.coordinates)


class _Feature(BaseModel):
    """An outline of a GeoJSON file, and what the file says of it."""

    properties: dict[str, Any] | None
    geometry: Annotated[_Polygon | _MultiPolygon, Field(discriminator="type")]

    @property
    def code(self) -> str:
        """INSEE code of its commune; empty where it has none."""
        properties = self.properties or {}
        texts = {name.lower(): text for name, text in properties.items() if isinstance(text, str)}
        return next((texts[name] for name in CODES if name in texts), "")


@dataclass(frozen=True)
class Discs:
    """What the discs of a map are in proportion to.

    Parameters
    ----------
    measure
        What is measured, in words.
    sizes
        Its figure by commune, where it is known.
    named
        The same as HTML, each with the name of its commune.
    """

    measure: str = ""
    sizes: Mapping[str, float] = field(default_factory=dict)
    named: Sequence[str] = ()


def mapped(laid: LaidOut, id: str = "communes", column: str = "total") -> str:
    """Draw the map of a report, its discs sized by a table of the service.

    Raises as ``to_html``; UsageError: its discs may not be sized by that column.
    """
    sizes, named = dict[str, float](), list[str]()
    prose, decimals = laid.prose(SERVICE), 1 if id == RATES else None
    for commune in _placed(laid.settings.service):
        of = Reference(id, commune.code, column, prose.year, SERVICE)
        cell = laid.lookup.cell(of)
        if cell.is_number:
            sizes[commune.code] = cell.value
            figure = prose.chiffre(id, commune.code, column, decimales=decimals)
            name = escape(commune.nom, quote=False)
            named.append(f"{name}{french.NBSP}: {text.with_sign(figure)}")
    if id != "communes" and not sizes:  # the map of the communes is there already
        return ""
    if (id, column) not in MEASURES:
        raise UsageError(
            "La carte ne montre pas cette colonne.",
            where=f"report.map({id!r}, {column!r})",
            expected=" ou ".join(f"report.map({table!r}, {of!r})" for table, of in MEASURES),
            todo="choisir parmi celles-ci",
        )
    place = None if laid.scope.is_service else laid.scope.territory
    return to_html(laid.settings, place, Discs(MEASURES[id, column], sizes, named))


def _placed(service: Service) -> list[Commune]:
    """List the communes that a disc may be drawn at; none where there is but one."""
    placed = [commune for commune in service.communes if commune.position]
    return placed if len(placed) >= FEWEST else []


def to_html(settings: Settings, commune: str | None, discs: Discs = Discs()) -> str:
    """Draw the map; empty where the settings have no outlines (``carte``): discs without land are no map.

    The commune of an INSEE code stands out; none, in that of the whole service. Raises SettingsError: the file cannot
    be used.
    """
    outlines, service = outlines_of(settings), settings.service
    if not outlines:
        return ""
    land = ServiceMap(service, outlines, commune, discs)
    with our_style():
        drawing = written(land.draw())
    picture = drawing.to_html(land.alternative, service.apparence.couleur or "")
    return f'<figure class="rl-figure rl-carte">{picture}<figcaption>{land.legend}</figcaption></figure>'


@dataclass(frozen=True)
class ServiceMap:
    """The land of a service, with discs at its communes, or their names on it where no position is known.

    Parameters
    ----------
    commune
        INSEE code of the one that stands out; None in the map of the whole service.
    """

    service: Service
    outlines: Outlines
    commune: str | None
    discs: Discs

    @property
    def place(self) -> str:
        """Name of the commune that stands out; empty where none does."""
        return self.service.commune_name(self.commune) if self.commune else ""

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names of the communes by code."""
        return self.service.commune_names

    @cached_property
    def centres(self) -> Mapping[str, tuple[float, float]]:
        """Longitude and latitude of the communes whose position is known."""
        positions = {commune.code: commune.position for commune in self.service.communes}
        return {code: position[::-1] for code, position in positions.items() if position}

    @property
    def alternative(self) -> str:
        """Words for who does not see it: which discs are the largest and the least, where the communes are."""
        communes = f"Carte des communes : {layout.names([*self.names.values()])}."
        place = f" {self.place} est mise en évidence." if self.place else ""
        return f"{self._ends}{communes}{place}"

    @property
    def _ends(self) -> str:
        """What the sizes of the discs say, where they differ: the legend has the figures."""
        sizes, measure = self.discs.sizes, self.discs.measure
        if len({*sizes.values()}) < FEWEST:
            return ""
        most = self._at_size(max(sizes.values()))
        least = self._at_size(min(sizes.values()))
        return f"{measure[0].upper()}{measure[1:]} : le plus {most}, le moins {least}. "

    def _at_size(self, size: float) -> str:
        """Name the communes whose figure is so large: « à Oignies et à Carvin »."""
        codes = [code for code, value in self.discs.sizes.items() if value == size]
        places = map(self.service.commune_name, codes[:MOST_NAMES])
        return french.listing([*map(french.at, places)])

    @property
    def legend(self) -> str:
        """What stands under the map, in HTML."""
        place = f", {self.place} en gras" if self.place else ""
        source = self.service.carte_source or "contours fournis par le service"
        legend = cells.words(f"Le territoire du service{place}. Source : {source}.")
        if not (self.centres and self.discs.named):
            return legend
        return f"{legend} Disques : {self.discs.measure} ({', '.join(self.discs.named)})."

    def draw(self) -> Canvas:
        """Draw the land, then the discs or the names."""
        axes = _axes_of(self.outlines)
        for code, rings in self.outlines.items():
            parts = [Outlined([*ring, ring[0]], closed=True) for ring in rings]
            path = Outlined.make_compound_path(*parts)
            colour = self._colour(code)
            axes.add_patch(PathPatch(path, facecolor=colour, edgecolor=PAPER, linewidth=1))
        if self.centres:
            self._draw_discs(axes)
        else:
            self._write_names(axes)
        canvas = axes.figure
        assert isinstance(canvas, Canvas)
        return canvas

    def _colour(self, code: str) -> str:
        """Give the colour of an outline: of the commune that stands out, of the service, of what is around."""
        if code == self.commune:
            return BLUE
        return OF_SERVICE if code in self.names else LAND

    @property
    def _written(self) -> Mapping[str, str]:
        """The names that there is room for: of many, that of the commune which stands out."""
        if len(self.names) <= MOST_NAMES:
            return self.names
        return {code: name for code, name in self.names.items() if code == self.commune}

    def _draw_discs(self, axes: Axes) -> None:
        """Draw a disc at each commune, as large as its figure is, with its name below."""
        left, right = axes.get_xlim()
        width, stretch = right - left, float(axes.get_aspect())
        written = self._written
        for code, (x, y) in self.centres.items():
            radius = self._radius(code) * width
            disc = Ellipse((x, y), 2 * radius, 2 * radius / stretch)
            axes.add_patch(disc)
            colour = BLUE if self.commune in {None, code} else OF_SERVICE
            disc.set(facecolor=colour, edgecolor=PAPER)
            weight = "bold" if code == self.commune else "normal"
            low = y - (radius + GAP * width) / stretch
            axes.text(x, low, written.get(code, ""), weight=weight, **BELOW)

    def _radius(self, code: str) -> float:
        """Give the radius of a disc, as a part of the map's width: its area is in proportion to the figure."""
        sizes = {centre: self.discs.sizes.get(centre, 0.0) for centre in self.centres}
        largest = max(sizes.values()) or 1
        part = sizes[code] / largest
        return max(LARGEST_DISC * math.sqrt(part), SMALLEST_DISC)

    def _write_names(self, axes: Axes) -> None:
        """Write each name in the middle of the largest part of its commune."""
        for code, name in self._written.items():
            x, y = _centre(max(self.outlines[code], key=len))
            colour = PAPER if code == self.commune else INK
            axes.text(x, y, name, color=colour, **MIDDLE)


def _axes_of(outlines: Outlines) -> Axes:
    """Give axes as wide as any chart, on which the land has its own shape."""
    rings = chain.from_iterable(outlines.values())
    xs, ys = zip(*chain.from_iterable(rings), strict=True)
    left, right = min(xs), max(xs)
    low, high = min(ys), max(ys)
    stretch = 1.0
    is_in_degrees = max(map(abs, xs)) <= 180 and max(map(abs, ys)) <= 89
    if is_in_degrees:  # how much taller a degree of latitude is than one of longitude there
        stretch = 1 / math.cos(math.radians((low + high) / 2))
    width, tall = max(right - left, 1e-9), max(high - low, 1e-9)
    shape = min(max(tall * stretch / width, 0.4), TALLEST)
    axes = blank(WIDTH * shape).add_axes((0.02, 0.02, 0.96, 0.96))
    axes.set(xlim=(left, right), ylim=(low, high))
    axes.set_aspect(stretch)
    axes.axis("off")
    return axes


def _centre(ring: Ring) -> tuple[float, float]:
    """Give the centre of gravity of a ring; the mean of its points where it has no area."""
    closed = [*ring, ring[0]]
    xs, ys = zip(*closed, strict=True)
    sides = pairwise(closed)
    turns = [x * next_y - next_x * y for (x, y), (next_x, next_y) in sides]
    area = sum(turns) / 2
    if not area:
        return sum(xs[:-1]) / len(ring), sum(ys[:-1]) / len(ring)
    return _moment(xs, turns) / (6 * area), _moment(ys, turns) / (6 * area)


def _moment(axis: Sequence[float], turns: Sequence[float]) -> float:
    """Add up the sides of a ring along an axis, each as much as it turns around."""
    sides = zip(pairwise(axis), turns, strict=True)
    return sum((start + end) * turn for (start, end), turn in sides)


def outlines_of(settings: Settings) -> Outlines:
    """Read the outlines that ``carte`` names, by INSEE code (else by rank); none where the settings name none.

    Raises SettingsError: the file is elsewhere, missing, no GeoJSON of polygons, or lacks a commune of the service.
    """
    if settings.service.carte is None:
        return {}
    path = _file_of(settings, settings.service.carte)
    outlines = dict[str, Sequence[Ring]]()
    for number, read in enumerate(_features(path), start=1):
        try:
            feature = _Feature.model_validate(read)
        except (ValidationError, RecursionError) as error:
            raise _wrong(path, f"Le contour numéro {number} de la carte ne se lit pas.") from error
        name = f"n° {number}" if feature.code in {"", *outlines} else feature.code
        outlines[name] = [*feature.geometry.rings]
    _check_communes(settings.service, outlines, path)
    return outlines


def _file_of(settings: Settings, name: str) -> Path:
    """Give the file of the map. Raises SettingsError: it is not in the folder of the settings."""
    place, folder = str(settings.directory / "service.yml"), settings.directory.resolve()
    path = settings.directory / name
    if not path.resolve().is_relative_to(folder) or Path(name).is_absolute():
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
    return path


def _check_communes(service: Service, outlines: Outlines, path: Path) -> None:
    """Raise SettingsError: a commune of the service has no outline."""
    missing = [commune for commune in service.communes if commune.code not in outlines]
    if missing:
        names = ", ".join(f"{commune.code} ({commune.nom})" for commune in missing[:3])
        what = "La carte n'a pas toutes les communes du service."
        expected = f"le code INSEE de chaque commune dans une propriété {', '.join(CODES)}"
        raise _wrong(path, what, f"il manque {names}", expected)


def _features(path: Path) -> Sequence[Any]:
    """Read the outlines of a file. Raises SettingsError: it is no GeoJSON."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _wrong(path, "Le fichier de la carte n'est pas du JSON.") from error
    match content:
        case {"type": "FeatureCollection", "features": [*features]}:
            return features
    raise _wrong(path, "Le fichier de la carte n'est pas une FeatureCollection.")


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _wrong(
    path: Path, what: str, got: str | None = None, expected: str = EXPECTED
) -> SettingsError:
    todo = "corriger le fichier, ou enlever la clé carte de service.yml"
    return SettingsError(what, str(path), expected, got, todo)
