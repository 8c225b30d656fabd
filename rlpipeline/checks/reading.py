"""A publication read from its folder: its figures by address, its pages, its executed notebooks."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rlpipeline.characters import unguarded
from rlpipeline.checks.dictionary import Dictionary, read_dictionary
from rlpipeline.checks.model import Figure, FormerFigure, Place
from rlpipeline.checks.page import HtmlElement, parse
from rlpipeline.declared import ROUNDED, FigureKey
from rlpipeline.errors import ReconciliationError, UsageError

FIGURES, EVOLUTIONS, PARQUET = "indicateurs.csv", "evolutions.csv", "figures.parquet"
MANIFEST = "manifest.json"
Row = Mapping[str, str]
"""A line of a file by the names of its columns."""
_CARRIED = {f"application/vnd.rlpipeline.{kind}+json": kind for kind in ("table", "figure", "text", "file")}


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


@lru_cache(maxsize=8192)
def folded(words: str) -> str:
    """Words with single spaces and plain apostrophes, as a page or a workbook may have others."""
    return " ".join(words.split()).replace("’", "'")


@dataclass(frozen=True)
class Output:
    """What a cell of a notebook shows: its place, its HTML, whether it shows something, what it carries, by kind."""

    place: Place
    html: str
    is_shown: bool
    carried: tuple[tuple[str, Mapping[str, Any]], ...]


@dataclass(frozen=True)
class Notebook:
    """An executed notebook: what its cells show, in order, and its cells of Markdown."""

    file: str
    outputs: tuple[Output, ...]
    markdown: tuple[str, ...]


@dataclass(frozen=True)
class Publication:
    """What one year's folder gives to read.

    ``lines``, ``typed`` and ``evolutions`` are rows of ``indicateurs.csv``, of ``figures.parquet`` (none in older
    publications) and of ``evolutions.csv``; ``files`` those of the other CSV files; ``pages`` and ``notebooks`` paths.
    """

    directory: Path
    year: int
    dictionary: Dictionary
    lines: Sequence[Row]
    typed: Sequence[Row]
    evolutions: Sequence[Row]
    files: Mapping[str, Sequence[Row]]
    pages: tuple[str, ...]
    notebooks: tuple[str, ...]

    @cached_property
    def figures(self) -> Mapping[FigureKey, Figure]:
        """Figures by address, in the order of the file."""
        figures = (figure_of(row, self.dictionary) for row in self.lines)
        return {figure.key: figure for figure in figures}

    @cached_property
    def former(self) -> Mapping[FigureKey, FormerFigure]:
        """Figures of the year before by address."""
        names = {"annee": "annee_precedente", "valeur": "valeur_precedente", "etat": "etat_precedent"}
        rows = ({**row, **{name: row[of] for name, of in names.items()}} for row in self.evolutions if row["origine"])
        every = (
            FormerFigure(figure_of(row, self.dictionary, EVOLUTIONS), row["origine"], row["comparable"] == "oui")
            for row in rows
        )
        return {former.figure.key: former for former in every}

    @cached_property
    def tables(self) -> Mapping[tuple[str, int, str], Sequence[Figure]]:
        """Figures of both years, by table: indicator, year, territory."""
        tables: dict[tuple[str, int, str], list[Figure]] = {}
        for figure in (*self.figures.values(), *(former.figure for former in self.former.values())):
            tables.setdefault(figure.key[:3], []).append(figure)
        return tables

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Title of each table."""
        return {row["indicateur"]: row["tableau"] for row in self.typed}

    @cached_property
    def labels(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """Words of each line and column, by indicator and code, without the code that tells it from another."""
        labels: dict[tuple[str, str], set[str]] = {}
        for row in self.typed:
            for axis in ("ligne", "colonne"):
                words = folded(row[f"libelle_{axis}"]).removesuffix(f" ({folded(row[axis])})")
                labels.setdefault((row["indicateur"], row[axis]), set()).add(words)
        return {of: frozenset(words) for of, words in labels.items()}

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of each file as it was written; none while the publication is being made."""
        path = self.directory / MANIFEST
        return dict(json.loads(path.read_text(encoding="utf-8"))["fichiers"]) if path.is_file() else {}

    def page(self, name: str) -> HtmlElement:
        """Read a page as a tree, without pictures."""
        return parse((self.directory / name).read_text(encoding="utf-8"))

    def notebook(self, name: str) -> Notebook:
        """Read what each cell of an executed notebook shows."""
        cells = json.loads((self.directory / name).read_text(encoding="utf-8"))["cells"]
        shown = tuple(_output(output, cell, name) for cell in cells for output in cell.get("outputs", ()))
        return Notebook(
            name, shown, tuple(_joined(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        )


def read_publication(directory: Path, year: int) -> Publication:
    """Read the files of figures of a publication, and list its pages and notebooks.

    Raises
    ------
    ReconciliationError
        A file that every publication has is absent or cannot be read.
    """
    with readable(directory):
        notebooks = (path for path in directory.glob("notebooks/*/*.ipynb") if not path.parent.name.startswith("."))
        pages = [path for path in sorted(directory.glob("*.html")) if path.name != "audit.html"]
        others = (path for path in sorted(directory.glob("*.csv")) if path.name not in (FIGURES, EVOLUTIONS))
        return Publication(
            directory=directory,
            year=year,
            dictionary=read_dictionary(directory),
            lines=[*read_rows(directory / FIGURES)],
            typed=[*_parquet_rows(directory / PARQUET)] if (directory / PARQUET).is_file() else [],
            evolutions=[*read_rows(directory / EVOLUTIONS)] if (directory / EVOLUTIONS).is_file() else [],
            files={path.name: [*read_rows(path)] for path in others},
            pages=_within(directory, [*pages, *sorted(directory.glob("communes/*.html"))]),
            notebooks=_within(directory, sorted(notebooks)),
        )


def _within(directory: Path, paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(path.relative_to(directory).as_posix() for path in paths)


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


def read_rows(path: Path) -> Iterator[Row]:
    """Give the lines of a CSV file by the names of its columns."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream)
        header = [unguarded(name) for name in next(rows, ())]
        yield from (dict(zip(header, map(unguarded, row), strict=True)) for row in rows if row)


def _parquet_rows(path: Path) -> Iterator[Row]:
    """Give the lines of ``figures.parquet``, written as in ``indicateurs.csv``."""
    with path.open("rb") as stream:
        table = pq.ParquetFile(stream).read()
    columns = [map(_written, table.column(name).to_pylist()) for name in table.column_names]
    yield from (dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True))


