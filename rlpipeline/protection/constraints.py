"""What anyone who reads the report can compute: the equations and inequalities between unknowns.

They follow from what the tables declare, as the links that ``datapackage.json`` publishes: an intruder knows them all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from rlpipeline.figures import ACTION_TABLES, REGISTRY, SANS_COMMUNE, SERVICE
from rlpipeline.figures.labels import FAMILLES, NOUVEAUX, TOTAL
from rlpipeline.protection.classes import Families, Lines
from rlpipeline.protection.unknowns import (
    LINKS,
    PARTICIPANTS,
    TABLES,
    Bools,
    Floats,
    Registry,
    Unknown,
)
from rlpipeline.published.links import Cells, Each, Link
from rlpipeline.published.model import FigureKey

RARE = frozenset(
    variable.rare for one in REGISTRY.values() if one.crossing for variable in one.crossing.variables if variable.rare
)
"""Codes that a table shows only where someone is counted: elsewhere they are a zero."""
Term = tuple[int, float]
Place = tuple[str, str]
"""Indicator and territory of a table."""
YEARS = "stock_flux"
PARTS = tuple(link for link in LINKS if link.sign == "<=" and link.check != YEARS and link.holds != "en_general")
DISTINCT = tuple(id for id, table in TABLES.items() if "reunion" in table.totals.values())
"""Tables with a total that counts each person once."""
EQUAL = tuple(
    link for link in LINKS if (link.sign, link.holds) == ("=", "toujours") and link.check != YEARS and not link.crosses
)
TOGETHER = tuple(link for link in LINKS if link.sign == "zéro")
BETWEEN_YEARS = tuple(link for link in LINKS if link.check == YEARS and link.sign == "<=" and link.holds == "toujours")
RESIDENCE = "commune"
"""Variable whose codes are the territories."""


class Table:
    """The unknowns of one table, by line and column; those that are partial are absent, and noted."""

    def __init__(self, cells: Mapping[tuple[str, str], int], partial: Bools) -> None:
        self.partial = {where for where, place in cells.items() if partial[place]}
        self.known = {where: place for where, place in cells.items() if where not in self.partial}
        self.lines = tuple(dict.fromkeys(line for line, _ in cells))
        self.columns = tuple(dict.fromkeys(column for _, column in cells))

    def __getitem__(self, where: tuple[str, str]) -> int | None:
        return self.known.get(where)

    def terms(self, cells: Iterable[tuple[str, str]]) -> list[Term] | None:
        """Give the terms of a sum; None where one of them is not known, a rare code apart."""
        terms: list[Term] = []
        for where in cells:
            place = self.known.get(where)
            if place is not None:
                terms.append((place, 1.0))
            elif where in self.partial or not RARE & {*where}:
                return None
        return terms


NOTHING = Table({}, np.zeros(0, dtype=bool))
"""A table that is not there."""
Here = Mapping[str, Table]
"""Tables of one territory, by indicator."""


@dataclass(frozen=True)
class Relations:
    """What links the unknowns, one column per unknown.

    Parameters
    ----------
    equalities
        ``equalities @ x == 0``.
    inequalities, bounds
        ``inequalities @ x <= bounds``.
    together
        Pairs of things and of the persons concerned: one is zero where the other is.
    followed_only
        Whether no inequality of the year had to be left out, because rows lie outside of their follow-up's dates.
    """

    equalities: csr_array
    inequalities: csr_array
    bounds: Floats
    together: tuple[tuple[int, int], ...] = ()
    followed_only: bool = True

    @cached_property
    def pairs(self) -> npt.NDArray[np.intp]:
        """``together``, one line a pair."""
        return np.array(self.together, dtype=np.intp).reshape(-1, 2)


def relations(
    places: Collection[Place], registry: Registry, lines: Lines, former: Mapping[FigureKey, float]
) -> Relations:
    """State what links the unknowns of a year.

    Parameters
    ----------
    places
        Indicator and territory of every table, those without a figure too.
    former
        The most that the released figures of the year before can be.

    Returns
    -------
    Equalities of the tables, the families, the sexes and the territories; inequalities of subsets, of distinct persons
    and of the year before. An inequality that the records do not obey (rows outside their dates) is left out.
    """
    tables = _tables(registry)
    equal = {_canonical(row): row for row in _equalities(tables, registry, places, lines.families)}
    within = [(row, 0.0) for row in _inequalities(tables, lines)]
    held = [one for one in (*within, *_flows(tables, former)) if _holds(one, registry)]
    size = len(registry.unknowns)
    return Relations(
        _matrix([row for row in equal.values() if _adds_up(row, registry)], size),
        _matrix([row for row, _ in held], size),
        np.array([bound for _, bound in held], dtype="float64"),
        tuple(pair for pair in _together(tables) if _agree(pair, registry.values)),
        all(_holds(one, registry) for one in within),
    )


def _holds(less: tuple[list[Term], float], registry: Registry) -> bool:
    row, bound = less
    return bool(sum(factor * registry.values[place] for place, factor in row) <= bound)


def _agree(pair: tuple[int, int], values: Floats) -> bool:
    """Say whether both are zero or neither is, as rows outside of their dates may prevent."""
    return bool((values[pair[0]] > 0) == (values[pair[1]] > 0))


def _tables(registry: Registry) -> dict[Place, Table]:
    cells: dict[Place, dict[tuple[str, str], int]] = {}
    for cell, place in registry.cells.items():
        cells.setdefault((cell.indicateur, cell.territoire), {})[cell.ligne, cell.colonne] = place
    return {key: Table(cells[key], registry.partial) for key in sorted(cells)}


def _canonical(row: Sequence[Term]) -> tuple[Term, ...]:
    ordered = tuple(sorted(row))
    sign = -1.0 if ordered and ordered[0][1] < 0 else 1.0
    return tuple((place, sign * factor) for place, factor in ordered)


def _adds_up(row: Sequence[Term], registry: Registry) -> bool:
    return bool(abs(sum(factor * registry.values[place] for place, factor in row)) < 1e-6)


def _matrix(rows: Sequence[Sequence[Term]], size: int) -> csr_array:
    entries = [(line, place, factor) for line, row in enumerate(rows) for place, factor in row]
    lines, places, factors = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array((np.array(factors, dtype="float64"), (lines, places)), shape=(len(rows), size))


def _equalities(
    tables: Mapping[tuple[str, str], Table], registry: Registry, places: Collection[Place], families: Families
) -> Iterator[list[Term]]:
    for (indicator_id, _), table in tables.items():
        for total, parts in _sums(indicator_id, table, families):
            row = _sum_row(table, total, parts)
            if row:
                yield row
    yield from _territories(tables, registry, places)
    for (name, territory), table in tables.items():
        for link in (one for one in EQUAL if one.left[0].table == name):
            here = {of: tables.get((of, territory), NOTHING) for of in link.tables}
            yield from _equal(link, table, here)


def _equal(link: Link, table: Table, here: Here) -> Iterator[list[Term]]:
    """Give the equality of two sums, where all of their terms are known and are not one unknown."""
    part = link.left[0]
    for line, column in table.known:
        if _is_of(part, line, column):
            codes = {part.line: line, part.column: column}
            sides = [[here[x.table][_address(x, codes)] for x in side] for side in (link.left, link.right)]
            terms = [(at, sign) for side, sign in zip(sides, (1.0, -1.0), strict=True) for at in side if at is not None]
            if len(terms) == sum(map(len, sides)) and sides[0] != sides[1]:
                yield terms


def _sum_row(table: Table, total: tuple[str, str], parts: Iterable[tuple[str, str]]) -> list[Term] | None:
    place, terms = table[total], table.terms(parts)
    if place is None or not terms or terms == [(place, 1.0)]:
        return None
    return [(place, -1.0), *terms]


Sum = tuple[tuple[str, str], list[tuple[str, str]]]


def _sums(indicator_id: str, table: Table, families: Families) -> Iterator[Sum]:
    """Give the sums of a table: the cell of the total, those it is the sum of."""
    declared = TABLES.get(indicator_id)
    if declared is None:
        return
    lines = [line for line in table.lines if line != TOTAL]
    if indicator_id in ACTION_TABLES:
        publics = [line for line in lines if line != FAMILLES]
        yield from (((TOTAL, action), [(line, action) for line in publics]) for action in table.columns)
    elif declared.columns:
        columns = [column for column in table.columns if column not in (TOTAL, NOUVEAUX)]
        yield from (((line, TOTAL), [(line, column) for column in columns]) for line in table.lines)
    for counted, total in declared.totals.items():
        if total == "familles":
            yield from _families(table, families)
        elif total == "somme" and declared.lines != RESIDENCE:
            of = [counted] if counted else table.columns
            yield from (((TOTAL, column), [(line, column) for line in lines]) for column in of)


def _families(table: Table, families: Families) -> Iterator[Sum]:
    for column in table.columns:
        for family, issues in families.items():
            if issues:
                yield (family, column), [(issue, column) for issue in issues]
        yield (TOTAL, column), [(family, column) for family in families]


def _territories(tables: Mapping[Place, Table], registry: Registry, places: Collection[Place]) -> Iterator[list[Term]]:
    """Give communes + hors + sans_commune = service, cell by cell, where every territory is known."""
    for (indicator_id, territory), service in tables.items():
        declared = TABLES[indicator_id]
        if territory != SERVICE or declared.of_actions or not declared.additive:
            continue
        others = sorted(place for name, place in places if name == indicator_id and place != SERVICE)
        parts = [tables.get((indicator_id, place)) for place in others]
        for where in service.known:
            terms = [term for part in parts for term in (_part(part, where),)]
            if parts and where[1] not in declared.apart and all(term is not None for term in terms):
                yield [(service.known[where], -1.0), *(term for term in terms if term)]
    for id, declared in TABLES.items():
        if declared.lines == RESIDENCE:
            yield from _residents(tables.get((id, SERVICE), NOTHING))


def _part(part: Table | None, where: tuple[str, str]) -> Term | tuple[()] | None:
    """Give a territory's term of a sum: empty for a rare code it does not show, None where nothing is known."""
    if part is None or where in part.partial:
        return None
    place = part[where]
    if place is not None:
        return place, 1.0
    return () if RARE & {*where} else None


