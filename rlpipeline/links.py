"""What links published figures, compiled once: declarations become constraints « least ≤ Σ factor × figure ≤ most ».

Checks evaluate them, protection rounds under them, the attack bounds figures with them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from rlpipeline.declared import RATE, SERVICE, Cells, Each, FigureKey, Link, Links, TableSpec

HORS, SANS_COMMUNE = "hors", "sans_commune"
TOTAL, NOUVEAUX = "total", "nouveaux"
NO_PUBLIC = frozenset({"familles", "seances", "jours", "nb_partenaires"})
"""Lines of the tables of actions that are no part of their total."""
ISSUE, FAMILY = Each("problematique"), "famille"
SUBJECTS = frozenset({ISSUE.variable, FAMILY})
"""Axes of wider classes that are lines of one variable."""
MANY = 100_000.0
"""More than any figure counts: turns « none of these, hence none of those » into a constraint."""
ACROSS = {"sexe": "le total est celui des sexes", "age": "le total est celui des âges"}

Where = tuple[str, int, str]
"""Indicator, year and territory of a table."""
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
    def axes(self) -> Mapping[Where, tuple[dict[str, None], dict[str, None]]]:
        """Lines and columns of each table, in order."""
        axes: dict[Where, tuple[dict[str, None], dict[str, None]]] = {}
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
        """Give the terms of a sum, and whether nothing of it is left out: a cell without a number counts for nothing.

        Notes
        -----
        A code that is shown only where someone is counted is a zero where others of its axis are shown, an action
        elsewhere too.
        """
        terms, complete = [], True
        for key in keys:
            if key in self.cells:
                terms += [key] if self.cells[key] else []
            else:
                elsewhere = self.links.tables[key.indicateur].of_actions
                axes = zip(key[3:], self.axes.get(key.place, ((), ())), strict=True)
                rare = any(code in self.links.rare and len(codes) > 1 for code, codes in axes)
                complete = complete and (elsewhere or rare)
        return terms, complete

    def united(self, line: str) -> Collection[str]:
        """Give the codes that a wider class unites, by its name; else the code itself."""
        return next((named[line] for named in self.classes.values() if line in named), (line,))

    def family(self, issue: str) -> str:
        """Give the family of an issue; nothing for other lines: someone may have two issues of a wider class."""
        return next((family for family, codes in self.links.families.items() if issue in codes), "")


def constraints(tables: Tables, communes: Sequence[str]) -> Iterator[Constraint]:
    """State what holds between figures of one year: tables, families, territories, declared links."""
    for where, (lines, columns) in tables.axes.items():
        table = tables.links.tables.get(where[0])
        if table is None:
            continue
        yield from _within(tables, table, where, [*lines], [*columns])
        if table.residents and where[2] == SANS_COMMUNE:
            cells = (FigureKey(*where, line, column) for line in lines for column in columns)
            numbered = (key for key in cells if tables.cells.get(key))
            yield from (
                Constraint(((key, 1.0),), 0.0, 0.0, "égalité", "chaque jeune vit quelque part")
                for key in numbered
            )
        for line in {*table.balances}.intersection(lines) if where[2] == SERVICE else ():
            moves = (
                key
                for column in columns
                if tables.cells.get(key := FigureKey(*where, line, column))
            )
            why = "qui part d'une commune arrive dans une autre"
            yield from (Constraint(((key, 1.0),), 0.0, 0.0, "égalité", why) for key in moves)
    yield from _territories(tables, communes)
    for link in tables.links.all:
        if link.sign != RATE and not any(cells.before for cells in (*link.left, *link.right)):
            yield from link_constraints(link, tables, unpublished=True)


def constraints_between_years(tables: Tables) -> Iterator[Constraint]:
    """State what holds between figures of several years."""
    for link in tables.links.all:
        if any(cells.before for cells in (*link.left, *link.right)):
            yield from link_constraints(link, tables)


def _sum(
    tables: Tables, whole: FigureKey, parts: Sequence[FigureKey], why: str, complete: bool = True
) -> Iterator[Constraint]:
    """Say that a figure is the sum of others, or more where some of them are not published."""
    terms, all_there = tables.parts(parts)
    if tables.cells.get(whole) and terms:
        most = 0.0 if complete and all_there else math.inf
        signed = ((whole, -1.0), *((part, 1.0) for part in terms))
        yield Constraint(signed, -most, 0.0, "somme" if most == 0 else "part", why)


def _within(
    tables: Tables, table: TableSpec, where: Where, lines: Sequence[str], columns: Sequence[str]
) -> Iterator[Constraint]:
    """State what holds inside one table, by what it crosses."""

    def at(line: str, column: str) -> FigureKey:
        return FigureKey(*where, line, column)

    def all_of(codes: Iterable[str], *, line: bool) -> bool:
        variable = (table.lines if line else table.columns).variable
        known = {
            code for code in tables.links.codes.get(variable, ()) if code not in tables.links.rare
        }
        return known <= frozenset().union(
            *(tables.spelled(table, code, line=line) for code in codes)
        )

    if table.of_actions:
        publics = [line for line in lines if line not in {TOTAL, *NO_PUBLIC}]
        for column in columns:
            why = "le total est celui des publics, sans les familles"
            yield from _sum(tables, at(TOTAL, column), [at(line, column) for line in publics], why)
    elif table.columns.variable:
        parts = [column for column in columns if column not in (TOTAL, NOUVEAUX)]
        complete = all_of(parts, line=False)
        for line in lines if parts else ():
            why = ACROSS.get(table.columns.variable, "le total est celui des colonnes")
            yield from _sum(
                tables, at(line, TOTAL), [at(line, part) for part in parts], why, complete
            )
    for counted, total in table.totals.items():
        of = [column for column in ([counted] if counted else columns) if column in columns]
        parts = [line for line in lines if line != table.lines.total]
        complete = bool(parts) and all_of(parts, line=True)
        for column in of:
            whole, cells = at(table.lines.total, column), [at(line, column) for line in parts]
            if total == "familles":
                yield from _families(tables, table, where, lines, column)
            elif total == "reunion":
                yield from _union(tables, whole, cells, complete)
            elif not (
                table.lines.own_total and any(tables.cells.get(cell) is False for cell in cells)
            ):
                yield from _sum(tables, whole, cells, "le total est celui des lignes", complete)


def _union(
    tables: Tables, whole: FigureKey, cells: Sequence[FigureKey], complete: bool
) -> Iterator[Constraint]:
    terms, _ = tables.parts(cells)
    if not tables.cells.get(whole):
        return
    for term in terms:
        why = "les jeunes d'une ligne sont parmi ceux du total"
        yield Constraint(((term, 1.0), (whole, -1.0)), -math.inf, 0.0, "part", why)
    if terms and complete:
        why = "le total, qui compte chacun une fois, ne dépasse pas la somme des lignes"
        yield Constraint(
            ((whole, 1.0), *((term, -1.0) for term in terms)), -math.inf, 0.0, "ensemble", why
        )


def _families(
    tables: Tables, table: TableSpec, where: Where, lines: Sequence[str], column: str
) -> Iterator[Constraint]:
    """Add issues to families and families to the total; a joined line is the sum of the families that it unites."""
    families = tables.links.families
    spelled = {
        line: tables.spelled(table, line, line=True) for line in lines if line != table.lines.total
    }
    heads = [line for line, codes in spelled.items() if codes <= families.keys()]
    for head in heads:
        issues = frozenset(code for family in spelled[head] for code in families[family])
        inside = [line for line, codes in spelled.items() if line not in heads and codes <= issues]
        covered = issues == frozenset().union(*(spelled[line] for line in inside))
        cells = [FigureKey(*where, line, column) for line in inside]
        why = "une famille est la somme de ses problématiques"
        yield from _sum(tables, FigureKey(*where, head, column), cells, why, covered)
    covered = families.keys() == frozenset().union(*(spelled[head] for head in heads))
    cells = [FigureKey(*where, head, column) for head in heads]
    yield from _sum(
        tables,
        FigureKey(*where, table.lines.total, column),
        cells,
        "le total est celui des lignes",
        covered,
    )


def _territories(tables: Tables, communes: Sequence[str]) -> Iterator[Constraint]:
    """The service is the sum of its communes, of those who live outside and of what has no commune.

    Notes
    -----
    A territory without the table has figures that nobody publishes, which are to be protected as well.
    """
    why = "les territoires font le service"
    for (indicator, year, territory), (lines, columns) in tables.axes.items():
        table = tables.links.tables.get(indicator)
        if table is None or not table.additive or territory != SERVICE:
            continue
        places = [
            (indicator, year, place)
            for place in (*communes, HORS, *(() if table.residents else (SANS_COMMUNE,)))
        ]
        if not any(place in tables.axes for place in places):
            continue
        absent = [place for place in places if place not in tables.axes and not table.of_actions]
        shown = {
            place: tables.axes.get(place, ({}, {}))[1] if table.of_actions else columns
            for place in places
        }
        around = {
            code: [place for place in places if place not in absent and code in shown[place]]
            for code in columns
        }
        for line in lines:
            for column in columns:
                key = FigureKey(indicator, year, SERVICE, line, column)
                if column in table.apart or not tables.cells.get(key):
                    continue
                terms, complete = tables.parts(
                    FigureKey(*place, line, column) for place in around[column]
                )
                parts = [*terms, *(FigureKey(*place, line, column) for place in absent if complete)]
                if terms:  # at most the service, where one of them shows its total alone
                    kind: Kind = "somme" if complete else "ensemble"
                    least = 0.0 if complete else -math.inf
                    yield Constraint(
                        ((key, -1.0), *((part, 1.0) for part in parts)), least, 0.0, kind, why
                    )


def link_constraints(
    link: Link, tables: Tables, *, unpublished: bool = False
) -> Iterator[Constraint]:
    """State a declared link for each code, territory and year that has both sides.

    Parameters
    ----------
    unpublished
        Whether two figures are tied as well through a third, of a table that is not there.
    """
    for where in [where for where in tables.axes if where[0] == link.left[0].table]:
        if link.service and where[2] != SERVICE:
            continue
        for codes in _choices(link, tables, where):
            left, all_left = _side(link.left, codes, tables, where)
            right, all_right = _side(link.right, codes, tables, where)
            if (
                unpublished
                and link.sign == "="
                and len(link.right) == 1
                and not (right or all_right)
            ):
                right = [
                    key
                    for key in _keys(link.right, codes, tables, where)
                    if key.place not in tables.axes
                ]
                all_right = bool(right)
            if link.sign == "<=" and len(link.right) == 1 and not (right or all_right):
                right = _total(
                    link.right[0], codes, tables, where
                )  # a table of few shows its total alone
                all_right = bool(right)
            if (
                (left or right)
                and all_right
                and (all_left or (left and link.sign in {"<=", "zéro"}))
            ):
                yield _linked(link, left, right, tables)


def _total(
    cells: Cells, codes: Mapping[Each, str], tables: Tables, where: Where
) -> list[FigureKey]:
    """Give the total of a cell's column, where it is that of its lines."""
    [key] = _keys((cells,), codes, tables, where)
    table = tables.links.tables[key.indicateur]
    of_lines = table.totals.get(key.colonne) or table.totals.get("")
    total = key._replace(ligne=table.lines.total)
    return [total] if of_lines and not table.balances and tables.cells.get(total) else []


