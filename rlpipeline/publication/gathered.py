"""The figures of every notebook, each once, beside those of the year before: what the files of figures are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from rlpipeline.errors import ReconciliationError
from rlpipeline.publication.bundles import FigureRow, FormerRow, Label, TableBundle
from rlpipeline.publication.csv_files import APART, SERVICE

UNMEASURED = "évolution non mesurable à ce niveau d'arrondi"
DECIMALS = 6
"""Differences of decimals carry binary noise: no figure has more than six decimals."""
NUMBERLESS = {"nc": "non communiqué", "vide": "sans objet"}
"""States in which there is nothing to compare."""
Cell = tuple[str, str]
"""Line and column."""


@dataclass(frozen=True)
class Evolution:
    """A cell of a table in the year and in the year before; None for the year that does not have it."""

    indicator: str
    year: int
    territory: str
    line: str
    column: str
    now: FigureRow | None
    then: FormerRow | None

    @property
    def unit(self) -> str:
        """Unit of the figure."""
        return self.now.unite if self.now else self.then.figure.unite if self.then else ""

    @property
    def comparable(self) -> bool:
        """Whether both years have the figure, known, counted alike and in the same unit."""
        return not self.reason

    @property
    def is_beside(self) -> bool:
        """Whether both years have the figure in the same unit, known or not: a sheet sets them side by side."""
        return self.now is not None and self.then is not None and self.now.unite == self.then.figure.unite

    @property
    def reason(self) -> str:
        """Why the two are not comparable; empty where they are."""
        if self.then is None:
            return f"absent en {self.year - 1}"
        if self.now is None:
            return f"absent en {self.year}"
        for year, state in ((self.year, self.now.etat), (self.year - 1, self.then.figure.etat)):
            if state in NUMBERLESS:
                return f"{NUMBERLESS[state]} en {year}"
        if self.now.unite != self.then.figure.unite:
            return f"changement d'unité, {self.then.figure.unite} en {self.year - 1}"
        return ("" if self.then.comparable else self.then.reason) or _too_coarse(self.now, self.then.figure)

    @property
    def difference(self) -> int | float | None:
        """The figure minus that of the year before; None unless both are wholly known, exact and comparable."""
        if self.now is None or self.then is None or not self.comparable:
            return None
        now, then = self.now, self.then.figure
        if now.valeur is None or then.valeur is None or {now.etat, then.etat} != {"ok"}:
            return None
        return round(now.valeur - then.valeur, DECIMALS)


def _too_coarse(now: FigureRow, then: FigureRow) -> str:
    if not now.slack + then.slack or now.valeur is None or then.valeur is None:
        return ""
    return "" if abs(now.valeur - then.valeur) > now.slack + then.slack else UNMEASURED


@dataclass
class Shape:
    """What the tables of one id have in common: the first of them, without its figures; rows and columns by code."""

    first: TableBundle
    rows: dict[str, Label] = field(default_factory=dict)
    columns: dict[str, Label] = field(default_factory=dict)


@dataclass
class Gathered:
    """Each figure and each evolution once, with what the tables say of them.

    ``shapes`` are by table, in the order in which they are met; ``labels`` the words of each (table,
    line or column), as the last tells them; ``bases`` what rounded figures are multiples of.
    """

    shapes: dict[str, Shape] = field(default_factory=dict)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    bases: set[int] = field(default_factory=set)
    _figures: dict[str, dict[tuple[object, ...], FigureRow]] = field(default_factory=dict)
    _evolutions: dict[str, dict[str, dict[tuple[int, str, str], Evolution]]] = field(default_factory=dict)
    _texts: dict[str, dict[str, dict[Cell, str]]] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=lambda: {SERVICE: 0})

    def add(self, tables: Iterable[TableBundle]) -> None:
        """Add tables, in the order of the notebooks.

        Raises ReconciliationError: two tables give different figures for one key, of the year or of the year before.
        """
        for table in tables:
            bare = replace(table, rows=(), columns=(), figures=(), texts=(), former=())
            shape = self.shapes.setdefault(table.id, Shape(bare))
            for axis, labels in ((table.rows, shape.rows), (table.columns, shape.columns)):
                for label in axis:
                    labels.setdefault(label.code, label)
                    self.labels[table.id, label.code] = label.label
            for figure in table.figures:
                self._places.setdefault(figure.territoire, len(self._places))
                self.bases |= {figure.base} if figure.slack else set()
                if self._figures.setdefault(figure.indicateur, {}).setdefault(figure.key, figure) != figure:
                    raise _contradicted(figure, "", "la même valeur, la même unité et le même état partout")
            if table.former:
                self._add_evolutions(table)
            for line, column, text in table.texts:
                self._texts.setdefault(table.id, {}).setdefault(table.territory, {})[line, column] = text

    def _add_evolutions(self, table: TableBundle) -> None:
        place = table.year, table.territory
        now = {(of.ligne, of.colonne): of for of in table.figures if (of.annee, of.territoire) == place}
        then = {(of.figure.ligne, of.figure.colonne): of for of in table.former}
        known = self._evolutions.setdefault(table.id, {}).setdefault(table.territory, {})
        for cell in dict.fromkeys((*now, *then)):
            evolution = Evolution(table.id, *place, *cell, now.get(cell), then.get(cell))
            former = known.setdefault((table.year, *cell), evolution).then
            if of := former != evolution.then and (former or evolution.then):
                raise _contradicted(of.figure, " de l'année précédente", "la même valeur et la même origine partout")

    def figures(self, indicator: str | None = None) -> Iterator[FigureRow]:
        """Every figure, or those of one indicator.

        By indicator as the report shows them, year (latest first), territory (service, communes, hors, sans_commune),
        then as the table has them.
        """
        ranks = {**self._places, **{place: len(self._places) + rank for rank, place in enumerate(APART)}}
        for id in self._figures if indicator is None else (indicator,):
            figures = self._figures.get(id, {}).values()
            yield from sorted(figures, key=lambda figure: (-figure.annee, ranks[figure.territoire]))

    def evolution(self, figure: FigureRow) -> Evolution | None:
        """Give a figure beside that of the year before, where its table has one."""
        cells = self._evolutions.get(figure.indicateur, {}).get(figure.territoire, {})
        return cells.get((figure.annee, figure.ligne, figure.colonne))

    def evolutions(self, territory: str | None = None, indicator: str | None = None) -> Iterator[Evolution]:
        """Every evolution, or those of one territory or of one table, as the tables have them."""
        for id in self._evolutions if indicator is None else (indicator,):
            for place, cells in self._evolutions.get(id, {}).items():
                yield from cells.values() if territory in (None, place) else ()

    def texts(self, table: str) -> Mapping[str, Mapping[Cell, str]]:
        """Texts of the cells of a table, by territory, as they were met."""
        return self._texts.get(table, {})


def _contradicted(figure: FigureRow, of: str, expected: str) -> ReconciliationError:
    return ReconciliationError(
        f"Deux tableaux donnent deux valeurs{of} pour un même chiffre : rien n'est publié.",
        where=f"indicateur {figure.indicateur}, {figure.annee}, territoire {figure.territoire}, "
        f"ligne {figure.ligne}, colonne {figure.colonne}",
        expected=expected,
        todo="corriger le chapitre qui calcule ce chiffre autrement que par report.table",
    )
