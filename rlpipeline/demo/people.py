"""Made-up communes, days of a year, young people, their follow-ups that begin, last and end, what is noted of them.

What is drawn around is in small files beside this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from io import StringIO
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rlpipeline import french
from rlpipeline.errors import UsageError
from rlpipeline.settings.models import default_problematiques

Array = NDArray[Any]
Rng = np.random.Generator
Tables = dict[str, pd.DataFrame]

AGES = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
COMMUNES = 4  # those of the service whose posts, amounts and hours these files hold
MAX_COMMUNES = 1_000
OUTSIDE = "hors"
NEVER = np.datetime64("NaT", "D")
# No commune has these numbers (Ain ends at 457, Allier at 321): the codes are well formed and stand for nobody.
# They show the two traps of French codes on purpose, a leading zero and a letter.
_PLAIN_CODES = (*range(1_500, 2_000), *range(3_500, 4_000))


def given_text(name: str) -> str:
    """Text of a file."""
    return resources.files("rlpipeline.demo").joinpath("data", name).read_text(encoding="utf-8")


def given_table(name: str) -> pd.DataFrame:
    """Read a CSV file: its columns, all ``str``, a missing cell the empty text."""
    return pd.read_csv(StringIO(given_text(f"{name}.csv")), dtype=str, keep_default_na=False)


def first_day(year: int) -> np.datetime64:
    """1 January of the year."""
    return np.datetime64(f"{year:04d}-01-01", "D")


def last_day(year: int) -> np.datetime64:
    """31 December of the year."""
    return np.datetime64(f"{year:04d}-12-31", "D")


def working_days(year: int) -> Array:
    """Array of the year from Monday to Saturday, 1 January left out."""
    days = np.arange(first_day(year) + np.timedelta64(1, "D"), first_day(year + 1), dtype="M8[D]")
    return days[np.is_busday(days, weekmask="1111110")]


@dataclass(frozen=True)
class Territory:
    """What the records say of a service's territory."""

    nom: str
    departement: str
    communes: tuple[tuple[str, str], ...]
    epci: tuple[str, str]
    qpv: tuple[tuple[str, str, str], ...]
    quartiers: Mapping[str, tuple[str, ...]]

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the communes, in report order."""
        return tuple(code for code, _ in self.communes)

    @property
    def educators(self) -> Mapping[str, tuple[str, ...]]:
        """Codes of the educators of each commune."""
        return {
            code: (f"EDU-{2 * i + 1:04d}", f"EDU-{2 * i + 2:04d}")
            for i, code in enumerate(self.codes)
        }


def fictitious_territory(count: int, seed: int) -> Territory:
    """Made-up communes with awkward names; the code of every tenth has a letter. UsageError beyond a thousand."""
    if not 1 <= count <= MAX_COMMUNES:
        raise UsageError(
            "Nombre de communes impossible.", expected=f"de 1 à {MAX_COMMUNES}", got=str(count)
        )
    plain = iter(_PLAIN_CODES)
    codes = [f"2A{500 + i // 10}" if i % 10 == 9 else f"{next(plain):05d}" for i in range(count)]
    given = given_table("noms").groupby("sorte")["nom"].agg(list)
    names = [shape.format(stem) for shape, stem in product(given["forme"], given["racine"])]
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(names))[:count]
    communes = tuple((code, names[i]) for code, i in zip(codes, order, strict=True))
    return Territory(
        nom="Service fictif de prévention spécialisée",
        departement="01",
        communes=communes,
        epci=("200000000", "Communauté d'agglomération fictive des Deux Vallées"),
        qpv=tuple(
            (f"QP{code}1", f"Quartier prioritaire {french.de(name)}", code)
            for code, name in communes[::4]
        ),
        quartiers={
            code: ("Centre", "Les Tilleuls", "L'Écluse")[: 2 + index % 2]
            for index, code in enumerate(codes)
        },
    )


BAND_LOW, BAND_HIGH = np.array([6, 11, 15, 19, 22]), np.array([10, 14, 18, 21, 25])
BAND_SHARES = {"PAEI": (0.22, 0.58, 0.11, 0.06, 0.03), "autre": (0.14, 0.50, 0.19, 0.11, 0.06)}
STARTS_PER_YEAR = {"PAEI": 11.8, "ASEP": 26.0, "ACCROCHE": 20.0}
GROWTH, YEARS_BEFORE = 1.05, 3
MOTIF_SHARES = {
    "orientation": 0.09, "difficulte_mobilisation": 0.12, "changement_territoire": 0.04, "amelioration_situation": 0.69,
    "changement_statut": 0.06,
}  # fmt: skip
# Shares of the durations of a PAEI, each between two numbers of days.
PAEI_SPANS = ((0.32, 20, 175), (0.28, 185, 355), (0.30, 370, 715), (0.10, 735, 1_150))
STREET_REFERRALS = 2  # noted in an ASEP each year: the report's table leaves them out


@dataclass(frozen=True)
class Population:
    """Young people (one row each, index = ``personne``) and their follow-ups.

    ``jeunes``: sexe, annee_naissance (0 unknown), naissance (NaT where the year alone is known), commune,
    premier_contact. ``suivis``: personne, statut, debut, fin (NaT while open), motif (empty unless a PAEI ended).
    """

    jeunes: pd.DataFrame
    suivis: pd.DataFrame

    @property
    def communes(self) -> Array:
        """Where each young person lives."""
        return self.jeunes["commune"].to_numpy()

    @property
    def contacts(self) -> Array:
        """First contact with each young person."""
        return self.jeunes["premier_contact"].to_numpy("M8[D]")

    def ages(self, people: Array, year: int) -> Array:
        """Age on 31 December; a young person whose birth is unknown is taken to be 15."""
        born = self.jeunes["annee_naissance"].to_numpy()[people]
        return np.where(born == 0, 15, year - born)

    def paei(self, year: int) -> pd.DataFrame:
        """PAEI active in the year, one row a follow-up (index of ``suivis``), with the age band's position."""
        rows = self.suivis[(self.suivis["statut"] == "PAEI") & self.active(year)]
        return rows.assign(band=band_of(self.ages(rows["personne"].to_numpy(), year)))

    def active(self, year: int) -> pd.Series:
        """Whether each follow-up has an active day in the year."""
        ongoing = self.suivis["fin"].isna() | (self.suivis["fin"] >= first_day(year))
        return (self.suivis["debut"] <= last_day(year)) & ongoing