def _residents(table: Table) -> Iterator[list[Term]]:
    """Add the lines of a table by commune, which are the territories."""
    for column in table.columns:
        row = _sum_row(table, (TOTAL, column), [(line, column) for line in table.lines if line != TOTAL])
        if row:
            yield row


def _inequalities(tables: Mapping[tuple[str, str], Table], lines: Lines) -> Iterator[list[Term]]:
    """Give what is at most zero in every territory: a part less its whole."""
    places: dict[str, dict[str, Table]] = {}
    for (name, territory), table in tables.items():
        places.setdefault(territory, {})[name] = table
    for territory in sorted(places):
        here = places[territory]
        for links in _in_order(alone=False):
            yield from _parts(links, here, lines.durations)
        for name in DISTINCT:
            yield from _unions(name, here, lines.every_partner)
        for links in _in_order(alone=True):
            yield from _parts(links, here, lines.durations)


def _in_order(*, alone: bool) -> Iterator[Sequence[Link]]:
    """Group links by what is part of something, sums last: in tables of distinct persons alone, or in the others.

    Notes
    -----
    The solver chooses among equal solutions by the order of its rows: another order would round anew.
    """
    chosen = [link for link in PARTS if ({*TABLES[link.left[0].table].totals.values()} == {"reunion"}) == alone]
    for _, links in groupby(sorted(chosen, key=lambda link: len(link.right)), key=lambda link: link.left):
        yield tuple(links)


