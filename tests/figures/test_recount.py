"""A second opinion: the definitions of the records recounted person by person, in plain Python."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterator
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
SEEDS = (2, 3)


@pytest.fixture(scope="module", params=SEEDS)
def records(request: pytest.FixtureRequest) -> Records:
    return random_records(request.param, persons=60)


def rows(records: Records, table: str) -> list[dict[str, Any]]:
    return [
        {key: _plain(value) for key, value in row.items()} for row in records[table].astype(object).to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


def month_later(start: date, months: int) -> date:
    year, month = divmod(start.month - 1 + months, 12)
    last = calendar.monthrange(start.year + year, month + 1)[1]
    return date(start.year + year, month + 1, min(start.day, last))


def completed(start: date, end: date) -> int:
    months = 0
    while month_later(start, months + 1) <= end:
        months += 1
    return months


def band(birth_year: int | None) -> str:
    if birth_year is None:
        return "age_inconnu"
    age = YEAR - birth_year
    limits = ((10, "moins_11"), (14, "11_14"), (18, "15_18"), (21, "19_21"))
    return next((code for limit, code in limits if age <= limit), "plus_21")


def is_active(plan: dict[str, Any]) -> bool:
    return plan["date_debut"] <= LAST and (plan["date_fin"] is None or plan["date_fin"] >= FIRST)


def residents(records: Records, territory: str) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each young person of the territory with the follow-ups."""
    moved = {row["id_jeune"]: row["commune"] for row in rows(records, "situations") if row["annee"] == YEAR}
    plans = rows(records, "suivis")
    for person in rows(records, "jeunes"):
        home = moved.get(person["id_jeune"]) or person["commune"]
        if territory in ("service", home if home in SERVICE.commune_codes else "hors"):
            yield person, [plan for plan in plans if plan["id_jeune"] == person["id_jeune"]]


def paei(plans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [plan for plan in plans if plan["statut"] == "PAEI"]


def nonzero(indicator: str, records: Records, territory: str) -> dict[tuple[str, str], Any]:
    return {cell: value for cell, value in cells(indicator, records, territory).items() if value}


@pytest.mark.parametrize("territory", ["service", *territories(SERVICE)])
def test_accompanied(records: Records, territory: str) -> None:
    count: Counter[tuple[str, str]] = Counter()
    for person, plans in residents(records, territory):
        if any(map(is_active, paei(plans))):
            new = min(plan["date_debut"] for plan in paei(plans)).year == YEAR
            for line in (band(person["annee_naissance"]), "total"):
                count.update([(line, person["sexe"]), (line, "total"), *([(line, "nouveaux")] if new else [])])
    assert nonzero("accompagnes", records, territory) == dict(count)


@pytest.mark.parametrize("territory", ["service", "hors"])
def test_street_work(records: Records, territory: str) -> None:
    count: Counter[tuple[str, str]] = Counter()
    for person, plans in residents(records, territory):
        if any(map(is_active, plans)):
            new = person["premier_contact"].year == YEAR
            for line in (band(person["annee_naissance"]), "total"):
                count.update([(line, person["sexe"]), (line, "total"), *([(line, "nouveaux")] if new else [])])
    assert nonzero("travail_de_rue", records, territory) == dict(count)


def test_durations(records: Records) -> None:
    count: Counter[tuple[str, str]] = Counter()
    for person, plans in residents(records, "service"):
        lasting = [completed(p["date_debut"], min(p["date_fin"] or LAST, LAST)) for p in paei(plans) if is_active(p)]
        if lasting:
            limits = ((6, "moins_6_mois"), (12, "6_11_mois"), (24, "12_23_mois"))
            code = next((code for limit, code in limits if max(lasting) < limit), "24_mois_plus")
            age = band(person["annee_naissance"])
            count.update([(code, age), (code, "total"), ("total", age), ("total", "total")])
    assert nonzero("durees", records, "service") == dict(count)


def test_alerts_and_closures(records: Records) -> None:
    alerts: Counter[tuple[str, str]] = Counter()
    closed: Counter[tuple[str, str]] = Counter()
    for _, plans in residents(records, "service"):
        for plan in plans:
            end = plan["date_fin"]
            still_open = plan["date_debut"] <= LAST and (end is None or end > LAST)
            if still_open and completed(plan["date_debut"], LAST) >= 6:
                alerts.update([(plan["statut"], "nombre"), ("total", "nombre")])
            if plan["statut"] == "PAEI" and end and end.year == YEAR and plan["motif_cloture"] != "changement_statut":
                closed.update([(plan["motif_cloture"], "nombre"), ("total", "nombre")])
    assert nonzero("alertes", records, "service") == dict(alerts)
    assert nonzero("clotures", records, "service") == dict(closed)


def test_families_of_issues(records: Records) -> None:
    family = {code.code: one.code for one in SERVICE.problematiques for code in one.codes}
    plans = {row["id_suivi"]: row for row in rows(records, "suivis") if row["statut"] == "PAEI"}
    noted = [row for row in rows(records, "problematiques") if row["annee"] == YEAR and row["id_suivi"] in plans]
    persons = {(family[row["problematique"]], plans[row["id_suivi"]]["id_jeune"]) for row in noted}
    issues = cells("problematiques", records)
    young = cells("problematiques_jeunes", records)
    for one in SERVICE.problematiques:
        assert issues[one.code, "total"] == sum(family[row["problematique"]] == one.code for row in noted)
        assert young[one.code, "total"] == sum(code == one.code for code, _ in persons)
    assert issues["total", "total"] == len(noted)


def test_order_of_rows_does_not_matter(records: Records) -> None:
    reverse = Records(
        {name: frame[::-1].reset_index(drop=True) for name, frame in records.frames.items()}, records.present
    )
    for indicator in ("temps_activite", "actions", "orientations", "durees", "problematiques"):
        assert list(cells(indicator, reverse).items()) == list(cells(indicator, records).items())
