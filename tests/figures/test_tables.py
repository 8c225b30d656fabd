from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pandas as pd
import pytest

from rlpipeline.errors import UsageError
from rlpipeline.figures import CSV_COLUMNS, REGISTRY, SERVICE, Scope, TableData, figures, table_data
from rlpipeline.figures.tidy import STATES, WITHOUT_VALUE
from rlpipeline.settings.models import Objective
from tests.figures.factory import CARVIN, jeune, make_records, scope, suivi
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records
from tests.figures.stored import count_year

RECORDS = random_records(7)


@cache
def counted() -> Mapping[tuple[str, str], TableData]:
    """Every table of the random records, by indicator and territory."""
    return count_year(RECORDS, 2023, SETTINGS)


def test_figures_have_the_columns_and_types_of_indicateurs_csv() -> None:
    for of, table in counted().items():
        found = table.figures
        assert tuple(found.columns) == CSV_COLUMNS, of
        assert found.dtypes.map(str).tolist() == ["str", "int64", "str", "str", "str", "float64", "str", "str"], of
        assert not found.duplicated(["annee", "ligne", "colonne"]).any(), of
        assert set(found["territoire"]) <= {of[1]}, of


def test_a_state_and_its_value_agree() -> None:
    for of, table in counted().items():
        assert set(table.figures["etat"]) <= set(STATES), of
        assert (table.figures["valeur"].isna() == table.figures["etat"].isin(WITHOUT_VALUE)).all(), of


def test_every_figure_has_its_line_and_column_and_every_code_its_words() -> None:
    for of, table in counted().items():
        lines = [row.code for row in table.rows if row.kind != "note"]
        assert lines == table.current["ligne"].drop_duplicates().tolist(), of
        numbers = [column.code for column in table.columns if column.kind != "texte"]
        assert numbers == table.current["colonne"].drop_duplicates().tolist(), of
        assert all(row.label for row in table.rows), of
        assert all(column.label for column in table.columns), of
        assert set(table.texts["ligne"]) <= {row.code for row in table.rows}, of


def test_each_table_has_a_total_save_those_whose_lines_make_no_whole() -> None:
    several_answers_a_person = {"problematiques_jeunes", "co_accompagnements"}
    values_beside_one_another = {"socio_economique", "diagnostics", "taux_communes", "objectifs"}
    names = {"reseaux", "partenaires"}
    groups_that_overlap = {"mouvements"}
    stocks_and_what_moved_them = {"flux_paei"}
    aim = Objective(texte="Accompagner", chiffre=("accompagnes", "total", "total"), cible=3)
    service = SETTINGS.model_copy(update={"objectifs": (aim,)})
    lines = {id: set(table.figures["ligne"]) for (id, place), table in counted().items() if place == SERVICE}
    for id in REGISTRY.keys() - lines.keys():  # what this service does not keep
        lines[id] = set(figures(id, RECORDS, Scope(2023, SERVICE, service))["ligne"])
    assert {id for id, codes in lines.items() if "total" not in codes} == (
        several_answers_a_person | values_beside_one_another | names | groups_that_overlap | stocks_and_what_moved_them
    )


def test_nothing_recorded_is_no_failure() -> None:
    names = ("jeunes", "suivis")
    for records in (make_records(), make_records(absent=sorted(set(RECORDS.frames) - set(names)))):
        for of, table in count_year(records, 2023, SETTINGS).items():
            assert set(table.figures["valeur"].dropna()) <= {0}, of


def test_kinds_of_lines_and_columns() -> None:
    table = table_data("problematiques", make_records(), scope())
    assert [(row.code, row.label, row.kind) for row in table.rows] == [
        ("sociales", "Sociales", "famille"),
        ("logement", "Logement", "corps"),
        ("autonomie_loisirs", "Loisirs", "corps"),
        ("mobilite", "Mobilité", "famille"),
        ("freins_mobilite", "Freins", "corps"),
        ("total", "Total", "total"),
    ]
    assert [(column.label, column.kind) for column in table.columns][-2:] == [
        ("Plus de 21 ans", "nombre"),
        ("Total", "total"),
    ]


def test_a_code_means_what_its_table_says() -> None:
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1")])
    situations = {row.code: row.label for row in table_data("situations", records, scope()).rows}
    hours = {row.code: row.label for row in table_data("temps_activite", records, scope()).rows}
    assert (situations["formation"], hours["formation"]) == ("En formation", "Formation")
    assert situations["non_renseignee"] == "Situation non renseignée"
    communes = [row.label for row in table_data("communes", records, scope()).rows]
    assert communes == ["Carvin", "Oignies", "Hors des communes du service", "Total"]


def test_an_absent_table_is_named_under_what_lacks_it() -> None:
    table = table_data("presence_sociale", make_records(absent=["presences"]), scope())
    assert table.notes == ("La table « présences » n'est pas fournie : ses chiffres sont non communiqués (nc).",)
    assert table_data("presence_sociale", make_records(), scope()).notes == ()


def test_an_indicator_of_the_service_is_refused_for_a_commune() -> None:
    with pytest.raises(UsageError, match="n'existe que pour l'ensemble du service"):
        figures("communes", RECORDS, scope(CARVIN))


def test_a_territory_that_the_service_does_not_have_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        scope("62216")
    assert "le plus proche est « 62215 »" in str(caught.value)


def test_computing_changes_neither_the_records_nor_the_result() -> None:
    before = {name: frame.copy() for name, frame in RECORDS.frames.items()}
    first = figures("accompagnes", RECORDS, scope())
    pd.testing.assert_frame_equal(figures("accompagnes", RECORDS, scope()), first)
    for name, frame in RECORDS.frames.items():
        pd.testing.assert_frame_equal(frame, before[name])
