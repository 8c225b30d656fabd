"""A publication read part by part: pages and notebooks of the service, then of each commune, each with its figures.

The files that all territories share are cut by territory, so that one part can be read by itself.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from rlpipeline.errors import ReconciliationError, UsageError
from rlpipeline.published.dictionary import Dictionary, read_dictionary
from rlpipeline.published.figures import (
    EVOLUTIONS,
    FIGURES,
    CutFile,
    cut_file,
    figure_of,
    read_rows,
)
from rlpipeline.published.markup import HtmlElement, parse, unmarked, without_images
from rlpipeline.published.model import (
    SERVICE,
    Bundle,
    Figure,
    Figures,
    FormerFigure,
    Notebook,
    Publication,
    Rows,
    TableFigures,
)
from rlpipeline.published.notebooks import read_bundles, read_notebook
from rlpipeline.published.page import read_cells, read_changes, read_charts, read_quotes, read_texts
from rlpipeline.published.workbook import (
    CODE,
    CONTENTS,
    HEADER,
    WORKBOOK,
    OwnRows,
    read_sheets,
    read_workbook_cells,
    rows_below,
    tabs_of,
)

NOTEBOOKS = "notebooks/"
Packed = Mapping[str, bytes]
"""Rows of each sheet after their place, as compressed JSON: a hundredth of what they take in memory."""


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
        territories = {territory_of(file) for file in files}
        return cls((SERVICE, *sorted(territories - {SERVICE})))

    def owner(self, territory: str) -> str:
        """The part that has the figures of a territory."""
        return territory if territory in self._with_a_part else SERVICE

    @cached_property
    def _with_a_part(self) -> frozenset[str]:
        return frozenset(self.all)


def year_folders(out: Path) -> list[Path]:
    """List the published years of a folder, oldest first."""
    folders = out.glob("[0-9][0-9][0-9][0-9]") if out.is_dir() else ()
    return sorted(path for path in folders if (path / FIGURES).is_file())


def published_years(out: Path) -> tuple[int, ...]:
    """List the years published in a folder, oldest first.

    Raises
    ------
    UsageError
        There is none.
    """
    folders = year_folders(out)
    if not folders:
        raise UsageError(
            "Aucun rapport n'est publié ici.",
            where=str(out),
            expected=f"au moins un dossier d'année avec {FIGURES}",
            todo="le faire d'abord avec « rlpipeline build », ou indiquer son dossier avec --out",
        )
    return tuple(int(folder.name) for folder in folders)


@dataclass(frozen=True)
class Cut:
    """What the common files of a publication say, by territory.

    Parameters
    ----------
    pages, notebooks
        Paths in the publication, by part.
    figures, former
        Lines of ``indicateurs.csv`` and ``evolutions.csv``.
    heads
        First rows of each sheet of the workbook; all of them for the contents.
    below, lengths
        The other rows of the sheets, by part, and how many each sheet has in all.
    files
        The other CSV files, by name.
    dictionary
        How far rounded figures may be from the exact ones.
    """

    directory: Path
    year: int
    places: Places
    pages: Mapping[str, Sequence[str]]
    notebooks: Mapping[str, Sequence[str]]
    figures: CutFile
    former: CutFile
    heads: Mapping[str, Rows]
    below: Mapping[str, Packed]
    lengths: Mapping[str, int]
    files: Mapping[str, Rows]
    dictionary: Dictionary

    @cached_property
    def territories(self) -> tuple[str, ...]:
        """Those that the files have figures of."""
        return tuple(dict.fromkeys([*self.figures.territories, *self.former.territories]))

    @cached_property
    def indicators(self) -> frozenset[str]:
        """Those that have figures of the year, or a sheet."""
        return frozenset(self.heads).union(*map(self.figures.indicators, self.figures.territories))

    def owned(self, place: str) -> tuple[str, ...]:
        """The territories whose figures are a part's."""
        return (place, *self._strangers) if place == SERVICE else (place,)

    @cached_property
    def _strangers(self) -> tuple[str, ...]:
        """The territories that have no part of their own."""
        return tuple(one for one in self.territories if one != SERVICE and self.places.owner(one) == SERVICE)

    def figures_of(self, territory: str) -> Iterator[Figure]:
        """Figures of a territory, in the order of the file."""
        for id in self.figures.indicators(territory):
            yield from self.table(territory, id)

    def table(self, territory: str, id: str) -> Iterator[Figure]:
        """Figures of one table of a territory, in the order of the file."""
        for row in self.figures.lines(territory, id):
            yield self.dictionary.with_margin(figure_of(dict(zip(self.figures.header, row, strict=True))))

    def rows(self, territory: str, id: str) -> TableFigures:
        """All that the files say of one table of a territory."""
        lines = (self.former.header, *self.former.lines(territory, id))
        return TableFigures((*self.table(territory, id),), tuple(self.dictionary.former(lines)))

    def evolutions_of(self, place: str) -> Rows:
        """Rows of ``evolutions.csv`` about a part, its header first."""
        cut = ((territory, id) for territory in self.owned(place) for id in self.former.indicators(territory))
        rows = (row for name in cut for row in self.former.lines(*name))
        return (self.former.header, *rows)

    def former_of(self, place: str) -> Iterator[FormerFigure]:
        """Figures of the year before of a part."""
        yield from self.dictionary.former(self.evolutions_of(place))

    def sheets_of(self, place: str) -> Mapping[str, Rows]:
        """Rows of the workbook about a part, at their places."""
        sheets: dict[str, Rows] = {}
        for name, head in self.heads.items():
            own = self._below(place, name)
            if len(head) > HEADER and (own or place == SERVICE):
                sheets[name] = OwnRows(head, own, self.lengths[name]) if self.lengths[name] > len(head) else head
        return sheets

    def mark(self, territory: str, id: str) -> str:
        """Digest of what the files say of one table of a territory."""
        lines = [file.lines(territory, id) for file in (self.figures, self.former)]
        return hashlib.sha256((json.dumps(lines) + repr(self.dictionary)).encode()).hexdigest()

    def marks(self, place: str) -> str:
        """Digest of all that the common files say of a part: neither where in the files, nor what of the others."""
        files = (self.figures, self.former)
        own = [
            (one, [[(id, file.lines(one, id)) for id in file.indicators(one)] for file in files])
            for one in self.owned(place)
        ]
        rows = {name: [*self._below(place, name).values()] for name in self.below.get(place, ())}
        heads = {name: head for name, head in self.heads.items() if name in rows or place == SERVICE}
        content = (self.year, [file.header for file in files], own, rows, heads, self.dictionary)
        return hashlib.sha256(repr(content).encode()).hexdigest()

    def _below(self, place: str, name: str) -> Mapping[int, tuple[object, ...]]:
        packed = self.below.get(place, {}).get(name)
        return {index: tuple(row) for index, row in json.loads(zlib.decompress(packed))} if packed else {}


