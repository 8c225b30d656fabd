"""Which figures are part of which: distinct persons, subsets, what the year before bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rlpipeline.figures import SERVICE
from rlpipeline.figures.labels import AU_MOINS_UN, NOUVEAUX, TOTAL
from rlpipeline.protection.classes import Lines
from rlpipeline.protection.tables import NOTHING, Table, Term
from rlpipeline.protection.unknowns import TABLES, Cell

LONG = frozenset({"12_23_mois", "24_mois_plus"})


def inequalities(tables: Mapping[tuple[str, str], Table], lines: Lines) -> Iterator[list[Term]]:
    """Give what is at most zero in every territory: a part less its whole."""
    places: dict[str, dict[str, Table]] = {}
    for (name, territory), table in tables.items():
        places.setdefault(territory, {})[name] = table
    for territory in sorted(places):
        here = places[territory]
        for rule in (_new, _street, _issues, _referrals):
            yield from rule(here)
        yield from _durations(here, lines.durations)
        yield from _partners(here, lines.every_partner)


def _at_most(left: Iterable[int | None], right: Iterable[int | None]) -> Iterator[list[Term]]:
    """Give left sum <= right sum, where every term is known."""
    small, great = list(left), list(right)
    if all(place is not None for place in (*small, *great)):
        yield [
            *((place, 1.0) for place in small if place is not None),
            *((place, -1.0) for place in great if place is not None),
        ]


def _new(here: Mapping[str, Table]) -> Iterator[list[Term]]:
    """New ones are some of all."""
    for table in (here.get(name, NOTHING) for name, declared in TABLES.items() if declared.newcomers):
        for line in table.lines:
            yield from _at_most([table[line, NOUVEAUX]], [table[line, TOTAL]])


def _street(here: Mapping[str, Table]) -> Iterator[list[Term]]:
    """Whoever is accompanied has an active follow-up, hence counts in street work."""
    cohort, street = here.get("accompagnes", NOTHING), here.get("travail_de_rue", NOTHING)
    for line, column in cohort.known:
        if column != NOUVEAUX:
            yield from _at_most([cohort[line, column]], [street[line, column]])


def _durations(here: Mapping[str, Table], joined: Mapping[str, frozenset[str]]) -> Iterator[list[Term]]:
    """A first accompaniment begun in the year lasts less than a year."""
    cohort, lengths = here.get("accompagnes", NOTHING), here.get("durees", NOTHING)
    short = [line for line in lengths.lines if line != TOTAL and not LONG & joined.get(line, frozenset({line}))]
    for line in cohort.lines:
        yield from _at_most([cohort[line, NOUVEAUX]], [lengths[duration, line] for duration in short])


def _issues(here: Mapping[str, Table]) -> Iterator[list[Term]]:
    """A person concerned has an issue and is accompanied; an issue concerns a person."""
    noted, persons = here.get("problematiques", NOTHING), here.get("problematiques_jeunes", NOTHING)
    cohort = here.get("accompagnes", NOTHING)
    for family, age in persons.known:
        yield from _at_most([persons[family, age]], [noted[family, age]])
        yield from _at_most([persons[family, age]], [cohort[age, TOTAL]])


def _referrals(here: Mapping[str, Table]) -> Iterator[list[Term]]:
    """A person referred has a referral."""
    table, cohort = here.get("orientations", NOTHING), here.get("accompagnes", NOTHING)
    yield from _at_most([table[TOTAL, "jeunes"]], [table[TOTAL, "nombre"]])
    yield from _at_most([table[TOTAL, "jeunes"]], [cohort[TOTAL, TOTAL]])


def _partners(here: Mapping[str, Table], every_partner: bool) -> Iterator[list[Term]]:
    """Whoever is followed with another service counts once in « at least one »."""
    table, cohort = here.get("co_accompagnements", NOTHING), here.get("accompagnes", NOTHING)
    partners = [line for line in table.lines if line != AU_MOINS_UN]
    yield from _union([table[line, "jeunes"] for line in partners], table[AU_MOINS_UN, "jeunes"], every_partner)
    yield from _at_most([table[AU_MOINS_UN, "jeunes"]], [cohort[TOTAL, TOTAL]])


def _union(parts: Sequence[int | None], union: int | None, whole: bool = True) -> Iterator[list[Term]]:
    for part in parts:
        yield from _at_most([part], [union])
    if parts and whole:
        yield from _at_most([union], parts)


def flows(tables: Mapping[tuple[str, str], Table], former: Mapping[Cell, float]) -> Iterator[tuple[list[Term], float]]:
    """Whoever has been accompanied for a year or more already was on 31 December of the year before (whole service)."""
    lengths = tables.get(("durees", SERVICE), NOTHING)
    before = {
        (cell.indicateur, cell.ligne, cell.colonne): x for cell, x in former.items() if cell.territoire == SERVICE
    }
    long, longest = lengths["12_23_mois", TOTAL], lengths["24_mois_plus", TOTAL]
    everyone = before.get(("accompagnes", TOTAL, TOTAL))
    year, years = (before.get(("durees", line, TOTAL)) for line in ("12_23_mois", "24_mois_plus"))
    if long is not None and longest is not None and everyone is not None:
        yield [(long, 1.0), (longest, 1.0)], everyone
    still_open = before.get(("flux_paei", "ouverts_31_decembre", "nombre"))
    if long is not None and longest is not None and still_open is not None:
        yield [(long, 1.0), (longest, 1.0)], still_open
    if longest is not None and year is not None and years is not None:
        yield [(longest, 1.0)], year + years
