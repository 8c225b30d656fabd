"""A publication read from its folder: its figures by address, what its dictionary declares, its pages and notebooks."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from rlpipeline.characters import unguarded
from rlpipeline.checks.findings import Place
from rlpipeline.checks.model import FIGURES, Figure
from rlpipeline.checks.page import Element, parse, read_text
from rlpipeline.declared import DICTIONARY, ROUNDED, WANTED, Described, FigureKey, Links, read_links
from rlpipeline.errors import ReconciliationError, UsageError

EVOLUTIONS, PARQUET, MANIFEST = "evolutions.csv", "figures.parquet", "manifest.json"
AXES = ("ligne", "colonne")
Columns = Mapping[str, Sequence[Any]]
"""A file by the names of its columns."""
_CARRIED = {f"application/vnd.rlpipeline.{kind}+json": kind for kind in ("table", "figure", "text", "file")}
_ADDRESS = itemgetter("indicateur", "annee", "territoire", "ligne", "colonne")


@dataclass(frozen=True)
class Dictionary:
    """What ``datapackage.json`` says of the tables and, under ``arrondi``, of rounding: base 0 where all is exact.

    ``others`` are the bases of a line (indicator, territory, line) or of a figure (year and column too); ``declared``
    is what it declares of the tables, as the file has it, empty in what was published before that.
    """

    base: int = 0
    others: Mapping[tuple[object, ...], int] = field(default_factory=dict)
    links: Links = field(default_factory=Links)
    declared: Described = field(default_factory=dict, repr=False)

    def margin(self, key: FigureKey, state: str) -> float:
        """Most by which the exact figure may differ from the one published: its base less one where it is rounded."""
        if state != ROUNDED:
            return 0.0
        line = (key.indicateur, key.territoire, key.ligne)
        base = self.others.get((*line, key.annee, key.colonne)) or self.others.get(line) or self.base
        return max(0.0, base - 1.0)


class Labelled(NamedTuple):
    """A line of ``figures.parquet``: a figure with the title of its table, the words of its line and its column."""

    key: FigureKey
    valeur: float | None
    unite: str
    etat: str
    tableau: str
    libelle_ligne: str
    libelle_colonne: str


class Evolution(NamedTuple):
    """A line of ``evolutions.csv``: a figure of the year, that of the year before, where that comes from, the change.

    ``origine`` is ``calculé``, ``publié`` where it was printed then, empty where there is none.
    """

    now: Figure
    then: Figure
    origine: str
    comparable: bool
    ecart: str


class Output(NamedTuple):
    """What a cell of a notebook shows: its place, its HTML, whether it shows something, what it carries, by kind."""

    place: Place
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
    """What one year's folder gives to read.

    ``lines``, ``labelled`` and ``evolutions`` are those of the three files of figures, in order (older publications
    have the first alone); ``files`` are the rows of the other CSV files; ``pages`` and ``notebooks`` paths.
    """

    directory: Path
    year: int
    dictionary: Dictionary
    lines: Sequence[Figure]
    labelled: Sequence[Labelled]
    evolutions: Sequence[Evolution]
    files: Mapping[str, Sequence[Mapping[str, str]]]
    pages: tuple[str, ...]
    notebooks: tuple[str, ...]

    @cached_property
    def figures(self) -> Mapping[FigureKey, Figure]:
        """Figures by address, in the order of the file."""
        return {figure.key: figure for figure in self.lines}

    @cached_property
    def former(self) -> Mapping[FigureKey, Evolution]:
        """Figures of the year before by address, each with that of the year."""
        return {of.then.key: of for of in self.evolutions if of.origine}

    @cached_property
    def tables(self) -> Mapping[tuple[str, int, str], Sequence[Figure]]:
        """Figures of both years, by table: indicator, year, territory."""
        tables: dict[tuple[str, int, str], list[Figure]] = {}
        for figure in (*self.figures.values(), *(former.then for former in self.former.values())):
            tables.setdefault(figure.key[:3], []).append(figure)
        return tables

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Title of each table."""
        return {line.key.indicateur: line.tableau for line in self.labelled}

    @cached_property
    def labels(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """Words of each line and column, by indicator and code."""
        labels: dict[tuple[str, str], set[str]] = {}
        for id, code, words in self.named:
            labels.setdefault((id, code), set()).add(bare(words, code))
        return {of: frozenset(words) for of, words in labels.items()}

    @cached_property
    def named(self) -> Iterable[tuple[str, str, str]]:
        """Indicator, code and words of every line and column, each once, in the order of the file."""
        return dict.fromkeys(
            (key.indicateur, *named)
            for key, *_, line, column in self.labelled
            for named in ((key.ligne, line), (key.colonne, column))
        )

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of each file as it was written; none while the publication is being made."""
        path = self.directory / MANIFEST
        return dict(json.loads(path.read_text(encoding="utf-8"))["fichiers"]) if path.is_file() else {}

    def page(self, name: str) -> Element:
        """Read a page as a tree."""
        return parse(read_text(self.directory / name))

    def notebook(self, name: str) -> Notebook:
        """Read what each cell of an executed notebook shows."""
        cells = json.loads(read_text(self.directory / name))["cells"]
        shown = tuple(_output(output, cell, name) for cell in cells for output in cell.get("outputs", ()))
        markdown = (_joined(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        return Notebook(name, shown, tuple(markdown))


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
    """Read the files of figures of a publication, and list its pages and notebooks.

    Raises ReconciliationError: a file that every publication has is absent or cannot be read.
    """
    with readable(directory):
        dictionary = read_dictionary(directory)
        notebooks = (path for path in directory.glob("notebooks/*/*.ipynb") if not path.parent.name.startswith("."))
        pages = [path for path in sorted(directory.glob("*.html")) if path.name != "audit.html"]
        pages += sorted(directory.glob("communes/*.html"))
        others = (path for path in sorted(directory.glob("*.csv")) if path.name not in (FIGURES, EVOLUTIONS))
        beside, typed = directory / EVOLUTIONS, directory / PARQUET
        return Publication(
            directory=directory,
            year=year,
            dictionary=dictionary,
            lines=figures_in(read_columns(directory / FIGURES), dictionary),
            labelled=labelled_in(typed) if typed.is_file() else (),
            evolutions=evolutions_in(read_columns(beside), dictionary) if beside.is_file() else (),
            files={path.name: rows_in(read_columns(path)) for path in others},
            pages=tuple(path.relative_to(directory).as_posix() for path in pages),
            notebooks=tuple(path.relative_to(directory).as_posix() for path in sorted(notebooks)),
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


def read_columns(path: Path) -> Columns:
    """Read a CSV file; every line has as many cells as its header, or ValueError is raised."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.reader(stream) if row]
    columns = zip(*rows, strict=True)
    plain = ([*map(unguarded, cells)] if "'" in "".join(cells) else cells for cells in columns)
    return {name: cells for name, *cells in plain}


def rows_in(columns: Columns) -> Sequence[Mapping[str, str]]:
    """Give the rows of a file by the names of its columns."""
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def figures_in(
    columns: Columns, dictionary: Dictionary, file: str = FIGURES, of: Sequence[str] = ("annee", "valeur", "etat")
) -> list[Figure]:
    """Give the figures of a file, those of the columns ``of`` (year, value, state)."""
    keys = _keys(columns, of[0])
    values = (None if value in (None, "") else float(value) for value in columns[of[1]])
    figures = zip(keys, values, columns["unite"], columns[of[2]], strict=True)
    return [Figure(key, value, unit, state, file, dictionary.margin(key, state)) for key, value, unit, state in figures]


def _keys(columns: Columns, year: str = "annee") -> Iterator[FigureKey]:
    places = (columns[name] for name in ("territoire", *AXES))
    return map(FigureKey, columns["indicateur"], map(int, columns[year]), *places)


def labelled_in(path: Path) -> list[Labelled]:
    """Read ``figures.parquet``."""
    with path.open("rb") as stream:
        columns: Columns = pq.ParquetFile(stream).read().to_pydict()
    return [*map(Labelled, _keys(columns), *(columns[name] for name in Labelled._fields[1:]))]


def evolutions_in(columns: Columns, dictionary: Dictionary) -> list[Evolution]:
    """Give the lines of ``evolutions.csv``."""
    now = figures_in(columns, dictionary)
    then = figures_in(columns, dictionary, EVOLUTIONS, ("annee_precedente", "valeur_precedente", "etat_precedent"))
    comparable = (words == "oui" for words in columns["comparable"])
    return [*map(Evolution, now, then, columns["origine"], comparable, columns["ecart"])]


def key_of_row(row: Mapping[str, Any]) -> FigureKey:
    """Give the address of a figure that a notebook carries."""
    return FigureKey(*_ADDRESS(row))


def figure_of(row: Mapping[str, Any], file: str) -> Figure:
    """Read a figure that a table of a notebook carries, with its base where it is rounded."""
    return Figure(key_of_row(row), row["valeur"], row["unite"] or "", str(row["etat"]), file, margin_of(row))


def margin_of(row: Mapping[str, Any]) -> float:
    """Most by which the exact figure may differ from the one that a notebook carries."""
    return max(0.0, int(row.get("base") or 0) - 1.0) if row["etat"] == ROUNDED else 0.0


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


def read_dictionary(directory: Path) -> Dictionary:
    """Read the data dictionary of a publication; it is absent from those made before there was one.

    Raises ReconciliationError: it is damaged, or none of ours.
    """
    path = directory / DICTIONARY
    if not path.is_file():
        return Dictionary()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        declared = {name: content[name] for name in WANTED} if "liens" in content else {}
        rounding = content.get(ROUNDED) or {}
        others: dict[tuple[object, ...], int] = {}
        for other in rounding.get("autres", ()):
            line = (str(other["indicateur"]), str(other["territoire"]), str(other["ligne"]))
            cell = (int(other["annee"]), str(other["colonne"])) if "colonne" in other else ()
            others[*line, *cell] = int(other["base"])
        return Dictionary(int(rounding.get("base", 0)), others, read_links(declared) if declared else Links(), declared)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refusal(path, f"{type(error).__name__} ({error})") from error


def linked(dictionary: Dictionary, directory: Path) -> Links:
    """Give what a dictionary declares of the tables, without which a publication is neither audited nor attacked.

    Raises ReconciliationError: it declares nothing: there is no such file, or an older one.
    """
    if not dictionary.declared:
        path = directory / DICTIONARY
        raise _refusal(path, "un dictionnaire plus ancien, sans ces liens" if path.is_file() else "aucun fichier")
    return dictionary.links


def _refusal(path: Path, got: str) -> ReconciliationError:
    return ReconciliationError(
        "Le dictionnaire de la publication ne dit pas ce qui lie ses tableaux, ou pas tout : elle ne peut pas être "
        "contrôlée.",
        where=f"{path.parent.name}/{path.name}",
        expected=f"les rubriques {', '.join(f'« {name} »' for name in WANTED)} qu'écrit « rlpipeline build »",
        got=got,
        todo="refaire l'année avec « rlpipeline build »",
    )