def about(rng: Rng, means: Array) -> Array:
    """A whole number near each mean, by plain arithmetic: the same on any machine."""
    return np.asarray(np.rint(means * rng.uniform(0.7, 1.3, len(means))), dtype=np.int64)


def band_of(ages: Array) -> Array:
    """Position of the age band of each age."""
    return np.searchsorted(BAND_LOW[1:], ages, side="right")


def simulate(rng: Rng, communes: Sequence[str], first: int, last: int) -> Population:
    """Draw follow-ups that begin from three years before ``first`` to ``last``, and the young people they are about."""
    base = _starts(rng, communes, first - YEARS_BEFORE, last)
    jeunes = _young_people(rng, base)
    end = last_day(last)
    suivis = pd.concat(
        [base[["personne", "statut", "debut", "fin"]], _before(rng, base), _after(rng, base, end)]
    )
    suivis = suivis[suivis["debut"] <= end].reset_index(drop=True)
    suivis["fin"] = suivis["fin"].where(suivis["fin"] <= end)
    drawn = rng.choice(
        np.array([*MOTIF_SHARES], dtype=object), len(suivis), p=[*MOTIF_SHARES.values()]
    )
    suivis["motif"] = np.where((suivis["statut"] == "PAEI") & suivis["fin"].notna(), drawn, "")
    suivis = pd.concat([suivis, _continued(rng, suivis, end)], ignore_index=True)
    begun = suivis.groupby("personne")["debut"].min().reindex(jeunes.index)
    contact = begun - pd.to_timedelta(rng.integers(0, 46, len(jeunes)), unit="D")
    return Population(jeunes.assign(premier_contact=contact), suivis)


def _days_in(rng: Rng, years: Array) -> Array:
    starts = np.asarray(years - 1970).astype("M8[Y]").astype("M8[D]")
    return np.asarray(starts + rng.integers(0, 365, len(years)).astype("m8[D]"))


