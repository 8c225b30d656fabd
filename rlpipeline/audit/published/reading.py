"""A whole publication read: pages, notebooks, workbook and CSV files of one year."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rlpipeline.audit.findings import Place
from rlpipeline.audit.published.markup import HtmlElement, parse, unmarked, without_images
from rlpipeline.audit.published.model import Figure, FigureKey, Notebook, Publication, Rows
from rlpipeline.audit.published.notebooks import read_bundles, read_notebook, where_of
from rlpipeline.audit.published.page import read_cells, read_charts, read_quotes, read_texts
from rlpipeline.audit.published.workbook import read_sheets, read_workbook_cells
from rlpipeline.errors import ReconciliationError
from rlpipeline.spreadsheet_text import unguarded

FIGURES, WORKBOOK = "indicateurs.csv", "tableaux.xlsx"
SERVICE = "service"


def read_publication(directory: Path) -> Publication:
    """Read the finished files of one year.

    Parameters
    ----------
    directory
        The year's folder, or the folder in which it is being made.

    Raises
    ------
    ReconciliationError
        A file that every publication has is absent or cannot be read.
    """
    try:
        return _read(directory)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise ReconciliationError(
            "La publication ne se relit pas : rien n'est publié.",
            where=str(directory),
            expected="les pages, notebooks, classeur et fichiers CSV d'une année",
            got=f"{type(error).__name__} ({error})",
        ) from error


def _read(directory: Path) -> Publication:
    figures = tuple(_read_figures(directory / FIGURES))
    pages = {path.relative_to(directory).as_posix(): _page(path) for path in _page_paths(directory)}
    notebooks = {notebook.file: notebook for notebook in _notebooks(directory)}
    year = _year(notebooks.values(), figures)
    bundles = tuple(bundle for notebook in notebooks.values() for bundle in read_bundles(notebook, year))
    sheets = read_sheets(directory / WORKBOOK) if (directory / WORKBOOK).is_file() else {}
    roots = [*_roots(pages, notebooks)]
    charts = tuple(chart for file, root in roots for chart in read_charts(root, file))
    return Publication(
        directory=directory,
        year=year,
        csv=figures,
        bundles=bundles,
        cells=(
            *(cell for file, root in roots for cell in read_cells(root, file)),
            *(cell for chart in charts for cell in chart.cells),
            *read_workbook_cells(sheets, bundles, WORKBOOK, year),
        ),
        quotes=tuple(quote for file, root in roots for quote in read_quotes(root, file)),
        charts=charts,
        texts=tuple(text for file, root in roots for text in read_texts(root, file)),
        notebooks=notebooks,
        pages=pages,
        sheets=sheets,
        files={path.name: _rows(path) for path in sorted(directory.glob("*.csv")) if path.name != FIGURES},
        figures={figure.key: figure for figure in figures},
    )


def _year(notebooks: Iterable[Notebook], figures: Sequence[Figure]) -> int:
    """The year that most tables of the notebooks are about; the latest of the figures where none says it."""
    outputs = (output for notebook in notebooks for cell in notebook.cells for output in cell.outputs)
    told = Counter(bundle["year"] for output in outputs for _, bundle in output.bundles if "year" in bundle)
    latest = max((figure.key.annee for figure in figures), default=0)
    return int(str(told.most_common(1)[0][0])) if told else latest


def _page_paths(directory: Path) -> Iterator[Path]:
    yield from sorted(path for path in directory.glob("*.html") if path.name != "audit.html")
    yield from sorted(directory.glob("communes/*.html"))


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


def _read_figures(path: Path) -> Iterator[Figure]:
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            names = ("indicateur", "territoire", "ligne", "colonne")
            indicator, territory, line, column = (unguarded(row[name]) for name in names)
            key = FigureKey(indicator, int(row["annee"]), territory, line, column)
            value = float(row["valeur"]) if row["valeur"] else None
            yield Figure(key, value, row["unite"], row["etat"], Place(path.name, where_of(key)))


def _rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(tuple(unguarded(cell) for cell in row) for row in csv.reader(stream))
