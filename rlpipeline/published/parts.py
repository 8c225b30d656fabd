"""A publication in parts: the service's pages and notebooks, then those of each commune, each with its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from rlpipeline.published.evolutions import FILE as EVOLUTIONS
from rlpipeline.published.evolutions import former_of
from rlpipeline.published.figures import Figures, Rows
from rlpipeline.published.model import Bundle, Publication
from rlpipeline.published.model import Rows as Lines
from rlpipeline.published.rounding import read_widths
from rlpipeline.published.workbook import CODE, HEADER, OwnRows, rows_below

SERVICE = "service"
NOTEBOOKS = "notebooks/"
T = TypeVar("T")


def territory_of(file: str) -> str:
    """The territory of a page or a notebook: « communes/62215-carvin.html » is 62215's."""
    if file.startswith(NOTEBOOKS):
        return file.split("/")[1]
    return SERVICE if "/" not in file else file.rpartition("/")[2].partition("-")[0]


@dataclass(frozen=True)
class Places:
    """The territories that have a part of their own, the service first; the others are the service's."""

    all: tuple[str, ...]

    @classmethod
    def of(cls, files: Iterable[str]) -> Places:
        """Those of the pages and notebooks."""
        found = {territory_of(file) for file in files}
        return cls((SERVICE, *sorted(found - {SERVICE})))

    def owner(self, territory: str) -> str:
        """The part that has the figures of a territory."""
        return territory if territory in self._known else SERVICE

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.all)


def parts_of(publication: Publication) -> Iterator[Publication]:
    """Part a publication that was read whole."""
    places = Places.of([*publication.pages, *publication.notebooks])
    for place in places.all:
        yield _part(publication, place, places.owner)


def _part(whole: Publication, place: str, owner: Callable[[str], str]) -> Publication:
    def of_place(items: Iterable[T], file_of: Callable[[T], str]) -> tuple[T, ...]:
        return tuple(item for item in items if territory_of(file_of(item)) == place)

    own = {key: figure for key, figure in whole.figures.items() if owner(key.territoire) == place}
    bundles = of_place(whole.bundles, lambda one: one.place.file)
    sheets = {name: own_rows(rows, place, owner) for name, rows in whole.sheets.items()}
    files = {EVOLUTIONS: own_lines(whole.files[EVOLUTIONS], place, owner)} if EVOLUTIONS in whole.files else {}
    of_service = [one for one in whole.bundles if territory_of(one.place.file) == SERVICE]
    return replace(
        whole,
        territory=place,
        csv=tuple(figure for figure in whole.csv if owner(figure.key.territoire) == place),
        figures=Figures(own, lambda territory, id: _rows(whole, territory, id) if owner(territory) != place else None),
        bundles=bundles,
        cells=tuple(
            cell
            for cell in whole.cells
            if (owner(cell.key.territoire) if cell.kind == "classeur" else territory_of(cell.place.file)) == place
        ),
        quotes=of_place(whole.quotes, lambda one: one.place.file),
        charts=of_place(whole.charts, lambda one: one.place.file),
        texts=of_place(whole.texts, lambda one: one.place.file),
        notebooks={file: one for file, one in whole.notebooks.items() if territory_of(file) == place},
        pages={file: html for file, html in whole.pages.items() if territory_of(file) == place},
        sheets=sheets,
        files=files,
        borrowed=borrowed(of_service, bundles, {*(key.indicateur for key in own), *sheets}),
    )


def borrowed(of_service: Sequence[Bundle], own: Sequence[Bundle], wanted: Iterable[str]) -> tuple[Bundle, ...]:
    """The service's tables for the figures of a territory whose chapters do not show them."""
    missing = set(wanted) - {bundle.id for bundle in own}
    return tuple(bundle for bundle in of_service if bundle.id in missing)


def own_rows(rows: Lines, place: str, owner: Callable[[str], str]) -> Lines:
    """The rows of a sheet that are about a part, at their places, and its headers."""
    header = [str(word) for word in rows[HEADER]] if len(rows) > HEADER else []
    if CODE not in header:
        return rows if place == SERVICE else rows[: HEADER + 1]
    code = header.index(CODE)
    own = {index: row for index, row in rows_below(rows) if owner(str(row[code])) == place}
    return OwnRows(rows[: HEADER + 1], own, len(rows))


def own_lines(lines: Lines, place: str, owner: Callable[[str], str]) -> Lines:
    """The header of a CSV file, and its lines about a part."""
    if not lines:
        return lines
    header, *rows = lines
    territory = header.index("territoire")
    return (header, *(row for row in rows if owner(str(row[territory])) == place))


def _rows(whole: Publication, territory: str, id: str) -> Rows:
    figures = (figure for figure in whole.csv if (figure.key.territoire, figure.key.indicateur) == (territory, id))
    former = (one for one in former_of(whole.files.get(EVOLUTIONS, ())) if one.figure.key.indicateur == id)
    own = (one for one in former if one.figure.key.territoire == territory)
    return Rows((*figures,), (*map(read_widths(whole.directory).of_former, own),))