def cut_publication(directory: Path, year: int) -> Cut:
    """Read the common files of a publication.

    Raises
    ------
    ReconciliationError
        A file that every publication has is absent or cannot be read.
    """
    with readable(directory):
        return _cut(directory, year)


@contextmanager
def readable(directory: Path) -> Iterator[None]:
    """Tell what cannot be read as a publication that is refused."""
    try:
        yield
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise ReconciliationError(
            "La publication ne se relit pas : rien n'est publié.",
            where=str(directory),
            expected="les pages, notebooks, classeur et fichiers CSV d'une année",
            got=f"{type(error).__name__} ({error})",
        ) from error


def _cut(directory: Path, year: int) -> Cut:
    pages = [path.relative_to(directory).as_posix() for path in page_paths(directory)]
    folders = (path for path in directory.glob("notebooks/*") if not path.name.startswith("."))  # JupyterLab's copies
    notebooks = sorted(path.relative_to(directory).as_posix() for one in folders for path in one.glob("*.ipynb"))
    places = Places.of([*pages, *notebooks])
    figures, evolutions = cut_file(directory / FIGURES), directory / EVOLUTIONS
    former = cut_file(evolutions) if evolutions.is_file() else CutFile((), {})
    heads, below, lengths = _sheets(directory / WORKBOOK, places)
    return Cut(
        directory=directory,
        year=year,
        places=places,
        pages=_by_place(pages),
        notebooks=_by_place(notebooks),
        figures=figures,
        former=former,
        heads=heads,
        below=below,
        lengths=lengths,
        files={
            path.name: tuple(read_rows(path))
            for path in sorted(directory.glob("*.csv"))
            if path.name not in (FIGURES, EVOLUTIONS)
        },
        dictionary=read_dictionary(directory),
    )


def page_paths(directory: Path) -> Iterator[Path]:
    """The pages that people read, the service's first."""
    yield from sorted(path for path in directory.glob("*.html") if path.name != "audit.html")
    yield from sorted(directory.glob("communes/*.html"))


def _by_place(files: Sequence[str]) -> Mapping[str, Sequence[str]]:
    by_place: dict[str, list[str]] = {}
    for file in files:
        by_place.setdefault(territory_of(file), []).append(file)
    return by_place


