"""A publication read from its folder: its figures by address, and where its pages and notebooks are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rlpipeline.checks.dictionary import Dictionary, read_dictionary
from rlpipeline.checks.figures import EVOLUTIONS, FIGURES, PARQUET, figure_of, named_rows, parquet_rows, read_rows
from rlpipeline.checks.markup import HtmlElement, parse, without_images
from rlpipeline.checks.model import Figure, FormerFigure
from rlpipeline.checks.notebooks import Notebook, read_notebook
from rlpipeline.declared import FigureKey
from rlpipeline.errors import ReconciliationError, UsageError

Row = Mapping[str, str]
Table = tuple[str, int, str]
"""Indicator, year, territory."""


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


def folded(words: str) -> str:
    """Words with single spaces, as a page or a workbook may have others."""
    return " ".join(words.split())


@dataclass(frozen=True)
class Publication:
    """What one year's folder gives to read.

    Parameters
    ----------
    lines, typed, evolutions
        Rows of ``indicateurs.csv``, of ``figures.parquet`` (none in older publications), of ``evolutions.csv``.
    files
        Rows of the other CSV files, by name.
    pages, notebooks
        Paths in the publication.
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
        return {figure.key: figure for figure in map(self.dictionary.with_margin, map(figure_of, self.lines))}

    @cached_property
    def former(self) -> Mapping[FigureKey, FormerFigure]:
        """Figures of the year before by address."""
        return {one.figure.key: one for one in self.dictionary.former(self.evolutions)}

    @cached_property
    def tables(self) -> Mapping[Table, Sequence[Figure]]:
        """Figures of both years, by table."""
        tables: dict[Table, list[Figure]] = {}
        for figure in (*self.figures.values(), *(one.figure for one in self.former.values())):
            tables.setdefault(figure.key[:3], []).append(figure)
        return tables

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Title of each table."""
        return {row["indicateur"]: row["tableau"] for row in self.typed}

    @cached_property
    def codes(self) -> Mapping[tuple[str, str], Sequence[str]]:
        """Codes of the lines and columns of a table that read so, by indicator and words, those that read alike too."""
        codes: dict[tuple[str, str], dict[str, None]] = {}
        for row in self.typed:
            for axis in ("ligne", "colonne"):
                words = folded(row[f"libelle_{axis}"])
                for word in (words, words.removesuffix(f" ({folded(row[axis])})")):
                    codes.setdefault((row["indicateur"], word), {}).setdefault(row[axis])
        return {words: [*of] for words, of in codes.items()}

    @cached_property
    def axes(self) -> frozenset[tuple[str, str, str]]:
        """Indicator, territory, code of each line and column that has a figure."""
        return frozenset((*key[0:3:2], code) for key in self.figures for code in key[3:])

    def page(self, name: str) -> HtmlElement:
        """Read a page as a tree, without pictures."""
        return parse(without_images((self.directory / name).read_text(encoding="utf-8")))

    def notebook(self, name: str) -> Notebook:
        """Read an executed notebook."""
        return read_notebook(self.directory / name, name)


def read_publication(directory: Path, year: int) -> Publication:
    """Read the files of figures of a publication, and list its pages and notebooks.

    Raises
    ------
    ReconciliationError
        A file that every publication has is absent or cannot be read.
    """
    with readable(directory):
        notebooks = (path for path in directory.glob("notebooks/*/*.ipynb") if not path.parent.name.startswith("."))
        others = (path for path in sorted(directory.glob("*.csv")) if path.name not in (FIGURES, EVOLUTIONS))
        return Publication(
            directory=directory,
            year=year,
            dictionary=read_dictionary(directory),
            lines=[*named_rows(read_rows(directory / FIGURES))],
            typed=[*parquet_rows(directory / PARQUET)] if (directory / PARQUET).is_file() else [],
            evolutions=[*named_rows(read_rows(directory / EVOLUTIONS))] if (directory / EVOLUTIONS).is_file() else [],
            files={path.name: [*named_rows(read_rows(path))] for path in others},
            pages=tuple(path.relative_to(directory).as_posix() for path in page_paths(directory)),
            notebooks=tuple(sorted(path.relative_to(directory).as_posix() for path in notebooks)),
        )


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


def page_paths(directory: Path) -> Iterator[Path]:
    """The pages that people read, the service's first."""
    yield from sorted(path for path in directory.glob("*.html") if path.name != "audit.html")
    yield from sorted(directory.glob("communes/*.html"))
