"""What the service is in a year: posts, funders, networks, bodies, partners, territories, diagnostics, requests."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rlpipeline.demo.calendar import first_day, last_day
from rlpipeline.demo.following import ages_in
from rlpipeline.demo.margins import AGES, PRINTED_YEAR, data_table
from rlpipeline.demo.population import Population, about, band_codes
from rlpipeline.demo.territory import PRINTED_COMMUNES, Territory

Rng = np.random.Generator
Tables = dict[str, pd.DataFrame]
REQUESTS_PER_COMMUNE = {"refusee": 4.5, "reorientee": 3.0, "en_attente": 2.0}
OLDER_VINTAGE = 2020
# By column, the lowest share of the printed number that another year has, and what it is rounded to.
SPREAD = {
    "montant_eur": (0.92, 50.0), "participations": (0.7, 1.0), "jeunes": (0.7, 1.0), "journees": (0.7, 1.0),
    "heures": (0.7, 1.0),
}  # fmt: skip
FICTITIOUS_SOURCE = "valeur fictive de démonstration"


def yearly_tables(rng: Rng, territory: Territory, years: tuple[int, ...]) -> Tables:
    """Tables personnel, financements, reseaux, instances, partenaires: as printed in 2023, near it otherwise."""
    usage = {"tous", "imprime" if territory.printed else "fictif"}
    tables: dict[str, list[pd.DataFrame]] = {}
    for name in ("personnel", "financements", "reseaux", "instances", "partenaires"):
        base = data_table(name)
        if "usage" in base:
            base = base[base["usage"].isin(usage)].drop(columns="usage")
        tables[name] = [_in_year(rng, _to_size(base, territory), year) for year in years]
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}


def territories(rng: Rng, territory: Territory, first: int) -> pd.DataFrame:
    """Socio-economic values: those printed, with an older made-up vintage; or made up throughout."""
    base = data_table("territoires")
    base["valeur"] = pd.to_numeric(base["valeur"])
    base["millesime"] = base["millesime"].astype(np.int64)
    if not territory.printed:
        return _fictitious_territories(rng, base, territory).assign(millesime=first - 2)
    older = base[(base["millesime"] > OLDER_VINTAGE + 1) & base["valeur"].notna()]
    values = _near(rng, older, 0.97, 1.03)
    return pd.concat(
        [base, older.assign(valeur=values, millesime=OLDER_VINTAGE, source=FICTITIOUS_SOURCE)], ignore_index=True
    )


def diagnostics(rng: Rng, territory: Territory, years: tuple[int, ...]) -> pd.DataFrame:
    """Notes from 1 to 5 of every neighbourhood, a few not given; they drift from one year to the next."""
    levels = data_table("diagnostics")
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
    texts = data_table("demandes").groupby("champ", sort=False)["valeur"].agg(list)
    parts = [_accepted(rng, population, year) for year in years]
    parts += [_others(rng, territory, year, suite, mean) for year in years for suite, mean in _means()]
    frame = pd.concat(parts, ignore_index=True)
    frame["origine"] = rng.choice(np.array(texts["origine"], dtype=object), len(frame))
    frame["motif"] = ""
    for suite in ("refusee", "reorientee"):
        rows = frame["suite"] == suite
        frame.loc[rows, "motif"] = rng.choice(np.array(texts[f"motif_{suite}"], dtype=object), int(rows.sum()))
    return frame


def _means() -> list[tuple[str, float]]:
    return list(REQUESTS_PER_COMMUNE.items())


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
    scale = 1.0 if territory.printed else len(territory.codes) / len(PRINTED_COMMUNES)
    sized = {column: pd.to_numeric(base[column]) * scale for column in ("etp", "montant_eur") if column in base}
    return base.assign(**{column: values.round(2) for column, values in sized.items()})


def _in_year(rng: Rng, base: pd.DataFrame, year: int) -> pd.DataFrame:
    """The printed year as it is; in others, counts a little lower and amounts nearly the same."""
    frame = base.assign(annee=year)
    for column, (low, step) in SPREAD.items():
        if column in base:
            values = pd.to_numeric(frame[column]).to_numpy(dtype=np.float64)
            drawn = step * np.rint(values * rng.uniform(low, 1.05, len(values)) / step)
            frame[column] = values if year == PRINTED_YEAR else drawn
    return frame


def _near(rng: Rng, rows: pd.DataFrame, low: float, high: float) -> np.ndarray:
    values = rows["valeur"].to_numpy() * rng.uniform(low, high, len(rows))
    return np.where(rows["unite"] == "%", np.round(np.minimum(values, 95.0), 1), np.rint(values))


def _fictitious_territories(rng: Rng, base: pd.DataFrame, territory: Territory) -> pd.DataFrame:
    kinds = {"commune": base[base["territoire"] == "62215"], "epci": base[base["type"] == "epci"]}
    kinds["qpv"] = base[base["type"] == "qpv"]
    places = [(*territory.epci, "epci"), *((code, name, "commune") for code, name in territory.communes)]
    places += [(code, name, "qpv") for code, name, _ in territory.qpv]
    rows = [kinds[kind].assign(territoire=code, libelle=name) for code, name, kind in places]
    frame = pd.concat(rows, ignore_index=True)
    return frame.assign(valeur=_near(rng, frame, 0.6, 1.5), source=FICTITIOUS_SOURCE)
