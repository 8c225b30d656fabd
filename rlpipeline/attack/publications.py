"""What the attack is given: the figures of each release, as store and ledger have them, and what is known beside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, permutations
from typing import Any

import pandas as pd

from rlpipeline.declared import PERSONS, SERVICE, FigureKey, Links
from rlpipeline.links import Classes, Row, Tables, rows, rows_between_years
from rlpipeline.states import ARRONDI, MASQUE, NC, VIDE

WITHOUT_NUMBER = frozenset({NC, VIDE})
UNITED = "_ou_"
Facts = Mapping[FigureKey, tuple[float, int]]
"""Number of each figure, and its base, 0 where it is exact."""
MARGIN, CROSSED = "marge", "croisé"


@dataclass(frozen=True)
class Publication:
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

    ``followed_only`` is not where rows of the records lie outside of their follow-up's dates: what is concluded from
    issues and referrals may then be false. ``rule`` says what makes a figure exact: ``marge`` where it reaches its
    threshold, else it is « moins de »; ``croisé`` where none of those crossed beside it is small. ``few`` gives the
    least total that a territory's table shows the lines of, for such a total, else 0. ``systems``: of what it attacked.
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

    def threshold(self, key: FigureKey) -> int:
        """Least number of persons that may be published for a figure."""
        return self.seuil_sensible if key.ligne in self.sensibles else self.seuil

    def name(self, key: FigureKey) -> str:
        """Name a figure in full: table, line, column, territory, year."""
        places = {
            SERVICE: "ensemble du service",
            "hors": "hors des communes",
            "sans_commune": "sans commune",
        }
        territory = self.communes.get(key.territoire) or places.get(key.territoire, key.territoire)
        line, column = (
            self.communes.get(code) or self.word(code) for code in (key.ligne, key.colonne)
        )
        return f"« {key.indicateur} », {line} × {column}, {territory}, {key.annee}"

    def equation(self, row: Row) -> str:
        """Write a row, its reason behind it."""
        sides = [
            [self.name(key) for key, factor in row.terms if (factor > 0) == left]
            for left in (True, False)
        ]
        sign = "=" if row.least == row.most else "≤"
        return f"{' + '.join(sides[0])} {sign} {' + '.join(sides[1]) or '0'} ({row.why})"


@dataclass(frozen=True)
class Read:
    """One publication read: number and base (0 where exact) of figures about persons, what is not understood.

    ``names`` are those of its figures that all publications read together have in common.
    """

    publication: Publication
    names: Mapping[FigureKey, FigureKey]
    facts: Facts
    tables: Tables
    unread: tuple[str, ...]

    @cached_property
    def years(self) -> frozenset[int]:
        """Years that it has figures of."""
        return frozenset(key.annee for key in self.tables.cells)


def read(publications: Sequence[Publication], known: Knowledge) -> list[Read]:
    """Read every publication; where their classes differ, a wider class is named by the codes that it unites."""
    every = [
        {
            axis: {code: tuple(codes) for code, codes in named.items()}
            for axis, named in one.classes.items()
        }
        for one in publications
    ]
    spelled = any(classes != every[0] for classes in every)
    both = zip(publications, every, strict=True)
    return [_read(publication, classes, known.links, spelled) for publication, classes in both]


def _read(publication: Publication, classes: Classes, links: Links, spelled: bool) -> Read:
    own = Tables(links, {}, classes)
    if spelled:
        classes = {
            axis: {united(codes): codes for codes in named.values()}
            for axis, named in classes.items()
        }
    names, cells = dict[FigureKey, FigureKey](), dict[FigureKey, bool]()
    facts = dict[FigureKey, tuple[float, int]]()
    figures = publication.figures
    persons, declared = figures["unite"].isin(PERSONS), figures["indicateur"].isin(links.persons)
    about = figures[persons & declared]
    columns = [about[name].tolist() for name in (*FigureKey._fields, "etat", "valeur", "base")]
    every = zip(
        *columns, strict=True
    )  # the service first: a solver chooses among equal solutions by the order
    for *address, state, value, base in sorted(
        every, key=lambda row: (row[2] != SERVICE, row[2], *row[:5])
    ):
        key = at = FigureKey(*address)
        if spelled:
            table = links.tables[at.indicateur]
            line, column = (
                own.spelled(table, at.ligne, line=True),
                own.spelled(table, at.colonne, line=False),
            )
            key = at._replace(ligne=united(line), colonne=united(column))
        names[at], cells[key] = key, state not in WITHOUT_NUMBER
        if cells[key] and state != MASQUE:  # who has what was withdrawn since goes on knowing it
            facts[key] = value, base if state == ARRONDI else 0
    strangers = figures.loc[persons & ~declared, "indicateur"].unique()
    unread = tuple(
        f"{publication.name} : tableau « {id} », que rien ne déclare" for id in strangers
    )
    return Read(publication, names, facts, Tables(links, cells, classes), unread)


def united(codes: Collection[str]) -> str:
    """Name what unites some codes, whatever a publication calls it."""
    return UNITED.join(sorted(codes))


def stated(
    documents: Sequence[Read], known: Knowledge, about: Collection[int] | None = None
) -> Iterator[Row]:
    """State what holds between the figures of publications, or those about some years; fractions count no persons."""
    broken = {
        key for document in documents for key, (value, _) in document.facts.items() if value % 1
    }
    latest = {year: document.tables for document in documents for year in document.years}
    cells = {key: there for document in documents for key, there in document.tables.cells.items()}
    of_years = {key: there for key, there in cells.items() if key in latest[key.annee].cells}
    within = [
        document.tables for document in documents if about is None or {*about} & document.years
    ]
    pairs = permutations((document.tables for document in documents), 2)
    every = chain(
        *(rows(tables, [*known.communes]) for tables in within),
        rows_between_years(
            Tables(known.links, of_years, latest[max(latest)].classes if latest else {})
        ),
        *(_wider(first, second) for first, second in pairs if first.classes != second.classes),
    )
    for row in every:
        asserted = known.followed_only or row.link is None or row.link.holds != "dans_les_dates"
        asked = about is None or any(key.annee in about for key, _ in row.terms)
        if asserted and asked and broken.isdisjoint(key for key, _ in row.terms):
            yield row


def _wider(tables: Tables, others: Tables) -> Iterator[Row]:
    """A wider class is the sum of those of another release that it unites, and of what that release does not show."""
    for where, axes in tables.axes.items():
        for of_line, (codes, crossed) in ((True, axes), (False, axes[::-1])):
            narrower = others.lines(where) if of_line else others.columns(where)
            for wide in (code for code in codes if UNITED in code and code not in narrower):
                united = {*wide.split(UNITED)}
                inside = [code for code in narrower if {*code.split(UNITED)} < united]
                complete = (
                    united.difference(*(code.split(UNITED) for code in inside)) <= tables.links.rare
                )
                for other in crossed:
                    addresses = (
                        (code, other) if of_line else (other, code) for code in (wide, *inside)
                    )
                    whole, *parts = (FigureKey(*where, *address) for address in addresses)
                    if (
                        parts
                        and tables.cells.get(whole)
                        and all(others.cells.get(part) for part in parts)
                    ):
                        terms = ((whole, -1.0), *((part, 1.0) for part in parts))
                        least, why = (
                            -float("inf"),
                            "une classe est la somme de celles qu'elle réunit",
                        )
                        yield (
                            Row(terms, 0.0, 0.0, "somme", why)
                            if complete
                            else Row(terms, least, 0.0, "part", why)
                        )
