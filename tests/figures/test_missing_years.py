"""What a table that was not entered for a year counts: nothing that is known."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.demo import write_demo
from rlpipeline.figures import Scope
from rlpipeline.figures.labels import TABLE_WORDS
from rlpipeline.records import Records, load
from rlpipeline.records.frames import DATED_TABLES
from rlpipeline.settings.models import Service, load_service
from tests.declared import INDICATORS
from tests.figures.stored import source_of

YEAR = 2023
COUNTED_FROM = {
    table: [id for id, indicator in INDICATORS.items() if table in indicator.tables] for table in DATED_TABLES
}
LINES_OF_THE_YEAR = {"actions", "reseaux", "partenaires"}
"""Tables whose lines are those of their rows: where there is none, the table is a sentence."""
SIZES = {"seances", "jours", "nb_partenaires"}
"""Lines of the table of the actions itself."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("service")
    write_demo(place, 3, (2022, 2023))
    return place


@pytest.fixture(scope="module")
def service(place: Path) -> Service:
    return load_service(place / "params")


@pytest.fixture(scope="module")
def records(place: Path, service: Service) -> Records:
    return load(str(place / "source"), service)[0]


def without(records: Records, table: str, *years: int) -> Records:
    frame = records[table]
    of = frame["id_action"].str[1:5].astype(int) if table == "participations" else None
    if of is None:
        of = frame["annee"] if "annee" in frame else frame["date"].dt.year
    kept: pd.DataFrame = frame[~of.isin(years)].reset_index(drop=True)
    return Records({**records.frames, table: kept}, records.present)


@pytest.mark.parametrize("table", [one for one in DATED_TABLES if one not in LINES_OF_THE_YEAR])
def test_what_it_counts_is_not_communicated_and_says_why(records: Records, service: Service, table: str) -> None:
    source, scope = source_of(without(records, table, YEAR)), Scope(YEAR, "service", service)
    assert COUNTED_FROM[table]
    for id in COUNTED_FROM[table]:
        data = source.table(id, scope)
        counted = data.current[~data.current["ligne"].isin(SIZES | ({"total"} if table == "situations" else set()))]
        if id == "par_educateur":  # its young people are known without the hours
            counted = counted[counted["colonne"] == "heures"]
        assert set(counted["etat"]) <= {"nc", "vide"}, id
        assert "nc" in set(counted["etat"]) or data.columns == (), id
        assert f"Rien n'est saisi pour {YEAR} dans la table « {TABLE_WORDS.get(table, table)} »" in " ".join(
            data.notes
        ), id


def test_meetings_never_entered_beside_hours_of_social_presence_are_not_zero(
    records: Records, service: Service
) -> None:
    emptied = without(records, "presences", 2022, YEAR)
    total = source_of(emptied).figures("presence_sociale", Scope(YEAR, "service", service)).query("ligne == 'total'")
    assert set(total["etat"]) == {"nc"}
    true = Scope(YEAR, "service", service.model_copy(update={"annee_vide": ("presences",)}))
    assert set(source_of(emptied).figures("presence_sociale", true)["etat"]) == {"ok"}
    idle = emptied.with_table("temps", records["temps"].query("activite != 'presence_sociale'").reset_index(drop=True))
    zero = source_of(idle).figures("presence_sociale", Scope(YEAR, "service", service))
    assert set(zero["etat"]) == {"ok"}


def test_a_commune_without_rows_while_the_service_has_some_is_zero(records: Records, service: Service) -> None:
    commune = service.commune_codes[0]
    requests = records["demandes"]
    gone = (requests["commune"] == commune) & (requests["date"].dt.year == YEAR)
    assert gone.any()
    frames = {**records.frames, "demandes": requests[~gone].reset_index(drop=True)}
    figures = source_of(Records(frames, records.present)).figures("demandes", Scope(YEAR, commune, service))
    assert set(figures["etat"]) == {"ok"}
