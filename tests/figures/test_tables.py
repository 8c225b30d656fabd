from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from rlpipeline.figures import CSV_COLUMNS, TableData
from rlpipeline.states import STATES, WITHOUT_VALUE
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.factory import make_records
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
        assert found.dtypes.map(str).tolist() == [
            "str",
            "int64",
            "str",
            "str",
            "str",
            "float64",
            "str",
            "str",
        ], of
        assert not found.duplicated(["annee", "ligne", "colonne"]).any(), of
        assert set(found["territoire"]) <= {of[1]}, of


def test_a_state_and_its_value_agree() -> None:
    for of, table in counted().items():
        assert set(table.figures["etat"]) <= set(STATES), of
        assert (
            table.figures["valeur"].isna() == table.figures["etat"].isin(WITHOUT_VALUE)
        ).all(), of


def test_every_figure_has_its_line_and_column_and_every_code_its_words() -> None:
    for of, table in counted().items():
        lines = [row.code for row in table.rows if row.kind != "note"]
        assert lines == table.current["ligne"].drop_duplicates().tolist(), of
        numbers = [column.code for column in table.columns if column.kind != "texte"]
        assert numbers == table.current["colonne"].drop_duplicates().tolist(), of
        assert all(row.label for row in table.rows), of
        assert all(column.label for column in table.columns), of
        assert set(table.texts["ligne"]) <= {row.code for row in table.rows}, of


def test_nothing_recorded_is_no_failure() -> None:
    names = ("jeunes", "suivis")
    for records in (make_records(), make_records(absent=sorted(set(RECORDS.frames) - set(names)))):
        for of, table in count_year(records, 2023, SETTINGS).items():
            assert set(table.figures["valeur"].dropna()) <= {0}, of
