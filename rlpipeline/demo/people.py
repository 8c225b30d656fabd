"""Made-up communes, days of a year, young people, their follow-ups that begin, last and end, what is noted of them.

What is drawn around is in small files beside this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from importlib import resources
from io import StringIO
from itertools import chain, count, cycle, islice, product
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


def generator(seed: int | np.random.SeedSequence) -> Rng:
    """Give what draws numbers, the same of a seed on any machine."""
    return np.random.Generator(np.random.PCG64(seed))


def given_text(name: str) -> str:
    """Text of a file."""
    file = resources.files("rlpipeline.demo") / "data" / name
    return file.read_text(encoding="utf-8")


def given_table(name: str) -> pd.DataFrame:
    """Read a CSV file: its columns, all ``str``, a missing cell the empty text."""
    text = StringIO(given_text(f"{name}.csv"))
    return pd.read_csv(text, dtype=str, keep_default_na=False)


def first_day(year: int) -> np.datetime64:
    """1 January of the year."""
    return np.datetime64(f"{year:04d}-01-01", "D")


def last_day(year: int) -> np.datetime64:
    """31 December of the year."""
    return np.datetime64(f"{year:04d}-12-31", "D")


def working_days(year: int) -> Array:
    """Array of the year from Monday to Saturday, 1 January left out."""
    second = first_day(year) + np.timedelta64(1, "D")
    new_year = first_day(year + 1)
    days = np.arange(second, new_year, dtype="M8[D]")
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
        first = range(1, 2 * len(self.codes), 2)
        pairs = [(f"EDU-{number:04d}", f"EDU-{number + 1:04d}") for number in first]
        return dict(zip(self.codes, pairs, strict=True))

    @property
    def everyone(self) -> tuple[str, ...]:
        """Codes of all educators, in order."""
        teams = self.educators.values()
        return tuple(sorted(chain.from_iterable(teams)))


def fictitious_territory(many: int, seed: int) -> Territory:
    """Made-up communes with awkward names; the code of every tenth has a letter. UsageError beyond a thousand."""
    if not 1 <= many <= MAX_COMMUNES:
        what, expected = "Nombre de communes impossible.", f"de 1 à {MAX_COMMUNES}"
        raise UsageError(what, expected=expected, got=str(many))
    codes = [*islice(_codes(), many)]
    sorts = given_table("noms").groupby("sorte")
    given = sorts["nom"].agg(list)
    pairs = product(given["forme"], given["racine"])
    names = [shape.format(stem) for shape, stem in pairs]
    order = generator(seed).permutation(len(names))[:many]
    chosen = [names[rank] for rank in order]
    communes = tuple(zip(codes, chosen, strict=True))
    two_or_three = cycle([("Centre", "Les Tilleuls"), ("Centre", "Les Tilleuls", "L'Écluse")])
    districts = tuple(_district(code, name) for code, name in communes[::4])
    return Territory(
        nom="Service fictif de prévention spécialisée",
        departement="01",
        communes=communes,
        epci=("200000000", "Communauté d'agglomération fictive des Deux Vallées"),
        qpv=districts,
        quartiers=dict(zip(codes, two_or_three, strict=False)),
    )


def _codes() -> Iterator[str]:
    """Give INSEE codes of no commune, every tenth with a letter."""
    plain = iter(_PLAIN_CODES)
    for number in count(500):
        yield from (f"{code:05d}" for code in islice(plain, 9))
        yield f"2A{number}"


def _district(commune: str, name: str) -> tuple[str, str, str]:
    """Make up the priority neighbourhood of a commune: its code, its name, the commune."""
    return f"QP{commune}1", f"Quartier prioritaire {french.de(name)}", commune


BAND_LOW, BAND_HIGH = np.array([6, 11, 15, 19, 22]), np.array([10, 14, 18, 21, 25])
BAND_SHARES = {"PAEI": (0.22, 0.58, 0.11, 0.06, 0.03), "autre": (0.14, 0.50, 0.19, 0.11, 0.06)}
SEX_SHARES = {"F": 0.4, "G": 0.597, "NR": 0.003}
STARTS_PER_YEAR = {"PAEI": 11.8, "ASEP": 26.0, "ACCROCHE": 20.0}
GROWTH, YEARS_BEFORE = 1.05, 3
MOTIF_SHARES = {
    "orientation": 0.09, "difficulte_mobilisation": 0.12, "changement_territoire": 0.04, "amelioration_situation": 0.69,
    "changement_statut": 0.06,
}  # fmt: skip
# Shares of the durations of a PAEI, each between two numbers of days.
PAEI_SPANS = ((0.32, 20, 175), (0.28, 185, 355), (0.30, 370, 715), (0.10, 735, 1_150))
NOTED = ("situations", "problematiques", "co_accompagnements", "orientations", "presences")
"""Tables of what is noted, in the order in which they are drawn."""
STREET_REFERRALS = 2  # noted in an ASEP each year: the report's table leaves them out


@dataclass(frozen=True)
class Caseload:
    """Young people and their follow-ups.

    Parameters
    ----------
    jeunes
        One row each, index = ``personne``: sexe, annee_naissance (0 unknown), naissance (NaT where the year alone is
        known), commune, premier_contact.
    suivis
        personne, statut, debut, fin (NaT while open), motif (empty unless a PAEI ended).
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
        active = self.suivis[self.active(year)]
        rows = active[active["statut"] == "PAEI"]
        ages = self.ages(rows["personne"].to_numpy(), year)
        return rows.assign(band=band_of(ages))

    def in_paei(self, year: int) -> pd.DataFrame:
        """The same, one row a young person."""
        return self.paei(year).drop_duplicates("personne")

    def active(self, year: int) -> pd.Series:
        """Whether each follow-up has an active day in the year."""
        begin, end = self.suivis["debut"], self.suivis["fin"]
        is_ongoing = end.isna() | (end >= first_day(year))
        return is_ongoing & (begin <= last_day(year))


