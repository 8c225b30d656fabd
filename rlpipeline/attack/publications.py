"""What the attack is given: the figures of each release, as store and ledger have them, and what is known beside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from rlpipeline.declared import PERSONS, ROUNDED, SERVICE, FigureKey, Links
from rlpipeline.links import Classes, Row, Tables, rows, rows_between_years

WITHOUT_NUMBER = frozenset({"nc", "vide"})
MASKED = "masque"
UNITED = "_ou_"
MARGIN, CROSSED = "marge", "croisé"


@dataclass(frozen=True)
class Publication:
    """One release: columns of ``indicateurs.csv`` and ``base``; nothing changes any more where everybody has it."""

    name: str
    figures: pd.DataFrame
    classes: Classes
    released: bool = False


@dataclass(frozen=True)
class Knowledge:
    """What an intruder knows beside the figures: the rules that the report prints, and the territory.

    ``followed_only`` is not where rows of the records lie outside of their follow-up's dates: what is concluded from
    issues and referrals may then be false. ``rule`` says what makes a figure exact: ``marge`` where it reaches its
    threshold, else it is « moins de »; ``croisé`` where none of those crossed beside it is small. ``few`` gives the
    least total that a territory's table shows the lines of, for such a total; 0 for other figures.
    """

    communes: Mapping[str, str]
    links: Links
    seuil: int = 5
    seuil_sensible: int = 11
    sensibles: frozenset[str] = frozenset()
    base: int = 5
    followed_only: bool = True
    rule: Callable[[FigureKey], str] = lambda key: ""
    few: Callable[[FigureKey], int] = lambda key: 0
    word: Callable[[str], str] = str

    def threshold(self, key: FigureKey) -> int:
        """Least number of persons that may be published for a figure."""
        return self.seuil_sensible if key.ligne in self.sensibles else self.seuil

    def name(self, key: FigureKey) -> str:
        """Name a figure in full: table, line, column, territory, year."""
        places = {SERVICE: "ensemble du service", "hors": "hors des communes", "sans_commune": "sans commune"}
        territory = self.communes.get(key.territoire) or places.get(key.territoire, key.territoire)
        line, column = (self.communes.get(code) or self.word(code) for code in (key.ligne, key.colonne))
        return f"« {key.indicateur} », {line} × {column}, {territory}, {key.annee}"

    def equation(self, row: Row) -> str:
        """Write a row, its reason behind it."""
        sides = [[self.name(key) for key, factor in row.terms if (factor > 0) == left] for left in (True, False)]
        sign = "=" if row.least == row.most else "≤"
        return f"{' + '.join(sides[0])} {sign} {' + '.join(sides[1]) or '0'} ({row.why})"


@dataclass(frozen=True)
class Read:
    """One publication read: number and base (0 where exact) of figures about persons, what is not understood."""

    publication: Publication
    facts: Mapping[FigureKey, tuple[float, int]]
    masked: Sequence[FigureKey]
    tables: Tables
    unread: tuple[str, ...]

    @property
    def years(self) -> frozenset[int]:
        """Years that it has figures of."""
        return frozenset(key.annee for key in self.tables.cells)


def figures_of(figures: pd.DataFrame, tables: Collection[str]) -> Iterator[tuple[FigureKey, float, str, int]]:
    """Go through the figures about persons of some tables: address, value, state, base."""
    about = figures[figures["indicateur"].isin(tables) & figures["unite"].isin(PERSONS)]
    columns = (about[name].tolist() for name in (*FigureKey._fields, "valeur", "etat", "base"))
    for id, year, place, line, column, value, state, base in zip(*columns, strict=True):
        yield FigureKey(id, int(year), place, line, column), float(value), state, int(base)


def read(publications: Sequence[Publication], known: Knowledge) -> list[Read]:
    """Read every publication; where their classes differ, a wider class is named by the codes that it unites."""
    spelled = any(one.classes != publications[0].classes for one in publications)
    return [_read(publication, known.links, spelled) for publication in publications]


def _read(publication: Publication, links: Links, spelled: bool) -> Read:
    own, classes = Tables(links, {}, publication.classes), publication.classes
    if spelled:
        classes = {axis: {_united(codes): codes for codes in named.values()} for axis, named in classes.items()}
    cells: dict[FigureKey, bool] = {}
    facts, masked = dict[FigureKey, tuple[float, int]](), []
    for at, value, state, base in figures_of(publication.figures, links.persons):
        key = at
        if spelled:
            table = links.tables[at.indicateur]
            line, column = own.spelled(table, at.ligne, line=True), own.spelled(table, at.colonne, line=False)
            key = at._replace(ligne=_united(line), colonne=_united(column))
        cells[key] = state not in WITHOUT_NUMBER
        if state == MASKED:
            masked.append(key)
        elif cells[key]:
            facts[key] = value, base if state == ROUNDED else 0
    figures = publication.figures
    undeclared = figures["unite"].isin(PERSONS) & ~figures["indicateur"].isin(links.persons)
    names = figures.loc[undeclared, "indicateur"].unique()
    unread = tuple(f"{publication.name} : tableau « {id} », que rien ne déclare" for id in names)
    return Read(publication, facts, masked, Tables(links, cells, classes), unread)


def _united(codes: Collection[str]) -> str:
    return UNITED.join(sorted(codes))


def stated(documents: Sequence[Read], known: Knowledge) -> Iterator[Row]:
    """State what holds between the figures of publications; fractions count no persons, and are left."""
    broken = {key for document in documents for key, (value, _) in document.facts.items() if value % 1}
    for row in _stated(documents, known):
        asserted = known.followed_only or row.link is None or row.link.holds != "dans_les_dates"
        if asserted and broken.isdisjoint(key for key, _ in row.terms):
            yield row


def _stated(documents: Sequence[Read], known: Knowledge) -> Iterator[Row]:
    latest: dict[int, Read] = {}
    for document in documents:
        yield from rows(document.tables, [*known.communes])
        latest |= dict.fromkeys(document.years, document)
    cells = {key: there for document in documents for key, there in document.tables.cells.items()}
    of_years = {key: there for key, there in cells.items() if key in latest[key.annee].tables.cells}
    yield from rows_between_years(Tables(known.links, of_years, latest[max(latest)].tables.classes))
    for first, second in combinations((document.tables for document in documents), 2):
        if first.classes != second.classes:
            yield from _wider(first, second)
            yield from _wider(second, first)


def _wider(tables: Tables, others: Tables) -> Iterator[Row]:
    """A wider class is the sum of those of another release that it unites, and of what that release does not show."""
    for where, axes in tables.axes.items():
        for of_line, (codes, crossed) in ((True, axes), (False, axes[::-1])):
            narrower = others.lines(where) if of_line else others.columns(where)
            for wide in (code for code in codes if UNITED in code and code not in narrower):
                united = {*wide.split(UNITED)}
                inside = [code for code in narrower if {*code.split(UNITED)} < united]
                complete = united.difference(*(code.split(UNITED) for code in inside)) <= tables.links.rare
                for other in crossed:
                    addresses = ((code, other) if of_line else (other, code) for code in (wide, *inside))
                    whole, *parts = (FigureKey(*where, *address) for address in addresses)
                    if parts and tables.cells.get(whole) and all(others.cells.get(part) for part in parts):
                        terms = ((whole, -1.0), *((part, 1.0) for part in parts))
                        least, why = -float("inf"), "une classe est la somme de celles qu'elle réunit"
                        yield Row(terms, 0.0, 0.0, "somme", why) if complete else Row(terms, least, 0.0, "part", why)
