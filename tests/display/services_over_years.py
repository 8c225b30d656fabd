"""Made-up services over several years, in which nothing changes but chance, or one thing that is planted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from rlpipeline.records.frames import Records
from tests.figures.factory import CARVIN, jeune, make_records, suivi

FIRST, YEAR = 2021, 2023
OLDEST = 2017
"""Year of the first follow-ups: those of the last two years are then as many, and as long begun."""
Row = dict[str, Any]
AGES = (8, 9, 10, 11, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 16, 17, 18, 19, 20, 22, 23)
YOUNGER, OLDER = AGES[:12], AGES[9:]
REASONS = ("amelioration_situation",) * 6 + ("orientation", "difficulte_mobilisation", "changement_territoire")
OUTCOMES = ("acceptee", "refusee", "en_attente", "reorientee")
SITUATIONS = ("descolarise", "recherche_emploi", "activite_professionnelle", "formation")


@dataclass(frozen=True)
class Rates:
    """What a service does in a year, for each hundredth of its size.

    Parameters
    ----------
    begun, first_met
        PAEI begun; follow-ups that are but a first contact.
    lasts
        Days that those begun last, on average.
    kept
        Part of the PAEI open on 1 January that a decision of the service does not end in the year.
    shared
        Of four young people, how many are followed with another service.
    idle
        Part of those of sixteen and more who are in no school.
    """

    begun: float = 0.45
    first_met: float = 0.5
    lasts: float = 420
    kept: float = 1.0
    shared: int = 3
    referred: float = 0.05
    met: float = 0.3
    asked: float = 0.8
    refused: float = 0.2
    idle: float = 0.7
    ages: tuple[int, ...] = AGES


STEADY = Rates()


@dataclass
class Service:
    """The rows of a service, by table."""

    jeunes: list[Row] = field(default_factory=list)
    suivis: list[Row] = field(default_factory=list)
    situations: list[Row] = field(default_factory=list)
    presences: list[Row] = field(default_factory=list)
    co_accompagnements: list[Row] = field(default_factory=list)
    demandes: list[Row] = field(default_factory=list)
    orientations: list[Row] = field(default_factory=list)

    @property
    def tables(self) -> Mapping[str, list[Row]]:
        """Rows by table."""
        return vars(self)

    @property
    def records(self) -> Records:
        """The same as records."""
        return make_records(**self.tables)


def steady_service(seed: int, size: int, commune: str = CARVIN) -> Service:
    """A service that follows about ``size`` young people a year, as many and the same kind every year.

    Two thirds of them stay from one year to the next; all grow a year older.
    """
    return service_over_years(np.random.default_rng((seed, size)), size, commune, STEADY)


def changing_service(seed: int, size: int, commune: str = CARVIN) -> Service:
    """A service that grows, shrinks or changes its ways in its last year, at random."""
    chance = np.random.default_rng((seed, size, 1))
    usual = asdict(STEADY)
    numbers = {name: usual[name] * math.exp(chance.uniform(-1.2, 1.2)) for name in ("begun", "first_met", "asked")}
    numbers |= {name: min(0.95, usual[name] * math.exp(chance.uniform(-1.5, 1.5))) for name in ("refused", "referred")}
    numbers |= {"met": chance.uniform(0.05, 0.9), "idle": chance.uniform(0.05, 0.95), "lasts": chance.uniform(60, 900)}
    changed = {name: number for name, number in numbers.items() if chance.random() < 0.5}
    ages = (AGES, YOUNGER, OLDER)[int(chance.integers(3))]
    kept, shared = float(chance.choice([1, 1, 0.6, 0.2])), int(chance.choice([3, 3, 1, 4]))
    return service_over_years(chance, size, commune, Rates(**changed, ages=ages, kept=kept, shared=shared))


def service_over_years(chance: np.random.Generator, size: int, commune: str, last: Rates) -> Service:
    """A service that does every year as the steady ones, and as ``last`` says in its last year."""
    made = Service()
    for year in range(OLDEST, YEAR + 1):
        rates = last if year == YEAR else STEADY
        _follow(made, chance, year, size, commune, rates)
        if year >= FIRST:
            _of_year(made, chance, year, size, commune, rates)
    return made


def _follow(made: Service, chance: np.random.Generator, year: int, size: int, commune: str, rates: Rates) -> None:
    """Add the young people met for the first time in a year, each with a follow-up; end those that a decision ends."""
    for plan in made.suivis:
        if rates.kept < 1 and plan["statut"] == "PAEI" and _is_open(plan, year) and chance.random() > rates.kept:
            plan |= {"date_fin": f"{year}-12-{1 + int(chance.integers(30)):02}", "motif_cloture": "orientation"}
    plans, contacts = (int(chance.poisson(size * one)) for one in (rates.begun, rates.first_met))
    number = plans + contacts
    days = np.datetime64(f"{year}-01-01") + chance.integers(365, size=number).astype("m8[D]")
    means = np.repeat([rates.lasts, 200.0], [plans, contacts])
    ends = days + (1 + chance.exponential(means).astype(int)).astype("m8[D]")
    ages, girls = chance.choice(rates.ages, number), chance.random(number) < 0.5
    reasons = chance.choice(REASONS, number)
    for rank in range(number):
        id, begun, ended = f"{commune}-{len(made.jeunes):05}", str(days[rank]), str(ends[rank])
        closed = ended if ended <= f"{YEAR}-12-31" else None
        made.jeunes.append(jeune(id, year - int(ages[rank]), "F" if girls[rank] else "G", commune, begun))
        status = "PAEI" if rank < plans else "ACCROCHE"
        reason = str(reasons[rank]) if closed else None
        made.suivis.append(suivi(f"S{id}", id, begun, closed, status, reason))


def _is_open(plan: Row, year: int) -> bool:
    return plan["date_debut"] < f"{year}-01-01" and not (plan["date_fin"] and plan["date_fin"] < f"{year}-12-31")


def _of_year(made: Service, chance: np.random.Generator, year: int, size: int, commune: str, rates: Rates) -> None:
    first, last = f"{year}-01-01", f"{year}-12-31"
    born = {one["id_jeune"]: one["annee_naissance"] for one in made.jeunes}
    for plan in made.suivis:
        if plan["date_debut"] > last or (plan["date_fin"] or last) < first:
            continue
        id = plan["id_jeune"]
        made.situations.append({"id_jeune": id, "annee": year, "situation": _situation(id, year - born[id], rates)})
        if plan["statut"] == "PAEI":
            if int(id[-5:]) % 4 < rates.shared:
                made.co_accompagnements.append({"id_jeune": id, "annee": year, "partenaire": "ase"})
            if chance.random() < rates.referred:
                made.orientations.append({"id_suivi": plan["id_suivi"], "date": f"{year}-06-15", "domaine": "loisirs"})
    for one in made.jeunes:
        if int(one["premier_contact"][:4]) >= year - 2 and chance.random() < rates.met:
            made.presences.append({"date": f"{year}-05-02", "commune": commune, "id_jeune": one["id_jeune"]})
    rest = (1 - rates.refused) / 4
    likely = [2 * rest, rates.refused, rest, rest]
    for outcome in chance.choice(OUTCOMES, chance.poisson(size * rates.asked), p=likely):
        row = {"date": f"{year}-03-01", "commune": commune, "tranche_age": "11_14", "suite": str(outcome)}
        made.demandes.append(row)


def _situation(id: str, age: int, rates: Rates) -> str:
    """The young are at school; older, some are not, each in a situation that lasts a few years."""
    rank = int(id[-5:])
    if rank * 0.618034 % 1 < (0.05 if age < 16 else rates.idle):
        return SITUATIONS[(rank + age // 3) % len(SITUATIONS)]
    return "ecole_primaire" if age < 11 else "college" if age < 15 else "lycee_professionnel"


def _more_refusals(made: Service) -> None:
    for rank, one in enumerate(made.demandes):
        if one["date"].startswith(str(YEAR)) and rank % 2:
            one["suite"] = "refusee"


def _more_endings(made: Service) -> None:
    """Half of what is open at the end of the year ends in it."""
    for rank, one in enumerate(made.suivis):
        if one["statut"] == "PAEI" and one["date_fin"] is None and rank % 5 < 4:
            one |= {"date_fin": f"{YEAR}-12-30", "motif_cloture": "orientation"}


def _fewer_shared(made: Service) -> None:
    made.co_accompagnements[:] = [
        one for rank, one in enumerate(made.co_accompagnements) if one["annee"] != YEAR or rank % 3
    ]


def _more_referrals(made: Service) -> None:
    made.orientations += [
        {"id_suivi": one["id_suivi"], "date": f"{YEAR}-06-15", "domaine": "loisirs"}
        for one in made.suivis[-150:]
        if one["statut"] == "PAEI"
    ]


STORIES: Mapping[str, tuple[Callable[[Service], None], str]] = {
    "more refusals": (_more_refusals, "demandes refusées, contre"),
    "more endings": (_more_endings, "accompagnements en cours au 31 décembre, contre"),
    "fewer shared": (_fewer_shared, "avec un autre service"),
    "more referrals": (_more_referrals, "orientations vers un partenaire, contre"),
}
"""What is planted, and words of the sentence that tells it."""
