"""Random records from a seed: every awkward case often, so that few rows are enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rlpipeline.records.frames import Records
from rlpipeline.records.tables import (
    ACTIVITES,
    AGES,
    CRENEAUX,
    DOMAINES,
    MOTIFS,
    ORIGINES,
    OUI_NON,
    PARTENAIRES,
    PUBLICS,
    SITUATIONS,
    SUITES,
)
from tests.figures.factory import CARVIN, LENS, OIGNIES, SERVICE, jeune, make_records, suivi

COMMUNES = (CARVIN, OIGNIES, LENS, "hors")
YEARS = (2022, 2023)
Row = dict[str, Any]


class Dice:
    """Choices that depend on the seed alone."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.Generator(np.random.PCG64(seed))

    def one_of(self, values: Sequence[Any]) -> Any:
        return values[int(self.random.integers(len(values)))]

    def day(self, first: int = 2021, last: int = 2024) -> str:
        start = np.datetime64(f"{first}-01-01")
        days = int((np.datetime64(f"{last}-12-31") - start).astype(int))
        return str(start + np.timedelta64(int(self.random.integers(days + 1)), "D"))

    def number(self, most: int) -> float | None:
        return None if self.random.random() < 0.25 else float(self.random.integers(most)) / 4


def random_records(
    seed: int, persons: int = 30, since: int = 2021, *, ended: bool = False
) -> Records:
    """Records of the test service with every table filled, known and followed since a year, to an end or not."""
    dice = Dice(seed)
    ids = [f"J{number:03}" for number in range(persons)]
    plans = [
        _plan(dice, f"S{number:03}", dice.one_of(ids), since, ended)
        for number in range(2 * persons)
    ]
    people, optional = [_person(dice, one, since) for one in ids], Dice(seed + 1)
    for person in people:
        person |= {
            "origine": optional.one_of((None, *ORIGINES)),
            "qpv": optional.one_of((None, *OUI_NON)),
        }
    for plan in plans:
        plan["educateur"] = optional.one_of((None, "EDU-1", "EDU-2"))
    return make_records(
        jeunes=people,
        suivis=plans,
        situations=[
            _situation(dice, one, year)
            for one in ids
            for year in YEARS
            if dice.one_of((True, False))
        ],
        **_noted(dice, [plan["id_suivi"] for plan in plans], ids),
        **_activity(dice),
    )


def _person(dice: Dice, id_jeune: str, since: int) -> Row:
    birth = dice.one_of((None, dice.day(1995, 2016), int(dice.day(1995, 2016)[:4]), "2012-12-31"))
    return jeune(
        id_jeune, birth, dice.one_of(("F", "G", "NR")), dice.one_of(COMMUNES), dice.day(since)
    )


def _plan(dice: Dice, id_suivi: str, id_jeune: str, since: int, ended: bool) -> Row:
    start, end = sorted((dice.day(since), dice.day(since)))
    reason = dice.one_of((*MOTIFS, "changement_statut"))
    closed = dice.one_of((True, False)) or ended
    return suivi(
        id_suivi,
        id_jeune,
        start,
        end if closed else None,
        dice.one_of(("PAEI", "PAEI", "ASEP", "ACCROCHE")),
        reason,
    )


def _situation(dice: Dice, id_jeune: str, year: int) -> Row:
    commune = dice.one_of((None, None, *COMMUNES))
    return {
        "id_jeune": id_jeune,
        "annee": year,
        "situation": dice.one_of([*SITUATIONS]),
        "commune": commune,
    }


def _noted(dice: Dice, plans: list[str], ids: list[str]) -> dict[str, list[Row]]:
    issues = [code.code for family in SERVICE.problematiques for code in family.codes]
    shared = {(dice.one_of(ids), dice.one_of(YEARS), dice.one_of([*PARTENAIRES])) for _ in ids}
    return {
        "problematiques": [
            {
                "id_suivi": dice.one_of(plans),
                "annee": dice.one_of(YEARS),
                "problematique": dice.one_of(issues),
            }
            for _ in plans
        ],
        "orientations": [
            {
                "id_suivi": dice.one_of(plans),
                "date": dice.day(),
                "domaine": dice.one_of([*DOMAINES]),
            }
            for _ in plans
        ],
        "co_accompagnements": [
            {"id_jeune": one, "annee": year, "partenaire": partner} for one, year, partner in shared
        ],
        "presences": [
            {"date": dice.day(), "commune": dice.one_of(COMMUNES), "id_jeune": dice.one_of(ids)}
            for _ in ids
        ],
    }


def _activity(dice: Dice) -> dict[str, list[Row]]:
    places = (None, *COMMUNES)
    ids = [f"A{number}" for number in range(30)]
    return {
        "temps": [_entry(dice, places) for _ in range(60)],
        "actions": [_action(dice, one, places) for one in ids],
        "participations": [
            {"id_action": one, "public": public, "nombre": dice.number(200)}
            for one in ids
            for public in PUBLICS
            if dice.one_of((True, False))
        ],
        "demandes": [
            {
                "date": dice.day(),
                "commune": dice.one_of(COMMUNES),
                "tranche_age": dice.one_of((None, *AGES)),
                "suite": dice.one_of([*SUITES]),
            }
            for _ in range(30)
        ],
    }


def _entry(dice: Dice, places: Sequence[str | None]) -> Row:
    return {
        "date": dice.day(2023, 2023),
        "educateur": "EDU-1",
        "commune": dice.one_of(places),
        "activite": dice.one_of([*ACTIVITES]),
        "heures": dice.number(40),
        "en_ligne": dice.one_of((True, False)),
        "creneau": [None, *CRENEAUX][int(dice.day()[-2:]) % 5],
    }


def _action(dice: Dice, id_action: str, places: Sequence[str | None]) -> Row:
    categories = ("action_collective", "developpement_social_local", "parentalite", "partenariale")
    return {
        "id_action": id_action,
        "annee": dice.one_of(YEARS),
        "commune": dice.one_of(places),
        "categorie": dice.one_of(categories),
        "libelle": id_action,
        "seances": dice.number(40),
        "unite": dice.one_of(("personnes", "presences")),
    }