def _sheets(path: Path, places: Places) -> tuple[dict[str, Rows], Mapping[str, Packed], dict[str, int]]:
    """First rows of each sheet, the others by part (the service's where no territory is told), and how many rows."""
    heads: dict[str, Rows] = {}
    below: dict[str, dict[str, bytes]] = {}
    lengths: dict[str, int] = {}
    for name, rows in read_sheets(path) if path.is_file() else ():
        header = [str(word) for word in rows[HEADER]] if len(rows) > HEADER else []
        heads[name], lengths[name] = rows if name == CONTENTS else rows[: HEADER + 1], len(rows)
        own: dict[str, list[tuple[int, tuple[object, ...]]]] = {}
        for index, row in rows_below(rows) if name != CONTENTS else ():
            place = places.owner(str(row[header.index(CODE)])) if CODE in header else SERVICE
            own.setdefault(place, []).append((index, row))
        for place, own_rows in own.items():
            below.setdefault(place, {})[name] = zlib.compress(json.dumps(own_rows).encode(), 1)
    return heads, below, lengths


def read_part(cut: Cut, place: str) -> Publication:
    """Read the part of a publication that is one territory's: its pages, its notebooks, its lines of the other files.

    Raises
    ------
    ReconciliationError
        A file cannot be read.
    """
    with readable(cut.directory):
        return _read_part(cut, place)


def _read_part(cut: Cut, place: str) -> Publication:
    figures = tuple(figure for territory in cut.owned(place) for figure in cut.figures_of(territory))
    pages = {file: _page(cut.directory / file) for file in cut.pages.get(place, ())}
    notebooks = {file: read_notebook(cut.directory / file, cut.directory) for file in cut.notebooks.get(place, ())}
    bundles = tuple(bundle for notebook in notebooks.values() for bundle in read_bundles(notebook, cut.year))
    sheets = cut.sheets_of(place)
    files = {EVOLUTIONS: cut.evolutions_of(place)} if cut.former.header else {}
    own = {figure.key: figure for figure in figures}
    part = Publication(cut.directory, cut.year, figures, bundles, (), (), (), (), notebooks, pages, sheets, files)
    return _with_contents(
        replace(
            part,
            figures=Figures(own, lambda other, id: cut.rows(other, id) if cut.places.owner(other) != place else None),
            territory=place,
            tabs=tabs_of(cut.heads.get(CONTENTS, ())),
            rare=cut.dictionary.links.rare,
            borrowed=_borrowed(cut, place, bundles, {*(key.indicateur for key in own), *sheets}),
        )
    )


def _borrowed(cut: Cut, place: str, bundles: Sequence[Bundle], wanted: set[str]) -> tuple[Bundle, ...]:
    """The service's tables of what a territory's chapters do not show; its notebooks are read for that alone."""
    missing = wanted - {bundle.id for bundle in bundles}
    if place == SERVICE or not missing & cut.indicators:
        return ()
    notebooks = (read_notebook(cut.directory / file, cut.directory) for file in cut.notebooks.get(SERVICE, ()))
    of_service = (bundle for notebook in notebooks for bundle in read_bundles(notebook, cut.year))
    return tuple(bundle for bundle in of_service if bundle.id in missing)


def _with_contents(publication: Publication) -> Publication:
    """Add what the pages, the notebooks and the workbook show."""
    roots = [*_roots(publication.pages, publication.notebooks)]
    charts = tuple(chart for file, root in roots for chart in read_charts(root, file))
    tables = (*publication.bundles, *publication.borrowed)
    return replace(
        publication,
        cells=(
            *(cell for file, root in roots for read in (read_cells, read_changes) for cell in read(root, file)),
            *(cell for chart in charts for cell in chart.cells),
            *read_workbook_cells(publication.sheets, tables, publication.tabs, publication.year),
        ),
        quotes=tuple(quote for file, root in roots for quote in read_quotes(root, file)),
        charts=charts,
        texts=tuple(text for file, root in roots for text in read_texts(root, file)),
    )


def _page(path: Path) -> str:
    return unmarked(without_images(path.read_text(encoding="utf-8")))


def _roots(pages: Mapping[str, str], notebooks: Mapping[str, Notebook]) -> Iterator[tuple[str, HtmlElement]]:
    yield from ((file, parse(html)) for file, html in pages.items())
    for file, notebook in notebooks.items():
        html = "".join(output.html for cell in notebook.cells for output in cell.outputs)
        if html:
            yield file, parse(html)
