"""How things are counted, as the method annex of the report says it: what a table adds up to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from rlpipeline.attack.dictionary import covers, united
from rlpipeline.attack.statements import NOUVEAUX, SUM, TOTAL, Key, Relation
from rlpipeline.attack.tables import Published, Table

FAMILLES, SIZES = "familles", ("seances", "jours", "nb_partenaires")
ACROSS = {"sexe": "le total est celui des sexes", "age": "le total est celui des âges"}
MANY = 100_000.0
"""More than any figure counts: turns « none of these, hence none of those » into a relation."""


def equal(whole: Key | None, parts: Iterable[Key | None], words: str) -> Iterator[Relation]:
    """Say that a figure is the sum of others, or more where some of them, None, are not published."""
    listed = tuple(parts)
    counted = tuple(part for part in listed if part is not None)
    if whole is not None and counted:
        most = 0.0 if len(counted) == len(listed) else math.inf
        yield Relation(((whole, 1.0), *((part, -1.0) for part in counted)), 0, most, words)


def at_most(less: Key | None, more: Sequence[Key | None], words: str) -> Iterator[Relation]:
    """Say that a figure is at most the sum of others; nothing where there is none, or one is not published."""
    if less is not None and more and all(key is not None for key in more):
        terms = ((less, 1.0), *((key, -1.0) for key in more if key is not None))
        yield Relation(terms, -math.inf, 0, words)


def none_without(counted: Key | None, condition: Key | None, words: str) -> Iterator[Relation]:
    """Say that a figure is zero where another is."""
    if counted is not None and condition is not None:
        yield Relation(((counted, 1.0), (condition, -MANY)), -math.inf, 0, words)


def within(table: Table, known: Published) -> Iterator[Relation]:
    """State what holds inside one table, by what it crosses."""
    declared = known.links.tables.get(table.place[0])
    if declared is None:
        return
    if declared.of_actions:
        yield from _actions(table, known)
    elif declared.columns:
        yield from _across(table, ACROSS.get(declared.columns, "le total est celui des colonnes"))
    for column, total in declared.totals.items():
        if total == "familles":
            yield from _issues(table, known)
        elif total == "reunion":
            for one in [column] if column else table.columns:
                yield from _distinct(table, declared.total, one)
        else:
            yield from _added(table, [column] if column else table.columns)


def shown_means_counted(table: Table, rare: frozenset[str]) -> Iterator[Relation]:
    """State that a rare line or column is shown only because someone is counted there."""
    for code in sorted(rare & {*table.columns}):
        margin = table.at(TOTAL, code)
        keys = (margin,) if margin else table.all_at([(line, code) for line in table.lines])
        yield Relation(tuple((key, 1.0) for key in keys), 1, math.inf, f"la colonne {code} n'est montrée que si besoin")
    for code in sorted(rare & {*table.lines}):
        if key := table.at(code, TOTAL):
            yield Relation(((key, 1.0),), 1, math.inf, f"la ligne {code} n'est montrée que si besoin")


def _across(table: Table, words: str) -> Iterator[Relation]:
    parts = [column for column in table.columns if column not in {TOTAL, NOUVEAUX}]
    for line in table.lines:
        yield from equal(table.at(line, TOTAL), [table.at(line, part) for part in parts], words)
        yield from at_most(table.at(line, NOUVEAUX), [table.at(line, TOTAL)], "les nouveaux sont parmi le total")


def _added(table: Table, columns: Sequence[str]) -> Iterator[Relation]:
    lines = [line for line in table.lines if line != TOTAL]
    for column in columns:
        parts = [table.at(line, column) for line in lines]
        yield from equal(table.at(TOTAL, column), parts, "le total est celui des lignes")


def _issues(table: Table, known: Published) -> Iterator[Relation]:
    """Add issues to families and families to the total; a joined line is the sum of the families that it unites."""
    families = known.families
    lines = [line for line in table.lines if line != TOTAL]
    heads = [line for line in lines if united(line) <= families.keys()]
    covered = covers(heads, frozenset(families))
    for column in table.columns:
        for head in heads:
            codes = frozenset(code for family in united(head) for one in families[family] for code in united(one))
            inside = [line for line in lines if line not in heads and united(line) <= codes]
            cells = [table.at(line, column) for line in inside]
            missing = [] if covers(inside, codes) else [None]
            yield from equal(
                table.at(head, column), [*cells, *missing], "une famille est la somme de ses problématiques"
            )
        cells = [table.at(head, column) for head in heads]
        missing = [] if covered else [None]
        yield from equal(table.at(TOTAL, column), [*cells, *missing], "le total est celui des lignes")


def _distinct(table: Table, total: str, column: str) -> Iterator[Relation]:
    """Each line counts some of those whom the total counts once each."""
    whole = table.at(total, column)
    parts = [key for line in table.lines if line != total and (key := table.at(line, column))]
    for key in parts:
        yield from at_most(key, [whole], "les jeunes d'une ligne sont parmi ceux du total")
    yield from at_most(whole, parts, "le total, qui compte chacun une fois, ne dépasse pas la somme des lignes")


def _actions(table: Table, known: Published) -> Iterator[Relation]:
    publics = [line for line in table.lines if line not in {TOTAL, FAMILLES, *SIZES}]
    columns = [column for column in table.columns if not column.startswith(SUM)]
    for column in columns:
        parts = [key for line in publics if (key := table.at(line, column)) and key not in known.without_number]
        if table.at(TOTAL, column) not in known.without_number:
            yield from equal(table.at(TOTAL, column), parts, "le total est celui des publics, sans les familles")
    for line in (*publics, TOTAL, FAMILLES):
        yield from _added_actions(table, line, known)


def _added_actions(table: Table, line: str, known: Published) -> Iterator[Relation]:
    """State what the participants of all the actions add up to, in one unit."""
    for added in (key for key in table.keys if key.ligne == line and key.colonne.startswith(SUM)):
        unit = added.colonne.removeprefix(SUM)
        cells = [key for column in table.columns if (key := table.at(line, column))]
        parts = [key for key in cells if known.units.get(key) == unit and key not in known.without_number]
        yield from equal(added, parts, "la somme est celle des actions")
