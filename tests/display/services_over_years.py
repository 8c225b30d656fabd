"""Made-up services over several years, in which nothing changes but chance, or one thing that is planted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rlpipeline.records.frames import Records
from tests.figures.factory import CARVIN, OIGNIES, jeune, make_records, suivi

FIRST, YEAR = 2020, 2023
Row = dict[str, Any]
AGES = (8, 9, 10, 11, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 16, 17, 18, 19, 20, 22, 23)
REASONS = ("amelioration_situation",) * 6 + ("orientation", "difficulte_mobilisation", "changement_territoire")


@dataclass
class Service:
    """The rows of a service, by table."""

    jeunes: list[Row] = field(default_factory=list)
    suivis: list[Row] = field(default_factory=list)
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


def steady_service(seed: int, size: int) -> Service:
    """A service that follows about ``size`` young people a year, as many and the same kind every year.

    Two thirds of them stay from one year to the next; all grow a year older.
    """
    chance = np.random.default_rng((seed, size))
    made = Service()
    for _ in range(chance.poisson(size * 0.45 * 6)):
        begun = np.datetime64("2018-01-01") + chance.integers(6 * 365)
        _follow(made, chance, str(begun))
    for year in range(FIRST, YEAR + 1):
        _of_year(made, chance, year, size)
    return made


def _follow(made: Service, chance: np.random.Generator, begun: str) -> None:
    """Add a young person with a PAEI begun on a day, ended if that comes before the end of the last year."""
    id = f"J{len(made.jeunes):05}"
    lasts = 1 + int(chance.exponential(420))
    ended = np.datetime64(begun) + lasts
    closed = str(ended) if ended <= np.datetime64(f"{YEAR}-12-31") else None
    birth = int(begun[:4]) - int(chance.choice(AGES))
    made.jeunes.append(jeune(id, birth, str(chance.choice(["F", "G"])), str(chance.choice([CARVIN, OIGNIES])), begun))
    reason = str(chance.choice(REASONS)) if closed else None
    made.suivis.append(suivi(f"S{len(made.suivis):05}", id, begun, closed, motif=reason))


def _of_year(made: Service, chance: np.random.Generator, year: int, size: int) -> None:
    first, last = f"{year}-01-01", f"{year}-12-31"
    plans = [one for one in made.suivis if one["date_debut"] <= last and (one["date_fin"] or last) >= first]
    for plan in plans:
        if _is_shared(plan["id_jeune"]):
            made.co_accompagnements.append({"id_jeune": plan["id_jeune"], "annee": year, "partenaire": "ase"})
        if chance.random() < 0.05:
            made.orientations.append({"id_suivi": plan["id_suivi"], "date": f"{year}-06-15", "domaine": "loisirs"})
    for one in made.jeunes:
        if chance.random() < 0.15:
            made.presences.append({"date": f"{year}-05-02", "commune": CARVIN, "id_jeune": one["id_jeune"]})
    for _ in range(chance.poisson(size * 0.8)):
        outcome = str(chance.choice(["acceptee", "refusee", "en_attente", "reorientee"], p=[0.6, 0.2, 0.1, 0.1]))
        made.demandes.append({"date": f"{year}-03-01", "commune": CARVIN, "tranche_age": "11_14", "suite": outcome})


def _is_shared(id: str) -> bool:
    """Three in four are, whatever the year."""
    return int(id[1:]) % 4 != 0


def _more_requests(made: Service) -> None:
    made.demandes += [{**one} for one in made.demandes if one["date"].startswith(str(YEAR))]


def _fewer_requests(made: Service) -> None:
    made.demandes[:] = [
        one for rank, one in enumerate(made.demandes) if not one["date"].startswith(str(YEAR)) or rank % 3 == 0
    ]


def _more_refusals(made: Service) -> None:
    for rank, one in enumerate(made.demandes):
        if one["date"].startswith(str(YEAR)) and rank % 2:
            one["suite"] = "refusee"


def _more_endings(made: Service) -> None:
    """Half of what is open at the end of the year ends in it."""
    for rank, one in enumerate(made.suivis):
        if one["date_fin"] is None and rank % 5 < 4:
            one |= {"date_fin": f"{YEAR}-12-30", "motif_cloture": "orientation"}


def _fewer_shared(made: Service) -> None:
    made.co_accompagnements[:] = [
        one for rank, one in enumerate(made.co_accompagnements) if one["annee"] != YEAR or rank % 3
    ]


def _more_shared(made: Service) -> None:
    now = {one["id_jeune"] for one in made.co_accompagnements if one["annee"] == YEAR}
    before = [one for one in made.co_accompagnements if one["annee"] == YEAR - 1]
    made.co_accompagnements[:] = [one for one in made.co_accompagnements if one["annee"] != YEAR - 1]
    made.co_accompagnements += before[::3]
    assert now


def _newcomers_aged(made: Service, age: int) -> None:
    begun = {one["id_jeune"] for one in made.suivis if one["date_debut"][:4] == str(YEAR)}
    for rank, one in enumerate(one for one in made.jeunes if one["id_jeune"] in begun):
        if rank % 6:
            one["annee_naissance"] = YEAR - age


def _younger(made: Service) -> None:
    _newcomers_aged(made, 12)


def _older(made: Service) -> None:
    _newcomers_aged(made, 20)


def _more_met(made: Service) -> None:
    known = {(one["id_jeune"], one["date"][:4]) for one in made.presences}
    made.presences += [
        {"date": f"{YEAR}-05-02", "commune": CARVIN, "id_jeune": one["id_jeune"]}
        for rank, one in enumerate(made.jeunes)
        if rank % 4 == 0 and (one["id_jeune"], str(YEAR)) not in known
    ]


def _more_referrals(made: Service) -> None:
    made.orientations += [
        {"id_suivi": one["id_suivi"], "date": f"{YEAR}-06-15", "domaine": "loisirs"} for one in made.suivis[-60:]
    ]


STORIES: Mapping[str, tuple[Callable[[Service], None], str]] = {
    "more requests": (_more_requests, "demandes d'accompagnement, contre"),
    "fewer requests": (_fewer_requests, "demandes d'accompagnement, contre"),
    "more refusals": (_more_refusals, "demandes refusées, contre"),
    "more endings": (_more_endings, "accompagnements en cours au 31 décembre, contre"),
    "fewer shared": (_fewer_shared, "avec un autre service"),
    "more shared": (_more_shared, "avec un autre service"),
    "younger": (_younger, "ont de 11 à 14 ans"),
    "older": (_older, "moins de 15 ans"),
    "more met": (_more_met, "jeunes rencontrés en présence sociale, contre"),
    "more referrals": (_more_referrals, "orientations vers un partenaire, contre"),
}
"""What is planted, and words of the sentence that tells it."""
