"""What is noted about the accompagnés in a year: situation, issues, other services, referrals, drop-in visits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rlpipeline.demo.calendar import Floats, Ints, Texts, first_day, last_day
from rlpipeline.demo.given import AGES, given_table
from rlpipeline.demo.population import Population, active_in, band_of
from rlpipeline.settings.models import default_problematiques

Rng = np.random.Generator


def ages_in(population: Population, people: Ints, year: int) -> Ints:
    """Age on 31 December; a young person whose birth is unknown is taken to be 15."""
    born = population.jeunes["annee_naissance"].to_numpy()[people]
    return np.where(born == 0, 15, year - born)


def paei_of(population: Population, year: int) -> pd.DataFrame:
    """PAEI active in the year, one row a follow-up (index of ``suivis``), with the age band's position."""
    suivis = population.suivis
    rows = suivis[(suivis["statut"] == "PAEI") & active_in(suivis, year)]
    return rows.assign(band=band_of(ages_in(population, rows["personne"].to_numpy(), year)))


def situations(rng: Rng, paei: pd.DataFrame) -> pd.DataFrame:
    """A situation for nearly every accompagné: personne, situation."""
    people = paei.drop_duplicates("personne")
    drawn = np.empty(len(people), dtype=object)
    codes, shares = _shares("situation")
    for band, weights in enumerate(shares.T):
        rows = (people["band"] == band).to_numpy()
        drawn[rows] = rng.choice(codes, int(rows.sum()), p=weights)
    frame = pd.DataFrame({"personne": people["personne"].to_numpy(), "situation": drawn})
    return frame[rng.random(len(frame)) < 0.985]


def problematiques(rng: Rng, paei: pd.DataFrame) -> pd.DataFrame:
    """Issues noted in the PAEI of a year: suivi (index of the follow-up), problematique."""
    codes = [(family.code, code.code) for family in default_problematiques() for code in family.codes]
    by_family = dict(zip(*_shares("famille"), strict=True))
    shares = np.array([by_family[family] for family, _ in codes])
    rows, columns = np.nonzero(rng.random((len(paei), len(codes))) < shares.T[paei["band"].to_numpy()])
    names = np.array([code for _, code in codes], dtype=object)
    return pd.DataFrame({"suivi": paei.index.to_numpy()[rows], "problematique": names[columns]})


def co_accompagnements(rng: Rng, paei: pd.DataFrame) -> pd.DataFrame:
    """Other services beside the accompagnés: personne, partenaire."""
    people = paei.drop_duplicates("personne")
    codes, by_band = _shares("partenaire")
    shares = by_band.T[people["band"].to_numpy()]
    rows, columns = np.nonzero(rng.random(shares.shape) < shares)
    return pd.DataFrame({"personne": people["personne"].to_numpy()[rows], "partenaire": codes[columns]})


def orientations(rng: Rng, suivis: pd.DataFrame, domains: Sequence[str]) -> pd.DataFrame:
    """One referral for each PAEI closed by one, on its last day: suivi, date, domaine, partenaire."""
    closed = suivis[suivis["motif"] == "orientation"]
    return _referrals(closed.index.to_numpy(), closed["fin"].to_numpy(), rng.permutation(np.array(domains, object)))


def draw_domains(rng: Rng, count: int) -> Texts:
    """Domains of referrals, the commonest more often."""
    table = given_table("orientations")
    weights = table["poids"].astype(float).to_numpy()
    return rng.choice(table["domaine"].to_numpy(dtype=object), count, p=weights / weights.sum())


def street_orientations(rng: Rng, suivis: pd.DataFrame, year: int, count: int) -> pd.DataFrame:
    """Referrals made in an ASEP, which the table of referrals of the accompagnés does not count."""
    asep = suivis[(suivis["statut"] == "ASEP") & suivis["debut"].between(first_day(year), last_day(year))]
    some = asep.loc[np.sort(rng.permutation(asep.index.to_numpy())[:count])]
    return _referrals(some.index.to_numpy(), some["debut"].to_numpy(), draw_domains(rng, len(some)))


def presences(rng: Rng, population: Population, people: Ints, year: int) -> pd.DataFrame:
    """One to five meetings a young person in the year, none before the first contact: personne, date."""
    rows = np.repeat(people, rng.integers(1, 6, len(people)))
    contact = population.jeunes["premier_contact"].to_numpy("M8[D]")[rows]
    start = np.maximum(contact, first_day(year))
    room = (last_day(year) - start).astype(np.int64) + 1
    days = start + np.floor(rng.random(len(rows)) * room).astype(np.int64).astype("m8[D]")
    return pd.DataFrame({"personne": rows, "date": days}).drop_duplicates()


def visitors(rng: Rng, population: Population, year: int) -> Ints:
    """Who comes to the drop-ins of a simulated year: some of those active in it, seldom one first met in it."""
    active = population.suivis.loc[active_in(population.suivis, year), "personne"].unique()
    contact = population.jeunes["premier_contact"].to_numpy("M8[D]")[active]
    share = np.where(band_of(ages_in(population, active, year)) >= 2, 0.5, 0.03)
    share = np.where(contact >= first_day(year), share / 5, share)
    return np.sort(active[(contact <= last_day(year)) & (rng.random(len(active)) < share)])


def _referrals(suivi: Ints, dates: np.ndarray, domains: Texts) -> pd.DataFrame:
    partners = given_table("orientations").set_index("domaine")["partenaire"]
    return pd.DataFrame(
        {"suivi": suivi, "date": dates, "domaine": domains, "partenaire": partners.reindex(domains).to_numpy()}
    )


def _shares(kind: str) -> tuple[Texts, Floats]:
    table = given_table("parts_par_age").query("table == @kind")
    return table["code"].to_numpy(dtype=object), table[list(AGES)].to_numpy(dtype=np.float64)
