"""One part of a publication read: its pages and notebooks, its lines of the workbook and of the CSV files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rlpipeline.published.csv_files import EVOLUTIONS
from rlpipeline.published.cutting import Cut, readable
from rlpipeline.published.figures import Figures
from rlpipeline.published.markup import HtmlElement, parse, unmarked, without_images
from rlpipeline.published.model import Bundle, Notebook, Publication
from rlpipeline.published.notebooks import read_bundles, read_notebook
from rlpipeline.published.page import read_cells, read_changes, read_charts, read_quotes, read_texts
from rlpipeline.published.parts import SERVICE, borrowed
from rlpipeline.published.workbook import CONTENTS, read_workbook_cells, tabs_of


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