def _unions(name: str, here: Here, complete: bool) -> Iterator[list[Term]]:
    """Who is on a line counts once in the total, which is no more than the lines together, where all are there."""
    table, declared = here.get(name, NOTHING), TABLES[name]
    for column in table.columns:
        if "reunion" in (declared.totals.get(column), declared.totals.get("")):
            union, parts = table[declared.total, column], [table[x, column] for x in table.lines if x != declared.total]
            for part in parts:
                yield from _at_most([part], [union])
            if parts and complete:
                yield from _at_most([union], parts)


def _parts(links: Sequence[Link], here: Here, joined: Mapping[str, frozenset[str]]) -> Iterator[list[Term]]:
    """Hold the cells of a table against those that they are part of, cell after cell."""
    part = links[0].left[0]
    table, declared = here.get(part.table, NOTHING), TABLES[part.table]
    for line, column in table.known:
        if not _is_of(part, line, column):
            continue
        counted_once = declared.totals.get(column) == "reunion" and line != declared.total
        for link in links:
            if counted_once and link.right[0].table != part.table:
                continue  # it is part of a total that is linked
            codes = {part.line: line, part.column: column}
            others = [here.get(cells.table, NOTHING)[_address(cells, codes)] for cells in link.left[1:]]
            yield from _at_most([table[line, column], *others], _all_of(link.right, codes, here, joined))


