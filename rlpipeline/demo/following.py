"""What is noted about the accompagnés in a year: situation, issues, other services, referrals, drop-in visits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rlpipeline.demo.calendar import Ints, Texts, first_day, last_day
from rlpipeline.demo.margins import data_table
from rlpipeline.demo.population import Population, active_in, band_of
from rlpipeline.settings.models import default_problematiques

Rng = np.random.Generator
PARTNERS = ("education_nationale", "sante", "education_populaire", "mission_locale", "ase", "autres")
# Shares by age band of each situation, in the order of the bands.
SITUATION_SHARES: tuple[tuple[tuple[str, float], ...], ...] = (
    (("ecole_primaire", 1.0),),
    (("college", 0.97), ("descolarise", 0.03)),
    (
        ("lycee_general", 0.15), ("lycee_professionnel", 0.35), ("descolarise", 0.25), ("recherche_emploi", 0.1),
        ("recherche_formation", 0.1), ("formation", 0.05),
    ),
    (
        ("etudes_superieures", 0.05), ("recherche_emploi", 0.4), ("recherche_formation", 0.2), ("formation", 0.15),
        ("activite_professionnelle", 0.12), ("chomage_rsa", 0.08),
    ),
    (("recherche_emploi", 0.35), ("activite_professionnelle", 0.4), ("chomage_rsa", 0.25)),
)  # fmt: skip
PARTNER_SHARES = (
    (0.55, 0.1, 0.06, 0.0, 0.4, 0.08),
    (0.5, 0.08, 0.06, 0.0, 0.4, 0.08),
    (0.25, 0.1, 0.05, 0.45, 0.35, 0.1),
    (0.0, 0.1, 0.05, 0.6, 0.15, 0.1),
    (0.0, 0.1, 0.05, 0.4, 0.05, 0.1),
)
FAMILY_SHARES = {
    "educatives_familiales": (0.14, 0.27, 0.27, 0.29, 0.3),
    "mobilite": (0.2, 0.55, 0.7, 0.85, 0.6),
    "sociales": (0.17, 0.3, 0.42, 0.45, 0.35),
    "scolaires": (0.07, 0.17, 0.2, 0.0, 0.0),
    "professionnelles": (0.0, 0.0, 0.6, 0.6, 0.5),
    "sante": (0.025, 0.045, 0.05, 0.05, 0.05),
    "juridiques": (0.02, 0.0, 0.1, 0.12, 0.2),
}


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
    for band, shares in enumerate(SITUATION_SHARES):
        rows = (people["band"] == band).to_numpy()
        names, weights = zip(*shares, strict=True)
        drawn[rows] = rng.choice(np.array(names, dtype=object), int(rows.sum()), p=weights)
    frame = pd.DataFrame({"personne": people["personne"].to_numpy(), "situation": drawn})
    return frame[rng.random(len(frame)) < 0.985]


def problematiques(rng: Rng, paei: pd.DataFrame) -> pd.DataFrame:
    """Issues noted in the PAEI of a year: suivi (index of the follow-up), problematique."""
    codes = [(family.code, code.code) for family in default_problematiques() for code in family.codes]
    shares = np.array([FAMILY_SHARES[family] for family, _ in codes])
    rows, columns = np.nonzero(rng.random((len(paei), len(codes))) < shares.T[paei["band"].to_numpy()])
    names = np.array([code for _, code in codes], dtype=object)
    return pd.DataFrame({"suivi": paei.index.to_numpy()[rows], "problematique": names[columns]})


def co_accompagnements(rng: Rng, paei: pd.DataFrame) -> pd.DataFrame:
    """Other services beside the accompagnés: personne, partenaire."""
    people = paei.drop_duplicates("personne")
    shares = np.array(PARTNER_SHARES)[people["band"].to_numpy()]
    rows, columns = np.nonzero(rng.random(shares.shape) < shares)
    return pd.DataFrame(
        {"personne": people["personne"].to_numpy()[rows], "partenaire": np.array(PARTNERS, dtype=object)[columns]}
    )


def orientations(rng: Rng, suivis: pd.DataFrame, domains: Sequence[str]) -> pd.DataFrame:
    """One referral for each PAEI closed by one, on its last day: suivi, date, domaine, partenaire."""
    closed = suivis[suivis["motif"] == "orientation"]
    return _referrals(closed.index.to_numpy(), closed["fin"].to_numpy(), rng.permutation(np.array(domains, object)))


def draw_domains(rng: Rng, count: int) -> Texts:
    """Domains of referrals, the commonest more often."""
    table = data_table("orientations")
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
    partners = data_table("orientations").set_index("domaine")["partenaire"]
    return pd.DataFrame(
        {"suivi": suivi, "date": dates, "domaine": domains, "partenaire": partners.reindex(domains).to_numpy()}
    )