def _starts(rng: Rng, communes: Sequence[str], first: int, last: int) -> pd.DataFrame:
    size = (
        rng.uniform(0.6, 1.4, len(communes))
        if len(communes) > len(AGES)
        else np.ones(len(communes))
    )
    parts = []
    for year in range(first, last + 1):
        for statut, mean in STARTS_PER_YEAR.items():
            commune = np.repeat(
                np.array(communes, dtype=object), about(rng, mean * size * GROWTH ** (year - last))
            )
            debut = _days_in(rng, np.full(len(commune), year))
            parts.append(pd.DataFrame({"statut": statut, "commune": commune, "debut": debut}))
    base = pd.concat(parts, ignore_index=True)
    base["personne"] = np.arange(len(base))
    shares, low, high = (np.array(column) for column in zip(*PAEI_SPANS, strict=True))
    span = rng.choice(len(shares), len(base), p=shares)
    paei = rng.integers(low[span].astype(np.int64), high[span].astype(np.int64))
    lasts = np.where(base["statut"].to_numpy() == "PAEI", paei, rng.integers(25, 330, len(base)))
    base["fin"] = base["debut"].to_numpy() + lasts.astype("m8[D]")
    return base


def _young_people(rng: Rng, base: pd.DataFrame) -> pd.DataFrame:
    paei, count = base["statut"].to_numpy() == "PAEI", len(base)
    bands = [rng.choice(5, count, p=BAND_SHARES[kind]) for kind in ("PAEI", "autre")]
    band = np.where(paei, *bands)
    year = base["debut"].dt.year.to_numpy() - rng.integers(BAND_LOW[band], BAND_HIGH[band] + 1)
    unknown = rng.random(count) < 0.003
    away = rng.random(count) < 0.02
    sexe = rng.choice(np.array(["F", "G", "NR"], dtype=object), count, p=(0.4, 0.597, 0.003))
    born = _days_in(rng, year)
    return pd.DataFrame(
        {
            "sexe": sexe,
            "annee_naissance": np.where(unknown, 0, year),
            "naissance": np.where(unknown | (rng.random(count) < 0.03), NEVER, born),
            "commune": np.where(away & ~paei, OUTSIDE, base["commune"].to_numpy()),
        }
    )


def _follow_ups(some: pd.DataFrame, statut: str, debut: Array, fin: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {"personne": some["personne"], "statut": statut, "debut": debut, "fin": fin}
    )


def _before(rng: Rng, base: pd.DataFrame) -> pd.DataFrame:
    some = base[(base["statut"] == "PAEI") & (rng.random(len(base)) < 0.3)]
    gap, length = rng.integers(1, 12, len(some)), rng.integers(20, 200, len(some))
    fin = some["debut"].to_numpy() - gap.astype("m8[D]")
    return _follow_ups(some, "ACCROCHE", fin - length.astype("m8[D]"), fin)


def _after(rng: Rng, base: pd.DataFrame, end: np.datetime64) -> pd.DataFrame:
    some = base[(base["statut"] == "PAEI") & (rng.random(len(base)) < 0.06) & (base["fin"] < end)]
    debut = some["fin"].to_numpy() + rng.integers(45, 240, len(some)).astype("m8[D]")
    return _follow_ups(
        some, "PAEI", debut, debut + rng.integers(30, 330, len(some)).astype("m8[D]")
    )


def _continued(rng: Rng, suivis: pd.DataFrame, end: np.datetime64) -> pd.DataFrame:
    some = suivis[(suivis["motif"] == "changement_statut") & (suivis["fin"] < end)]
    debut = some["fin"].to_numpy() + np.timedelta64(1, "D")
    fin = debut + rng.integers(30, 250, len(some)).astype("m8[D]")
    return _follow_ups(some, "ASEP", debut, np.where(fin <= end, fin, NEVER)).assign(motif="")


