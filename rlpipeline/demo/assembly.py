"""Every table of the records, from the people and the years, in the columns and the order of the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from rlpipeline.demo import following, service_year
from rlpipeline.demo.activity import educators, time_entries
from rlpipeline.demo.calendar import first_day, last_day
from rlpipeline.demo.population import Population, simulate
from rlpipeline.demo.territory import OUTSIDE, Territory
from rlpipeline.records.labels import CRENEAUX, ORIGINES

Rng = np.random.Generator
Tables = dict[str, pd.DataFrame]
STREET_REFERRALS = 2  # noted in an ASEP each year: the report's table leaves them out


def build_tables(territory: Territory, years: tuple[int, ...], seed: int) -> Tables:
    """All tables of the records of a made-up service: text as it is written in the files, missing as empty text.

    The same seed gives the same tables; a theme draws from a generator of its own, so that a change in one leaves
    the others as they were.
    """
    streams = (np.random.Generator(np.random.PCG64(child)) for child in np.random.SeedSequence(seed).spawn(32))
    population = simulate(next(streams), territory.codes, years[0], years[-1])
    tables = {
        **_people_tables(next(streams), population, territory),
        **_following_tables(streams, population, territory, years),
        **_activity_tables(next(streams), territory, years),
        **service_year.yearly_tables(next(streams), territory, years),
        "territoires": service_year.territories(next(streams), territory, years[0]),
        "diagnostics": service_year.diagnostics(next(streams), territory, years),
        "demandes": service_year.requests(next(streams), population, territory, years),
    }
    return _with_pseudonyms(tables | _with_optional_columns(next(streams), tables, territory), population)


def _people_tables(rng: Rng, population: Population, territory: Territory) -> Tables:
    jeunes, suivis = population.jeunes, population.suivis
    team = educators(territory)
    spare = sorted({code for codes in team.values() for code in codes})
    commune = jeunes["commune"].to_numpy()
    draw = rng.integers(0, 10**6, len(suivis))
    names = [team.get(code, spare) for code in commune[suivis["personne"].to_numpy()]]
    educateur = [codes[int(rank) % len(codes)] for codes, rank in zip(names, draw, strict=True)]
    places = rng.integers(0, 10**6, len(jeunes))
    quartiers = [territory.quartiers.get(code, ("",)) for code in commune]
    quartier = [
        names[int(rank) % len(names)] if rank % 20 else "" for names, rank in zip(quartiers, places, strict=True)
    ]
    return {
        "jeunes": jeunes.reset_index(names="personne").assign(quartier=quartier),
        "suivis": suivis.reset_index(names="suivi").assign(educateur=educateur),
    }


def _following_tables(
    streams: Iterator[Rng], population: Population, territory: Territory, years: tuple[int, ...]
) -> Tables:
    def situations(rng: Rng, year: int) -> pd.DataFrame:
        frame = following.situations(rng, following.paei_of(population, year))
        now = population.jeunes["commune"].to_numpy()[frame["personne"].to_numpy()]
        then = rng.choice(np.array(territory.codes, dtype=object), len(frame))
        moved = (rng.random(len(frame)) < 0.03) & (then != now) & (year < years[-1])
        return frame.assign(commune=np.where(moved, then, ""))

    def orientations(rng: Rng, year: int) -> pd.DataFrame:
        suivis = population.suivis
        ended = suivis[suivis["fin"].between(first_day(year), last_day(year))]
        domains = following.draw_domains(rng, int((ended["motif"] == "orientation").sum()))
        in_the_street = STREET_REFERRALS * (1 + len(territory.codes) // 8)
        return pd.concat(
            [
                following.orientations(rng, ended, list(domains)),
                following.street_orientations(rng, suivis, year, in_the_street),
            ]
        )

    def presences(rng: Rng, year: int) -> pd.DataFrame:
        frame = following.presences(rng, population, following.visitors(rng, population, year), year)
        home = population.jeunes["commune"].to_numpy()[frame["personne"].to_numpy()]
        elsewhere = rng.choice(np.array(territory.codes, dtype=object), len(frame))
        commune = np.where((home == OUTSIDE) | (rng.random(len(frame)) < 0.08), elsewhere, home)
        return frame.assign(commune=commune, lieu=[territory.lieux[code] for code in commune])

    makers: dict[str, Callable[[Rng, int], pd.DataFrame]] = {
        "situations": situations,
        "problematiques": lambda rng, year: following.problematiques(rng, following.paei_of(population, year)),
        "co_accompagnements": lambda rng, year: following.co_accompagnements(rng, following.paei_of(population, year)),
        "orientations": orientations,
        "presences": presences,
    }
    tables = {}
    for name, make in makers.items():
        rng = next(streams)
        tables[name] = pd.concat([make(rng, year).assign(annee=year) for year in years], ignore_index=True)
    return tables


def _activity_tables(rng: Rng, territory: Territory, years: tuple[int, ...]) -> Tables:
    actions, participations = service_year.actions(rng, territory, years)
    return {"temps": time_entries(rng, territory, years), "actions": actions, "participations": participations}


def _with_optional_columns(rng: Rng, tables: Tables, territory: Territory) -> Tables:
    people, entries = tables["jeunes"], tables["temps"]
    districts = np.isin(people["commune"], [commune for _, _, commune in territory.qpv])
    return {
        "jeunes": people.assign(
            origine=rng.choice([*ORIGINES, ""], len(people)),
            qpv=np.where(districts & (rng.random(len(people)) < 0.5), "oui", "non"),
        ),
        "temps": entries.assign(creneau=rng.choice([*CRENEAUX, ""], len(entries))),
    }


def _with_pseudonyms(tables: Tables, population: Population) -> Tables:
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
    return np.array([f"{letter}{number:0{width}d}" for number in rank.tolist()], dtype=object)
