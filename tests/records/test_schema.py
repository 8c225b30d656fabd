import pandas as pd
import pytest

from rlpipeline.records.schema import empty_frame, sorted_frame
from rlpipeline.records.tables import TABLE_NAMES, TABLES, table_named

KEYS = {
    "jeunes": ("id_jeune",),
    "suivis": ("id_suivi",),
    "actions": ("id_action",),
    "situations": ("id_jeune", "annee"),
    "co_accompagnements": ("id_jeune", "annee", "partenaire"),
    "participations": ("id_action", "public"),
    "diagnostics": ("annee", "commune", "quartier", "indicateur"),
    "territoires": ("territoire", "indicateur", "millesime"),
}


def test_keys_and_required_tables_are_those_of_the_contract() -> None:
    assert {table.name: table.key for table in TABLES if table.key} == KEYS
    assert {table.name for table in TABLES if table.required} == {"jeunes", "suivis"}
    assert len(TABLE_NAMES) == 18


def test_every_reference_leads_to_the_key_of_its_table() -> None:
    references = [(table.name, reference) for table in TABLES for reference in table.references]
    assert len(references) == 7
    for name, reference in references:
        assert reference.column in table_named(name).column_names
        assert table_named(reference.table).key == (reference.target,)


def test_a_cell_that_must_be_filled_is_in_a_column_that_must_exist() -> None:
    for table in TABLES:
        for column in table.columns:
            assert column.required or column.nullable, (table.name, column.name)
            assert column.note, (table.name, column.name)
            assert bool(column.codes) == (column.kind == "code" and column.name != "problematique")


@pytest.mark.parametrize(
    ("table", "column", "dtype"),
    [
        ("jeunes", "id_jeune", "str"),
        ("jeunes", "date_naissance", "datetime64[us]"),
        ("jeunes", "annee_naissance", "Int64"),
        ("situations", "annee", "int64"),
        ("temps", "heures", "float64"),
        ("temps", "en_ligne", "bool"),
        ("territoires", "millesime", "int64"),
    ],
)
def test_dtypes(table: str, column: str, dtype: str) -> None:
    assert str(empty_frame(table_named(table))[column].dtype) == dtype


def test_rows_are_sorted_by_key_then_by_every_column() -> None:
    frame = pd.DataFrame(
        {"id_suivi": ["S2", "S1", "S1"], "annee": [2023, 2023, 2022], "problematique": ["a", "c", "b"]}
    )
    ordered = sorted_frame(frame, table_named("problematiques"))
    assert ordered.values.tolist() == [["S1", 2022, "b"], ["S1", 2023, "c"], ["S2", 2023, "a"]]
    assert ordered.index.tolist() == [0, 1, 2]
