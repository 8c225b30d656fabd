"""How things are counted, as the method annex of the report says it: what a table adds up to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from rlpipeline.attack.dictionary import covers, united
from rlpipeline.attack.statements import ACTIONS, NOUVEAUX, SUM, TOTAL, Key, Relation
from rlpipeline.attack.tables import RARE, Published, Table

BY_SEX = ("travail_de_rue", "presence_sociale", "accompagnes")
BY_AGE = ("situations", "durees", "communes", "demandes")
LISTS = {"clotures": "nombre", "alertes": "nombre", "orientations": "nombre"}
AU_MOINS_UN, FAMILLES = "au_moins_un", "familles"
SIZES = ("seances", "jours", "nb_partenaires")
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
    """State what holds inside one table."""
    indicator = table.place[0]
    if indicator in BY_SEX:
        yield from _by_sex(table)
    elif indicator in BY_AGE:
        yield from _ages(table)
        yield from _lines(table, [line for line in table.lines if line != TOTAL])
    elif indicator == "problematiques":
        yield from _ages(table)
        yield from _issues(table, known)
    elif indicator == "problematiques_jeunes":
        yield from _ages(table)
    elif indicator in ACTIONS:
        yield from _actions(table, known)
    elif indicator == "co_accompagnements":
        yield from _services(table)
    if indicator in LISTS:
        yield from _list(table, LISTS[indicator])
    if indicator == "orientations":
        yield from _referred(table)


def shown_means_counted(table: Table) -> Iterator[Relation]:
    """State that a rare line or column is shown only because someone is counted there."""
    for code in RARE & {*table.columns}:
        margin = table.at(TOTAL, code)
        keys = (margin,) if margin else table.all_at([(line, code) for line in table.lines])
        yield Relation(tuple((key, 1.0) for key in keys), 1, math.inf, f"la colonne {code} n'est montrée que si besoin")
    for code in RARE & {*table.lines}:
        if key := table.at(code, TOTAL):
            yield Relation(((key, 1.0),), 1, math.inf, f"la ligne {code} n'est montrée que si besoin")


def _by_sex(table: Table) -> Iterator[Relation]:
    sexes = [column for column in table.columns if column not in {TOTAL, NOUVEAUX}]
    for line in table.lines:
        yield from equal(table.at(line, TOTAL), [table.at(line, sex) for sex in sexes], "le total est celui des sexes")
        yield from at_most(table.at(line, NOUVEAUX), [table.at(line, TOTAL)], "les nouveaux sont parmi le total")
    yield from _lines(table, [line for line in table.lines if line != TOTAL])


def _ages(table: Table) -> Iterator[Relation]:
    ages = [column for column in table.columns if column != TOTAL]
    for line in table.lines:
        yield from equal(table.at(line, TOTAL), [table.at(line, age) for age in ages], "le total est celui des âges")


def _lines(table: Table, lines: Sequence[str]) -> Iterator[Relation]:
    for column in table.columns:
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


def _list(table: Table, column: str) -> Iterator[Relation]:
    parts = [table.at(line, column) for line in table.lines if line != TOTAL]
    yield from equal(table.at(TOTAL, column), parts, "le total est celui des lignes")


def _services(table: Table) -> Iterator[Relation]:
    any_of_them = table.at(AU_MOINS_UN, "jeunes")
    services = [key for line in table.lines if line != AU_MOINS_UN and (key := table.at(line, "jeunes"))]
    for key in services:
        yield from at_most(key, [any_of_them], "qui est suivi par un service l'est par au moins un")
    yield from at_most(any_of_them, services, "« au moins un » ne dépasse pas la somme des services")


def _referred(table: Table) -> Iterator[Relation]:
    young = [key for line in table.lines if line != TOTAL and (key := table.at(line, "jeunes"))]
    for line in table.lines:
        persons, number = table.at(line, "jeunes"), table.at(line, "nombre")
        yield from at_most(persons, [number], "un jeune orienté a au moins une orientation")
        yield from none_without(number, persons, "sans jeune orienté, pas d'orientation")
    for key in young:
        yield from at_most(
            key, [table.at(TOTAL, "jeunes")], "les jeunes d'un domaine sont parmi tous les jeunes orientés"
        )
    yield from at_most(table.at(TOTAL, "jeunes"), young, "les jeunes orientés ne dépassent pas la somme des domaines")


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
