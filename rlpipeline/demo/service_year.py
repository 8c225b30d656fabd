"""What the service is in a year: posts, funders, networks, bodies, partners, territories, diagnostics, requests."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from rlpipeline.demo.calendar import first_day, last_day
from rlpipeline.demo.following import ages_in
from rlpipeline.demo.given import AGES, COMMUNES, given_table
from rlpipeline.demo.population import Population, about, band_codes
from rlpipeline.demo.territory import Territory

Rng = np.random.Generator
Tables = dict[str, pd.DataFrame]
REQUESTS_PER_COMMUNE = {"refusee": 4.5, "reorientee": 3.0, "en_attente": 2.0}
# By column, the lowest share of the given number that a year has, and what it is rounded to.
SPREAD = {
    "montant_eur": (0.92, 50.0), "participations": (0.7, 1.0), "jeunes": (0.7, 1.0), "journees": (0.7, 1.0),
    "heures": (0.7, 1.0),
}  # fmt: skip
PUBLICS = (*AGES, "familles")
SHORT = {"developpement_social_local": "DSL", "parentalite": "PAR", "partenariale": "PART", "action_collective": "COL"}
FICTITIOUS_SOURCE = "valeur fictive de démonstration"


def yearly_tables(rng: Rng, territory: Territory, years: tuple[int, ...]) -> Tables:
    """Tables personnel, financements, reseaux, instances, partenaires."""
    tables: dict[str, list[pd.DataFrame]] = {}
    for name in ("personnel", "financements", "reseaux", "instances", "partenaires"):
        base = given_table(name)
        if "usage" in base:
            base = base[base["usage"].isin({"tous", "fictif"})].drop(columns="usage")
        tables[name] = [_in_year(rng, _to_size(base, territory), year) for year in years]
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}


def territories(rng: Rng, territory: Territory, first: int) -> pd.DataFrame:
    """Made-up socio-economic values, of a vintage two years before the first."""
    base = given_table("territoires").assign(valeur=lambda rows: pd.to_numeric(rows["valeur"]))
    kinds = {kind: base[base["type"] == kind] for kind in ("epci", "qpv")}
    kinds["commune"] = base[base["territoire"] == "62215"]
    places = [(*territory.epci, "epci"), *((code, name, "commune") for code, name in territory.communes)]
    places += [(code, name, "qpv") for code, name, _ in territory.qpv]
    rows = [kinds[kind].assign(territoire=code, libelle=name) for code, name, kind in places]
    frame = pd.concat(rows, ignore_index=True)
    values = frame["valeur"].to_numpy() * rng.uniform(0.6, 1.5, len(frame))
    near = np.where(frame["unite"] == "%", np.round(np.minimum(values, 95.0), 1), np.rint(values))
    return frame.assign(valeur=near, source=FICTITIOUS_SOURCE, millesime=first - 2)


def actions(rng: Rng, territory: Territory, years: tuple[int, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Group actions of each commune and year, and who took part: the tables ``actions`` and ``participations``."""
    base = given_table("actions_fictives")
    shares = base["categorie"].map({"action_collective": 0.6}).fillna(0.25).to_numpy()
    means = base[list(PUBLICS)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    held, attended = [], []
    for year, code in product(years, territory.codes):
        chosen = np.flatnonzero(rng.random(len(base)) < shares)
        rows = base.iloc[chosen]
        ids = [f"A{year}-{code}-{SHORT[name]}{rank + 1}" for rank, name in enumerate(rows["categorie"])]
        is_dsl = (rows["categorie"] == "developpement_social_local").to_numpy()
        held.append(
            rows[["categorie", "libelle", "unite"]].assign(
                id_action=ids,
                annee=year,
                commune=code,
                seances=pd.to_numeric(rows["seances"]).to_numpy(),
                nb_partenaires=np.where(is_dsl, rng.integers(3, 17, len(rows)), np.nan),
                financements=np.where(is_dsl, "PV/Bailleurs", ""),
            )
        )
        counts = np.rint(means[chosen] * rng.uniform(0.3, 1.4, (len(rows), 1)))
        publics = np.tile(np.array(PUBLICS, dtype=object), len(ids))
        each = {"id_action": np.repeat(np.array(ids, dtype=object), len(PUBLICS)), "public": publics}
        attended.append(pd.DataFrame({**each, "nombre": counts.ravel()}))
    return pd.concat(held, ignore_index=True), pd.concat(attended, ignore_index=True)


def diagnostics(rng: Rng, territory: Territory, years: tuple[int, ...]) -> pd.DataFrame:
    """Notes from 1 to 5 of every neighbourhood, a few not given; they drift from one year to the next."""
    levels = given_table("diagnostics")
    places = pd.DataFrame(
        [(code, name) for code in territory.codes for name in territory.quartiers[code]],
        columns=["commune", "quartier"],
    )
    grid = places.merge(levels, how="cross")
    note = grid.pop("niveau").astype(float).to_numpy() + rng.integers(-1, 2, len(grid))
    parts = []
    for year in years:
        note = np.clip(note + rng.choice([-1, 0, 0, 1], len(grid)), 1, 5)
        given = np.where(rng.random(len(grid)) < 0.03, np.nan, note)
        comment = np.where(np.isnan(given), "Non évalué cette année", "")
        parts.append(grid.assign(annee=year, note=given, commentaire=comment))
    return pd.concat(parts, ignore_index=True)


def requests(rng: Rng, population: Population, territory: Territory, years: tuple[int, ...]) -> pd.DataFrame:
    """Requests for a follow-up: one for each PAEI that begins, and those refused, sent elsewhere or waiting."""
    texts = given_table("demandes").groupby("champ", sort=False)["valeur"].agg(list)
    parts = [_accepted(rng, population, year) for year in years]
    parts += [
        _others(rng, territory, year, suite, mean) for year in years for suite, mean in REQUESTS_PER_COMMUNE.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["origine"] = rng.choice(np.array(texts["origine"], dtype=object), len(frame))
    frame["motif"] = ""
    for suite in ("refusee", "reorientee"):
        rows = frame["suite"] == suite
        frame.loc[rows, "motif"] = rng.choice(np.array(texts[f"motif_{suite}"], dtype=object), int(rows.sum()))
    return frame


def _accepted(rng: Rng, population: Population, year: int) -> pd.DataFrame:
    suivis = population.suivis
    begun = suivis[(suivis["statut"] == "PAEI") & suivis["debut"].between(first_day(year), last_day(year))]
    people = begun["personne"].to_numpy()
    asked = begun["debut"].to_numpy("M8[D]") - rng.integers(0, 25, len(begun)).astype("m8[D]")
    return pd.DataFrame(
        {
            "date": np.maximum(asked, first_day(year)),
            "commune": population.jeunes["commune"].to_numpy()[people],
            "tranche_age": band_codes(ages_in(population, people, year)),
            "suite": "acceptee",
        }
    )


def _others(rng: Rng, territory: Territory, year: int, suite: str, mean: float) -> pd.DataFrame:
    codes = np.array(territory.codes, dtype=object)
    commune = np.repeat(codes, about(rng, np.full(len(codes), mean)))
    late = 120 if suite == "en_attente" else 365
    band = rng.choice(np.array([*AGES, ""], dtype=object), len(commune), p=(0.2, 0.5, 0.14, 0.08, 0.05, 0.03))
    return pd.DataFrame(
        {
            "date": last_day(year) - rng.integers(0, late, len(commune)).astype("m8[D]"),
            "commune": commune,
            "tranche_age": band,
            "suite": suite,
        }
    )


def _to_size(base: pd.DataFrame, territory: Territory) -> pd.DataFrame:
    """Posts and amounts of a made-up service follow the number of its communes."""
    scale = len(territory.codes) / COMMUNES
    sized = {column: pd.to_numeric(base[column]) * scale for column in ("etp", "montant_eur") if column in base}
    return base.assign(**{column: values.round(2) for column, values in sized.items()})


def _in_year(rng: Rng, base: pd.DataFrame, year: int) -> pd.DataFrame:
    """Counts a little lower, amounts nearly the same."""
    frame = base.assign(annee=year)
    for column, (low, step) in SPREAD.items():
        if column in base:
            values = pd.to_numeric(frame[column]).to_numpy(dtype=np.float64)
            frame[column] = step * np.rint(values * rng.uniform(low, 1.05, len(values)) / step)
    return frame
