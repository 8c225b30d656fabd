"""Made-up services over several years, in which nothing changes but chance, or what is planted; and their reports."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from rlpipeline.display.subjects import SUBJECTS
from rlpipeline.figures import SERVICE, Scope
from rlpipeline.figures.notebook import count_table
from rlpipeline.figures.store import Store, write_store
from rlpipeline.protection.releases import last_released, public_rules, shared_store
from rlpipeline.report import Edition, Report
from rlpipeline.settings.models import Commune, ReportSettings, Settings
from rlpipeline.settings.models import Service as ServiceSettings
from tests.declared import INDICATORS, declared
from tests.figures.factory import CARVIN, jeune, make_records, suivi
from tests.figures.stored import source_of
from tests.protection.made import protect, release_of

FIRST, YEAR = 2021, 2023
OLDEST = 2017
"""Year of the first follow-ups: those of the last two years are then as many, and as long begun."""
Row = dict[str, Any]
AGES = (8, 9, 10, 11, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 16, 17, 18, 19, 20, 22, 23)
YOUNGER, OLDER = AGES[:12], AGES[9:]
REASONS = ("amelioration_situation",) * 6 + (
    "orientation",
    "difficulte_mobilisation",
    "changement_territoire",
)
OUTCOMES = ("acceptee", "refusee", "en_attente", "reorientee")
SITUATIONS = ("descolarise", "recherche_emploi", "activite_professionnelle", "formation")


@dataclass(frozen=True)
class Rates:
    """What a service does in a year, for each hundredth of its size.

    ``begun``, ``first_met``: PAEI begun, follow-ups that are but a first contact; ``lasts``: days that those begun
    last, on average; ``kept``: part of the PAEI open on 1 January that no decision of the service ends in the year;
    ``shared``: of four young people, how many are followed with another service; ``idle``: part of those of sixteen
    and more who are in no school.
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


def steady_service(seed: int, size: int, commune: str = CARVIN) -> Service:
    """A service that follows about ``size`` young people a year, as many and the same kind every year.

    Two thirds of them stay from one year to the next; all grow a year older.
    """
    return service_over_years(np.random.default_rng((seed, size)), size, commune, STEADY)


def changing_service(seed: int, size: int, commune: str = CARVIN) -> Service:
    """A service that grows, shrinks or changes its ways in its last year, at random."""
    chance = np.random.default_rng((seed, size, 1))
    usual = asdict(STEADY)
    numbers = {
        name: usual[name] * math.exp(chance.uniform(-1.2, 1.2))
        for name in ("begun", "first_met", "asked")
    }
    numbers |= {
        name: min(0.95, usual[name] * math.exp(chance.uniform(-1.5, 1.5)))
        for name in ("refused", "referred")
    }
    numbers |= {
        "met": chance.uniform(0.05, 0.9),
        "idle": chance.uniform(0.05, 0.95),
        "lasts": chance.uniform(60, 900),
    }
    changed = {name: number for name, number in numbers.items() if chance.random() < 0.5}
    ages = (AGES, YOUNGER, OLDER)[int(chance.integers(3))]
    kept, shared = float(chance.choice([1, 1, 0.6, 0.2])), int(chance.choice([3, 3, 1, 4]))
    return service_over_years(
        chance, size, commune, Rates(**changed, ages=ages, kept=kept, shared=shared)
    )


def service_over_years(
    chance: np.random.Generator, size: int, commune: str, last: Rates
) -> Service:
    """A service that does every year as the steady ones, and as ``last`` says in its last year."""
    made = Service()
    for year in range(OLDEST, YEAR + 1):
        rates = last if year == YEAR else STEADY
        _follow(made, chance, year, size, commune, rates)
        if year >= FIRST:
            _of_year(made, chance, year, size, commune, rates)
    return made


