"""Communes + hors + sans_commune = service, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rlpipeline.audit.findings import Finding, Place
from rlpipeline.audit.relations.amounts import TOLERANCE, Amount, Terms, amount_of
from rlpipeline.audit.relations.declared import Declared
from rlpipeline.audit.relations.grids import SERVICE, path_of, place_of
from rlpipeline.audit.relations.tested import Tested
from rlpipeline.published.model import Figure, FigureKey


class Cell:
    """One cell of an additive table: the service's figure, and those of the territories added up."""

    def __init__(self, whole: Figure | None = None) -> None:
        self.whole = whole
        self.terms = Terms()
        self.first: Place | None = None

    def add(self, figure: Figure) -> None:
        """Take a territory's figure."""
        self.terms.add(amount_of(figure))
        self.first = self.first or figure.place


class Additivity:
    """Every additive figure of the year against those of the territories, which come one after the other.

    Notes
    -----
    Where some communes have no portrait, or a portrait without the table, the parts are only known not to exceed the
    service.
    """

    def __init__(self, declared: Declared, service: Iterable[Figure]) -> None:
        self._declared = declared
        self._tables: dict[str, dict[tuple[str, str], Cell]] = {}
        self._parts: dict[str, set[str]] = {}
        for figure in service:
            key = figure.key
            if key.territoire == SERVICE and key.annee == declared.year and key.indicateur in declared.additive:
                self._tables.setdefault(key.indicateur, {})[key.ligne, key.colonne] = Cell(figure)

    def add(self, figures: Iterable[Figure]) -> None:
        """Take the figures of one of the territories that the service is the sum of, in their order."""
        for figure in figures:
            key = figure.key
            if key.annee == self._declared.year and key.indicateur in self._tables:
                self._parts.setdefault(key.indicateur, set()).add(key.territoire)
                self._tables[key.indicateur].setdefault((key.ligne, key.colonne), Cell()).add(figure)

    def check(self, shown: frozenset[tuple[str, str]], titles: Mapping[str, str]) -> Iterator[Tested]:
        """Test what was taken.

        Parameters
        ----------
        shown
            (id, territory) of the tables that a chapter showed, with or without lines; the service's own carries the
            territories without a page.
        titles
            Title of each table of the service.
        """
        for id, apart in self._declared.additive.items():
            complete = all((id, commune) in shown for commune in self._declared.communes)
            everywhere = len(self._parts.get(id, ())) == len(self._declared.territories)
            if id in self._tables and (id in self._parts or complete):
                for (line, column), cell in self._tables[id].items():
                    if column not in apart:
                        key = FigureKey(id, self._declared.year, SERVICE, line, column)
                        if self._declared.shared and not (everywhere and cell.terms.count):
                            continue
                        holds = _holds(cell, complete)
                        yield Tested("additivite", None if holds else _wrong(key, cell, titles.get(id, id)))


def _holds(cell: Cell, complete: bool) -> bool:
    total = amount_of(cell.whole)
    if not complete:
        return _within(total, cell.terms)
    return cell.terms.agree(total) if cell.terms.count else _nothing(total)


def _nothing(total: Amount) -> bool:
    """A cell that no territory shows is zero in the service, or not known."""
    return not total.value


def _within(total: Amount, terms: Terms) -> bool:
    known = terms.total().value
    return known is None or total.value is None or known <= total.value + TOLERANCE


def _wrong(key: FigureKey, cell: Cell, title: str) -> Finding:
    table = f"« {title} » ({key.territoire}, {key.annee})"
    return Finding(
        check="additivite",
        message=(
            f"Les territoires ne s'additionnent pas pour donner le service, ligne {key.ligne}, colonne {key.colonne} "
            f"de {table}."
        ),
        first=place_of(key, cell.whole),
        first_value=str(amount_of(cell.whole)),
        second=cell.first,
        second_value=str(cell.terms) if cell.terms.count else "0",
        blocking=True,
        key=f"additivite:{path_of(key)}",
    )