def _choices(link: Link, tables: Tables, where: Where) -> Iterator[Mapping[Each, str]]:
    """Give each choice of codes for the axes: those of the part, or of both sides where they are equal."""
    found: dict[Each, dict[str, None]] = {}
    for cells in (*link.left, *(link.right if link.sign == "=" else ())):
        place = (cells.table, where[1] - cells.before, where[2])
        for axis, codes in (
            (cells.line, tables.lines(place)),
            (cells.column, tables.columns(place)),
        ):
            if isinstance(axis, Each):
                found.setdefault(axis, {}).update(
                    dict.fromkeys(code for code in codes if code not in axis.save)
                )
    choices: list[dict[Each, str]] = [{}]
    for axis, named in found.items():
        choices = [{**choice, axis: code} for choice in choices for code in named]
    yield from choices


def _side(
    side: Sequence[Cells], codes: Mapping[Each, str], tables: Tables, where: Where
) -> tuple[list[FigureKey], bool]:
    """List the figures that make up a side, in wider classes or not, and whether nothing of it is left out."""
    wanted: dict[tuple[Where, str], dict[str, None]] = {}
    for key in _keys(side, codes, tables, where):
        wanted.setdefault((key.place, key.colonne), {}).setdefault(key.ligne)
    terms: list[FigureKey] = []
    complete = True
    for (place, column), named in wanted.items():
        table = tables.links.tables[place[0]]
        there = [line for line in named if FigureKey(*place, line, column) in tables.cells]
        lines = dict.fromkeys(
            [*there, *(code for line in named if line not in there for code in tables.united(line))]
        )
        shown = [line for line in lines if FigureKey(*place, line, column) in tables.cells]
        left = frozenset(lines).difference(shown)
        wider = [
            line
            for line in (tables.lines(place) if left else ())
            if line not in shown and tables.spelled(table, line, line=True) <= left
        ]
        left = left.difference(*(tables.spelled(table, line, line=True) for line in wider))
        keys = [FigureKey(*place, line, column) for line in (*shown, *wider)]
        numbered = [key for key in keys if tables.cells.get(key)]
        rare = (
            column in tables.links.rare
            or left <= tables.links.rare
            or not tables.links.codes.get(table.lines.variable, (1,))
        )
        complete = (
            complete
            and (not left or (rare and place in tables.axes))
            and len(numbered) == len(keys)
        )
        terms += numbered
    return terms, complete


