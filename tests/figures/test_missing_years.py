"""What a table that was not entered for a year counts: nothing that is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rlpipeline.demo import write_demo
from rlpipeline.figures import Scope
from rlpipeline.figures.labels import TABLE_WORDS
from rlpipeline.records.frames import DATED_TABLES, Records
from rlpipeline.records.store import load
from rlpipeline.settings.models import Service, load_service
from tests.declared import INDICATORS
from tests.figures.stored import source_of

YEAR = 2023
LINES_OF_THE_YEAR = {"actions", "reseaux", "partenaires"}
"""Tables whose lines are those of their rows: where there is none, the table is a sentence."""
SIZES = {"seances", "jours", "nb_partenaires"}
"""Lines of the table of the actions itself."""
Known = tuple[Records, Service]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    place = tmp_path_factory.mktemp("service")
    write_demo(place, 2, (2022, YEAR))
    service = load_service(place / "params")
    return load(str(place / "source"), service)[0], service


def without(records: Records, table: str, *years: int) -> Records:
    frame = records[table]
    dated = (
        frame["id_action"].str[1:5].astype(int) if table == "participations" else frame.get("annee")
    )
    of = frame["date"].dt.year if dated is None else dated
    return replace(
        records, frames={**records.frames, table: frame[~of.isin(years)].reset_index(drop=True)}
    )


@pytest.mark.parametrize(
    "table", [table for table in DATED_TABLES if table not in LINES_OF_THE_YEAR]
)
def test_what_it_counts_is_not_communicated_and_says_why(known: Known, table: str) -> None:
    source, scope = (
        source_of(without(known[0], table, YEAR), service=known[1]),
        Scope(YEAR, "service", known[1]),
    )
    counted_from = [id for id, indicator in INDICATORS.items() if table in indicator.spec.tables]
    assert counted_from
    for id in counted_from:
        data = source.table(id, scope)
        counted = data.current[
            ~data.current["ligne"].isin(SIZES | ({"total"} if table == "situations" else set()))
        ]
        if id == "par_educateur":  # its young people are known without the hours
            counted = counted[counted["colonne"] == "heures"]
        assert set(counted["etat"]) <= {"nc", "vide"}, id
        assert "nc" in set(counted["etat"]) or data.columns == (), id
        named = TABLE_WORDS.get(table, table)
        assert f"Rien n'est saisi pour {YEAR} dans la table « {named} »" in " ".join(data.notes), id


def test_a_commune_without_rows_while_the_service_has_some_is_zero(known: Known) -> None:
    (records, service), commune = known, known[1].commune_codes[0]
    requests = records["demandes"]
    gone = (requests["commune"] == commune) & (requests["date"].dt.year == YEAR)
    assert gone.any()
    left = replace(
        records, frames={**records.frames, "demandes": requests[~gone].reset_index(drop=True)}
    )
    assert set(
        source_of(left, service=service).figures("demandes", Scope(YEAR, commune, service))["etat"]
    ) == {"ok"}
