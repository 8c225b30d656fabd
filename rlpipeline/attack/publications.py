"""What the attack is given: the figures of each release, as store and ledger have them, and what is known beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from rlpipeline.declared import PERSONS, ROUNDED, SERVICE, FigureKey, Links
from rlpipeline.links import Classes, Row, Tables, rows, rows_between_years

KEY = ["indicateur", "annee", "territoire", "ligne", "colonne"]
WITHOUT_NUMBER = frozenset({"nc", "vide"})
MASKED = "masque"
UNITED = "_ou_"


@dataclass(frozen=True)
class Publication:
    """One release.

    Parameters
    ----------
    figures
        Columns of ``indicateurs.csv`` and ``base``, of every territory.
    classes
        Wider classes that its codes are in.
    released
        Whether everybody has it already: nothing in it can be changed any more.
    """

    name: str
    figures: pd.DataFrame
    classes: Classes
    released: bool = False


@dataclass(frozen=True)
class Knowledge:
    """What an intruder knows beside the figures: the rules that the report prints, and the territory.

    Parameters
    ----------
    communes
        Names of the service's communes by INSEE code.
    seuil, seuil_sensible, sensibles
        Least number that may be published; for the lines that are sensitive, another.
    base
        What figures are usually rounded to.
    followed_only
        Whether issues and referrals are those of young people followed in the year: not where rows of the records lie
        outside of their follow-up's dates, and what is concluded from it may be false.
    margin
        Says of a figure whether it is exact from its threshold on, and « moins de » below it.
    word
        French words of a code.
    """

    communes: Mapping[str, str]
    links: Links
    seuil: int = 5
    seuil_sensible: int = 11
    sensibles: frozenset[str] = frozenset()
    base: int = 5
    followed_only: bool = True
    margin: Callable[[FigureKey], bool] = lambda key: False
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


@dataclass(frozen=True)
class Failure:
    """Something that is known too well.

    Parameters
    ----------
    about
        The figure, or those whose sum or difference it is.
    kind
        ``publié``, ``corrigé``, ``arrondi``, ``reste``, ``réunion``.
    least, greatest
        Nothing outside is possible.
    said
        What an intruder finds, in French.
    cures
        Exact figures near by that nobody has yet: rounding one opens it, unless another way leads to it.
    """

    about: tuple[FigureKey, ...]
    kind: str
    least: float
    greatest: float
    said: str
    cures: tuple[FigureKey, ...] = ()

    def __str__(self) -> str:
        return self.said


@dataclass(frozen=True)
class Fact:
    """What a publication says of one figure: its number and its base, 0 where it is exact."""

    key: FigureKey
    value: float
    base: int


@dataclass(frozen=True)
class Read:
    """One publication read: what it says of persons, what it withdraws, what is not understood."""

    publication: Publication
    facts: Sequence[Fact]
    masked: frozenset[FigureKey]
    tables: Tables
    unread: tuple[str, ...]

    @property
    def years(self) -> frozenset[int]:
        """Years that it has figures of."""
        return frozenset(key.annee for key in self.tables.cells)


def read(publications: Sequence[Publication], known: Knowledge) -> list[Read]:
    """Read every publication; where their classes differ, a wider class is named by the codes that it unites."""
    named = [publication.classes for publication in publications]
    spelled = any(one != other for one, other in combinations(named, 2))
    return [_read(publication, known, spelled) for publication in publications]


def _read(publication: Publication, known: Knowledge, spelled: bool) -> Read:
    figures = publication.figures
    about = figures["unite"].isin(PERSONS)
    undeclared = figures.loc[about & ~figures["indicateur"].isin(known.links.persons), "indicateur"].unique()
    counted = figures[about & figures["indicateur"].isin(known.links.persons)]
    columns = (counted[name].tolist() for name in (*KEY, "valeur", "etat", "base"))
    cells: dict[FigureKey, bool] = {}
    facts, masked = [], []
    own = Tables(known.links, {}, publication.classes)
    for id, year, place, line, column, value, state, base in zip(*columns, strict=True):
        key = FigureKey(id, int(year), place, line, column)
        key = _spelled(own, key) if spelled else key
        cells[key] = state not in WITHOUT_NUMBER
        if state == MASKED:
            masked.append(key)
        elif cells[key]:
            facts.append(Fact(key, float(value), int(base) if state == ROUNDED else 0))
    classes = _spelled_classes(publication.classes) if spelled else publication.classes
    unread = tuple(f"{publication.name} : tableau « {id} », que rien ne déclare" for id in undeclared)
    return Read(publication, facts, frozenset(masked), Tables(known.links, cells, classes), unread)


def _spelled(tables: Tables, key: FigureKey) -> FigureKey:
    table = tables.links.tables[key.indicateur]
    line, column = (
        UNITED.join(sorted(tables.spelled(table, code, line=of_line)))
        for code, of_line in ((key.ligne, True), (key.colonne, False))
    )
    return key._replace(ligne=line, colonne=column)


def _spelled_classes(classes: Classes) -> Classes:
    return {axis: {UNITED.join(sorted(codes)): codes for codes in named.values()} for axis, named in classes.items()}


def stated(documents: Sequence[Read], known: Knowledge) -> Iterator[Row]:
    """State everything that holds between the figures of publications; fractions count no persons, and are left."""
    broken = frozenset(fact.key for document in documents for fact in document.facts if fact.value % 1)
    yield from (row for row in _stated(documents, known) if broken.isdisjoint(key for key, _ in row.terms))


def _stated(documents: Sequence[Read], known: Knowledge) -> Iterator[Row]:
    latest: dict[int, Read] = {}
    for document in documents:
        yield from (row for row in rows(document.tables, [*known.communes]) if _asserted(row, known))
        latest |= dict.fromkeys(document.years, document)
    cells = {key: there for document in documents for key, there in document.tables.cells.items()}
    of_years = {key: there for key, there in cells.items() if key in latest[key.annee].tables.cells}
    classes = latest[max(latest)].tables.classes if latest else {}
    every = Tables(known.links, of_years, classes)
    yield from (row for row in rows_between_years(every) if _asserted(row, known))
    for first, second in combinations(documents, 2):
        if first.tables.classes != second.tables.classes:
            yield from _wider(first.tables, second.tables)
            yield from _wider(second.tables, first.tables)


def _asserted(row: Row, known: Knowledge) -> bool:
    return known.followed_only or row.link is None or row.link.holds != "dans_les_dates"


def _wider(tables: Tables, others: Tables) -> Iterator[Row]:
    """A wider class is the sum of those of another release that it unites, and of what that release does not show."""
    for where, (lines, columns) in tables.axes.items():
        if where not in others.axes:
            continue
        for of_line, codes, narrower in ((True, lines, others.lines(where)), (False, columns, others.columns(where))):
            for wide in (code for code in codes if UNITED in code and code not in narrower):
                inside = [code for code in narrower if {*code.split(UNITED)} < {*wide.split(UNITED)}]
                left = {*wide.split(UNITED)}.difference(*(code.split(UNITED) for code in inside))
                complete = left <= tables.links.rare
                for other in columns if of_line else lines:
                    whole, *parts = (
                        FigureKey(*where, code, other) if of_line else FigureKey(*where, other, code)
                        for code in (wide, *inside)
                    )
                    if parts and tables.cells.get(whole) and all(others.cells.get(part) for part in parts):
                        terms = ((whole, -1.0), *((part, 1.0) for part in parts))
                        least = 0.0 if complete else -float("inf")
                        why = "une classe est la somme de celles qu'elle réunit"
                        yield Row(terms, least, 0.0, "somme" if complete else "part", why)
