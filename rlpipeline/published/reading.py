"""A whole publication read, or one part of it: pages, notebooks, workbook and CSV files of one year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rlpipeline.published.cutting import (
    FIGURES,
    WORKBOOK,
    Cut,
    page_paths,
    read_figures,
    read_rows,
    readable,
)
from rlpipeline.published.evolutions import FILE as EVOLUTIONS
from rlpipeline.published.figures import Figures
from rlpipeline.published.markup import HtmlElement, parse, unmarked, without_images
from rlpipeline.published.model import Bundle, Figure, Notebook, Publication
from rlpipeline.published.notebooks import read_bundles, read_notebook
from rlpipeline.published.page import read_cells, read_charts, read_quotes, read_texts
from rlpipeline.published.parts import SERVICE, borrowed
from rlpipeline.published.workbook import read_sheets, read_workbook_cells


def read_publication(directory: Path) -> Publication:
    """Read the finished files of one year, all of them.

    Parameters
    ----------
    directory
        The year's folder, or the folder in which it is being made.

    Raises
    ------
    ReconciliationError
        A file that every publication has is absent or cannot be read.
    """
    with readable(directory):
        return _read(directory)


def read_part(cut: Cut, place: str) -> Publication:
    """Read the part of a publication that is one territory's: its pages, its notebooks, its lines of the other files.

    Raises
    ------
    ReconciliationError
        As ``read_publication``.
    """
    with readable(cut.directory):
        return _read_part(cut, place)


def _read(directory: Path) -> Publication:
    figures = tuple(read_figures(directory / FIGURES))
    pages = {path.relative_to(directory).as_posix(): _page(path) for path in page_paths(directory)}
    notebooks = {notebook.file: notebook for notebook in _notebooks(directory)}
    year = _year(notebooks.values(), figures)
    bundles = tuple(bundle for notebook in notebooks.values() for bundle in read_bundles(notebook, year))
    sheets = dict(read_sheets(directory / WORKBOOK)) if (directory / WORKBOOK).is_file() else {}
    files = {path.name: read_rows(path) for path in sorted(directory.glob("*.csv")) if path.name != FIGURES}
    whole = Publication(directory, year, figures, bundles, (), (), (), (), notebooks, pages, sheets, files)
    return _with_contents(replace(whole, figures={figure.key: figure for figure in figures}))


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
            borrowed=_borrowed(cut, place, bundles, {*(key.indicateur for key in own), *sheets}),
        )
    )


def _borrowed(cut: Cut, place: str, bundles: Sequence[Bundle], wanted: set[str]) -> tuple[Bundle, ...]:
    """The service's tables that the part needs; its notebooks are read for that alone where there is one."""
    missing = wanted - {bundle.id for bundle in bundles}
    if place == SERVICE or not missing & cut.indicators:
        return ()
    notebooks = (read_notebook(cut.directory / file, cut.directory) for file in cut.notebooks.get(SERVICE, ()))
    return borrowed([one for notebook in notebooks for one in read_bundles(notebook, cut.year)], bundles, missing)


def _with_contents(publication: Publication) -> Publication:
    """Add what the pages, the notebooks and the workbook show."""
    roots = [*_roots(publication.pages, publication.notebooks)]
    charts = tuple(chart for file, root in roots for chart in read_charts(root, file))
    tables = (*publication.bundles, *publication.borrowed)
    return replace(
        publication,
        cells=(
            *(cell for file, root in roots for cell in read_cells(root, file)),
            *(cell for chart in charts for cell in chart.cells),
            *read_workbook_cells(publication.sheets, tables, WORKBOOK, publication.year),
        ),
        quotes=tuple(quote for file, root in roots for quote in read_quotes(root, file)),
        charts=charts,
        texts=tuple(text for file, root in roots for text in read_texts(root, file)),
    )


def _year(notebooks: Iterable[Notebook], figures: Sequence[Figure]) -> int:
    """The year that most tables of the notebooks are about; the latest of the figures where none says it."""
    outputs = (output for notebook in notebooks for cell in notebook.cells for output in cell.outputs)
    told = Counter(bundle["year"] for output in outputs for _, bundle in output.bundles if "year" in bundle)
    latest = max((figure.key.annee for figure in figures), default=0)
    return int(str(told.most_common(1)[0][0])) if told else latest


def _page(path: Path) -> str:
    return unmarked(without_images(path.read_text(encoding="utf-8")))


def _notebooks(directory: Path) -> Iterator[Notebook]:
    """The service's chapters first, then those of each commune."""
    paths = sorted(directory.glob("notebooks/*/*.ipynb"), key=lambda path: (path.parent.name != SERVICE, path))
    yield from (read_notebook(path, directory) for path in paths)


def _roots(pages: Mapping[str, str], notebooks: Mapping[str, Notebook]) -> Iterator[tuple[str, HtmlElement]]:
    yield from ((file, parse(html)) for file, html in pages.items())
    for file, notebook in notebooks.items():
        html = "".join(output.html for cell in notebook.cells for output in cell.outputs)
        if html:
            yield file, parse(html)
