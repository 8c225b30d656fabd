"""What the attack is given: the figures of each release, as store and ledger have them, and what is known beside."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, permutations
from typing import Any

import pandas as pd

from rlpipeline.declared import PERSONS, SERVICE, FigureKey, Links
from rlpipeline.links import (
    Classes,
    Constraint,
    Kind,
    Tables,
    constraints,
    constraints_between_years,
)
from rlpipeline.states import ARRONDI, MASQUE, NC, VIDE

WITHOUT_NUMBER = frozenset({NC, VIDE})
UNITED = "_ou_"
Facts = Mapping[FigureKey, tuple[float, int]]
"""Number of each figure, and its base, 0 where it is exact."""
MARGIN, CROSSED = "marge", "croisé"
PLACES = {
    SERVICE: "ensemble du service",
    "hors": "hors des communes",
    "sans_commune": "sans commune",
}
"""Territories that are no commune."""


@dataclass(frozen=True)
class PublishedFigures:
    """What is published: columns of ``indicateurs.csv`` and ``base``, 0 where a figure is not rounded; wider classes.

    Nothing of it changes any more where it is released.
    """

    name: str
    figures: pd.DataFrame = field(repr=False, compare=False)
    classes: Classes
    released: bool = False


@dataclass(frozen=True)
class Knowledge:
    """What an intruder knows beside the figures: the rules that the report prints, and the territory.

    Parameters
    ----------
    seuil, seuil_sensible, sensibles
        Threshold of a figure, and that of the sensitive lines.
    followed_only
        False where rows of the records lie outside of their follow-up's dates: what is concluded from issues and
        referrals may then be false.
    rule
        What makes a figure exact: ``marge`` where it reaches its threshold, else it is « moins de »; ``croisé`` where
        none of those crossed beside it is small.
    few
        The least total that a territory's table shows the lines of, for such a total; 0 for other figures.
    systems
        Linear systems of what was attacked before.
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
    systems: dict[object, Any] = field(init=False, default_factory=dict, repr=False, compare=False)

    def grants(self, constraint: Constraint) -> bool:
        """Whether a constraint holds in these records."""
        link = constraint.link
        return self.followed_only or link is None or link.holds != "dans_les_dates"

    def threshold(self, key: FigureKey) -> int:
        """Least number of persons that may be published for a figure."""
        if key.ligne in self.sensibles:
            return self.seuil_sensible
        return self.seuil

    def name(self, key: FigureKey) -> str:
        """Name a figure in full: table, line, column, territory, year."""
        place = key.territoire
        territory = self.communes.get(place) or PLACES.get(place, place)
        address = f"{self._code(key.ligne)} × {self._code(key.colonne)}"
        return f"« {key.indicateur} », {address}, {territory}, {key.annee}"

    def _code(self, code: str) -> str:
        """Name a line or a column, which may be a commune."""
        return self.communes.get(code) or self.word(code)

    def sum_of(self, keys: Iterable[FigureKey]) -> str:
        """Name figures that are added up."""
        return " + ".join(map(self.name, keys))

    def equation(self, constraint: Constraint) -> str:
        """Write a constraint, its reason behind it."""
        left = self.sum_of(key for key, factor in constraint.terms if factor > 0)
        right = self.sum_of(key for key, factor in constraint.terms if factor <= 0)
        sign = "=" if constraint.least == constraint.most else "≤"
        return f"{left} {sign} {right or '0'} ({constraint.why})"


@dataclass(frozen=True)
class Document:
    """One publication read.

    Parameters
    ----------
    names
        The name of each of its figures that all publications read together have in common.
    facts
        Number and base (0 where exact) of its figures about persons.
    unread
        What of it is not understood.
    """

    publication: PublishedFigures
    names: Mapping[FigureKey, FigureKey]
    facts: Facts
    tables: Tables
    unread: tuple[str, ...]

    @cached_property
    def years(self) -> frozenset[int]:
        """Years that it has figures of."""
        return frozenset(key.annee for key in self.tables.cells)

    @property
    def fractions(self) -> frozenset[FigureKey]:
        """Figures that count no persons: they are no whole numbers."""
        return frozenset(key for key, (value, _) in self.facts.items() if value % 1)

    @property
    def form(self) -> tuple[object, ...]:
        """What the constraints between its figures depend on: its cells and classes, which of them count no persons."""
        cells = tuple(self.tables.cells.items())
        return cells, repr(self.tables.classes), self.fractions


def read(publications: Sequence[PublishedFigures], known: Knowledge) -> list[Document]:
    """Read every publication; where their classes differ, a wider class is named by the codes that it unites."""
    every = [plain_classes(publication.classes) for publication in publications]
    spelled = any(classes != every[0] for classes in every)
    documents = list[Document]()
    for publication, classes in zip(publications, every, strict=True):
        documents.append(_read(publication, classes, known.links, spelled))
    return documents


def plain_classes(classes: Classes) -> dict[str, dict[str, tuple[str, ...]]]:
    """Write classes alike, whether settings or a ledger gave them."""
    every: dict[str, dict[str, tuple[str, ...]]] = {}
    for axis, named in classes.items():
        every[axis] = {code: tuple(codes) for code, codes in named.items()}
    return every


