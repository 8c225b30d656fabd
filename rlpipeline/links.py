"""What links published figures, compiled once: declarations become constraints « least ≤ Σ factor × figure ≤ most ».

Checks evaluate them, protection rounds under them, the attack bounds figures with them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Literal

from rlpipeline.declared import (
    RATE,
    SERVICE,
    CellRange,
    Each,
    FigureKey,
    Link,
    Links,
    TableSpec,
    Total,
)

HORS, SANS_COMMUNE = "hors", "sans_commune"
TOTAL, NOUVEAUX = "total", "nouveaux"
NO_PUBLIC = frozenset({"familles", "seances", "jours", "nb_partenaires"})
"""Lines of the tables of actions that are no part of their total."""
ISSUE, FAMILY = Each("problematique"), "famille"
SUBJECTS = frozenset({ISSUE.variable, FAMILY})
"""Axes of wider classes that are lines of one variable."""
MANY = 100_000.0
"""More than any figure counts: turns « none of these, hence none of those » into a constraint."""
OF_LINES = "le total est celui des lignes"
ACROSS = {"sexe": "le total est celui des sexes", "age": "le total est celui des âges"}

Where = tuple[str, int, str]
"""Indicator, year and territory of a table."""
Axes = tuple[dict[str, None], dict[str, None]]
"""Lines and columns of a table, in order."""
Classes = Mapping[str, Mapping[str, Collection[str]]]
"""Axis to its wider classes, each with the codes that it joins."""
Kind = Literal["somme", "égalité", "part", "reste", "ensemble", "choses", "zéro", "taux"]


@dataclass(frozen=True)
class Constraint:
    """``least ≤ Σ factor × figure ≤ most``.

    Parameters
    ----------
    kind
        ``somme``: a whole, first and negative, and its parts; ``égalité``: two sums; ``part``: a part less its whole,
        what is left being persons as well; ``reste``: what is left for who supposes so, from which nothing else is
        concluded; ``ensemble``: distinct persons, at most those of every line; ``choses``: persons, at most what is
        theirs; ``zéro``: nobody, hence nothing; ``taux``: a rate, its count, its base.
    why
        The reason, in French.
    link
        The declaration of a link; None where it is the table's own.
    """

    terms: tuple[tuple[FigureKey, float], ...]
    least: float
    most: float
    kind: Kind
    why: str
    link: Link | None = None

    @property
    def assumed(self) -> bool:
        """Whether a reader only assumes it."""
        return self.link is not None and self.link.holds in {"suppose", "en_general"}


@dataclass(frozen=True)
class Tables:
    """The cells of some tables, of any territories and years.

    Parameters
    ----------
    cells
        Address of each cell, and whether it has a number, shown or not: not where it is not communicated.
    classes
        Wider classes that the codes are in.
    """

    links: Links
    cells: Mapping[FigureKey, bool]
    classes: Classes = field(default_factory=dict)

    @cached_property
    def axes(self) -> Mapping[Where, Axes]:
        """Lines and columns of each table, in order."""
        axes = dict[Where, Axes]()
        for key in self.cells:
            lines, columns = axes.setdefault(key[:3], ({}, {}))
            lines.setdefault(key.ligne)
            columns.setdefault(key.colonne)
        return axes

    def lines(self, where: Where) -> Sequence[str]:
        """List the lines of a table; none where it is not there."""
        return [*self.axes[where][0]] if where in self.axes else []

    def columns(self, where: Where) -> Sequence[str]:
        """List the columns of a table."""
        return [*self.axes[where][1]] if where in self.axes else []

    def spelled(self, table: TableSpec, code: str, *, line: bool) -> frozenset[str]:
        """List the codes that a line or a column unites."""
        own = (table.lines if line else table.columns).variable
        for axis, named in self.classes.items():
            of_subject = {axis, own} <= SUBJECTS or (line and table.of_actions and axis == "age")
            if code in named and (axis == own or of_subject):
                return frozenset(named[code])
        return frozenset({code})

    def parts(self, keys: Iterable[FigureKey]) -> tuple[list[FigureKey], bool]:
        """Give the terms of a sum, and whether nothing is left out: a cell without a number counts for nothing."""
        terms, complete = [], True
        for key in keys:
            if key not in self.cells:
                complete = complete and self._is_nothing(key)
            elif self.cells[key]:
                terms.append(key)
        return terms, complete

    def _is_nothing(self, key: FigureKey) -> bool:
        """Whether a cell that is not there is a zero.

        Notes
        -----
        A code that is shown only where someone is counted is a zero where others of its axis are shown, an action
        elsewhere too.
        """
        if self.links.tables[key.indicateur].of_actions:
            return True
        lines, columns = self.axes.get(key.place, ({}, {}))
        is_rare_line = key.ligne in self.links.rare and len(lines) > 1
        return is_rare_line or (key.colonne in self.links.rare and len(columns) > 1)

    def united(self, line: str) -> Collection[str]:
        """Give the codes that a wider class unites, by its name; else the code itself."""
        wider = (named[line] for named in self.classes.values() if line in named)
        return next(wider, (line,))

    def family(self, issue: str) -> str:
        """Give the family of an issue; nothing for other lines: someone may have two issues of a wider class."""
        families = self.links.families.items()
        return next((family for family, codes in families if issue in codes), "")


def constraints(tables: Tables, communes: Sequence[str]) -> Iterator[Constraint]:
    """State what holds between figures of one year: tables, families, territories, declared links."""
    for where, (lines, columns) in tables.axes.items():
        spec = tables.links.tables.get(where[0])
        if spec is not None:
            table = _Table(tables, spec, where, [*lines], [*columns])
            yield from table.constraints()
            yield from table.zeros()
    yield from _territories(tables, communes)
    for link in tables.links.all:
        if link.sign != RATE and not _is_between_years(link):
            yield from link_constraints(link, tables, unpublished=True)


def constraints_between_years(tables: Tables) -> Iterator[Constraint]:
    """State what holds between figures of several years."""
    for link in filter(_is_between_years, tables.links.all):
        yield from link_constraints(link, tables)


def _is_between_years(link: Link) -> bool:
    return any(cells.before for cells in (*link.left, *link.right))


def _whole(whole: FigureKey, parts: Iterable[FigureKey]) -> tuple[tuple[FigureKey, float], ...]:
    """Give the terms of a whole and its parts."""
    return ((whole, -1.0), *((part, 1.0) for part in parts))


@dataclass(frozen=True)
class _Table:
    """One table of one year and territory, by what it crosses."""

    tables: Tables
    spec: TableSpec
    where: Where
    lines: Sequence[str]
    columns: Sequence[str]

    def constraints(self) -> Iterator[Constraint]:
        """State what holds inside it: totals of its columns, then of its lines."""
        spec = self.spec
        if spec.of_actions:
            yield from self._publics()
        elif spec.columns.variable:
            yield from self._across()
        for counted, total in spec.totals.items():
            for column in (counted,) if counted else self.columns:
                if column in self.columns:
                    yield from self._total(column, total)

    def zeros(self) -> Iterator[Constraint]:
        """State which figures are zero: young people of no commune; moves between communes in the whole service."""
        if self.spec.residents and self.where[2] == SANS_COMMUNE:
            yield from self._nobody(self.lines, "chaque jeune vit quelque part")
        if self.where[2] == SERVICE:
            balances = {*self.spec.balances}.intersection(self.lines)
            yield from self._nobody(balances, "qui part d'une commune arrive dans une autre")

    def _nobody(self, lines: Iterable[str], why: str) -> Iterator[Constraint]:
        for line, column in product(lines, self.columns):
            key = self._at(line, column)
            if self.tables.cells.get(key):
                yield Constraint(((key, 1.0),), 0.0, 0.0, "égalité", why)

    def _at(self, line: str, column: str) -> FigureKey:
        return FigureKey(*self.where, line, column)

    def _total_of(self, column: str) -> FigureKey:
        return self._at(self.spec.lines.total, column)

    def _cells(self, lines: Iterable[str], column: str) -> list[FigureKey]:
        return [self._at(line, column) for line in lines]

    @cached_property
    def _parts(self) -> list[str]:
        """The lines that its total is about."""
        return [line for line in self.lines if line != self.spec.lines.total]

    @cached_property
    def _is_whole(self) -> bool:
        """Whether its lines unite all codes of their variable."""
        return bool(self._parts) and self._is_all(self._parts, line=True)

    def _publics(self) -> Iterator[Constraint]:
        """Add up the publics of each action, without families."""
        publics = [line for line in self.lines if line not in {TOTAL, *NO_PUBLIC}]
        for column in self.columns:
            cells = self._cells(publics, column)
            why = "le total est celui des publics, sans les familles"
            yield from self._sum(self._at(TOTAL, column), cells, why)

    def _across(self) -> Iterator[Constraint]:
        """Add up the columns of each line."""
        parts = [column for column in self.columns if column not in (TOTAL, NOUVEAUX)]
        if not parts:
            return
        complete = self._is_all(parts, line=False)
        why = ACROSS.get(self.spec.columns.variable, "le total est celui des colonnes")
        for line in self.lines:
            cells = [self._at(line, part) for part in parts]
            yield from self._sum(self._at(line, TOTAL), cells, why, complete)

    def _total(self, column: str, total: Total) -> Iterator[Constraint]:
        """State what the total of a column is of its lines."""
        whole, cells = self._total_of(column), self._cells(self._parts, column)
        if total == "familles":
            yield from self._families(column)
        elif total == "reunion":
            yield from self._union(whole, cells, self._is_whole)
        elif not (self.spec.lines.own_total and self._has_unknown(cells)):
            yield from self._sum(whole, cells, OF_LINES, self._is_whole)

    def _has_unknown(self, cells: Iterable[FigureKey]) -> bool:
        return any(self.tables.cells.get(cell) is False for cell in cells)

    def _is_all(self, codes: Iterable[str], *, line: bool) -> bool:
        """Whether lines, or columns, unite all codes of their variable, save those shown only where they count."""
        axis, links = self.spec.lines if line else self.spec.columns, self.tables.links
        usual = {*links.codes.get(axis.variable, ())} - links.rare
        return usual <= self._united(codes, line=line)

    def _united(self, codes: Iterable[str], *, line: bool) -> frozenset[str]:
        spelled = (self.tables.spelled(self.spec, code, line=line) for code in codes)
        return frozenset().union(*spelled)

    def _sum(
        self, whole: FigureKey, parts: Iterable[FigureKey], why: str, complete: bool = True
    ) -> Iterator[Constraint]:
        """Say that a figure is the sum of others, or more where some of them are not published."""
        terms, all_there = self.tables.parts(parts)
        if not terms or not self.tables.cells.get(whole):
            return
        if complete and all_there:
            yield Constraint(_whole(whole, terms), 0.0, 0.0, "somme", why)
        else:
            yield Constraint(_whole(whole, terms), -math.inf, 0.0, "part", why)

    def _union(
        self, whole: FigureKey, cells: Sequence[FigureKey], complete: bool
    ) -> Iterator[Constraint]:
        """State that a count of distinct persons is at least each of its lines, and at most all of them."""
        terms, _ = self.tables.parts(cells)
        if not self.tables.cells.get(whole):
            return
        for term in terms:
            of_whole = ((term, 1.0), (whole, -1.0))
            why = "les jeunes d'une ligne sont parmi ceux du total"
            yield Constraint(of_whole, -math.inf, 0.0, "part", why)
        if terms and complete:
            why = "le total, qui compte chacun une fois, ne dépasse pas la somme des lignes"
            lines = ((whole, 1.0), *((term, -1.0) for term in terms))
            yield Constraint(lines, -math.inf, 0.0, "ensemble", why)

    def _families(self, column: str) -> Iterator[Constraint]:
        """Add issues to families and families to the total; a joined line is the sum of the families it unites."""
        families = self.tables.links.families
        spelled = {line: self._united([line], line=True) for line in self._parts}
        heads = [line for line, codes in spelled.items() if codes <= families.keys()]
        for head in heads:
            issues = frozenset(code for family in spelled[head] for code in families[family])
            inside = [line for line in spelled if line not in heads and spelled[line] <= issues]
            covered = issues == self._united(inside, line=True)
            why = "une famille est la somme de ses problématiques"
            cells = self._cells(inside, column)
            yield from self._sum(self._at(head, column), cells, why, covered)
        covered = families.keys() == self._united(heads, line=True)
        cells = self._cells(heads, column)
        yield from self._sum(self._total_of(column), cells, OF_LINES, covered)


def _territories(tables: Tables, communes: Sequence[str]) -> Iterator[Constraint]:
    """The service is the sum of its communes, of those who live outside and of what has no commune."""
    for where, (lines, columns) in tables.axes.items():
        spec = tables.links.tables.get(where[0])
        if where[2] == SERVICE and spec is not None and spec.additive:
            around = _around(tables, spec, where, communes)
            for line, column in product(lines, columns) if around else ():
                key = FigureKey(*where, line, column)
                if column not in spec.apart and tables.cells.get(key):
                    yield from _of_service(tables, key, around)


def _around(
    tables: Tables, spec: TableSpec, where: Where, communes: Sequence[str]
) -> Sequence[Where]:
    """Give the table in each of the territories that make up the service; none where no territory has it."""
    around = [*communes, HORS] if spec.residents else [*communes, HORS, SANS_COMMUNE]
    places = [(*where[:2], territory) for territory in around]
    return [] if tables.axes.keys().isdisjoint(places) else places


def _of_service(tables: Tables, key: FigureKey, places: Sequence[Where]) -> Iterator[Constraint]:
    """Say that a figure of the service is the sum of those of its territories, or at most that.

    Notes
    -----
    A territory without the table has figures that nobody publishes, which are to be protected as well; an action is
    shown where it took place. A territory may show its total alone: the sum is then at most the service.
    """
    if tables.links.tables[key.indicateur].of_actions:
        places = [place for place in places if key.colonne in tables.columns(place)]
    cells = {place: FigureKey(*place, key.ligne, key.colonne) for place in places}
    there = [cell for place, cell in cells.items() if place in tables.axes]
    terms, complete = tables.parts(there)
    why = "les territoires font le service"
    if terms and complete:
        absent = [cell for place, cell in cells.items() if place not in tables.axes]
        yield Constraint(_whole(key, [*terms, *absent]), 0.0, 0.0, "somme", why)
    elif terms:
        yield Constraint(_whole(key, terms), -math.inf, 0.0, "ensemble", why)


def link_constraints(
    link: Link, tables: Tables, *, unpublished: bool = False
) -> Iterator[Constraint]:
    """State a declared link for each code, territory and year that has both sides.

    Parameters
    ----------
    unpublished
        Whether two figures are tied as well through a third, of a table that is not there.
    """
    of_left = [where for where in tables.axes if where[0] == link.left[0].table]
    for where in of_left:
        if where[2] == SERVICE or not link.service:
            for codes in _choices(link, tables, where):
                yield from _Sides(link, codes, tables, where).constraint(unpublished)


def _choices(link: Link, tables: Tables, where: Where) -> Iterator[Mapping[Each, str]]:
    """Give each choice of codes for the axes: those of the part, or of both sides where they are equal."""
    found: dict[Each, dict[str, None]] = {}
    sides = (*link.left, *link.right) if link.sign == "=" else link.left
    for cells in sides:
        place = (cells.table, where[1] - cells.before, where[2])
        axes = ((cells.line, tables.lines(place)), (cells.column, tables.columns(place)))
        for axis, codes in axes:
            if isinstance(axis, Each):
                known = (code for code in codes if code not in axis.save)
                found.setdefault(axis, {}).update(dict.fromkeys(known))
    for choice in product(*found.values()):
        yield dict(zip(found, choice, strict=True))


@dataclass(frozen=True)
class _Sides:
    """The sides of a link, for one choice of codes, in one territory and year."""

    link: Link
    codes: Mapping[Each, str]
    tables: Tables
    where: Where

    def keys(self, side: Iterable[CellRange]) -> Iterator[FigureKey]:
        """Give the address of each cell."""
        for cells in side:
            territory = self.codes[cells.territory] if cells.territory else self.where[2]
            line, column = self._code(cells.line), self._code(cells.column)
            spec = self.tables.links.tables[cells.table]
            if cells.line == ISSUE and spec.lines.variable == FAMILY:
                line = self.tables.family(line)
            yield FigureKey(cells.table, self.where[1] - cells.before, territory, line, column)

    def _code(self, axis: str | Each) -> str:
        return self.codes[axis] if isinstance(axis, Each) else axis

    def constraint(self, unpublished: bool) -> Iterator[Constraint]:
        """State the link, where both sides are there; a part may lack some of its figures."""
        left, all_left = self.figures(self.link.left)
        right, all_right = self.figures(self.link.right)
        if not (right or all_right):
            right = self._elsewhere(unpublished)
            all_right = bool(right)
        is_enough = all_left or (left and self.link.sign in {"<=", "zéro"})
        if (left or right) and all_right and is_enough:
            yield _linked(self.link, left, right, self.tables)

    def figures(self, side: Sequence[CellRange]) -> tuple[list[FigureKey], bool]:
        """List the figures that make up a side, in wider classes or not, and whether nothing of it is left out."""
        wanted: dict[tuple[Where, str], dict[str, None]] = {}
        for key in self.keys(side):
            wanted.setdefault((key.place, key.colonne), {})[key.ligne] = None
        terms: list[FigureKey] = []
        complete = True
        for (place, column), lines in wanted.items():
            shown, left = self._shown(place, column, lines)
            keys = [FigureKey(*place, line, column) for line in shown]
            numbered = [key for key in keys if self.tables.cells.get(key)]
            terms += numbered
            is_whole = not left or self._is_rare(place, column, left)
            complete = complete and is_whole and len(numbered) == len(keys)
        return terms, complete

    def _shown(
        self, place: Where, column: str, named: Iterable[str]
    ) -> tuple[Sequence[str], frozenset[str]]:
        """List the lines that a column shows of some, united in wider classes or not, and codes that none has."""
        tables = self.tables

        def is_there(line: str) -> bool:
            return FigureKey(*place, line, column) in tables.cells

        there = [*filter(is_there, named)]
        united = [code for line in named if line not in there for code in tables.united(line)]
        lines = dict.fromkeys([*there, *united])
        shown = [*filter(is_there, lines)]
        left = frozenset(lines).difference(shown)
        wider = self._wider(place, shown, left) if left else {}
        return [*shown, *wider], left.difference(*wider.values())

    def _wider(
        self, place: Where, shown: Collection[str], left: frozenset[str]
    ) -> Mapping[str, frozenset[str]]:
        """Give the lines of a table that unite none but some codes, and these."""
        spec = self.tables.links.tables[place[0]]
        others = (line for line in self.tables.lines(place) if line not in shown)
        spelled = {line: self.tables.spelled(spec, line, line=True) for line in others}
        return {line: codes for line, codes in spelled.items() if codes <= left}

    def _is_rare(self, place: Where, column: str, lines: frozenset[str]) -> bool:
        """Whether lines that a table does not show are zeros: codes shown only where they count, names of records."""
        links = self.tables.links
        variable = links.tables[place[0]].lines.variable
        is_named = variable in links.codes and not links.codes[variable]
        is_zero = is_named or column in links.rare or lines <= links.rare
        return is_zero and place in self.tables.axes

    def _elsewhere(self, unpublished: bool) -> list[FigureKey]:
        """Give what stands for a right side of one cell that is not there.

        Of an equality the figure itself, of a table that nobody publishes; of a part the total of a table that shows
        it alone.
        """
        if len(self.link.right) != 1:
            return []
        [key] = self.keys(self.link.right)
        if self.link.sign == "=":
            return [key] if unpublished and key.place not in self.tables.axes else []
        return self._total(key) if self.link.sign == "<=" else []

    def _total(self, key: FigureKey) -> list[FigureKey]:
        """Give the total of a figure's column, where it is that of its lines."""
        spec = self.tables.links.tables[key.indicateur]
        of_lines = spec.totals.get(key.colonne) or spec.totals.get("")
        total = key._replace(ligne=spec.lines.total)
        is_total = of_lines and not spec.balances and self.tables.cells.get(total)
        return [total] if is_total else []


