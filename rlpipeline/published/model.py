"""What a publication holds, whoever wrote it: figures, cells, quotations, charts, texts, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

SERVICE = "service"
"""The whole service, as a territory."""
ROUNDED = "arrondi"
WITH_NUMBER = frozenset({"ok", "partiel", ROUNDED})
"""States of a figure that has a number."""
CellKind = Literal["tableau", "graphique", "classeur", "écart"]
Rows = Sequence[tuple[object, ...]]
"""A sheet or a CSV file: lines of values."""
Table = tuple[str, int, str]
"""Indicator, year, territory."""


@dataclass(frozen=True, order=True)
class Place:
    """Where something is read in a publication.

    Parameters
    ----------
    file
        Path in the publication, with slashes.
    where
        Place in the file, in French: « tableau accompagnes (service), ligne 15_18, colonne F ».
    """

    file: str
    where: str

    def __str__(self) -> str:
        return f"{self.file}, {self.where}" if self.where else self.file


class FigureKey(NamedTuple):
    """What two figures that must agree have in common."""

    indicateur: str
    annee: int
    territoire: str
    ligne: str
    colonne: str

    @property
    def place(self) -> tuple[str, int, str]:
        """Table that holds the figure: indicator, year, territory."""
        return self.indicateur, self.annee, self.territoire


@dataclass(frozen=True)
class Figure:
    """A figure with its exact value, from ``indicateurs.csv`` or from the bundle of a notebook.

    Parameters
    ----------
    valeur
        None where ``etat`` is nc, masque or vide.
    marge
        Most by which the exact figure may differ, where ``valeur`` is rounded.
    """

    key: FigureKey
    valeur: float | None
    unite: str
    etat: str
    place: Place
    marge: float = 0.0


@dataclass(frozen=True)
class Cell:
    """A figure as somebody reads it, in a table, beside a chart or in the workbook.

    Parameters
    ----------
    words
        As shown, without what only a screen reader says.
    valeur, etat
        What the words say: None and nc, masque, vide or illisible where they are no number.
    decimales
        Digits shown after the comma; None in the workbook, which holds the exact number.
    """

    key: FigureKey
    words: str
    place: Place
    kind: CellKind
    valeur: float | None
    etat: str
    decimales: int | None = None


@dataclass(frozen=True)
class Quote:
    """A figure in the prose, bound to the one it names.

    Parameters
    ----------
    function
        chiffre, part, evolution, tendance, annee; ``fixe`` for one typed with a reason; ``avant`` and ``somme`` in the
        notes of tables.
    ref
        (id, ligne, colonne); empty strings where the function names no figure.
    options
        sur, depuis, forme, decimales, accord, nombre, decalage, raison, environ: those given.
    texte
        Name of the text.
    around
        Words of its block before it and after it.
    """

    function: str
    ref: tuple[str, str, str]
    territoire: str
    annee: int
    options: Mapping[str, str]
    words: str
    texte: str
    place: Place
    around: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Label:
    """A line or a column: its code, how it reads, its kind (corps, total, famille, sous_total, note, texte…)."""

    code: str
    label: str
    kind: str


@dataclass(frozen=True)
class FormerFigure:
    """A figure of the year before: ``calculé``, or ``publié`` where it was printed then; why it is not comparable."""

    figure: Figure
    origine: str
    comparable: bool
    raison: str


@dataclass(frozen=True)
class TableFigures:
    """What the common files say of one table of a territory: its figures, and those of the year before."""

    figures: Sequence[Figure] = ()
    former: Sequence[FormerFigure] = ()


Elsewhere = Callable[[str, str], TableFigures | None]
"""From a territory and an indicator to its rows; None where the part has them itself."""


class Figures(Mapping[FigureKey, Figure]):
    """Figures of a part by key; one of another part is looked for where it is asked by its key, and noted.

    Parameters
    ----------
    own
        Those of the part, which alone are listed.
    elsewhere
        Gives the figures of another part's table; None where there is no other part.
    """

    def __init__(self, own: Mapping[FigureKey, Figure], elsewhere: Elsewhere | None = None) -> None:
        self._own, self._look = own, elsewhere
        self._tables: dict[Table, list[Figure]] = {}
        for key, figure in own.items():
            self._tables.setdefault(key[:3], []).append(figure)
        self._others: dict[tuple[str, str], TableFigures | None] = {}

    @property
    def looked_at(self) -> tuple[tuple[str, str], ...]:
        """Territory and indicator of the tables of other parts that were looked at."""
        return tuple(name for name, other in self._others.items() if other is not None)

    def elsewhere(self, territory: str, indicator: str) -> TableFigures | None:
        """The rows of another part's table; None where it is the part's own."""
        name = (territory, indicator)
        if name not in self._others:
            self._others[name] = self._look(*name) if self._look else None
        return self._others[name]

    def table(self, name: Table) -> Sequence[Figure]:
        """The figures of a table."""
        if name in self._tables:
            return self._tables[name]
        other = self.elsewhere(name[2], name[0])
        return [figure for figure in other.figures if figure.key[:3] == name] if other else ()

    def __getitem__(self, key: FigureKey) -> Figure:
        """Give a figure of the part, or of another."""
        if key in self._own:
            return self._own[key]
        other = self.elsewhere(key.territoire, key.indicateur)
        figures = [figure for figure in other.figures if figure.key == key] if other else []
        if not figures:
            raise KeyError(key)
        return figures[-1]

    def __iter__(self) -> Iterator[FigureKey]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)


@dataclass(frozen=True)
class Bundle:
    """One table as the notebook carries it.

    Parameters
    ----------
    texts
        (ligne, colonne, texte).
    omis
        Codes of the lines and columns that no page shows.
    """

    id: str
    territoire: str
    annee: int
    title: str
    unit: str
    definition: str
    source: str
    denominator: str
    rows: tuple[Label, ...]
    columns: tuple[Label, ...]
    figures: tuple[Figure, ...]
    texts: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]
    place: Place
    former: tuple[FormerFigure, ...] = ()
    omis: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Chart:
    """A chart of a page or of a notebook: words that replace it, caption, table of its data.

    Parameters
    ----------
    image
        Digest of the picture.
    """

    id: str
    territoire: str
    annee: int
    alt: str
    caption: str
    cells: tuple[Cell, ...]
    image: str
    place: Place


@dataclass(frozen=True)
class Text:
    """A text of the service in a page or a notebook, with its HTML, figures bound still marked.

    Parameters
    ----------
    silent
        Ranks from 1 of the passages ``[[ … ]]`` left out, of which a figure is not known.
    """

    name: str
    html: str
    place: Place
    silent: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Output:
    """What a cell of a notebook shows: HTML, plain text, and bundles by kind (table, figure, text, file)."""

    html: str
    plain: str
    bundles: tuple[tuple[str, Mapping[str, object]], ...]


@dataclass(frozen=True)
class NotebookCell:
    """One cell; ``outputs`` is empty for a cell of words."""

    id: str
    kind: str
    source: str
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class Notebook:
    """An executed notebook, pictures replaced by their digests."""

    file: str
    territoire: str
    cells: tuple[NotebookCell, ...]


@dataclass(frozen=True)
class Publication:
    """Everything that one year's folder gives to read.

    Parameters
    ----------
    csv
        Lines of ``indicateurs.csv`` in their order; :attr:`figures` has them by key.
    files
        The other CSV files, by name.
    sheets
        The workbook, by sheet.
    pages
        HTML of each page, pictures replaced by their digests.
    territory
        Whose part of a publication it is, the service's where it is all of it.
    rare
        Lines and columns that a table has only where someone is counted there: elsewhere, zero.
    borrowed
        Tables of the service, for the figures of a territory that does not show the table itself.
    tabs
        Name of the sheet of each table.
    """

    directory: Path
    year: int
    csv: tuple[Figure, ...]
    bundles: tuple[Bundle, ...]
    cells: tuple[Cell, ...]
    quotes: tuple[Quote, ...]
    charts: tuple[Chart, ...]
    texts: tuple[Text, ...]
    notebooks: Mapping[str, Notebook]
    pages: Mapping[str, str]
    sheets: Mapping[str, Rows]
    files: Mapping[str, Rows]
    figures: Figures = field(default_factory=lambda: Figures({}))
    territory: str = SERVICE
    rare: frozenset[str] = frozenset()
    borrowed: tuple[Bundle, ...] = ()
    tabs: Mapping[str, str] = field(default_factory=dict)
