"""A publication read from its folder: its figures by address, what its dictionary declares, its pages and notebooks."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import pyarrow.parquet as pq

from rlpipeline.characters import unguarded
from rlpipeline.checks.model import FIGURES, Figure, Location, moved
from rlpipeline.checks.shown_values import Element, parse, read_text
from rlpipeline.declared import DICTIONARY, WANTED, Described, FigureKey, Links, read_links
from rlpipeline.errors import ReconciliationError, UsageError
from rlpipeline.links import Where
from rlpipeline.states import ARRONDI

T = TypeVar("T", bound=Hashable)
PARQUET, MANIFEST = "figures.parquet", "manifest.json"
OF_BEFORE = ("valeur_precedente", "etat_precedent", "origine", "comparable")
"""Columns of ``figures.parquet`` about the year before."""
SEEN = re.compile(r"image/|text/markdown")
"""What a cell shows beside HTML and words."""
Columns = Mapping[str, Sequence[Any]]
"""A file by the names of its columns."""
_CARRIED = {
    f"application/vnd.rlpipeline.{kind}+json": kind for kind in ("table", "figure", "text", "file")
}


@dataclass(frozen=True)
class Dictionary:
    """What ``datapackage.json`` says of the tables and, under ``arrondi``, of rounding: base 0 where all is exact.

    ``others`` are the bases of a line (indicator, territory, line) or of a figure (year and column too); ``declared``
    is what it declares of the tables, as the file has it.
    """

    base: int = 0
    others: Mapping[tuple[object, ...], int] = field(default_factory=dict)
    links: Links = field(default_factory=Links)
    declared: Described = field(default_factory=dict, repr=False)

    def margin(self, key: FigureKey, state: str) -> float:
        """Most by which the exact figure may differ from the one published: its base less one where it is rounded."""
        if state != ARRONDI:
            return 0.0
        line = (key.indicateur, key.territoire, key.ligne)
        of_figure = self.others.get((*line, key.annee, key.colonne))
        base = of_figure or self.others.get(line) or self.base
        return max(0.0, base - 1.0)


class Labelled(NamedTuple):
    """A line of ``figures.parquet``: a figure, the title of its table, its words, what moved since the year before."""

    key: FigureKey
    valeur: float | None
    unite: str
    etat: str
    tableau: str
    libelle_ligne: str
    libelle_colonne: str
    ecart: float | None = None


class FormerFigure(NamedTuple):
    """A figure of the year before: whether it was counted (``calculé``) or printed (``publié``), and is comparable."""

    then: Figure
    origine: str
    comparable: bool


class Output(NamedTuple):
    """What a cell of a notebook shows: its place, its HTML, whether it shows something, what it carries, by kind."""

    place: Location
    html: str
    is_shown: bool
    carried: tuple[tuple[str, Mapping[str, Any]], ...]


class Notebook(NamedTuple):
    """An executed notebook: what its cells show, in order, and its cells of Markdown."""

    file: str
    outputs: tuple[Output, ...]
    markdown: tuple[str, ...]


@dataclass(frozen=True)
class Publication:
    """What one year has: ``lines`` of the CSV file, ``labelled`` those of the Parquet file, in order.

    ``files`` are the other CSV files; ``pages`` and ``notebooks`` paths.
    """

    directory: Path
    year: int
    dictionary: Dictionary
    lines: Sequence[Figure]
    labelled: Sequence[Labelled]
    former: Mapping[FigureKey, FormerFigure]
    files: Mapping[str, Columns]
    pages: tuple[str, ...]
    notebooks: tuple[str, ...]

    @cached_property
    def figures(self) -> Mapping[FigureKey, Figure]:
        """Figures by address, in the order of the file."""
        return {figure.key: figure for figure in self.lines}

    def at(self, key: FigureKey) -> Figure | None:
        """Give a figure of the year, or of the year before."""
        figure = self.figures.get(key)
        if figure or key not in self.former:
            return figure
        return self.former[key].then

    def change(self, key: FigureKey) -> float | None:
        """Give what moved since the year before; None where one of both is not known."""
        return moved(self.at(key), self.at(key.in_year(key.annee - 1)))

    @cached_property
    def tables(self) -> Mapping[Where, Sequence[Figure]]:
        """Figures of both years, by table: indicator, year, territory."""
        tables: dict[Where, list[Figure]] = {}
        former = (former.then for former in self.former.values())
        for figure in chain(self.figures.values(), former):
            tables.setdefault(figure.key.place, []).append(figure)
        return tables

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Title of each table."""
        return {line.key.indicateur: line.tableau for line in self.labelled}

    @cached_property
    def labels(self) -> Mapping[tuple[str, str], Set[str]]:
        """Words of each line and column, by indicator and code."""
        labels: dict[tuple[str, str], set[str]] = {}
        for line in self.labelled:
            id, *_, code, column = line.key
            for of, words in ((code, line.libelle_ligne), (column, line.libelle_colonne)):
                labels.setdefault((id, of), set()).add(bare(words, of))
        return labels

    def page(self, name: str) -> Element:
        """Read a page as a tree."""
        return parse(read_text(self.directory / name))

    def notebook(self, name: str) -> Notebook:
        """Read what each cell of an executed notebook shows."""
        cells = json.loads(read_text(self.directory / name))["cells"]
        outputs: list[Output] = []
        for cell in cells:
            place = Location(name, f"cellule {cell.get('id', '')}")
            outputs += [_output(output, place) for output in cell.get("outputs", ())]
        markdown = (_joined(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        return Notebook(name, tuple(outputs), tuple(markdown))


def year_folders(out: Path) -> list[Path]:
    """List the published years of a folder, oldest first."""
    folders = out.glob("[0-9][0-9][0-9][0-9]") if out.is_dir() else ()
    return sorted(path for path in folders if (path / FIGURES).is_file())


def published_years(out: Path) -> tuple[int, ...]:
    """List the years published in a folder, oldest first. Raises UsageError where there is none."""
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


def bare(words: str, code: str) -> str:
    """Words of a line or a column without the code that tells it from another, « Accompagnement individuel (PAEI) »."""
    return folded(words).removesuffix(f" ({folded(code)})")


def read_publication(directory: Path, year: int) -> Publication:
    """Read the files of figures, and list pages and notebooks; ReconciliationError where one cannot be read."""
    with readable(directory):
        dictionary = read_dictionary(directory)
        labelled, former = labelled_in(directory / PARQUET, dictionary)
        keys = {line.key: line.key for line in labelled}  # both files have one
        columns = read_columns(directory / FIGURES)
        lines = figures_in(columns, dictionary, keys)
        files = {path.name: read_columns(path) for path in _files(directory, "*.csv")}
        pages = _names(directory, "*.html", "communes/*.html")
        notebooks = _names(directory, "notebooks/[!.]*/*.ipynb")
    return Publication(
        directory, year, dictionary, lines, labelled, former, files, pages, notebooks
    )


OF_ITS_OWN = frozenset({FIGURES, "audit.html"})
"""Files of a publication that are no page, nor a file of a chapter."""


def _files(directory: Path, *patterns: str) -> Iterator[Path]:
    for pattern in patterns:
        for path in sorted(directory.glob(pattern)):
            if path.name not in OF_ITS_OWN:
                yield path


def _names(directory: Path, *patterns: str) -> tuple[str, ...]:
    return tuple(path.relative_to(directory).as_posix() for path in _files(directory, *patterns))


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


def read_columns(path: Path) -> Columns:
    """Read a CSV file; every line has as many cells as its header, or ValueError is raised."""
    known: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [_shared(row, known) for row in csv.reader(stream) if row]
    return {name: _unguarded(cells) for name, *cells in zip(*rows, strict=True)}


def _unguarded(cells: list[str]) -> list[str]:
    if "'" in "".join(cells):
        return [*map(unguarded, cells)]
    return cells


def _shared(values: Iterable[T], known: dict[T, T]) -> list[T]:
    """Give values, those that are alike as one object, which ``known`` keeps: a file repeats few words."""
    return [known.setdefault(value, value) for value in values]


def figures_in(
    columns: Columns,
    dictionary: Dictionary,
    keys: Mapping[FigureKey, FigureKey] = MappingProxyType({}),
) -> list[Figure]:
    """Give the figures of ``indicateurs.csv``; ``keys`` are those of other files, to be taken again."""
    values = (None if value == "" else float(value) for value in columns["valeur"])
    rows = zip(_keys(columns), values, columns["unite"], columns["etat"], strict=True)
    figures = list[Figure]()
    for key, value, unit, state in rows:
        margin = dictionary.margin(key, state)
        figures.append(Figure(keys.get(key, key), value, unit, state, FIGURES, margin))
    return figures


def _keys(columns: Columns) -> Iterator[FigureKey]:
    years = map(int, columns["annee"])
    places = (columns[name] for name in ("territoire", "ligne", "colonne"))
    return map(FigureKey, columns["indicateur"], years, *places)


def labelled_in(
    path: Path, dictionary: Dictionary
) -> tuple[Sequence[Labelled], Mapping[FigureKey, FormerFigure]]:
    """Read ``figures.parquet``: the figures of the year, then those of the year before by address."""
    with path.open("rb") as stream:
        read = pq.ParquetFile(stream).read()
    columns = {name: _shared(read.column(name).to_pylist(), {}) for name in read.column_names}
    fields = (columns[name] for name in Labelled._fields[1:])
    lines = [*map(Labelled, _keys(columns), *fields)]
    former: dict[FigureKey, FormerFigure] = {}
    before = zip(lines, *(columns[name] for name in OF_BEFORE), strict=True)
    for line, value, state, origin, comparable in before:
        if origin:
            key = line.key.in_year(line.key.annee - 1)
            margin = dictionary.margin(key, state)
            then = Figure(key, value, line.unite, state, PARQUET, margin)
            former[key] = FormerFigure(then, origin, comparable)
    return [line for line in lines if line.etat is not None], former


def _output(output: Mapping[str, Any], place: Location) -> Output:
    """Read what a cell shows: HTML, or anything else that is seen, and what it carries for a chart, a text, a file."""
    data = output.get("data", {})
    mimes = [mime for mime in _CARRIED if isinstance(data.get(mime), dict)]
    carried = tuple((_CARRIED[mime], data[mime]) for mime in mimes)
    html = _joined(data.get("text/html", ""))
    plain = _joined(data.get("text/plain", output.get("text", "")))
    is_shown = html or plain.strip() or any(map(SEEN.match, data))
    return Output(place, html, bool(is_shown), carried)


def _joined(lines: Any) -> str:
    if isinstance(lines, list):
        return "".join(lines)
    return str(lines)


def read_dictionary(directory: Path) -> Dictionary:
    """Read the data dictionary; ReconciliationError where it does not say what links the tables."""
    path = directory / DICTIONARY
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        declared = {name: content[name] for name in WANTED if name in content}
        rounding = content.get(ARRONDI) or {}
        others = dict(map(_other_base, rounding.get("autres", ())))
        return Dictionary(int(rounding.get("base", 0)), others, read_links(declared), declared)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        wanted = ", ".join(f"« {name} »" for name in WANTED)
        raise ReconciliationError(
            "Le dictionnaire de la publication ne dit pas ce qui lie ses tableaux, ou pas tout : elle ne peut pas être "
            "contrôlée.",
            where=f"{path.parent.name}/{path.name}",
            expected=f"les rubriques {wanted} qu'écrit « rlpipeline build »",
            got=f"{type(error).__name__} ({error})" if path.is_file() else "aucun fichier",
            todo="refaire l'année avec « rlpipeline build »",
        ) from error


def _other_base(other: Mapping[str, Any]) -> tuple[tuple[object, ...], int]:
    """Read the base of a line, or of one figure, that is not the one of the edition."""
    line = (str(other["indicateur"]), str(other["territoire"]), str(other["ligne"]))
    base = int(other["base"])
    if "colonne" not in other:
        return line, base
    return (*line, int(other["annee"]), str(other["colonne"])), base