def _is_of(cells: Cells, line: str, column: str) -> bool:
    """Say whether a cell is one of those of a link."""
    return all(
        code not in axis.save if isinstance(axis, Each) else code == axis
        for axis, code in ((cells.line, line), (cells.column, column))
    )


def _all_of(
    cells: Sequence[Cells], codes: Mapping[str | Each, str], here: Here, joined: Mapping[str, frozenset[str]]
) -> list[int | None]:
    """List the unknowns that add up to a whole, in wider classes or not; a None where some are not there."""
    table = here.get(cells[0].table, NOTHING)
    named = [_address(one, codes) for one in cells]
    if len(named) == 1:
        return [table[named[0]]]
    column, wanted = named[0][1], frozenset(line for line, _ in named)
    chosen = [line for line in table.lines if joined.get(line, frozenset({line})) <= wanted]
    missing = wanted.difference(*(joined.get(line, frozenset({line})) for line in chosen))
    return [*(table[line, column] for line in chosen), *([None] if missing else [])]


def _address(cells: Cells, codes: Mapping[str | Each, str]) -> tuple[str, str]:
    """Give the line and the column of a link for some codes of its variables."""
    return str(codes.get(cells.line, cells.line)), str(codes.get(cells.column, cells.column))


def _at_most(left: Iterable[int | None], right: Iterable[int | None]) -> Iterator[list[Term]]:
    """Give left sum <= right sum, where every term is known."""
    small, great = list(left), list(right)
    if all(place is not None for place in (*small, *great)):
        yield [
            *((place, 1.0) for place in small if place is not None),
            *((place, -1.0) for place in great if place is not None),
        ]


def _flows(
    tables: Mapping[tuple[str, str], Table], former: Mapping[FigureKey, float]
) -> Iterator[tuple[list[Term], float]]:
    """Bound figures of the whole service by those of the year before, which were released."""
    before = {
        (cell.indicateur, cell.ligne, cell.colonne): most for cell, most in former.items() if cell.territoire == SERVICE
    }
    for link in BETWEEN_YEARS:
        left = [_at(cells, tables) for cells in link.left]
        right = [before.get((cells.table, str(cells.line), str(cells.column))) for cells in link.right]
        if None not in {*left, *right} and all(cells.before == 1 for cells in link.right):
            yield [(place, 1.0) for place in left if place is not None], sum(most for most in right if most is not None)


def _at(cells: Cells, tables: Mapping[tuple[str, str], Table]) -> int | None:
    return tables.get((cells.table, SERVICE), NOTHING)[str(cells.line), str(cells.column)]


def _together(tables: Mapping[tuple[str, str], Table]) -> Iterator[tuple[int, int]]:
    """Pair things with the persons they concern: one is zero where the other is."""
    for (name, territory), table in tables.items():
        for link in (one for one in TOGETHER if one.right[0].table == name):
            things, persons = link.right[0], link.left[0]
            counted = tables.get((persons.table, territory), NOTHING)
            for line, column in table.known:
                own = counted[_address(persons, {things.line: line, things.column: column})]
                if _is_of(things, line, column) and own is not None:
                    yield table.known[line, column], own


def always_zero(unknown: Unknown) -> bool:
    """Say whether the way of counting alone makes an unknown zero: young people live somewhere."""
    declared = TABLES.get(unknown.measure)
    by_residence = declared.residents if declared else unknown.measure != PARTICIPANTS
    return unknown.territory == SANS_COMMUNE and by_residence