def followed(
    streams: Iterator[Rng], population: Population, territory: Territory, years: tuple[int, ...]
) -> Tables:
    """What is noted about those followed, year by year; a table draws from a generator of its own."""

    def situations(rng: Rng, year: int) -> pd.DataFrame:
        people = population.paei(year).drop_duplicates("personne")
        drawn = np.empty(len(people), dtype=object)
        codes, shares = _shares("situation")
        for band, weights in enumerate(shares.T):
            rows = (people["band"] == band).to_numpy()
            drawn[rows] = rng.choice(codes, int(rows.sum()), p=weights)
        frame = pd.DataFrame({"personne": people["personne"].to_numpy(), "situation": drawn})
        frame = frame[rng.random(len(frame)) < 0.985]
        now = population.communes[frame["personne"].to_numpy()]
        then = rng.choice(np.array(territory.codes, dtype=object), len(frame))
        moved = (rng.random(len(frame)) < 0.03) & (then != now) & (year < years[-1])
        return frame.assign(commune=np.where(moved, then, ""))

    def problematiques(rng: Rng, year: int) -> pd.DataFrame:
        paei = population.paei(year)
        codes = [
            (family.code, code.code) for family in default_problematiques() for code in family.codes
        ]
        by_family = dict(zip(*_shares("famille"), strict=True))
        shares = np.array([by_family[family] for family, _ in codes])
        rows, columns = _noted(rng, paei, shares)
        names = np.array([code for _, code in codes], dtype=object)
        return pd.DataFrame({"suivi": paei.index.to_numpy()[rows], "problematique": names[columns]})

    def co_accompagnements(rng: Rng, year: int) -> pd.DataFrame:
        people = population.paei(year).drop_duplicates("personne")
        codes, shares = _shares("partenaire")
        rows, columns = _noted(rng, people, shares)
        return pd.DataFrame(
            {"personne": people["personne"].to_numpy()[rows], "partenaire": codes[columns]}
        )

    def orientations(rng: Rng, year: int) -> pd.DataFrame:
        """One for each PAEI closed by one, on its last day; and a few in the street, which the report leaves out."""
        suivis, year_long = population.suivis, (first_day(year), last_day(year))
        closed = suivis[suivis["fin"].between(*year_long) & (suivis["motif"] == "orientation")]
        domains = rng.permutation(_domains(rng, len(closed)))
        asep = suivis[(suivis["statut"] == "ASEP") & suivis["debut"].between(*year_long)]
        count = STREET_REFERRALS * (1 + len(territory.codes) // 8)
        some = asep.loc[np.sort(rng.permutation(asep.index.to_numpy())[:count])]
        street = _referrals(some, "debut", _domains(rng, len(some)))
        return pd.concat([_referrals(closed, "fin", domains), street])

    def presences(rng: Rng, year: int) -> pd.DataFrame:
        """One to five meetings in the year of some of those active in it, none before the first contact."""
        active = population.suivis.loc[population.active(year), "personne"].unique()
        share = np.where(band_of(population.ages(active, year)) >= 2, 0.5, 0.03)
        share = np.where(population.contacts[active] >= first_day(year), share / 5, share)
        here = population.contacts[active] <= last_day(year)
        people = np.sort(active[here & (rng.random(len(active)) < share)])
        rows = np.repeat(people, rng.integers(1, 6, len(people)))
        start = np.maximum(population.contacts[rows], first_day(year))
        room = (last_day(year) - start).astype(np.int64) + 1
        days = start + np.floor(rng.random(len(rows)) * room).astype(np.int64).astype("m8[D]")
        frame = pd.DataFrame({"personne": rows, "date": days}).drop_duplicates()
        home = population.communes[frame["personne"].to_numpy()]
        elsewhere = rng.choice(np.array(territory.codes, dtype=object), len(frame))
        commune = np.where((home == OUTSIDE) | (rng.random(len(frame)) < 0.08), elsewhere, home)
        return frame.assign(commune=commune, lieu="Maison de quartier")

    tables = {}
    for make in (situations, problematiques, co_accompagnements, orientations, presences):
        rng = next(streams)
        tables[make.__name__] = pd.concat(
            [make(rng, year).assign(annee=year) for year in years], ignore_index=True
        )
    return tables


def _noted(rng: Rng, rows: pd.DataFrame, shares: Array) -> tuple[Array, ...]:
    by_row = shares.T[rows["band"].to_numpy()]
    return np.nonzero(rng.random(by_row.shape) < by_row)


def _domains(rng: Rng, count: int) -> Array:
    table = given_table("orientations")
    weights = table["poids"].astype(float).to_numpy()
    return rng.choice(table["domaine"].to_numpy(dtype=object), count, p=weights / weights.sum())


def _referrals(suivis: pd.DataFrame, day: str, domains: Array) -> pd.DataFrame:
    partners = (
        given_table("orientations").set_index("domaine")["partenaire"].reindex(domains).to_numpy()
    )
    columns = {"suivi": suivis.index.to_numpy(), "date": suivis[day].to_numpy()}
    return pd.DataFrame({**columns, "domaine": domains, "partenaire": partners})


def _shares(kind: str) -> tuple[Array, Array]:
    table = given_table("parts_par_age").query("table == @kind")
    return table["code"].to_numpy(dtype=object), table[list(AGES)].to_numpy(dtype=np.float64)
