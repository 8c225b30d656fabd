"""Young people and follow-ups in stock and flow: follow-ups begin, last and end; every year's counts follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rlpipeline.demo.calendar import NEVER, Days, Floats, Ints, Texts, days_in_years, first_day, last_day, years_of
from rlpipeline.demo.given import AGES
from rlpipeline.demo.territory import OUTSIDE

BAND_LOW = np.array([6, 11, 15, 19, 22])
BAND_HIGH = np.array([10, 14, 18, 21, 25])
BAND_SHARES = {"PAEI": (0.22, 0.58, 0.11, 0.06, 0.03), "autre": (0.14, 0.50, 0.19, 0.11, 0.06)}
STARTS_PER_YEAR = {"PAEI": 11.8, "ASEP": 26.0, "ACCROCHE": 20.0}
GROWTH = 1.05
YEARS_BEFORE = 3
MOTIFS = (
    "orientation", "difficulte_mobilisation", "changement_territoire", "amelioration_situation", "changement_statut",
)  # fmt: skip
MOTIF_SHARES = (0.09, 0.12, 0.04, 0.69, 0.06)
# Shares of the durations of a PAEI, each between two numbers of days.
PAEI_SPANS = ((0.32, 20, 175), (0.28, 185, 355), (0.30, 370, 715), (0.10, 735, 1_150))


@dataclass(frozen=True)
class Population:
    """Young people (one row each, index = ``personne``) and their follow-ups.

    ``jeunes``: sexe, annee_naissance (0 unknown), naissance (NaT where the year alone is known), commune,
    premier_contact. ``suivis``: personne, statut, debut, fin (NaT while open), motif (empty unless a PAEI ended).
    """

    jeunes: pd.DataFrame
    suivis: pd.DataFrame


def simulate(rng: np.random.Generator, communes: Sequence[str], first: int, last: int) -> Population:
    """Draw follow-ups that begin from three years before ``first`` to ``last``, and the young people they are about."""
    base = _starts(rng, communes, first - YEARS_BEFORE, last)
    jeunes = _young_people(rng, base)
    end = last_day(last)
    suivis = pd.concat([base[["personne", "statut", "debut", "fin"]], _before(rng, base), _after(rng, base, end)])
    suivis = suivis[suivis["debut"] <= end].reset_index(drop=True)
    suivis["fin"] = suivis["fin"].where(suivis["fin"] <= end)
    suivis["motif"] = _motifs(rng, suivis)
    suivis = pd.concat([suivis, _continued(rng, suivis, end)], ignore_index=True)
    return Population(with_first_contact(rng, jeunes, suivis), suivis)


def about(rng: np.random.Generator, means: Floats) -> Ints:
    """A whole number near each mean, by plain arithmetic: the same on any machine."""
    return np.asarray(np.rint(means * rng.uniform(0.7, 1.3, len(means))), dtype=np.int64)


def band_of(ages: Ints) -> Ints:
    """Position of the age band of each age."""
    return np.searchsorted(BAND_LOW[1:], ages, side="right")


def band_codes(ages: Ints) -> Texts:
    """Code of the age band of each age."""
    return np.array(AGES, dtype=object)[band_of(ages)]


def births(rng: np.random.Generator, years: Ints, year_only: float = 0.03) -> Days:
    """A birth date in each year, NaT for the few of whom the year alone is known."""
    days = days_in_years(rng, years)
    return np.where(rng.random(len(years)) < year_only, NEVER, days)


def active_in(suivis: pd.DataFrame, year: int) -> pd.Series:
    """Whether each follow-up has an active day in the year."""
    ongoing = suivis["fin"].isna() | (suivis["fin"] >= first_day(year))
    return (suivis["debut"] <= last_day(year)) & ongoing


def with_first_contact(rng: np.random.Generator, jeunes: pd.DataFrame, suivis: pd.DataFrame) -> pd.DataFrame:
    """First contact comes some days before the first follow-up."""
    first = suivis.groupby("personne")["debut"].min().reindex(jeunes.index)
    delay = pd.to_timedelta(rng.integers(0, 46, len(jeunes)), unit="D")
    return jeunes.assign(premier_contact=first - delay)


def _starts(rng: np.random.Generator, communes: Sequence[str], first: int, last: int) -> pd.DataFrame:
    """One follow-up a young person: commune, status and start drawn, then its end."""
    size = rng.uniform(0.6, 1.4, len(communes)) if len(communes) > len(AGES) else np.ones(len(communes))
    parts = []
    for year in range(first, last + 1):
        for statut, mean in STARTS_PER_YEAR.items():
            expected = mean * size * GROWTH ** (year - last)
            commune = np.repeat(np.array(communes, dtype=object), about(rng, expected))
            years = np.full(len(commune), year)
            parts.append(pd.DataFrame({"statut": statut, "commune": commune, "debut": days_in_years(rng, years)}))
    base = pd.concat(parts, ignore_index=True)
    base["personne"] = np.arange(len(base))
    base["fin"] = base["debut"].to_numpy() + _durations(rng, base["statut"].to_numpy() == "PAEI").astype("m8[D]")
    return base


def _durations(rng: np.random.Generator, is_paei: np.ndarray) -> Ints:
    shares, low, high = (np.array(column) for column in zip(*PAEI_SPANS, strict=True))
    span = rng.choice(len(shares), len(is_paei), p=shares)
    paei = rng.integers(low[span].astype(np.int64), high[span].astype(np.int64))
    return np.where(is_paei, paei, rng.integers(25, 330, len(is_paei)))


def _young_people(rng: np.random.Generator, base: pd.DataFrame) -> pd.DataFrame:
    paei = base["statut"].to_numpy() == "PAEI"
    band = np.where(
        paei, rng.choice(5, len(base), p=BAND_SHARES["PAEI"]), rng.choice(5, len(base), p=BAND_SHARES["autre"])
    )
    year = years_of(base["debut"].to_numpy()) - rng.integers(BAND_LOW[band], BAND_HIGH[band] + 1)
    unknown = rng.random(len(base)) < 0.003
    away = rng.random(len(base)) < 0.02
    return pd.DataFrame(
        {
            "sexe": rng.choice(np.array(["F", "G", "NR"], dtype=object), len(base), p=(0.4, 0.597, 0.003)),
            "annee_naissance": np.where(unknown, 0, year),
            "naissance": np.where(unknown, NEVER, births(rng, year)),
            "commune": np.where(away & ~paei, OUTSIDE, base["commune"].to_numpy()),
        }
    )


def _before(rng: np.random.Generator, base: pd.DataFrame) -> pd.DataFrame:
    """A third of the PAEI follow an ACCROCHE that ended just before."""
    some = base[(base["statut"] == "PAEI") & (rng.random(len(base)) < 0.3)]
    gap, length = rng.integers(1, 12, len(some)), rng.integers(20, 200, len(some))
    fin = some["debut"].to_numpy() - gap.astype("m8[D]")
    return pd.DataFrame(
        {"personne": some["personne"], "statut": "ACCROCHE", "debut": fin - length.astype("m8[D]"), "fin": fin}
    )


def _after(rng: np.random.Generator, base: pd.DataFrame, end: np.datetime64) -> pd.DataFrame:
    """Some come back for a second PAEI."""
    some = base[(base["statut"] == "PAEI") & (rng.random(len(base)) < 0.06) & (base["fin"] < end)]
    debut = some["fin"].to_numpy() + rng.integers(45, 240, len(some)).astype("m8[D]")
    length = rng.integers(30, 330, len(some)).astype("m8[D]")
    return pd.DataFrame({"personne": some["personne"], "statut": "PAEI", "debut": debut, "fin": debut + length})


def _motifs(rng: np.random.Generator, suivis: pd.DataFrame) -> Texts:
    drawn = rng.choice(np.array(MOTIFS, dtype=object), len(suivis), p=MOTIF_SHARES)
    ended = (suivis["statut"] == "PAEI") & suivis["fin"].notna()
    return np.where(ended, drawn, "")


def _continued(rng: np.random.Generator, suivis: pd.DataFrame, end: np.datetime64) -> pd.DataFrame:
    """A PAEI closed by a change of status goes on as an ASEP the next day."""
    some = suivis[(suivis["motif"] == "changement_statut") & (suivis["fin"] < end)]
    debut = some["fin"].to_numpy() + np.timedelta64(1, "D")
    fin = debut + rng.integers(30, 250, len(some)).astype("m8[D]")
    return pd.DataFrame(
        {
            "personne": some["personne"],
            "statut": "ASEP",
            "debut": debut,
            "fin": np.where(fin <= end, fin, NEVER),
            "motif": "",
        }
    )