def _written(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def key_of_row(row: Mapping[str, Any]) -> FigureKey:
    """Give the address of a line."""
    place = str(row["territoire"]), str(row["ligne"]), str(row["colonne"])
    return FigureKey(str(row["indicateur"]), int(row["annee"]), *place)


def figure_of(row: Mapping[str, Any], dictionary: Dictionary | None = None, file: str = FIGURES) -> Figure:
    """Read a line of a file of figures, or a figure that a table of a notebook carries with its base."""
    key, value, state, base = key_of_row(row), row["valeur"], str(row["etat"]), 0
    if state == ROUNDED:
        base = dictionary.base_of(key) if dictionary else int(row.get("base") or 0)
    number = None if value in (None, "") else float(value)
    return Figure(key, number, str(row["unite"] or ""), state, file, max(0.0, base - 1.0))


def _output(output: Mapping[str, Any], cell: Mapping[str, Any], file: str) -> Output:
    data = output.get("data", {})
    carried = tuple(
        (kind, item)
        for mime, kind in _CARRIED.items()
        if mime in data
        for item in (data[mime] if isinstance(data[mime], list) else [data[mime]])
    )
    plain = _joined(data.get("text/plain", output.get("text", "")))
    others = any(mime.startswith(("image/", "text/markdown")) for mime in data)
    html, place = _joined(data.get("text/html", "")), Place(file, f"cellule {cell.get('id', '')}")
    return Output(place, html, bool(html or plain.strip() or others), carried)


def _joined(lines: Any) -> str:
    return "".join(lines) if isinstance(lines, list) else str(lines)