def _read(publication: PublishedFigures, classes: Classes, links: Links, spelled: bool) -> Document:
    """Read a publication, whose wider classes are named by what they unite where ``spelled``."""
    own = Tables(links, {}, classes)
    names = dict[FigureKey, FigureKey]()
    cells = dict[FigureKey, bool]()
    facts = dict[FigureKey, tuple[float, int]]()
    figures = publication.figures
    persons = figures[figures["unite"].isin(PERSONS)]
    declared = persons["indicateur"].isin(links.persons)
    for at, state, value, base in _rows(persons[declared]):
        key = _spelled(at, own) if spelled else at
        names[at] = key
        cells[key] = state not in WITHOUT_NUMBER
        if cells[key] and state != MASQUE:  # who has what was withdrawn since goes on knowing it
            facts[key] = value, base if state == ARRONDI else 0
    undeclared = persons.loc[~declared, "indicateur"].unique()
    why = "que rien ne déclare"
    unread = tuple(f"{publication.name} : tableau « {id} », {why}" for id in undeclared)
    shared = _by_united(classes) if spelled else classes
    tables = Tables(links, cells, shared)
    return Document(publication, names, facts, tables, unread)


def _rows(figures: pd.DataFrame) -> Iterator[tuple[FigureKey, str, float, int]]:
    """Give address, state, number and base of figures, the service first.

    A solver chooses among equal solutions by their order.
    """
    facts = (figures[name].tolist() for name in ("etat", "valeur", "base"))
    rows = zip(addresses(figures), *facts, strict=True)
    return iter(sorted(rows, key=_service_first))


def addresses(figures: pd.DataFrame) -> list[FigureKey]:
    """Give the address of each figure."""
    columns = (figures[name].tolist() for name in FigureKey._fields)
    return [*map(FigureKey, *columns)]


def _service_first(row: tuple[FigureKey, str, float, int]) -> tuple[object, ...]:
    key = row[0]
    return key.territoire != SERVICE, key.territoire, key


def _spelled(key: FigureKey, tables: Tables) -> FigureKey:
    """Name line and column of a figure by the codes that they unite."""
    table = tables.links.tables[key.indicateur]
    line = tables.spelled(table, key.ligne, line=True)
    column = tables.spelled(table, key.colonne, line=False)
    return key._replace(ligne=united(line), colonne=united(column))


def united(codes: Collection[str]) -> str:
    """Name what unites some codes, whatever a publication calls it."""
    return UNITED.join(sorted(codes))


def _by_united(classes: Classes) -> Classes:
    """Name each wider class by the codes that it unites."""
    every: dict[str, Mapping[str, Collection[str]]] = {}
    for axis, named in classes.items():
        every[axis] = {united(codes): codes for codes in named.values()}
    return every


def constraints_of(
    documents: Sequence[Document], known: Knowledge, about: Collection[int] | None = None
) -> Iterator[Constraint]:
    """Give what holds between the figures of publications, or those about some years; fractions count no persons."""
    fractions = frozenset(chain.from_iterable(document.fractions for document in documents))
    for constraint in _all_constraints(documents, known, about):
        keys = [key for key, _ in constraint.terms]
        asked = about is None or any(key.annee in about for key in keys)
        if asked and known.grants(constraint) and fractions.isdisjoint(keys):
            yield constraint


def _all_constraints(
    documents: Sequence[Document], known: Knowledge, about: Collection[int] | None
) -> Iterator[Constraint]:
    """Give what holds within each publication that is about some years, between years, and between wider classes."""
    for document in documents:
        if about is None or not document.years.isdisjoint(about):
            yield from constraints(document.tables, [*known.communes])
    yield from constraints_between_years(_latest_tables(documents, known.links))
    every = [document.tables for document in documents]
    for first, second in permutations(every, 2):
        if first.classes != second.classes:
            yield from _wider(first, second)


def _latest_tables(documents: Sequence[Document], links: Links) -> Tables:
    """Give the cells of all publications that the latest one of their year has, in the classes of the last year."""
    latest = dict[int, Tables]()
    cells = dict[FigureKey, bool]()
    for document in documents:
        latest |= dict.fromkeys(document.years, document.tables)
        cells |= document.tables.cells
    current = dict[FigureKey, bool]()
    for key, has_number in cells.items():
        if key in latest[key.annee].cells:
            current[key] = has_number
    classes = latest[max(latest)].classes if latest else {}
    return Tables(links, current, classes)


def _wider(tables: Tables, others: Tables) -> Iterator[Constraint]:
    """A wider class is the sum of those of another release that it unites, and of what that release does not show."""
    for where, (lines, columns) in tables.axes.items():
        for codes, kind in _wider_codes(lines, others.lines(where), tables):
            for column in columns:
                keys = [FigureKey(*where, code, column) for code in codes]
                yield from _sum_of_classes(keys, kind, tables, others)
        for codes, kind in _wider_codes(columns, others.columns(where), tables):
            for line in lines:
                keys = [FigureKey(*where, line, code) for code in codes]
                yield from _sum_of_classes(keys, kind, tables, others)


def _wider_codes(
    codes: Iterable[str], narrower: Sequence[str], tables: Tables
) -> Iterator[tuple[list[str], Kind]]:
    """Give each wider class of an axis that another release has not, then those inside it, and what they are of it."""
    for wide in codes:
        if UNITED not in wide or wide in narrower:
            continue
        united = {*wide.split(UNITED)}
        inside = [code for code in narrower if {*code.split(UNITED)} < united]
        left = united.difference(*(code.split(UNITED) for code in inside))
        kind: Kind = "somme" if left <= tables.links.rare else "part"
        yield [wide, *inside], kind


def _sum_of_classes(
    keys: Sequence[FigureKey], kind: Kind, tables: Tables, others: Tables
) -> Iterator[Constraint]:
    """Say that a figure in a wider class, the first, is the sum of those of the others, or more."""
    whole, *parts = keys
    numbered = tables.cells.get(whole) and all(map(others.cells.get, parts))
    if parts and numbered:
        positive = ((part, 1.0) for part in parts)
        terms = ((whole, -1.0), *positive)
        least = 0.0 if kind == "somme" else -math.inf
        why = "une classe est la somme de celles qu'elle réunit"
        yield Constraint(terms, least, 0.0, kind, why)