def about(rng: Rng, means: Array) -> Array:
    """A whole number near each mean, by plain arithmetic: the same on any machine."""
    near = means * rng.uniform(0.7, 1.3, len(means))
    return np.asarray(np.rint(near), dtype=np.int64)


def some_of(
    rng: Rng, values: Iterable[object], rows: Sized, shares: Iterable[float] | None = None
) -> Array:
    """Draw one of some values for each row, as often as their shares say; each as often, without shares."""
    among = np.array([*values], dtype=object)
    chances = None if shares is None else [*shares]
    drawn = rng.choice(among, len(rows), p=chances)
    return np.asarray(drawn)


def days_of(counts: Array) -> Array:
    """Give numbers of days as durations."""
    return counts.astype("m8[D]")


def some_days(rng: Rng, least: int, most: int, rows: Sized) -> Array:
    """Draw a duration of whole days for each row, below the most."""
    return days_of(rng.integers(least, most, len(rows)))


def happens(rng: Rng, share: float | Array | pd.Series, rows: Sized) -> Array:
    """Draw of each row whether it is one of a share, the same for all or its own."""
    return np.asarray(rng.random(len(rows)) < share)


def stacked(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put the rows of several frames under one another."""
    return pd.concat([*parts], ignore_index=True)


def band_of(ages: Array) -> Array:
    """Position of the age band of each age."""
    return np.searchsorted(BAND_LOW[1:], ages, side="right")


def simulate(rng: Rng, communes: Sequence[str], first: int, last: int) -> Caseload:
    """Draw follow-ups that begin from three years before ``first`` to ``last``, and the young people they are about."""
    base = _starts(rng, communes, first - YEARS_BEFORE, last)
    end = last_day(last)
    jeunes = _young_people(rng, base)
    all_begun = base[["personne", "statut", "debut", "fin"]]
    before, after = _before(rng, base), _after(rng, base, end)
    suivis = stacked([all_begun, before, after])
    suivis = suivis[suivis["debut"] <= end].reset_index(drop=True)
    suivis["fin"] = suivis["fin"].where(suivis["fin"] <= end)
    motif = some_of(rng, MOTIF_SHARES, suivis, MOTIF_SHARES.values())
    is_paei = suivis["statut"] == "PAEI"
    has_one = is_paei & suivis["fin"].notna()
    suivis["motif"] = np.where(has_one, motif, "")
    suivis = stacked([suivis, _continued(rng, suivis, end)])
    first_days = suivis.groupby("personne")["debut"].min()
    begun = first_days.reindex(jeunes.index)
    contact = begun - some_days(rng, 0, 46, jeunes)
    return Caseload(jeunes.assign(premier_contact=contact), suivis)


def _days_in(rng: Rng, years: Array) -> Array:
    """Draw a day of each year."""
    since_1970 = np.asarray(years - 1970).astype("M8[Y]")
    days = some_days(rng, 0, 365, years)
    return np.asarray(since_1970.astype("M8[D]") + days)


def _starts(rng: Rng, communes: Sequence[str], first: int, last: int) -> pd.DataFrame:
    """Draw the follow-ups that begin in each year, one a young person: statut, commune, debut, personne, fin."""
    sizes = np.ones(len(communes))
    if len(communes) > len(AGES):
        sizes = rng.uniform(0.6, 1.4, len(communes))
    codes = np.array(communes, dtype=object)
    parts = []
    years = range(first, last + 1)
    for year, (statut, mean) in product(years, STARTS_PER_YEAR.items()):
        counts = about(rng, mean * sizes * GROWTH ** (year - last))
        commune = np.repeat(codes, counts)
        debut = _days_in(rng, np.full(len(commune), year))
        begun = {"statut": statut, "commune": commune, "debut": debut}
        parts.append(pd.DataFrame(begun))
    base = stacked(parts)
    base["personne"] = np.arange(len(base))
    lengths = _lengths(rng, base["statut"].to_numpy())
    base["fin"] = base["debut"] + lengths
    return base


def _lengths(rng: Rng, statut: Array) -> Array:
    """Draw how long follow-ups last."""
    columns = zip(*PAEI_SPANS, strict=True)
    shares, low, high = map(np.array, columns)
    span = rng.choice(len(shares), len(statut), p=shares)
    paei = rng.integers(low[span], high[span])
    others = rng.integers(25, 330, len(statut))
    return days_of(np.where(statut == "PAEI", paei, others))


def _young_people(rng: Rng, base: pd.DataFrame) -> pd.DataFrame:
    """Draw whom each follow-up that begins is about."""
    paei = base["statut"].to_numpy() == "PAEI"
    bands = [rng.choice(5, len(base), p=shares) for shares in BAND_SHARES.values()]
    band = np.where(paei, *bands)
    age = rng.integers(BAND_LOW[band], BAND_HIGH[band] + 1)
    year = base["debut"].dt.year.to_numpy() - age
    unknown = happens(rng, 0.003, base)
    away = happens(rng, 0.02, base) & ~paei
    sexe = some_of(rng, SEX_SHARES, base, SEX_SHARES.values())
    born = _days_in(rng, year)
    of_year_alone = unknown | happens(rng, 0.03, base)
    jeunes = pd.DataFrame({"sexe": sexe})
    jeunes["annee_naissance"] = np.where(unknown, 0, year)
    jeunes["naissance"] = np.where(of_year_alone, NEVER, born)
    homes = np.where(away, OUTSIDE, base["commune"].to_numpy())
    return jeunes.assign(commune=homes)


def _follow_ups(some: pd.DataFrame, statut: str, debut: Array, fin: Array) -> pd.DataFrame:
    """Give other follow-ups of the same young people."""
    people = some[["personne"]]
    return people.assign(statut=statut, debut=debut, fin=fin)


def _before(rng: Rng, base: pd.DataFrame) -> pd.DataFrame:
    """Draw the first contacts before some PAEI."""
    is_paei = base["statut"] == "PAEI"
    has_one = is_paei & happens(rng, 0.3, base)
    some = base[has_one]
    gap = some_days(rng, 1, 12, some)
    length = some_days(rng, 20, 200, some)
    fin = some["debut"].to_numpy() - gap
    debut = fin - length
    return _follow_ups(some, "ACCROCHE", debut, fin)


def _after(rng: Rng, base: pd.DataFrame, end: np.datetime64) -> pd.DataFrame:
    """Draw the second PAEI that follow some."""
    is_paei = base["statut"] == "PAEI"
    again = is_paei & happens(rng, 0.06, base)
    some = base[again & (base["fin"] < end)]
    gap = some_days(rng, 45, 240, some)
    length = some_days(rng, 30, 330, some)
    debut = some["fin"].to_numpy() + gap
    return _follow_ups(some, "PAEI", debut, debut + length)


def _continued(rng: Rng, suivis: pd.DataFrame, end: np.datetime64) -> pd.DataFrame:
    """Draw the follow-ups of another status as which some PAEI go on."""
    ended = suivis[suivis["fin"] < end]
    some = ended[ended["motif"] == "changement_statut"]
    day = np.timedelta64(1, "D")
    debut = some["fin"].to_numpy() + day
    fin = debut + some_days(rng, 30, 250, some)
    closed = np.where(fin <= end, fin, NEVER)
    return _follow_ups(some, "ASEP", debut, closed).assign(motif="")


@dataclass(frozen=True)
class Noted:
    """What is noted about those followed in a year.

    Parameters
    ----------
    last
        Last year of the records, in which nobody has moved.
    """

    population: Caseload
    territory: Territory
    last: int

    def situations(self, rng: Rng, year: int) -> pd.DataFrame:
        """One of nearly all those in a PAEI, and where some lived then."""
        people = self.population.in_paei(year)
        drawn = np.empty(len(people), dtype=object)
        codes, shares = _shares("situation")
        for band, weights in enumerate(shares.T):
            rows = (people["band"] == band).to_numpy()
            many = int(rows.sum())
            drawn[rows] = rng.choice(codes, many, p=weights)
        whose = people["personne"].to_numpy()
        frame = pd.DataFrame({"personne": whose, "situation": drawn})
        frame = frame[happens(rng, 0.985, frame)]
        now = self._homes(frame)
        then = some_of(rng, self.territory.codes, frame)
        may_move = (then != now) & (year < self.last)
        has_moved = happens(rng, 0.03, frame) & may_move
        return frame.assign(commune=np.where(has_moved, then, ""))

    def _homes(self, frame: pd.DataFrame) -> Array:
        """Give where each of those noted lives."""
        homes: Array = self.population.communes[frame["personne"].to_numpy()]
        return homes

    def problematiques(self, rng: Rng, year: int) -> pd.DataFrame:
        """Any number of issues of each PAEI, as often as their families are at an age."""
        by_family = dict(zip(*_shares("famille"), strict=True))
        paei = self.population.paei(year)
        codes, shares = list[str](), list[Array]()
        for family in default_problematiques():
            codes += [issue.code for issue in family.codes]
            shares += [by_family[family.code]] * len(family.codes)
        rows, columns = _noted(rng, paei, np.array(shares))
        names = np.array(codes, dtype=object)
        whose = paei.index.to_numpy()[rows]
        return pd.DataFrame({"suivi": whose, "problematique": names[columns]})

    def co_accompagnements(self, rng: Rng, year: int) -> pd.DataFrame:
        """Any number of partners of each young person in a PAEI."""
        people = self.population.in_paei(year)
        codes, shares = _shares("partenaire")
        rows, columns = _noted(rng, people, shares)
        who = people["personne"].to_numpy()[rows]
        return pd.DataFrame({"personne": who, "partenaire": codes[columns]})

    def orientations(self, rng: Rng, year: int) -> pd.DataFrame:
        """One for each PAEI closed by one, on its last day; and a few in the street, which the report leaves out."""
        suivis = self.population.suivis
        year_long = first_day(year), last_day(year)
        ended = suivis[suivis["fin"].between(*year_long)]
        closed = ended[ended["motif"] == "orientation"]
        domains = rng.permutation(_domains(rng, closed))
        begun = suivis[suivis["debut"].between(*year_long)]
        asep = begun[begun["statut"] == "ASEP"]
        many = STREET_REFERRALS * (1 + len(self.territory.codes) // 8)
        chosen = rng.permutation(asep.index.to_numpy())[:many]
        some = asep.loc[np.sort(chosen)]
        street = _referrals(some, "debut", _domains(rng, some))
        return pd.concat([_referrals(closed, "fin", domains), street])

    def presences(self, rng: Rng, year: int) -> pd.DataFrame:
        """One to five meetings in the year of some of those active in it, none before the first contact."""
        people, contacts = self._met(rng, year), self.population.contacts
        times = rng.integers(1, 6, len(people))
        rows = np.repeat(people, times)
        start = np.maximum(contacts[rows], first_day(year))
        left = last_day(year) - start
        room = left.astype(np.int64) + 1
        later = np.floor(rng.random(len(rows)) * room)
        days = start + days_of(later.astype(np.int64))
        met = pd.DataFrame({"personne": rows, "date": days})
        frame = met.drop_duplicates()
        home = self._homes(frame)
        elsewhere = some_of(rng, self.territory.codes, frame)
        is_elsewhere = (home == OUTSIDE) | happens(rng, 0.08, frame)
        commune = np.where(is_elsewhere, elsewhere, home)
        return frame.assign(commune=commune, lieu="Maison de quartier")

    def _met(self, rng: Rng, year: int) -> Array:
        """Draw whom the service meets: half of those from 15 on, fewer of the youngest and of the newcomers."""
        population = self.population
        suivis = population.suivis[population.active(year)]
        active = suivis["personne"].unique()
        contacts = population.contacts[active]
        bands = band_of(population.ages(active, year))
        share = np.where(bands >= 2, 0.5, 0.03)
        share = np.where(contacts >= first_day(year), share / 5, share)
        is_met = happens(rng, share, active)
        is_known = contacts <= last_day(year)
        return np.sort(active[is_met & is_known])


def followed(
    streams: Iterator[Rng], population: Caseload, territory: Territory, years: tuple[int, ...]
) -> Tables:
    """What is noted about those followed, year by year; a table draws from a generator of its own."""
    noted = Noted(population, territory, years[-1])
    tables = Tables()
    for name in NOTED:
        rng, draw = next(streams), getattr(noted, name)
        of_years = [draw(rng, year).assign(annee=year) for year in years]
        tables[name] = stacked(of_years)
    return tables


def _noted(rng: Rng, rows: pd.DataFrame, shares: Array) -> tuple[Array, ...]:
    """Draw which codes are noted of which rows, as often as their shares at the age of each."""
    by_row = shares.T[rows["band"].to_numpy()]
    return np.nonzero(rng.random(by_row.shape) < by_row)


def _domains(rng: Rng, rows: Sized) -> Array:
    """Draw the domain of a referral for each row."""
    table = given_table("orientations")
    weights = table["poids"].astype(float).to_numpy()
    shares = weights / weights.sum()
    return some_of(rng, table["domaine"], rows, shares)


def _referrals(suivis: pd.DataFrame, day: str, domains: Array) -> pd.DataFrame:
    """Give a referral for each follow-up, to the partner of its domain."""
    partners = given_table("orientations").set_index("domaine")["partenaire"]
    frame = pd.DataFrame({"suivi": suivis.index.to_numpy()})
    frame["date"] = suivis[day].to_numpy()
    partner = partners.reindex(domains).to_numpy()
    return frame.assign(domaine=domains, partenaire=partner)


def _shares(kind: str) -> tuple[Array, Array]:
    """Give codes, and how often each is noted at an age: codes × ages."""
    table = given_table("parts_par_age").query("table == @kind")
    shares = table[list(AGES)].to_numpy(dtype=np.float64)
    return table["code"].to_numpy(dtype=object), shares