def _linked(
    link: Link, left: Sequence[FigureKey], right: Sequence[FigureKey], tables: Tables
) -> Constraint:
    """State a link between figures of both sides."""
    more = [(key, 1.0) for key in left]
    less = [(key, -1.0) for key in right]
    if link.sign in {"=", RATE}:
        kind: Kind = "égalité" if link.sign == "=" else "taux"
        return Constraint((*more, *less), 0.0, 0.0, kind, link.why, link)
    if link.sign == "zéro":
        things = [(key, 1.0) for key in right]
        terms = (*things, *((key, -MANY) for key in left))
        return Constraint(terms, -math.inf, 0.0, "zéro", link.why, link)
    kind = "part"
    if _differ(_unit(tables.links, left), _unit(tables.links, right)):
        kind = "reste" if link.holds == "suppose" else "choses"
    terms = (*more, *less)
    return Constraint(terms, -math.inf, 0.0, kind, link.why, link)


def _differ(unit: str, other: str) -> bool:
    """Whether both units are known, and are not the same."""
    return "" not in {unit, other} and unit != other


def _unit(links: Links, side: Sequence[FigureKey]) -> str:
    """Give the unit of a side of a link; empty where nobody knows, or where it has no figure."""
    if not side:
        return ""
    units = links.tables[side[0].indicateur].units
    return units.get(side[0].colonne) or units.get("", "")
