"""How the tables hang together: the same young people in several tables, territories, years."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from rlpipeline.disclosure.attack.counting import at_most, equal, none_without, shown_means_counted, within
from rlpipeline.disclosure.attack.statements import (
    ACTIONS,
    HORS,
    NOUVEAUX,
    SANS_COMMUNE,
    SERVICE,
    SUM,
    TOTAL,
    UNITS,
    Document,
    Key,
    Knowledge,
    Place,
    Relation,
)
from rlpipeline.disclosure.attack.tables import RARE, Published, Table, published

WITHOUT_RESIDENCE = frozenset({"demandes", *ACTIONS})
"""What may belong to the service itself; a young person always has a commune of residence, or none of the service's."""
OF_SERVICE_ALONE = frozenset({"communes", "reseaux"})
OF_ALL = {"co_accompagnements": ("au_moins_un", "jeunes"), "orientations": (TOTAL, "jeunes")}
"""Cells that count some of the young people followed, each once."""
UNITED = "_ou_"
"""What joins the codes of a wider class."""
AGES = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
LONG = frozenset({"12_23_mois", "24_mois_plus"})
Rule = Callable[[Published, Knowledge], Iterator[Relation]]


def relations(documents: Sequence[Document], knowledge: Knowledge) -> list[Relation]:
    """State everything that holds between the figures of the publications, each statement once."""
    together = published(documents)
    stated = [one for document in documents for one in _of_one(published([document]), knowledge)]
    across: tuple[Rule, ...] = (_same_cohort, _subsets, _through_the_years, _wider_classes)
    stated += [one for rule in across for one in rule(together, knowledge)]
    return [*{(one.terms, one.low, one.high): one for one in stated}.values()]


