"""Every table of the records, from the people and the years, in the columns and the order of the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rlpipeline.demo import exact, following, service_year
from rlpipeline.demo.activity import educators, printed_hours, time_entries
from rlpipeline.demo.anchor import Anchor, people_of_2023, with_other_years
from rlpipeline.demo.calendar import first_day, last_day
from rlpipeline.demo.group_actions import fictitious_actions, printed_actions
from rlpipeline.demo.margins import PRINTED_YEAR, printed_margins
from rlpipeline.demo.population import Population, simulate
from rlpipeline.demo.reconcile import Reconciliation, reconcile
from rlpipeline.demo.territory import OUTSIDE, Territory
from rlpipeline.records.labels import CRENEAUX, ORIGINES

Rng = np.random.Generator
Tables = dict[str, pd.DataFrame]
# Referrals noted in an ASEP each year: the report's table leaves them out.
STREET_REFERRALS = 2


@dataclass(frozen=True)
class World:
    """The people of the demonstration; ``anchor`` holds those of 2023 when they are rebuilt from the print."""

    territory: Territory
    years: tuple[int, ...]
    population: Population
    reconciled: Reconciliation | None
    anchor: Anchor | None

    def printed(self, year: int) -> tuple[Anchor, Reconciliation] | None:
        """The people of the print and their margins, for the year it is about; None for a year to draw."""
        if self.anchor is None or self.reconciled is None or year != PRINTED_YEAR:
            return None
        return self.anchor, self.reconciled


def build_tables(territory: Territory, years: tuple[int, ...], seed: int) -> Tables:
    """All tables of the records: text as it is written in the files, missing as empty text.

    Parameters
    ----------
    territory
        The four communes of the printed report, or made-up ones.
    years
        Years to fill, in order.
    seed
        Same seed, same tables.
    """
    streams = _streams(seed)
    world = _world(next(streams), territory, years)
    tables = {
        **_people_tables(next(streams), world),
        **_following_tables(streams, world),
        **_activity_tables(next(streams), world),
        **service_year.yearly_tables(next(streams), territory, years),
        "territoires": service_year.territories(next(streams), territory, years[0]),
        "diagnostics": service_year.diagnostics(next(streams), territory, years),
        "demandes": service_year.requests(next(streams), world.population, territory, years),
    }
    if not territory.printed:
        tables |= _with_optional_columns(next(streams), tables, territory)
    return _with_pseudonyms(tables, world.population)


def _with_optional_columns(rng: Rng, tables: Tables, territory: Territory) -> Tables:
    """Fill the columns that the service of the printed report does not keep, with some cells empty."""
    people, entries = tables["jeunes"], tables["temps"]
    districts = np.isin(people["commune"], [commune for _, _, commune in territory.qpv])
    return {
        "jeunes": people.assign(
            origine=rng.choice([*ORIGINES, ""], len(people)),
            qpv=np.where(districts & (rng.random(len(people)) < 0.5), "oui", "non"),
        ),
        "temps": entries.assign(creneau=rng.choice([*CRENEAUX, ""], len(entries))),
    }


def _streams(seed: int) -> Iterator[Rng]:
    """One generator a theme, so that a change in one leaves the others as they were."""
    for child in np.random.SeedSequence(seed).spawn(32):
        yield np.random.Generator(np.random.PCG64(child))


def _world(rng: Rng, territory: Territory, years: tuple[int, ...]) -> World:
    simulated = simulate(rng, territory.codes, years[0], years[-1])
    if not territory.printed:
        return World(territory, years, simulated, None, None)
    reconciled = reconcile(printed_margins())
    if PRINTED_YEAR not in years:
        return World(territory, years, simulated, reconciled, None)
    anchor = people_of_2023(rng, reconciled)
    return World(territory, years, with_other_years(rng, anchor, simulated, years[-1]), reconciled, anchor)


def _people_tables(rng: Rng, world: World) -> Tables:
    jeunes, suivis = world.population.jeunes, world.population.suivis
    team = educators(world.territory)
    spare = sorted({code for codes in team.values() for code in codes})
    commune = jeunes["commune"].to_numpy()
    draw = rng.integers(0, 10**6, len(suivis))
    names = [team.get(c, spare) for c in commune[suivis["personne"].to_numpy()]]
    educateur = [codes[int(i) % len(codes)] for codes, i in zip(names, draw, strict=True)]
    places = rng.integers(0, 10**6, len(jeunes))
    quartiers = [world.territory.quartiers.get(c, ("",)) for c in commune]
    quartier = [q[int(i) % len(q)] if i % 20 else "" for q, i in zip(quartiers, places, strict=True)]
    return {
        "jeunes": jeunes.reset_index(names="personne").assign(quartier=quartier),
        "suivis": suivis.reset_index(names="suivi").assign(educateur=educateur),
    }


def _following_tables(streams: Iterator[Rng], world: World) -> Tables:
    makers: dict[str, Callable[[Rng, World, int], pd.DataFrame]] = {
        "situations": _situations,
        "problematiques": _problematiques,
        "co_accompagnements": _co_accompagnements,
        "orientations": _orientations,
        "presences": _presences,
    }
    tables = {}
    for name, make in makers.items():
        rng = next(streams)
        parts = [make(rng, world, year).assign(annee=year) for year in world.years]
        tables[name] = pd.concat(parts, ignore_index=True)
    return tables


def _situations(rng: Rng, world: World, year: int) -> pd.DataFrame:
    """With the commune of the year for the few who moved since."""
    if printed := world.printed(year):
        return exact.situations(printed[0])
    frame = following.situations(rng, following.paei_of(world.population, year))
    now = world.population.jeunes["commune"].to_numpy()[frame["personne"].to_numpy()]
    then = rng.choice(np.array(world.territory.codes, dtype=object), len(frame))
    moved = (rng.random(len(frame)) < 0.03) & (then != now) & (year < world.years[-1])
    commune = pd.Series(np.where(moved, then, ""), index=frame.index)
    if world.anchor and year < PRINTED_YEAR:
        before = exact.situations(world.anchor).set_index("personne")["commune"]
        commune = frame["personne"].map(before[before != ""]).fillna(commune)
    return frame.assign(commune=commune)


def _problematiques(rng: Rng, world: World, year: int) -> pd.DataFrame:
    paei = following.paei_of(world.population, year)
    printed = world.printed(year)
    return exact.problematiques(rng, *printed, paei) if printed else following.problematiques(rng, paei)


def _co_accompagnements(rng: Rng, world: World, year: int) -> pd.DataFrame:
    if printed := world.printed(year):
        return exact.co_accompagnements(rng, *printed)
    return following.co_accompagnements(rng, following.paei_of(world.population, year))


def _orientations(rng: Rng, world: World, year: int) -> pd.DataFrame:
    suivis = world.population.suivis
    ended = suivis[suivis["fin"].between(first_day(year), last_day(year))]
    count = int((ended["motif"] == "orientation").sum())
    printed = world.printed(year)
    domains = exact.domains(printed[1]) if printed else following.draw_domains(rng, count)
    return pd.concat(
        [
            following.orientations(rng, ended, list(domains)),
            following.street_orientations(rng, suivis, year, STREET_REFERRALS * (1 + len(world.territory.codes) // 8)),
        ]
    )


def _presences(rng: Rng, world: World, year: int) -> pd.DataFrame:
    printed = world.printed(year)
    people = printed[0].met["personne"].to_numpy() if printed else following.visitors(rng, world.population, year)
    frame = following.presences(rng, world.population, people, year)
    home = world.population.jeunes["commune"].to_numpy()[frame["personne"].to_numpy()]
    elsewhere = rng.choice(np.array(world.territory.codes, dtype=object), len(frame))
    away = (home == OUTSIDE) | (rng.random(len(frame)) < 0.08)
    commune = np.where(away, elsewhere, home)
    return frame.assign(commune=commune, lieu=[world.territory.lieux[c] for c in commune])


def _activity_tables(rng: Rng, world: World) -> Tables:
    hours = printed_hours(printed_margins())
    if world.territory.printed and world.reconciled:
        actions, participations = printed_actions(rng, world.reconciled, world.years)
    else:
        actions, participations = fictitious_actions(rng, world.territory, world.years)
    return {
        "temps": time_entries(rng, world.territory, world.years, hours),
        "actions": actions,
        "participations": participations,
    }


def _with_pseudonyms(tables: Tables, population: Population) -> Tables:
    """Identifiers in the order of first contact and of first day: they tell nothing else."""
    people = _numbered("J", population.jeunes["premier_contact"].to_numpy("M8[D]"))
    follow_ups = _numbered("S", population.suivis["debut"].to_numpy("M8[D]"))
    named = {}
    for name, frame in tables.items():
        own = {}
        if "personne" in frame:
            own["id_jeune"] = people[frame["personne"].to_numpy()]
        if "suivi" in frame:
            own["id_suivi"] = follow_ups[frame["suivi"].to_numpy()]
        named[name] = frame.assign(**own)
    return named


def _numbered(letter: str, days: np.ndarray) -> np.ndarray:
    width = max(4, len(str(len(days))))
    rank = np.empty(len(days), dtype=np.int64)
    rank[np.argsort(days, kind="stable")] = np.arange(1, len(days) + 1)
    return np.array([f"{letter}{n:0{width}d}" for n in rank.tolist()], dtype=object)