def _follow(
    made: Service, chance: np.random.Generator, year: int, size: int, commune: str, rates: Rates
) -> None:
    """Add the young people met for the first time in a year, each with a follow-up; end those that a decision ends."""
    for plan in made.suivis:
        if (
            rates.kept < 1
            and plan["statut"] == "PAEI"
            and _is_open(plan, year)
            and chance.random() > rates.kept
        ):
            plan |= {
                "date_fin": f"{year}-12-{1 + int(chance.integers(30)):02}",
                "motif_cloture": "orientation",
            }
    plans, contacts = (int(chance.poisson(size * rate)) for rate in (rates.begun, rates.first_met))
    number = plans + contacts
    days = np.datetime64(f"{year}-01-01") + chance.integers(365, size=number).astype("m8[D]")
    means = np.repeat([rates.lasts, 200.0], [plans, contacts])
    ends = days + (1 + chance.exponential(means).astype(int)).astype("m8[D]")
    ages, girls = chance.choice(rates.ages, number), chance.random(number) < 0.5
    reasons = chance.choice(REASONS, number)
    for rank in range(number):
        id, begun, ended = f"{commune}-{len(made.jeunes):05}", str(days[rank]), str(ends[rank])
        closed = ended if ended <= f"{YEAR}-12-31" else None
        made.jeunes.append(
            jeune(id, year - int(ages[rank]), "F" if girls[rank] else "G", commune, begun)
        )
        status = "PAEI" if rank < plans else "ACCROCHE"
        reason = str(reasons[rank]) if closed else None
        made.suivis.append(suivi(f"S{id}", id, begun, closed, status, reason))


def _is_open(plan: Row, year: int) -> bool:
    return plan["date_debut"] < f"{year}-01-01" and not (
        plan["date_fin"] and plan["date_fin"] < f"{year}-12-31"
    )


def _of_year(
    made: Service, chance: np.random.Generator, year: int, size: int, commune: str, rates: Rates
) -> None:
    first, last = f"{year}-01-01", f"{year}-12-31"
    born = {person["id_jeune"]: person["annee_naissance"] for person in made.jeunes}
    for plan in made.suivis:
        if plan["date_debut"] > last or (plan["date_fin"] or last) < first:
            continue
        id = plan["id_jeune"]
        made.situations.append(
            {"id_jeune": id, "annee": year, "situation": _situation(id, year - born[id], rates)}
        )
        if plan["statut"] == "PAEI":
            if int(id[-5:]) % 4 < rates.shared:
                made.co_accompagnements.append({"id_jeune": id, "annee": year, "partenaire": "ase"})
            if chance.random() < rates.referred:
                made.orientations.append(
                    {"id_suivi": plan["id_suivi"], "date": f"{year}-06-15", "domaine": "loisirs"}
                )
    for person in made.jeunes:
        if int(person["premier_contact"][:4]) >= year - 2 and chance.random() < rates.met:
            made.presences.append(
                {"date": f"{year}-05-02", "commune": commune, "id_jeune": person["id_jeune"]}
            )
    rest = (1 - rates.refused) / 4
    likely = [2 * rest, rates.refused, rest, rest]
    for outcome in chance.choice(OUTCOMES, chance.poisson(size * rates.asked), p=likely):
        row = {
            "date": f"{year}-03-01",
            "commune": commune,
            "tranche_age": "11_14",
            "suite": str(outcome),
        }
        made.demandes.append(row)