def _of_one(known: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """State what the tables of one publication add up to: another may show other classes."""
    for table in known.tables.values():
        for one in within(table, known):
            yield one if table.whole else _some_of_it(one)
        if table.whole and knowledge.shown_means_counted:
            yield from shown_means_counted(table)
    yield from _territories(known, knowledge)


def _some_of_it(relation: Relation) -> Relation:
    """Weaken a sum of which parts may be missing: they add up to the whole at most."""
    return replace(relation, high=math.inf) if relation.low == relation.high == 0 else relation


def nobody(known: Published) -> frozenset[Key]:
    """List the figures that are zero by definition: young people without any residence."""
    return frozenset(
        key
        for (indicator, _, territory), table in known.tables.items()
        if territory == SANS_COMMUNE and indicator not in WITHOUT_RESIDENCE
        for key in table.keys
    )


def _territories(known: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """The service is the sum of its communes, of those who live outside and of what has no commune."""
    for indicator in UNITS.keys() - OF_SERVICE_ALONE:
        for year in known.years:
            parts = [(indicator, year, territory) for territory in (*knowledge.communes, HORS, SANS_COMMUNE)]
            yield from _one_territory_less(known, (indicator, year, SERVICE), parts)


def _one_territory_less(known: Published, whole: Place, parts: list[Place]) -> Iterator[Relation]:
    tables = {place: table for place in (whole, *parts) if (table := known.tables.get(place)) and table.whole}
    service, present = tables.get(whole), [tables[part] for part in parts if part in tables]
    if service is None or not present:
        return
    missing = [part for part in parts if part not in tables and not _empty_by_nature(part)]
    yield from _cell_by_cell(known, service, present, bool(missing))


def _cell_by_cell(known: Published, service: Table, present: list[Table], missing: bool) -> Iterator[Relation]:
    apart = service.place[0] in ACTIONS
    cells = dict.fromkeys((key.ligne, key.colonne) for table in (service, *present) for key in sorted(table.keys))
    for line, column in cells:
        key = service.at(line, column)
        counted = [part for table in present if (part := table.at(line, column))]
        known_parts = [part for part in counted if part not in known.without_number]
        if key in known.without_number or not known_parts or (key is None and not {line, column} & RARE):
            continue
        words = "les territoires font le service"
        unsaid = column.startswith(SUM) and len(counted) < len(present)
        if key is None:
            yield from (Relation(((part, 1.0),), 0, 0, words) for part in known_parts)
        elif unsaid or (missing and not (apart and not column.startswith(SUM))):
            terms = ((key, 1.0), *((part, -1.0) for part in known_parts))
            yield Relation(terms, 0, math.inf, "les territoires publiés sont dans le service")
        else:
            yield from equal(key, known_parts, words)


def _empty_by_nature(place: Place) -> bool:
    return place[2] == SANS_COMMUNE and place[0] not in WITHOUT_RESIDENCE


def _same_cohort(known: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """Situations, durations and communes of residence share out the young people followed, published or not."""
    for (indicator, year, territory), table in known.tables.items():
        if indicator not in {"situations", "durees", "communes"}:
            continue
        words = f"{indicator} : les mêmes jeunes que les accompagnés"
        for column in table.columns:
            yield from equal(table.at(TOTAL, column), [Key("accompagnes", year, territory, column, TOTAL)], words)
            for line in (*knowledge.communes, HORS) if indicator == "communes" else ():
                there = Key("accompagnes", year, line, column, TOTAL)
                yield from equal(table.at(line, column), [there], "jeunes de la commune : les mêmes que son portrait")


def _subsets(known: Published, knowledge: Knowledge) -> Iterator[Relation]:
    for (indicator, year, territory), table in known.tables.items():
        beside = {name: (name, year, territory) for name in UNITS}
        if indicator == "accompagnes":
            for line in table.lines:
                for column in (column for column in table.columns if column != NOUVEAUX):
                    met = known.at(beside["travail_de_rue"], line, column)
                    yield from at_most(table.at(line, column), [met], "les accompagnés sont parmi les rencontrés")
                yield from _newcomers(known, table.at(line, NOUVEAUX), beside["durees"])
        elif indicator == "problematiques_jeunes":
            yield from _concerned(known, table.keys, beside["problematiques"])
            if knowledge.followed_only:
                yield from _issues_of_those_followed(known, table)
        elif indicator == "co_accompagnements" or (indicator == "orientations" and knowledge.followed_only):
            line, column = OF_ALL[indicator]
            cohort = known.at(beside["accompagnes"], TOTAL, TOTAL)
            yield from at_most(table.at(line, column), [cohort], "ils sont parmi les accompagnés")


def _issues_of_those_followed(known: Published, table: Table) -> Iterator[Relation]:
    cohort: Place = ("accompagnes", *table.place[1:])
    for key in sorted(table.keys):
        words = "les jeunes concernés sont parmi les accompagnés"
        yield from at_most(key, [known.at(cohort, key.colonne, TOTAL)], words)


def _newcomers(known: Published, newcomers: Key | None, durations: Place) -> Iterator[Relation]:
    """Whose first follow-up began in the year has been followed for less than a year."""
    if newcomers is not None:
        short = _durations(known, durations, newcomers.ligne, frozenset({"moins_6_mois", "6_11_mois"}))
        yield from at_most(newcomers, short, "un nouveau est accompagné depuis moins d'un an")


def _durations(known: Published, place: Place, age: str, within: frozenset[str]) -> list[Key | None]:
    """List the figures of the durations that make up others, united in wider classes or not.

    Returns
    -------
    A None where a class holds some of them and more besides, or where one is not published.
    """
    table = known.tables.get(place)
    lines = [(line, frozenset(line.split(UNITED))) for line in table.lines] if table else []
    used = [(line, parts) for line, parts in lines if parts & within]
    whole = all(parts <= within for _, parts in used) and within == frozenset().union(*(parts for _, parts in used))
    return [known.at(place, line, age) for line, _ in used] if whole else [None]


def _concerned(known: Published, keys: frozenset[Key], issues: Place) -> Iterator[Relation]:
    for key in sorted(keys):
        noted = known.at(issues, key.ligne, key.colonne)
        yield from at_most(key, [noted], "un jeune concerné a au moins une problématique relevée")
        yield from none_without(noted, key, "sans jeune concerné, pas de problématique")


def _through_the_years(known: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """Stock and flow: who has been followed for a year or more was followed the year before, and no older."""
    for year in known.years:
        now: Place = ("durees", year, SERVICE)
        before: Place = ("durees", year - 1, SERVICE)
        for ages in _up_to_each_age(known, year):
            since_one = _for_ages(known, now, ages, LONG)
            since_two = _for_ages(known, now, ages, LONG - {"12_23_mois"})
            found = [
                (since_one, _followed(known, year - 1, ages), f"depuis un an ou plus : ils l'étaient en {year - 1}"),
                (since_two, _for_ages(known, before, ages, LONG), f"depuis deux ans : ils l'étaient avant {year}"),
                (since_two, _followed(known, year - 2, ages), f"depuis deux ans : ils l'étaient avant {year}"),
            ]
            for less, more, words in found:
                if None not in {*less, *more}:
                    terms = [(key, 1.0) for key in less if key] + [(key, -1.0) for key in more if key]
                    yield Relation(tuple(terms), -math.inf, 0, f"accompagnés {words}", lasting=False)


def _up_to_each_age(known: Published, year: int) -> Iterator[tuple[str, ...]]:
    """Give all ages together, then the youngest up to each: a year before, nobody was older.

    Notes
    -----
    Classes must be those of both years; a wider one that another year cuts otherwise tells nothing.
    """
    yield (TOTAL,)
    table = known.tables.get(("accompagnes", year, SERVICE))
    bands = [line for line in table.lines if set(line.split(UNITED)) <= set(AGES)] if table else []
    bands.sort(key=lambda line: AGES.index(line.split(UNITED)[0]))
    yield from (tuple(bands[:count]) for count in range(1, len(bands)))


def _for_ages(known: Published, place: Place, ages: Sequence[str], within: frozenset[str]) -> list[Key | None]:
    return [key for age in ages for key in _durations(known, place, age, within)]


def _followed(known: Published, year: int, ages: Sequence[str]) -> list[Key | None]:
    return [known.at(("accompagnes", year, SERVICE), age, TOTAL) for age in ages]


def _wider_classes(known: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """A class that unites others is their sum, wherever both are published."""
    for place, table in known.tables.items():
        for wide, narrow in _united(knowledge.regroupements, table.lines):
            for column in table.columns:
                parts = [known.at(place, code, column) for code in narrow]
                yield from equal(table.at(wide, column), parts, "une classe est la somme de celles qu'elle réunit")
        for wide, narrow in _united(knowledge.regroupements, table.columns):
            for line in table.lines:
                parts = [known.at(place, line, code) for code in narrow]
                yield from equal(table.at(line, wide), parts, "une classe est la somme de celles qu'elle réunit")


def _united(classes: Mapping[str, tuple[str, ...]], codes: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from ((wide, narrow) for wide, narrow in classes.items() if wide in codes and {*narrow} <= {*codes})