def _keys(
    side: Sequence[Cells], codes: Mapping[Each, str], tables: Tables, where: Where
) -> Iterator[FigureKey]:
    for cells in side:
        territory = codes[cells.territory] if cells.territory else where[2]
        line, column = (
            codes[axis] if isinstance(axis, Each) else axis for axis in (cells.line, cells.column)
        )
        if cells.line == ISSUE and tables.links.tables[cells.table].lines.variable == FAMILY:
            line = tables.family(line)
        yield FigureKey(cells.table, where[1] - cells.before, territory, line, column)


def _linked(
    link: Link, left: Sequence[FigureKey], right: Sequence[FigureKey], tables: Tables
) -> Constraint:
    terms = (*((key, 1.0) for key in left), *((key, -1.0) for key in right))
    if link.sign in {"=", RATE}:
        return Constraint(
            terms, 0.0, 0.0, "égalité" if link.sign == "=" else "taux", link.why, link
        )
    if link.sign == "zéro":
        nobody = tuple((key, -MANY) for key in left)
        return Constraint(
            (*((key, 1.0) for key in right), *nobody), -math.inf, 0.0, "zéro", link.why, link
        )
    units = {_unit(tables.links, key) for key in (*left[:1], *right[:1])} - {""}
    kind: Kind = "part" if len(units) < 2 else "reste" if link.holds == "suppose" else "choses"
    return Constraint(terms, -math.inf, 0.0, kind, link.why, link)


def _unit(links: Links, key: FigureKey) -> str:
    units = links.tables[key.indicateur].units
    return units.get(key.colonne) or units.get("", "")
