"""Communes + hors + sans_commune = service, cell by cell, for every indicator that is declared so.

Slow: random records, table after table and territory after territory.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlpipeline.figures import REGISTRY, territories
from tests.figures.additivity import ADDITIVE, assert_adds_up, of_service_and_of_parts
from tests.figures.factory import CARVIN, OIGNIES, cells, jeune, make_records, suivi
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records


@pytest.mark.slow
@given(st.integers(0, 2**32))
@settings(max_examples=3, deadline=None, derandomize=True)
def test_territories_add_up_to_the_service(seed: int) -> None:
    records = random_records(seed)
    for indicator in ADDITIVE:
        assert_adds_up(indicator, records)


@pytest.mark.slow
def test_random_records_put_something_in_every_table_and_add_up() -> None:
    records = random_records(4)
    for indicator in ADDITIVE:
        assert of_service_and_of_parts(indicator, records, SETTINGS)[0]["valeur"].sum() > 0, indicator.id
        assert_adds_up(indicator, records)


@pytest.mark.parametrize(("indicator_id", "column"), [("temps_activite", "part")])
def test_a_column_declared_not_additive_is_not(indicator_id: str, column: str) -> None:
    records = random_records(1)
    parts = [cells(indicator_id, records, territory)["total", column] for territory in territories(SETTINGS)]
    assert parts.count(("partiel", 100.0)) + parts.count(100.0) > 1
    assert column in REGISTRY[indicator_id].not_additive


def test_one_person_with_answers_in_several_families_lives_in_one_commune_only() -> None:
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2", commune=OIGNIES)],
        suivis=[suivi("S1", "J1"), suivi("S2", "J1", "2023-05-01"), suivi("S3", "J2")],
        problematiques=[
            {"id_suivi": one, "annee": 2023, "problematique": code}
            for one in ("S1", "S2", "S3")
            for code in ("logement", "freins_mobilite")
        ],
        presences=[
            {"date": "2023-05-05", "commune": place, "id_jeune": one}
            for one in ("J1", "J2")
            for place in (CARVIN, OIGNIES)
        ],
    )
    for indicator, line in (("problematiques_jeunes", "sociales"), ("presence_sociale", "total")):
        assert cells(indicator, records)[line, "total"] == 2
        assert [cells(indicator, records, place)[line, "total"] for place in (CARVIN, OIGNIES)] == [1, 1]