def _situation(id: str, age: int, rates: Rates) -> str:
    """The young are at school; older, some are not, each in a situation that lasts a few years."""
    rank = int(id[-5:])
    if rank * 0.618034 % 1 < (0.05 if age < 16 else rates.idle):
        return SITUATIONS[(rank + age // 3) % len(SITUATIONS)]
    return "ecole_primaire" if age < 11 else "college" if age < 15 else "lycee_professionnel"


def _more_refusals(made: Service) -> None:
    for rank, request in enumerate(made.demandes):
        if request["date"].startswith(str(YEAR)) and rank % 2:
            request["suite"] = "refusee"


def _more_endings(made: Service) -> None:
    """Most of what is open at the end of the year ends in it."""
    for rank, plan in enumerate(made.suivis):
        if plan["statut"] == "PAEI" and plan["date_fin"] is None and rank % 5 < 4:
            plan |= {"date_fin": f"{YEAR}-12-30", "motif_cloture": "orientation"}


def _fewer_shared(made: Service) -> None:
    every = enumerate(made.co_accompagnements)
    made.co_accompagnements[:] = [row for rank, row in every if row["annee"] != YEAR or rank % 3]


def _more_referrals(made: Service) -> None:
    plans = [plan for plan in made.suivis[-150:] if plan["statut"] == "PAEI"]
    made.orientations += [
        {"id_suivi": plan["id_suivi"], "date": f"{YEAR}-06-15", "domaine": "loisirs"}
        for plan in plans
    ]


STORIES: Mapping[str, tuple[Callable[[Service], None], str]] = {
    "more refusals": (_more_refusals, "demandes restées sans suite, contre"),
    "more endings": (_more_endings, "accompagnements en cours au 31 décembre, contre"),
    "fewer shared": (_fewer_shared, "avec un autre service"),
    "more referrals": (_more_referrals, "orientations vers un partenaire, contre"),
}
"""What is planted, and words of the sentence that tells it."""


def planted(story: str, seed: int = 7, size: int = 120, commune: str = CARVIN) -> Service:
    """Give a steady service in which one thing changed."""
    made = steady_service(seed, size, commune)
    STORIES[story][0](made)
    return made


def codes(number: int) -> list[str]:
    """Give as many INSEE codes, which no commune has."""
    return [f"{20000 + rank}" for rank in range(number)]


def settings_of(*communes: str, edition: Edition = "interne") -> Settings:
    """Give settings of a service of some communes."""
    named = tuple(Commune(code=code, nom=f"Commune {code}") for code in communes)
    service = ServiceSettings(nom="Essai", departement="62", communes=named)
    return Settings(
        service=service,
        report=ReportSettings(),
        year=YEAR,
        directory=Path("params"),
        edition=edition,
    )


def portraits(services: Mapping[str, Service]) -> Iterator[Report]:
    """Count services together, by the code of the commune of each; give the report of each."""
    rows = {
        name: [*chain(*(made.tables[name] for made in services.values()))]
        for name in Service().tables
    }
    settings = settings_of(*services)
    source = source_of(make_records(**rows), service=settings.service)
    return (Report(source, settings, Scope(YEAR, code, settings.service)) for code in services)


def report_of(made: Service) -> Report:
    """Give the report of a service of one commune."""
    settings = settings_of(CARVIN)
    source = source_of(make_records(**made.tables), service=settings.service)
    return Report(source, settings, Scope(YEAR, SERVICE, settings.service))


def shared_report(made: Service, folder: Path, *, first: bool = False) -> Report:
    """Protect both years of a service of one commune, the former as released; give its report in the edition to share.

    The figures are written in an empty ``folder``; ``first``: the former year was never released.
    """
    settings, records, released = (
        settings_of(CARVIN, edition="diffusion"),
        make_records(**made.tables),
        (),
    )
    service, read = (
        settings.service,
        ("mouvements", *dict.fromkeys(subject.path[0] for subject in SUBJECTS)),
    )
    for year in (YEAR,) if first else (YEAR - 1, YEAR):
        counted = {
            id: count_table(INDICATORS[id], records, Scope(year, SERVICE, service)) for id in read
        }
        tables = {
            (id, place): data for id, places in counted.items() for place, data in places.items()
        }
        exact = {key: data.figures for key, data in tables.items()}
        protected = protect(exact, service.diffusion, service, released)
        if year < YEAR:
            rules = public_rules(protected.figures, service.diffusion, protected.classes)
            released = (release_of(f"{year}-01", f"{YEAR}-03-01", protected.figures, rules),)
    said = declared(service)
    shown, marked = shared_store(
        protected, tables, said.links, last_released(released), {}, lambda id, year: True
    )
    write_store(folder, shown, said, marked)
    return Report(Store(folder), settings, Scope(YEAR, SERVICE, service))
