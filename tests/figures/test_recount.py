"""A second opinion: the definitions of the records recounted person by person, in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest

from rlpipeline.figures import territories
from rlpipeline.records.frames import Records
from tests.figures.factory import SERVICE, cells
from tests.figures.random_records import random_records

YEAR = 2023
FIRST, LAST = date(YEAR, 1, 1), date(YEAR, 12, 31)
Row = dict[str, Any]


@pytest.fixture(scope="module", params=(2, 3))
def records(request: pytest.FixtureRequest) -> Records:
    return random_records(request.param, persons=60)


def rows(records: Records, table: str) -> list[Row]:
    def plain(value: Any) -> Any:
        if pd.isna(value):
            return None
        return value.date() if isinstance(value, pd.Timestamp) else value

    return [
        {key: plain(cell) for key, cell in row.items()}
        for row in records[table].astype(object).to_dict("records")
    ]


def band(birth_year: int | None) -> str:
    if birth_year is None:
        return "age_inconnu"
    limits = ((10, "moins_11"), (14, "11_14"), (18, "15_18"), (21, "19_21"))
    return next((code for limit, code in limits if YEAR - birth_year <= limit), "plus_21")


def is_active(plan: Row) -> bool:
    return plan["date_debut"] <= LAST and (plan["date_fin"] is None or plan["date_fin"] >= FIRST)


def residents(records: Records, territory: str) -> Iterator[tuple[Row, list[Row]]]:
    """Each young person of the territory with the follow-ups."""
    moved = {
        row["id_jeune"]: row["commune"]
        for row in rows(records, "situations")
        if row["annee"] == YEAR
    }
    plans = rows(records, "suivis")
    for person in rows(records, "jeunes"):
        home = moved.get(person["id_jeune"]) or person["commune"]
        if territory in ("service", home if home in SERVICE.commune_codes else "hors"):
            yield person, [plan for plan in plans if plan["id_jeune"] == person["id_jeune"]]


def paei(plans: list[Row]) -> list[Row]:
    return [plan for plan in plans if plan["statut"] == "PAEI"]


def nonzero(
    indicator: str, records: Records, territory: str = "service"
) -> dict[tuple[str, str], Any]:
    return {cell: value for cell, value in cells(indicator, records, territory).items() if value}


@pytest.mark.parametrize("territory", ["service", *territories(SERVICE)])
@pytest.mark.parametrize(
    ("table", "followed", "begun"),
    [
        (
            "accompagnes",
            paei,
            lambda person, plans: min(plan["date_debut"] for plan in paei(plans)),
        ),
        ("travail_de_rue", list, lambda person, plans: person["premier_contact"]),
    ],
)
def test_persons(
    records: Records, territory: str, table: str, followed: Callable[..., Any], begun: Any
) -> None:
    count: Counter[tuple[str, str]] = Counter()
    for person, plans in residents(records, territory):
        if any(map(is_active, followed(plans))):
            new = begun(person, plans).year == YEAR
            for line in (band(person["annee_naissance"]), "total"):
                count.update(
                    [
                        (line, person["sexe"]),
                        (line, "total"),
                        *([(line, "nouveaux")] if new else []),
                    ]
                )
    assert nonzero(table, records, territory) == dict(count)
