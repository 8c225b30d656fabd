"""What anyone who reads the report can compute: the equations and inequalities between unknowns.

They come from the way things are counted, which the method annex prints: an intruder knows all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from rlpipeline.figures import SANS_COMMUNE, SERVICE, find_indicator
from rlpipeline.figures.labels import FAMILLES, NOUVEAUX, TOTAL
from rlpipeline.protection.classes import Families, Lines
from rlpipeline.protection.inequalities import flows, inequalities
from rlpipeline.protection.tables import NOTHING, RARE, Table, Term
from rlpipeline.protection.unknowns import (
    ACTION_TABLES,
    TABLES,
    Cell,
    Floats,
    Registry,
    Unknown,
)

Place = tuple[str, str]
"""Indicator and territory of a table."""
RESIDENCE = "communes"


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


def relations(places: Collection[Place], registry: Registry, lines: Lines, former: Mapping[Cell, float]) -> Relations:
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
    within = [(row, 0.0) for row in inequalities(tables, lines)]
    held = [one for one in (*within, *flows(tables, former)) if _holds(one, registry)]
    size = len(registry.unknowns)
    return Relations(
        _matrix([row for row in equal.values() if _adds_up(row, registry)], size),
        _matrix([row for row, _ in held], size),
        np.array([bound for _, bound in held], dtype="float64"),
        tuple(_together(tables, registry.values)),
        all(_holds(one, registry) for one in within),
    )


def _holds(less: tuple[list[Term], float], registry: Registry) -> bool:
    row, bound = less
    return bool(sum(factor * registry.values[place] for place, factor in row) <= bound)


def _together(tables: Mapping[tuple[str, str], Table], values: Floats) -> Iterator[tuple[int, int]]:
    """Pair issues and referrals with the persons they concern."""
    for (name, territory), table in tables.items():
        persons = tables.get(("problematiques_jeunes", territory), NOTHING) if name == "problematiques" else table
        for line, column in table.known:
            counted, own = (table[line, column], persons[line, "jeunes" if name == "orientations" else column])
            linked = name == "problematiques" or (name == "orientations" and column == "nombre")
            if linked and counted is not None and own is not None and (values[counted] > 0) == (values[own] > 0):
                yield counted, own


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
        elif total == "somme" and indicator_id != RESIDENCE:
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
    for (indicator_id, territory), whole in tables.items():
        if territory != SERVICE or indicator_id in ACTION_TABLES or not find_indicator(indicator_id).additive:
            continue
        others = sorted(place for name, place in places if name == indicator_id and place != SERVICE)
        parts = [tables.get((indicator_id, place)) for place in others]
        for where in whole.known:
            terms = [term for part in parts for term in (_part(part, where),)]
            if parts and all(term is not None for term in terms):
                yield [(whole.known[where], -1.0), *(term for term in terms if term)]
    yield from _residents(tables.get((RESIDENCE, SERVICE), NOTHING))


def _part(part: Table | None, where: tuple[str, str]) -> Term | tuple[()] | None:
    """Give a territory's term of a sum: empty for a rare code it does not show, None where nothing is known."""
    if part is None or where in part.partial:
        return None
    place = part[where]
    if place is not None:
        return place, 1.0
    return () if RARE & {*where} else None


def _residents(table: Table) -> Iterator[list[Term]]:
    """Add the lines of ``communes``, which are the territories."""
    for column in table.columns:
        row = _sum_row(table, (TOTAL, column), [(line, column) for line in table.lines if line != TOTAL])
        if row:
            yield row


def always_zero(unknown: Unknown) -> bool:
    """Say whether the way of counting alone makes an unknown zero: young people live somewhere."""
    by_residence = unknown.measure not in ("participants", "demandes", "reseaux")
    return unknown.territory == SANS_COMMUNE and by_residence
